"""A file cannot take the computer's memory: it is read in little, or refused in words."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.recipients.workbooks.making import ods, ods_row, saved, xls_of, xlsx
from wa_desktop.errors import InvalidInput
from wa_desktop.recipients import reading
from wa_desktop.recipients.child import MOST_OF_A_REPLY
from wa_desktop.recipients.memory import EXIT_CODE, limit_of_this_computer
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.reading import ChildReading, preview_in_child, stream_rows
from wa_desktop.recipients.workbooks.grid import MOST_TEXT

PHONE = "+79161234567"
LITTLE = 80 << 20
"""Bytes. The bombs took up to gigabytes."""

_SHEET = "urn:schemas-microsoft-com:office:spreadsheet"


def _xlsx(*rows: str, head: str = "", strings: str = "") -> bytes:
    first = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
        f'<row r="2"><c r="A2" t="inlineStr"><is><t>{PHONE}</t></is></c></row>'
    )
    return xlsx(first + "".join(rows), head=head, strings=strings)


def _shared(text: str, times: int) -> bytes:
    rows = (
        f'<row r="{line}"><c r="A{line}"><v>{PHONE[1:]}</v></c>'
        f'<c r="B{line}" t="s"><v>0</v></c></row>'
        for line in range(3, times)
    )
    return _xlsx(*rows, strings=f"<si><t>{text}</t></si>")


def _ods(row: str, columns: str = "") -> bytes:
    return ods(f'<table:table table:name="S">{columns}{ods_row("phone")}{row}</table:table>')


def _ods_cell(text: str, times: int, more: str = "") -> str:
    return (
        f'<table:table-cell{more} table:number-columns-repeated="{times}">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def _xml(table: str) -> bytes:
    rows = "".join(
        f'<Row><Cell><Data ss:Type="String">{text}</Data></Cell></Row>' for text in ("phone", PHONE)
    )
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{_SHEET}" xmlns:ss="{_SHEET}">'
        f'<Worksheet ss:Name="S"><Table>{rows}{table}</Table></Worksheet></Workbook>'
    ).encode()


def _xls(row: int, column: int) -> bytes:
    book, sheet = xls_of([["phone"], [PHONE]])
    sheet.write(row, column, "z")
    return saved(book)


def _html(table: str) -> bytes:
    return (
        f"<html><table>{table}<tr><td>phone</td></tr><tr><td>{PHONE}</td></tr></table></html>"
    ).encode()


BOMBS: dict[str, Callable[[], bytes]] = {
    "distant.xlsx": lambda: _xlsx('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "distant in each row.xlsx": lambda: _xlsx(
        *(f'<row r="{line}"><c r="XFD{line}"><v>1</v></c></row>' for line in range(3, 3_000))
    ),
    "columns.xlsx": lambda: _xlsx(
        head="<cols>" + '<col min="1" max="999999999" hidden="1"/>' * 1_000 + "</cols>"
    ),
    "shared.xlsx": lambda: _shared("x" * 2_000_000, 3_000),
    "shared, as long as allowed.xlsx": lambda: _shared("x" * (MOST_TEXT - 1), 1_500),
    "distant.ods": lambda: _ods(
        '<table:table-row table:number-rows-repeated="1048000"/><table:table-row>'
        '<table:table-cell table:number-columns-repeated="16000"/>'
        f"{_ods_cell('x', 1)}</table:table-row>"
    ),
    "wide rows.ods": lambda: _ods(
        f"<table:table-row>{_ods_cell('x', 16_000)}</table:table-row>" * 1_500
    ),
    "formulas.ods": lambda: _ods(
        "<table:table-row>"
        + _ods_cell("", 16_000, ' table:formula="of:=1"')
        + "</table:table-row>" * 1_500
    ),
    "repeated text.ods": lambda: _ods(
        '<table:table-row table:number-rows-repeated="1000000">'
        f"{_ods_cell(PHONE, 1)}{_ods_cell('y' * 3_000_000, 1)}</table:table-row>"
    ),
    "repeated columns.ods": lambda: _ods(
        ods_row(PHONE),
        '<table:table-column table:number-columns-repeated="999999999" '
        'table:visibility="collapse"/>',
    ),
    "distant.xls": lambda: _xls(65_535, 255),
    "distant.xml": lambda: _xml(
        '<Row ss:Index="999999999"><Cell ss:Index="16384"><Data ss:Type="String">x</Data></Cell>'
        "</Row>"
    ),
    "columns.xml": lambda: _xml("").replace(
        b"<Table>",
        b"<Table>" + b'<Column ss:Hidden="1" ss:Span="999999999"/>' * 1_000,
    ),
    "joined.html": lambda: _html("<tr><td colspan=999999999 rowspan=999999999>x</td></tr>"),
    "many joined.html": lambda: _html("<tr><td colspan=1000 rowspan=1000>x</td></tr>" * 500),
    "columns.html": lambda: _html("<col span=1000 hidden>" * 10_000),
    "nested.html": lambda: b"<table><tr><td>" * 20_000,
    "nested.json": lambda: b"[" * 200_000,
    "a long line.csv": lambda: b"phone\n" + PHONE.encode() + b',"' + b"x" * 20_000_000,
    "many columns.csv": lambda: b"phone\n" + PHONE.encode() + b"," * 20_000_000,
}


def _limit(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(reading, "limit_of_this_computer", lambda: most)


def _read(path: Path) -> str:
    """Read a file in both ways; what it was refused with, "" if it was read."""
    said = ""
    try:
        preview_in_child(path, ReadOptions())
    except InvalidInput as error:
        said += str(error)
    try:
        with stream_rows(path, ReadOptions()) as rows:
            for _ in zip(range(3), rows, strict=False):
                pass
    except InvalidInput as error:
        said += str(error)
    return said


@pytest.mark.long("wide rows.ods", "distant in each row.xlsx")
@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_takes_little_memory_whatever_it_says_of_itself(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limit(monkeypatch, LITTLE)
    path = tmp_path / name
    path.write_bytes(BOMBS[name]())
    assert "memory" not in _read(path)


def _large_page() -> bytes:
    return _html("".join(f"<tr><td>+7916{one:07}<td>{'x' * 9_000}" for one in range(5_000)))


def _large_xls() -> bytes:
    return saved(xls_of([["phone"], *([f"+7916{one:07}", "x" * 90] for one in range(30_000))])[0])


def _endless_row() -> bytes:
    return _xlsx('<row r="3"><c r="A3" t="inlineStr"><is><t>' + "x" * 60_000_000)


LARGE: dict[str, Callable[[], bytes]] = {
    "page.html": _large_page,
    "list.xls": _large_xls,
    "list.xlsx": _endless_row,
}


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is the system's own there")
@pytest.mark.parametrize("name", LARGE)
def test_a_file_that_needs_more_than_allowed_is_refused_with_what_to_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _limit(monkeypatch, 20 << 20)
    path = tmp_path / name
    path.write_bytes(LARGE[name]())
    with pytest.raises(InvalidInput, match=rf"{name} needs more memory than the 20 MB.*\.csv"):
        preview_in_child(path, ReadOptions())


def test_the_same_file_is_read_within_the_usual_limit(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(LARGE[path.name]())
    assert preview_in_child(path, ReadOptions()).total >= 5_000


def test_rows_that_the_parent_could_not_hold_are_refused(tmp_path: Path) -> None:
    text = "x" * (MOST_OF_A_REPLY // 700)
    path = tmp_path / "list.csv"
    lines = (f"+7916{one:07},{one}{text}\n" for one in range(800))
    path.write_text("phone,message\n" + "".join(lines))
    with (
        pytest.raises(InvalidInput, match="needs more memory"),
        stream_rows(path, ReadOptions()) as rows,
    ):
        list(rows)


def _ends_for_its_memory(replies: object, memory: int) -> None:
    """What the watch does on a system that enforces no limit."""
    del replies, memory
    os._exit(EXIT_CODE)


def _takes_all(replies: object, memory: int) -> None:
    from wa_desktop.recipients.memory import _watch

    _watch(memory)
    held = []
    while replies:
        held.append(b"x" * (1 << 20))


@pytest.mark.parametrize("target", [_ends_for_its_memory, _takes_all])
def test_a_reader_that_the_watch_ended_is_told_of_in_the_same_words(
    target: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    _limit(monkeypatch, 50 << 20)
    with (
        ChildReading("list.xls", target) as child,
        pytest.raises(InvalidInput, match=r"list\.xls needs more memory"),
    ):
        child.next_reply()


def test_the_limit_is_between_half_a_gigabyte_and_two() -> None:
    assert 512 << 20 <= limit_of_this_computer() <= 2 << 30
