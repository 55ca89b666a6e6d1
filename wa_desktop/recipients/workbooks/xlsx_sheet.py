"""The cells of one sheet of Office Open XML, streamed row by row."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import BinaryIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from wa_desktop.recipients.workbooks.formats.number_formats import NumberFormat, number_format
from wa_desktop.recipients.workbooks.grid import (
    MOST_COLUMNS,
    MOST_ROWS,
    Damaged,
    HiddenColumns,
    SheetRow,
)
from wa_desktop.recipients.workbooks.guarded_xml import (
    Attributes,
    is_true,
    refuse_document_type,
)

_PIECE = 1 << 16  # bytes
_LONGEST_ROW = 64 << 20  # bytes of XML; also for what stands before the first row
_MOST_KNOWN = 20_000  # numbers whose text is kept
_MOST_EXACT_DIGITS = 15
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DIGITS = "0123456789"


class SheetReader:
    """Reads a sheet once; ``formats`` by cell style, ``strings`` the shared ones.

    ``distrusts_results``: the workbook asks for a new computation on opening, so a formula's
    0 is what the writing program put in place of a result.
    """

    def __init__(
        self,
        formats: list[NumberFormat],
        strings: list[str],
        distrusts_results: bool,
        hidden: HiddenColumns,
    ) -> None:
        self._formats = {str(place): one for place, one in enumerate(formats)}
        self._general = number_format("General")
        self._strings = strings
        self._distrusts_results = distrusts_results
        self._hidden = hidden
        self._line = 0
        self._places: dict[str, int] = {}
        self._known: dict[tuple[str, str], str] = {}
        self._names("")

    def rows(self, stream: BinaryIO) -> Iterator[SheetRow]:
        """Every row that holds something."""
        refuse_document_type(stream)
        try:
            for rows in self._finished(stream):
                for row in rows:
                    if (found := self._row(row)) is not None:
                        yield found
        except ElementTree.ParseError as error:
            raise Damaged(str(error)) from error

    def _finished(self, stream: BinaryIO) -> Iterator[list[Element]]:
        """The elements of rows, some at a time: the tree never holds more than these."""
        builder = ElementTree.TreeBuilder()
        top = builder.start("top", {})
        # The part has no document type, so there are no entities to unfold.
        parser = ElementTree.XMLParser(target=builder)  # noqa: S314
        sheet: Element | None = None
        unfinished = 0
        while piece := stream.read(_PIECE):
            parser.feed(piece)
            unfinished += len(piece)
            if sheet is None:
                sheet = self._found_sheet(top)
            if sheet is not None:
                if top[0][-1] is not sheet:
                    break  # what follows the rows is of no use
                if rows := sheet[:-1]:
                    yield rows
                    del sheet[: len(rows)]
                    unfinished = 0
            if unfinished > _LONGEST_ROW:
                raise Damaged("an endless row")
        else:
            parser.close()
        yield list(sheet) if sheet is not None else []

    def _found_sheet(self, top: Element) -> Element | None:
        """The element with the rows, once it is there; hidden columns stand before it."""
        if not len(top):
            return None
        root = top[0]
        self._names(root.tag[: root.tag.rfind("}") + 1])
        sheet = root.find(self._space + "sheetData")
        if sheet is not None:
            for column in root.iterfind(f"{self._space}cols/{self._space}col"):
                self._hide_columns(column.attrib)
        return sheet

    def _names(self, space: str) -> None:
        self._space = space
        self._c, self._v, self._f = space + "c", space + "v", space + "f"
        self._is, self._t, self._r = space + "is", space + "t", space + "r"

    def _hide_columns(self, attributes: Attributes) -> None:
        if is_true(attributes.get("hidden")) or _is_zero(attributes.get("width")):
            first = _whole(attributes.get("min"))
            self._hidden.hide(first - 1, _whole(attributes.get("max")) - 1)

    def _row(self, row: Element) -> SheetRow | None:
        line = row.get("r")
        self._line = self._line + 1 if line is None else _whole(line)
        if self._line > MOST_ROWS:
            raise Damaged(f"row {self._line}")
        cells: list[str] = []
        unsaved: list[int] = []
        place = -1
        for cell in row:
            if cell.tag != self._c:
                continue
            reference = cell.get("r")
            place = place + 1 if reference is None else self._place_of(reference)
            text = self._cell(cell)
            if text is None:
                unsaved.append(place)
            elif text:
                _put(cells, place, text)
        if not cells and not unsaved:
            return None
        hidden = is_true(row.get("hidden")) or _is_zero(row.get("ht"))
        return SheetRow(self._line, hidden, cells, tuple(unsaved))

    def _place_of(self, reference: str) -> int:
        letters = reference.rstrip(_DIGITS)
        place = self._places.get(letters)
        if place is None:
            place = self._places[letters] = _place_of_letters(letters)
        return place

    def _cell(self, cell: Element) -> str | None:
        """What a cell shows; ``None`` for a formula without a saved result."""
        value: str | None = None
        is_formula = False
        for part in cell:
            if part.tag == self._v:
                value = part.text or ""
            elif part.tag == self._f:
                is_formula = True
            elif part.tag == self._is:
                value = self._inline(part)
        kind = cell.get("t", "n")
        if is_formula and self._lacks_result(value, kind):
            return None
        return self._shown(value, kind, cell.get("s", "0")) if value else ""

    def _inline(self, text: Element) -> str:
        """Runs of rich text, without readings of Japanese characters."""
        runs = [one for one in text if one.tag in (self._t, self._r)]
        return "".join(
            one.text or "" if one.tag == self._t else one.findtext(self._t, "") for one in runs
        )

    def _lacks_result(self, value: str | None, kind: str) -> bool:
        if value is None or (not value and kind != "str"):
            return True
        return self._distrusts_results and kind == "n" and _is_zero(value)

    def _shown(self, raw: str, kind: str, style: str) -> str:
        shape = self._formats.get(style, self._general)
        if kind == "n":
            return self._number(raw, style, shape)
        if kind == "s":
            return shape.text(self._shared(raw))
        if kind == "b":
            return "TRUE" if is_true(raw) else "FALSE"
        if kind == "d":
            return _date_text(raw)
        return raw.strip() if kind == "e" else shape.text(unescaped(raw))

    def _number(self, raw: str, style: str, shape: NumberFormat) -> str:
        if shape.is_general and raw.isdecimal() and len(raw) <= _MOST_EXACT_DIGITS:
            return str(int(raw))
        known = self._known.get((style, raw))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[style, raw] = _number_text(raw, shape)
        return known

    def _shared(self, raw: str) -> str:
        try:
            return self._strings[int(raw)]
        except (ValueError, IndexError) as error:
            raise Damaged(f"shared string {raw!r}") from error


def _put(cells: list[str], place: int, text: str) -> None:
    missing = place - len(cells)
    if missing < 0:
        cells[place] = text
        return
    if missing:
        cells.extend([""] * missing)
    cells.append(text)


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold, which the format writes as ``_x000D_``."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def _number_text(raw: str, shape: NumberFormat) -> str:
    """A number as the cell shows it; what is no number stays as it is."""
    try:
        value = float(raw)
    except ValueError:
        return raw.strip()
    return shape.number(value)


def _date_text(raw: str) -> str:
    """A cell of the type date, in ISO form as it is stored; no program shows it otherwise."""
    try:
        moment = datetime.fromisoformat(raw.strip())
    except ValueError:
        return raw.strip()
    if moment.time() == time() and len(raw.strip()) <= len(date.min.isoformat()) + 9:
        return moment.date().isoformat()
    return moment.isoformat(sep=" ", timespec="seconds" if moment.second else "minutes")


def _place_of_letters(letters: str) -> int:
    place = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise Damaged(f"column {letters!r}")
        place = place * 26 + ord(letter) - 64
    if not 1 <= place <= MOST_COLUMNS:
        raise Damaged(f"column {letters!r}")
    return place - 1


def _is_zero(text: str | None) -> bool:
    try:
        return text is not None and float(text) == 0
    except ValueError:
        return False


def _whole(text: str | None) -> int:
    if text is None or not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise Damaged(f"no number from 1: {text!r}")
    return int(text)
