"""The fast reading of common .xlsx files finds what the XML parser finds, or leaves it to that."""

import io
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipients.workbooks.making import cells, rows, saved, sheet_of, xlsx
from wa_desktop.recipients.workbooks.formats.number_formats import number_format
from wa_desktop.recipients.workbooks.grid import HiddenColumns, SheetRow
from wa_desktop.recipients.workbooks.xlsx_cells import CellTexts
from wa_desktop.recipients.workbooks.xlsx_scan import SheetScan, Unusual
from wa_desktop.recipients.workbooks.xlsx_tree import SheetTree

FORMATS = [number_format(code) for code in ("General", "#,##0.00", "dd.mm.yyyy")]
STRINGS = ["Anna", "Ben & Co", ""]


def sheet_part(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet1.xml")


def both_ways(part: bytes) -> tuple[list[SheetRow | None], list[SheetRow | None]]:
    texts = CellTexts(FORMATS, STRINGS, distrusts_results=False)
    hidden, also_hidden = HiddenColumns(), HiddenColumns()
    fast = list(SheetScan(texts, hidden).rows(io.BytesIO(part)))
    careful = list(SheetTree(texts, also_hidden).rows(io.BytesIO(part)))
    assert hidden == also_hidden
    return fast, careful


def test_what_a_common_program_writes_is_read_fast_and_the_same() -> None:
    book, sheet = sheet_of([["phone"], [79990000001, 1.5, True, date(2026, 9, 1), "=1+1"], [], [2]])
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["B"].hidden = True
    fast, careful = both_ways(sheet_part(saved(book)))
    assert fast == careful
    assert [row and (row.line, row.hidden, row.unsaved) for row in fast] == [
        (1, False, ()),
        (2, False, (4,)),
        (4, True, ()),
    ]


CELLS = [
    '<c r="{}"><v>12.5</v></c>',
    '<c r="{}" s="1"><v>1234.5</v></c>',
    '<c r="{}" s="2" t="n"><v>46266</v></c>',
    '<c r="{}" t="s"><v>1</v></c>',
    '<c r="{}" t="inlineStr"><is><t xml:space="preserve"> a &lt; b &#233; </t></is></c>',
    '<c r="{}" s="1"/>',
    '<c r="{}"></c>',
    '<c r="{}" t="str"><f>A1&amp;"x"</f><v>x</v></c>',
    '<c r="{}" t="str"><f>A1</f><v></v></c>',
    '<c r="{}"><f>A1</f></c>',
    '<c r="{}"><f>A1</f><v/></c>',
    '<c r="{}"><f t="shared" si="0"/><v>3</v></c>',
    '<c r="{}" t="e"><v>#N/A</v></c>',
    '<c r="{}" t="b"><v>1</v></c>',
]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", ' hidden="1"', ' ht="0" x="1"', ' spans="1:3" ht="15.5"']),
            st.lists(st.sampled_from(CELLS), max_size=6),
        ),
        max_size=6,
    )
)
def test_both_ways_of_reading_find_the_same(lines: list[tuple[str, list[str]]]) -> None:
    body = "".join(
        f'<row r="{number}"{attributes}>'
        + "".join(cell.format(f"{chr(65 + at)}{number}") for at, cell in enumerate(found))
        + "</row>"
        for number, (attributes, found) in enumerate(lines, start=1)
    )
    fast, careful = both_ways(sheet_part(xlsx(body)))
    assert fast == careful


@pytest.mark.parametrize(
    "row",
    [
        '<row r="2"><c r="A2"><v><![CDATA[2]]></v></c></row>',
        '<row r="2">\n  <c r="A2">\n    <v>2</v>\n  </c>\n</row>',
        "<row r='2'><c r='A2'><v>2</v></c></row>",
        '<row r="2"><!-- <c r="A2"><v>9</v></c> --><c r="A2"><v>2</v></c></row>',
        "<row><c><v>2</v></c></row>",
        '<row r="2"><c t="n" r="A2"><v>2</v></c></row>',
        '<row r="2"><c r="A2" t="inlineStr"><is><r><t>2</t></r></is></c></row>',
    ],
)
def test_another_form_in_the_middle_of_a_sheet_loses_no_row(row: str) -> None:
    first, third = (f'<row r="{line}"><c r="A{line}"><v>{line}</v></c></row>' for line in (1, 3))
    assert rows(xlsx(first + row + third)) == [(line, (str(line),)) for line in (1, 2, 3)]


def test_a_row_inside_a_comment_is_not_read() -> None:
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c></row>'
    commented = f"<!-- {row.format(1)} -->{row.format(2)}"
    assert cells(xlsx(commented)) == [("2",)]


def test_a_sheet_that_ends_without_its_last_tag_is_not_taken_for_whole() -> None:
    part = sheet_part(xlsx('<row r="1"><c r="A1"><v>1</v></c></row>'))
    cut = part[: part.index(b"</sheetData>")]
    texts = CellTexts(FORMATS, STRINGS, distrusts_results=False)
    with pytest.raises(Unusual):
        list(SheetScan(texts, HiddenColumns()).rows(io.BytesIO(cut)))
