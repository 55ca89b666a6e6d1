"""What a workbook hides gets no message, unless the user says so."""

from pathlib import Path

import pytest

from tests.recipients.workbooks.making import (
    ods,
    ods_row,
    opened,
    rows,
    saved,
    sheet_of,
    xls_of,
    xlsx,
)
from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import LeftOutReason, LeftOutRow
from wa_desktop.recipients.source import source_of
from wa_desktop.recipients.workbooks.spreadsheets import open_workbook

CASES = Path(__file__).parent.parent / "cases"
LIST = [["phone", "name"], ["+441", "Anna"], ["+442", "Ben"], ["+443", "Cleo"]]
HEADER, ANNA, BEN, CLEO = (
    (line, (phone, name)) for line, (phone, name) in enumerate(LIST, start=1)
)


def inline_row(line: int, texts: list[str], attributes: str) -> str:
    found = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f'<row r="{line}" {attributes}>{found}</row>'


def left_out(*lines: int) -> list[LeftOutRow]:
    return [LeftOutRow(line, LeftOutReason.HIDDEN) for line in lines]


def test_rows_hidden_by_a_filter_are_left_out() -> None:
    found = list(open_workbook(source_of(CASES / "r2_filtered_rows.xlsx"), None).rows())
    assert sum(isinstance(row, LeftOutRow) for row in found) == 15
    assert [row[1][2] for row in found if isinstance(row, tuple)][1:] == ["active"] * 5


def test_hidden_rows_are_read_on_request() -> None:
    book = open_workbook(source_of(CASES / "r2_filtered_rows.xlsx"), None, hidden_rows=True)
    assert len(list(book.rows())) == 21


def xlsx_with_a_hidden_row(how: str) -> bytes:
    if how == "height":
        ways = ("", "", 'ht="0" customHeight="1"', "")
        return xlsx("".join(map(inline_row, range(1, 5), LIST, ways)))
    book, sheet = sheet_of(LIST)
    if how == "hidden":
        sheet.row_dimensions[3].hidden = True
    else:
        sheet.row_dimensions.group(3, 3, hidden=True)
    return saved(book)


def xls_with_a_hidden_row(how: str) -> bytes:
    book, sheet = xls_of(LIST)
    if how == "height":
        sheet.row(2).height_mismatch = True
        sheet.row(2).height = 0
    else:
        sheet.row(2).hidden = True
        sheet.row(2).level = how == "group"
    return saved(book)


def ods_with_a_hidden_row(how: str) -> bytes:
    ways = {
        "filter": 'table:visibility="filter"',
        "hidden": 'table:visibility="collapse"',
        "height": 'table:style-name="flat"',
        "group": "",
    }
    hidden = ods_row(*LIST[2], attributes=ways[how])
    if how == "group":
        hidden = f'<table:table-row-group table:display="false">{hidden}</table:table-row-group>'
    head, first, _, last = (ods_row(*line) for line in LIST)
    flat = (
        '<style:style style:name="flat"><style:table-row-properties style:row-height="0cm"/>'
        "</style:style>"
    )
    table = f'<table:table table:name="S">{head}{first}{hidden}{last}</table:table>'
    return ods(table, styles=flat)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(make(how), id=f"{make.__name__}-{how}")
        for make, ways in (
            (xlsx_with_a_hidden_row, ("hidden", "height", "group")),
            (xls_with_a_hidden_row, ("hidden", "height", "group")),
            (ods_with_a_hidden_row, ("filter", "hidden", "height", "group")),
        )
        for how in ways
    ],
)
def test_a_hidden_row_is_left_out_however_it_is_hidden(data: bytes) -> None:
    assert rows(data) == [HEADER, ANNA, *left_out(3), CLEO]
    assert rows(data, hidden_rows=True) == [HEADER, ANNA, BEN, CLEO]


def test_a_blank_hidden_row_is_not_counted() -> None:
    book, sheet = sheet_of([*LIST[:2], [], LIST[2]])
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[9].hidden = True
    assert rows(saved(book)) == [HEADER, ANNA, (4, BEN[1])]


def test_a_hidden_header_is_left_out_as_the_user_does_not_see_it() -> None:
    book, sheet = sheet_of([["msisdn", "first_name"], *LIST])
    sheet.row_dimensions[1].hidden = True
    found = rows(saved(book))
    assert found[:2] == [*left_out(1), (2, ("phone", "name"))]


