import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from wa_desktop.errors import InvalidInput, NoPhoneColumn
from wa_desktop.recipients.files import open_table
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import preview_file

ODS_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="List">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


PLAIN = workbook(("Kunden", [["phone", "name"], [79990000001, "Анна"], ["+79990000002", "Ben"]]))


def test_values_are_read_as_the_cells_show_them() -> None:
    rows: list[list[object]] = [
        ["phone", "sum", "day", "moment", "yes"],
        [79990000001, 12.5, date(2026, 1, 2), datetime(2026, 1, 2, 3, 4), True],  # noqa: DTZ001
    ]
    table = open_table(workbook(("S", rows)))
    assert list(table) == [(2, ("79990000001", "12.5", "2026-01-02", "2026-01-02 3:04:00", "TRUE"))]
    assert (table.encoding, table.delimiter, table.sheet) == (None, None, "S")


def test_a_table_that_begins_in_the_middle_of_a_sheet_keeps_its_row_numbers() -> None:
    rows: list[list[object]] = [
        [],
        [None, None],
        [None, "phone", "name"],
        [],
        [None, 79990000001, "Anna"],
    ]
    table = open_table(workbook(("S", rows)))
    assert table.columns == ("phone", "name")
    assert list(table) == [(5, ("79990000001", "Anna"))]


def test_the_first_sheet_with_content_is_taken_and_another_can_be_named() -> None:
    data = workbook(
        ("Empty", []),
        ("One", [["phone"], ["+79990000001"]]),
        ("Two", [["phone"], ["+79990000002"]]),
    )
    table = open_table(data)
    assert (table.sheet, table.sheets) == ("One", ("Empty", "One", "Two"))
    assert open_table(data, sheet="two").sheet == "Two"
    assert open_table(data, sheet="3").sheet == "Two"
    with pytest.raises(InvalidInput, match="Empty, One, Two"):
        open_table(data, sheet="Four")


def test_a_sheet_without_phone_numbers_is_passed_over_unless_it_is_named(tmp_path: Path) -> None:
    path = tmp_path / "customers.xlsx"
    people: list[list[object]] = [["name", "phone"], ["Anna", "+79990000001"]]
    path.write_bytes(workbook(("Read me", [["See below"]]), ("Notes", [["x"]]), ("People", people)))
    found = preview_file(path, ReadOptions())
    assert (found.sheet, found.good, found.settled.sheet) == ("People", 1, "People")
    with pytest.raises(NoPhoneColumn):
        preview_file(path, ReadOptions(sheet="Notes"))


def test_a_hidden_sheet_is_not_taken_where_the_visible_ones_have_no_numbers(tmp_path: Path) -> None:
    data = workbook(("Read me", [["See below"]]), ("Old", [["phone"], ["+79990000001"]]))
    book = openpyxl.load_workbook(io.BytesIO(data))
    book["Old"].sheet_state = "hidden"
    book.save(path := tmp_path / "customers.xlsx")
    with pytest.raises(NoPhoneColumn) as caught:
        preview_file(path, ReadOptions())
    assert caught.value.columns == ("See below",)


def test_a_workbook_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(PLAIN)
    assert open_table(path).sheet == "Kunden"


def test_text_named_as_a_workbook_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "list.xls"
    path.write_text("phone\tname\n+79990000001\tAnna\n")
    assert open_table(path).delimiter == "\t"


def test_an_open_document_sheet_is_read() -> None:
    lines = [("phone", "name"), ("+79990000001", "Анна")]
    rows = "".join(
        f"<table:table-row>{''.join(map(ODS_CELL.format, line))}</table:table-row>"
        for line in lines
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("content.xml", ODS.format(rows))
        packed.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    table = open_table(data.getvalue())
    assert table.sheet == "List"
    assert list(table) == [(2, ("+79990000001", "Анна"))]


@pytest.mark.parametrize(
    "data",
    [
        PLAIN[: len(PLAIN) // 2],
        b"PK\x03\x04 and nothing more",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
    ],
)
def test_a_damaged_workbook_says_what_to_do(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="damaged or not a workbook"):
        open_table(data)


def test_a_sheet_that_is_broken_inside_says_so() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as old, zipfile.ZipFile(data, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            cut = content[: len(content) // 2] if "sheet1" in member else content
            new.writestr(member, cut)
    with pytest.raises(InvalidInput, match=r"damaged|empty"):
        list(open_table(data.getvalue()))


def test_an_encrypted_workbook_says_that_it_has_a_password() -> None:
    # How Office keeps one: an OLE container with a stream of this name in its directory.
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(InvalidInput, match="protected by a password"):
        open_table(data + bytes(512))


def test_an_empty_workbook_is_called_empty() -> None:
    with pytest.raises(InvalidInput, match="is empty"):
        open_table(workbook(("S", [])))


def test_a_workbook_that_unpacks_to_gigabytes_is_refused() -> None:
    data = bytearray(PLAIN)
    # The unpacked size of the first member in the archive's own directory, claimed as 4 GB.
    place = data.rindex(b"PK\x01\x02")
    data[place + 24 : place + 28] = b"\xf0\xff\xff\xff"
    with pytest.raises(InvalidInput, match="too much for a workbook"):
        open_table(bytes(data))
