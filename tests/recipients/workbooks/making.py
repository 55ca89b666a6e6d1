"""Workbooks made for tests: rows of cells, what is hidden, and parts written by hand."""

import io
import zipfile
from collections.abc import Iterable, Mapping

import openpyxl
import xlwt
from openpyxl.worksheet.worksheet import Worksheet

from wa_desktop.recipients.found_rows import FoundRow
from wa_desktop.recipients.source import source_of
from wa_desktop.recipients.workbooks.spreadsheets import Workbook, open_workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def opened(data: bytes, sheet: str | None = None, *, hidden_rows: bool = False) -> Workbook:
    """A workbook that is known as list.xlsx."""
    return open_workbook(source_of(data, "list.xlsx"), sheet, hidden_rows=hidden_rows)


def rows(data: bytes, sheet: str | None = None, *, hidden_rows: bool = False) -> list[FoundRow]:
    """Everything that a workbook's reader finds."""
    return list(opened(data, sheet, hidden_rows=hidden_rows).rows())


def cells(data: bytes) -> list[tuple[str, ...]]:
    """The cells of every row, none of which is left out."""
    found = rows(data)
    assert all(isinstance(row, tuple) for row in found)
    return [row[1] for row in found if isinstance(row, tuple)]


def sheet_of(values: Iterable[Iterable[object]]) -> tuple[openpyxl.Workbook, Worksheet]:
    """A new workbook and its only sheet, for a test to change before it is saved."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in values:
        sheet.append(list(row))
    return book, sheet


def saved(book: openpyxl.Workbook | xlwt.Workbook) -> bytes:
    """The file of a workbook."""
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def xls_of(values: Iterable[Iterable[object]]) -> tuple[xlwt.Workbook, xlwt.Worksheet]:
    """A new .xls workbook and its only sheet, for a test to change before it is saved."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for number, row in enumerate(values):
        for place, value in enumerate(row):
            sheet.write(number, place, value)
    return book, sheet


def packed(members: Mapping[str, str]) -> bytes:
    """An archive of these members."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def xlsx(
    sheet: str,
    *,
    book: str = "",
    formats: Mapping[int, str] | None = None,
    styles: Iterable[int] = (),
    strings: str = "",
    head: str = "",
    main: str = MAIN,
) -> bytes:
    """An .xlsx of one sheet whose XML is given: rows, and what stands before them.

    ``formats`` are codes by number, ``styles`` the format number of each cell style.
    """
    codes = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{code}"/>'
        for number, code in (formats or {}).items()
    )
    used = "".join(f'<xf numFmtId="{number}"/>' for number in styles)
    kinds = [("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")]
    if strings:
        kinds.append(("sharedStrings", "sharedStrings.xml"))
    relations = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(kinds, start=1)
    )
    return packed(
        {
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{relations}'
            "</Relationships>",
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{_OFFICE}">{book}<sheets>'
            '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/styles.xml": f'<styleSheet xmlns="{main}"><numFmts>{codes}</numFmts>'
            f"<cellStyleXfs><xf/></cellStyleXfs><cellXfs>{used}</cellXfs></styleSheet>",
            "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{head}<sheetData>{sheet}'
            "</sheetData></worksheet>",
        }
    )


def ods(sheets: str, *, styles: str = "") -> bytes:
    """An .ods whose tables and automatic styles are given."""
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
            ("draw", "drawing"),
        )
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "content.xml": f"<office:document-content{names}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:spreadsheet>{sheets}"
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def ods_row(*texts: str, attributes: str = "") -> str:
    """A row of cells with texts."""
    found = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in texts
    )
    return f"<table:table-row {attributes}>{found}</table:table-row>"
