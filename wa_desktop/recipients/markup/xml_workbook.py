"""XML workbooks (XML Spreadsheet 2003), which accounting programs save as .xls or .xml."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import Element, ParseError, iterparse

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import FoundRow, LeftOutReason, LeftOutRow
from wa_desktop.recipients.source import Source
from wa_desktop.recipients.workbooks.guarded_xml import raise_if_no_memory
from wa_desktop.words import words

_NAMESPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"
_MOST_COLUMNS = 16_384  # of any workbook
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(?:\.\d+)?)?")
_DOCTYPE = b"<!DOCTYPE"
_START = 64 * 1024


@dataclass(frozen=True, slots=True)
class XmlWorkbook:
    """One sheet of an XML workbook; :meth:`rows` reads it afresh, in constant memory."""

    source: Source
    sheet: str
    sheets: tuple[str, ...]
    hidden_rows: bool

    def rows(self) -> Iterator[FoundRow]:
        """``(row number, cells)`` of every row that is not blank, and hidden rows.

        Raises :class:`InvalidInput` for a formula whose result was not saved.
        """
        with self.source.opened() as binary:
            for name, rows in _sheets(self.source, binary):
                found = self._of_sheet(rows)
                if name == self.sheet:
                    yield from found
                    return
                for _ in rows:
                    pass

    def _of_sheet(self, rows: Iterator[Element]) -> Iterator[FoundRow]:
        number = 0
        hidden: set[int] = set()
        column = 0
        for element in rows:
            if element.tag == _NAMESPACE + "Column":
                column = _place(element, column)
                last = column + _number(element, "Span")
                if _attribute(element, "Hidden") == "1" and not self.hidden_rows:
                    hidden.update(range(column, min(last, _MOST_COLUMNS) + 1))
                column = last
                continue
            number = _place(element, number)
            cells = self._cells(element, hidden, number)
            if any(cells):
                if _attribute(element, "Hidden") == "1" and not self.hidden_rows:
                    yield LeftOutRow(number, LeftOutReason.HIDDEN)
                else:
                    yield number, cells
            number += _number(element, "Span")

    def _cells(self, row: Element, hidden: set[int], number: int) -> tuple[str, ...]:
        cells: list[str] = []
        at = 0
        for cell in row.iterfind(_NAMESPACE + "Cell"):
            at = _place(cell, at)
            if at > _MOST_COLUMNS:
                raise _damaged(self.source)
            cells.extend([""] * (at - 1 - len(cells)))
            data = cell.find(_NAMESPACE + "Data")
            if data is None and _attribute(cell, "Formula"):
                raise self._without_result(number)
            cells.append("" if data is None or at in hidden else _text(data))
            at += _number(cell, "MergeAcross")
        return tuple(cells)

    def _without_result(self, number: int) -> InvalidInput:
        return InvalidInput(
            words(
                "Row {number:,} of {name} has a formula without a saved result. Open it in a "
                "spreadsheet program and save it.",
                number=number,
                name=self.source.name,
            )
        )


def open_xml_workbook(
    source: Source, sheet: str | None, *, hidden_rows: bool = False
) -> XmlWorkbook:
    """Choose the sheet: by name, by number from 1, else the first with content.

    Raises :class:`InvalidInput` for a damaged or empty file and a sheet that it does not have.
    """
    filled: dict[str, bool] = {}
    with source.opened() as binary:
        for name, rows in _sheets(source, binary):
            # Every row must be read, or the next sheet is not reached.
            found = [row.find(f"*/{_NAMESPACE}Data") is not None for row in rows]
            filled[name] = any(found)
    names = tuple(filled)
    if sheet is not None:
        return XmlWorkbook(source, _named(source, names, sheet), names, hidden_rows)
    for name in names:
        if filled[name]:
            return XmlWorkbook(source, name, names, hidden_rows)
    raise InvalidInput(
        words("{name} is empty. Choose a workbook with phone numbers.", name=source.name)
    )


def _named(source: Source, names: tuple[str, ...], sheet: str) -> str:
    for name in names:
        if name.casefold() == sheet.strip().casefold():
            return name
    if sheet.isdecimal() and 1 <= int(sheet[:9]) <= len(names):
        return names[int(sheet[:9]) - 1]
    raise InvalidInput(
        words(
            "{name} has no sheet {sheet!r}. Its sheets: {sheets}.",
            name=source.name,
            sheet=sheet[:40],
            sheets=", ".join(names),
        )
    )


def _sheets(source: Source, binary: BinaryIO) -> Iterator[tuple[str, Iterator[Element]]]:
    """Each sheet with its columns and rows; read those before the next sheet."""
    if _DOCTYPE in binary.read(_START):  # no program writes one; its entities could fill memory
        raise _damaged(source)
    binary.seek(0)
    events = _events(source, binary)
    for event, element in events:
        if event == "start" and element.tag == _NAMESPACE + "Worksheet":
            yield _attribute(element, "Name"), _rows(events)


def _events(source: Source, binary: BinaryIO) -> Iterator[tuple[str, Element]]:
    try:
        yield from iterparse(binary, ("start", "end"))  # noqa: S314 - without a document type
    except (ParseError, ValueError, LookupError) as error:
        raise_if_no_memory(error)
        raise _damaged(source) from error


def _rows(events: Iterator[tuple[str, Element]]) -> Iterator[Element]:
    table: Element | None = None
    for event, element in events:
        if event == "start":
            if element.tag == _NAMESPACE + "Table":
                table = element
        elif element.tag in (_NAMESPACE + "Row", _NAMESPACE + "Column"):
            yield element
            if table is not None:
                table.clear()
        elif element.tag == _NAMESPACE + "Worksheet":
            return


def _attribute(element: Element, name: str) -> str:
    return element.get(_NAMESPACE + name, "")


def _number(element: Element, name: str) -> int:
    given = _attribute(element, name)
    return min(int(given), _MOST_COLUMNS) if given.isascii() and given.isdecimal() else 0


def _place(element: Element, last: int) -> int:
    """Where a row, column or cell stands, from 1: it may say so, else it follows the last."""
    given = _attribute(element, "Index")
    return int(given[:9]) if given.isascii() and given.isdecimal() else last + 1


def _text(data: Element) -> str:
    """A cell as a person would type it: whole numbers without a point, dates in ISO form."""
    text = "".join(data.itertext()).strip()
    kind = _attribute(data, "Type")
    if kind == "Number":
        return _number_text(text)
    if kind == "Boolean":
        return {"1": "TRUE", "0": "FALSE"}.get(text, text)
    if kind == "DateTime" and (match := _TIME.fullmatch(text)):
        day, time = match[1], match[2]
        if day == "1899-12-31":
            return time
        return day if time == "00:00" else f"{day} {time}"
    return text


def _number_text(text: str) -> str:
    """A number with the fifteen digits that a spreadsheet program keeps."""
    try:
        value = float(text)
    except ValueError:
        return text
    if value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return f"{value:.15g}"


def _damaged(source: Source) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} is damaged or not a workbook. Open it in a spreadsheet program and "
            "save it again as .xlsx or .csv.",
            name=source.name,
        )
    )
