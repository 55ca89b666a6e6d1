"""Workbooks of Excel 97 to 2003 (.xls). The library holds the whole workbook in memory."""

from collections.abc import Iterator
from io import StringIO
from typing import BinaryIO

import xlrd
from xlrd.biffh import (
    XL_CELL_BLANK,
    XL_CELL_BOOLEAN,
    XL_CELL_EMPTY,
    XL_CELL_ERROR,
    XL_CELL_TEXT,
    error_text_from_code,
)
from xlrd.formatting import std_format_strings
from xlrd.sheet import Sheet

from wa_desktop.recipients.workbooks.formats.number_formats import (
    BUILT_IN,
    NumberFormat,
    number_format,
)
from wa_desktop.recipients.workbooks.formats.regions import PLAIN, Region
from wa_desktop.recipients.workbooks.grid import (
    Damaged,
    Encrypted,
    HiddenColumns,
    SheetName,
    SheetRow,
)
from wa_desktop.recipients.workbooks.xls_formulas import unsaved_formulas

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SEARCHED = 1 << 20  # bytes


class XlsBook:
    """One open workbook."""

    def __init__(self, binary: BinaryIO, region: Region = PLAIN) -> None:
        """Raises :class:`Damaged` and :class:`Encrypted`."""
        self._region = region
        data = binary.read()
        # How Office keeps an encrypted .xlsx: in the container of an .xls.
        if _ENCRYPTED in data[:_SEARCHED]:
            raise Encrypted
        try:
            self._book = xlrd.open_workbook(
                file_contents=data, formatting_info=True, ragged_rows=True, logfile=StringIO()
            )
            self._unsaved = unsaved_formulas(data)
        except MemoryError:
            raise
        # The library raises whatever its reading of damaged bytes runs into.
        except Exception as error:
            if "encrypted" in str(error):
                raise Encrypted from error
            raise Damaged(repr(error)) from error
        self._names = [sheet.name for sheet in self._book.sheets()]
        self.sheets = tuple(
            SheetName(sheet.name, sheet.visibility != 0) for sheet in self._book.sheets()
        )
        self._formats: dict[int, NumberFormat] = {}

    def rows(self, sheet: str, hidden: HiddenColumns) -> Iterator[SheetRow]:
        """See :class:`~wa_desktop.recipients.workbooks.grid.Book`."""
        place = self._names.index(sheet)
        found = self._book.sheet_by_index(place)
        for column, facts in found.colinfo_map.items():
            if facts.hidden or facts.width == 0:
                hidden.hide(column, column)
        lacking = self._unsaved[place] if place < len(self._unsaved) else {}
        for number in range(found.nrows):
            cells = [self._text(found, number, column) for column in range(found.row_len(number))]
            while cells and not cells[-1]:
                cells.pop()
            unsaved = tuple(lacking.get(number, ()))
            if cells or unsaved:
                yield SheetRow(number + 1, _is_hidden(found, number), cells, unsaved)

    def _text(self, sheet: Sheet, row: int, column: int) -> str:
        kind = sheet.cell_type(row, column)
        if kind in (XL_CELL_EMPTY, XL_CELL_BLANK):
            return ""
        value = sheet.cell_value(row, column)
        if kind == XL_CELL_BOOLEAN:
            return "TRUE" if value else "FALSE"
        if kind == XL_CELL_ERROR:
            return str(error_text_from_code.get(int(value), "#ERROR"))
        shape = self._format(sheet.cell_xf_index(row, column))
        return shape.text(str(value)) if kind == XL_CELL_TEXT else shape.number(float(value))

    def _format(self, style: int) -> NumberFormat:
        found = self._formats.get(style)
        if found is None:
            found = self._formats[style] = number_format(
                self._code(style), self._book.datemode == 1, self._region
            )
        return found

    def _code(self, style: int) -> str:
        if not 0 <= style < len(self._book.xf_list):
            return "General"
        key = self._book.xf_list[style].format_key
        stored = self._book.format_map.get(key)
        code = "General" if stored is None else str(stored.format_str)
        # The library fills in the American codes for those that the file does not hold.
        return BUILT_IN.get(key, code) if code == std_format_strings.get(key) else code


def _is_hidden(sheet: Sheet, row: int) -> bool:
    facts = sheet.rowinfo_map.get(row)
    if facts is None:
        return bool(sheet.default_row_hidden)
    return bool(facts.hidden) or facts.height == 0
