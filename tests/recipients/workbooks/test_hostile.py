"""Files that are damaged or made to do harm end in words, soon and in little memory."""

import io
import tracemalloc
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.recipients.workbooks.making import (
    MAIN,
    ods,
    ods_row,
    opened,
    packed,
    rows,
    saved,
    sheet_of,
    xls_of,
    xlsx,
)
from wa_desktop.errors import InvalidInput

ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
XLS = saved(xls_of([["phone", "name"], ["+441", "Anna"], [79990000001, "Ben"]])[0])
XLSX = saved(sheet_of([["phone", "name"], ["+441", "Anna"], [79990000001, "Ben"]])[0])
BOMB = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;&x;&x;">]>'


def unreadable(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="damaged or not a workbook"):
        rows(data)


def test_entities_are_refused_wherever_they_stand() -> None:
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{ROW}</sheetData></worksheet>'
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}"><sheets/></workbook>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    unreadable(packed({**parts, "xl/workbook.xml": BOMB + parts["xl/workbook.xml"]}))
    unreadable(packed({"content.xml": f"{BOMB}<a>&y;</a>"}))


def test_entities_in_a_sheet_are_refused() -> None:
    whole = xlsx(ROW)
    assert rows(whole) == [(1, ("1",))]
    unreadable(with_part(whole, "xl/worksheets/sheet1.xml", BOMB))
    unreadable(with_part(whole, "xl/styles.xml", BOMB))


def with_part(data: bytes, name: str, before: str) -> bytes:
    """The same workbook with something put before a part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {one: archive.read(one).decode() for one in archive.namelist()}
    return packed({**members, name: before + members[name]})


@pytest.mark.parametrize(
    "sheet",
    [
        '<row r="0"><c><v>1</v></c></row>',
        '<row r="x"><c><v>1</v></c></row>',
        '<row r="99999999"><c><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZ1"><v>1</v></c></row>',
        '<row r="1"><c r="é1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>5</v></c></row>',
        '<row r="1"><c r="A1"><v>1</c></row>',
        '<row r="1"><c r="A1"><v>&nbsp;</v></c></row>',
    ],
)
def test_a_sheet_that_breaks_the_rules_is_damaged(sheet: str) -> None:
    unreadable(xlsx(sheet))


def test_a_sheet_that_ends_early_is_damaged() -> None:
    unreadable(packed({"xl/workbook.xml": "<workbook>"}))
    unreadable(ods('<table:table table:name="S">'))


def test_an_open_document_that_repeats_without_end_is_damaged_and_costs_no_memory() -> None:
    row = ods_row("x", attributes='table:number-rows-repeated="999999999"')
    unreadable(ods(f'<table:table table:name="S">{row}</table:table>'))
    cell = (
        '<table:table-row><table:table-cell table:number-columns-repeated="999999999">'
        "<text:p>x</text:p></table:table-cell></table:table-row>"
    )
    unreadable(ods(f'<table:table table:name="S">{cell}</table:table>'))


def test_repeated_rows_are_read_in_little_memory() -> None:
    row = ods_row("x" * 100, attributes='table:number-rows-repeated="200000"')
    book = opened(ods(f'<table:table table:name="S">{row}</table:table>'))
    tracemalloc.start()
    assert sum(1 for _ in book.rows()) == 200_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 << 20


def test_rows_of_an_xlsx_are_not_all_held_in_memory() -> None:
    lines = "".join(
        f'<row r="{line}"><c r="A{line}" t="inlineStr"><is><t>{"x" * 200}</t></is></c></row>'
        for line in range(1, 40_001)
    )
    book = opened(xlsx(lines))
    tracemalloc.start()
    assert sum(1 for _ in book.rows()) == 40_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5 << 20


def test_an_encrypted_open_document_says_that_it_has_a_password() -> None:
    manifest = (
        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry>'
        "<m:encryption-data/></m:file-entry></m:manifest>"
    )
    with pytest.raises(InvalidInput, match="protected by a password"):
        opened(packed({"META-INF/manifest.xml": manifest, "content.xml": "\x00\x01"}))


def test_a_binary_workbook_is_named_and_says_what_to_do() -> None:
    with pytest.raises(InvalidInput, match=r"\.xlsb.*\.xlsx"):
        opened(packed({"xl/workbook.bin": ""}))


def test_an_archive_that_is_no_workbook_says_so() -> None:
    unreadable(packed({"word/document.xml": "<a/>"}))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([XLS, XLSX]), st.data())
def test_no_damage_ends_in_anything_but_words_or_rows(data: bytes, draw: st.DataObject) -> None:
    places = draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=8))
    damaged = bytearray(data)
    for place in places:
        damaged[place] = draw.draw(st.integers(0, 255))
    cut = draw.draw(st.integers(100, len(data)))
    for file in (bytes(damaged), bytes(damaged[:cut])):
        with suppress(InvalidInput):
            rows(file)
