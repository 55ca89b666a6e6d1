"""A sheet of Office Open XML read with an XML parser: any form of it, a few rows at a time."""

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from wa_desktop.recipients.workbooks.grid import Damaged, HiddenColumns, SheetRow
from wa_desktop.recipients.workbooks.guarded_xml import (
    Attributes,
    is_true,
    raise_if_no_memory,
    refuse_document_type,
)
from wa_desktop.recipients.workbooks.xlsx_cells import (
    CellTexts,
    Lines,
    is_zero,
    place_of_letters,
    put,
    whole,
)

_PIECE = 1 << 16  # bytes
_DIGITS = "0123456789"
LONGEST_ROW = 64 << 20
"""Bytes of XML that a row may have, and what stands before the first one."""


class SheetTree:
    """Reads one sheet once."""

    def __init__(self, texts: CellTexts, hidden: HiddenColumns) -> None:
        self._texts = texts
        self._hidden = hidden
        self._lines = Lines()
        self._places: dict[str, int] = {}
        self._names("")

    def rows(self, stream: BinaryIO) -> Iterator[SheetRow | None]:
        """Every row, ``None`` for a blank one. Raises :class:`Damaged`."""
        refuse_document_type(stream)
        try:
            for rows in self._finished(stream):
                for row in rows:
                    yield self._row(row)
        except ElementTree.ParseError as error:
            raise_if_no_memory(error)
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
            if unfinished > LONGEST_ROW:
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
                hide_columns(column.attrib, self._hidden)
        return sheet

    def _names(self, space: str) -> None:
        self._space = space
        self._c, self._v, self._f = space + "c", space + "v", space + "f"
        self._is, self._t, self._r = space + "is", space + "t", space + "r"

    def _row(self, row: Element) -> SheetRow | None:
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
                put(cells, place, text)
        return self._lines.row(row.attrib, cells, unsaved)

    def _place_of(self, reference: str) -> int:
        letters = reference.rstrip(_DIGITS)
        place = self._places.get(letters)
        if place is None:
            place = self._places[letters] = place_of_letters(letters)
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
        if is_formula and self._texts.lacks_result(value, kind):
            return None
        return self._texts.shown(value, kind, cell.get("s", "0")) if value else ""

    def _inline(self, text: Element) -> str:
        """Runs of rich text, without readings of Japanese characters."""
        runs = [one for one in text if one.tag in (self._t, self._r)]
        return "".join(
            one.text or "" if one.tag == self._t else one.findtext(self._t, "") for one in runs
        )


def hide_columns(attributes: Attributes, hidden: HiddenColumns) -> None:
    """Hide the columns of a ``col`` element, if it does so."""
    if is_true(attributes.get("hidden")) or is_zero(attributes.get("width")):
        first = whole(attributes.get("min"))
        hidden.hide(first - 1, whole(attributes.get("max")) - 1)