def xlsx_with_hidden_columns() -> bytes:
    book, sheet = sheet_of([["phone", "secret", "name", "note"], ["+441", "1", "Anna", "x"]])
    sheet.column_dimensions["B"].hidden = True
    sheet.column_dimensions["D"].hidden = True
    return saved(book)


def xls_with_hidden_columns() -> bytes:
    book, sheet = xls_of([["phone", "secret", "name", "note"], ["+441", "1", "Anna", "x"]])
    sheet.col(1).hidden = True
    sheet.col(3).width = 0
    return saved(book)


def ods_with_hidden_columns() -> bytes:
    columns = (
        '<table:table-column/><table:table-column table:visibility="collapse"/>'
        '<table:table-column/><table:table-column table:style-name="thin" '
        'table:number-columns-repeated="1021"/>'
    )
    thin = (
        '<style:style style:name="thin"><style:table-column-properties '
        'style:column-width="0in"/></style:style>'
    )
    lines = ods_row("phone", "secret", "name", "note") + ods_row("+441", "1", "Anna", "x")
    return ods(f'<table:table table:name="S">{columns}{lines}</table:table>', styles=thin)


@pytest.mark.parametrize(
    "data",
    [xlsx_with_hidden_columns(), xls_with_hidden_columns(), ods_with_hidden_columns()],
    ids=["xlsx", "xls", "ods"],
)
def test_hidden_columns_are_left_out_and_named(data: bytes) -> None:
    book = opened(data)
    assert book.hidden_columns == ("B", "D")
    assert list(book.rows()) == [HEADER, ANNA]
    whole = opened(data, hidden_rows=True)
    assert whole.hidden_columns == ()
    assert list(whole.rows())[1] == (2, ("+441", "1", "Anna", "x"))


def test_a_column_without_width_is_hidden() -> None:
    head = '<cols><col min="2" max="16384" width="0" customWidth="1"/></cols>'
    sheet = '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    assert rows(xlsx(sheet, head=head)) == [(1, ("1",))]


def test_a_hidden_sheet_is_read_only_when_it_is_named() -> None:
    for state in ("hidden", "veryHidden"):
        book, sheet = sheet_of(LIST)
        sheet.sheet_state = state
        shown = book.create_sheet("Shown")
        with pytest.raises(InvalidInput, match="hidden"):
            opened(saved(book))
        assert len(rows(saved(book), "Sheet")) == 4
        assert opened(saved(book), hidden_rows=True).sheet == "Sheet"
        shown.append(["phone"])
        assert opened(saved(book)).sheet == "Shown"
        assert opened(saved(book)).sheets == ("Sheet", "Shown")


def test_a_hidden_sheet_of_an_open_document_is_passed_over() -> None:
    style = (
        '<style:style style:name="off"><style:table-properties table:display="false"/>'
        "</style:style>"
    )
    hidden = f'<table:table table:name="A" table:style-name="off">{ods_row("x")}</table:table>'
    shown = f'<table:table table:name="B">{ods_row("y")}</table:table>'
    assert opened(ods(hidden + shown, styles=style)).sheet == "B"


def test_a_hidden_sheet_of_an_xls_is_passed_over() -> None:
    book, sheet = xls_of(LIST)
    book.add_sheet("Shown").write(0, 0, "phone")
    sheet.visibility = 2
    book.set_active_sheet(1)
    assert opened(saved(book)).sheet == "Shown"


def test_a_workbook_whose_rows_are_all_hidden_says_so() -> None:
    book, sheet = sheet_of(LIST)
    for line in range(1, 5):
        sheet.row_dimensions[line].hidden = True
    with pytest.raises(InvalidInput, match="hidden"):
        opened(saved(book))
    assert len(rows(saved(book), hidden_rows=True)) == 4


def test_what_stands_beside_the_table_far_below_is_a_fault_of_its_row_and_not_lost() -> None:
    lines = [[None, "phone", "name"], *([None, "+441", "Anna"] for _ in range(1_100))]
    book, _ = sheet_of([*lines, ["stray", "+442", "Ben"]])
    found = rows(saved(book))
    assert found[-2:] == [(1_101, ("+441", "Anna")), (1_102, ("+442", "Ben", "stray"))]
