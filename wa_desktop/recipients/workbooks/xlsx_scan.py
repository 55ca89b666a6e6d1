"""A sheet of Office Open XML in the form that the common programs write, read fast.

A regular expression covers each row from its first character to its last, and nothing is
read that it does not cover: any other form ends in :class:`Unusual`, and the XML parser takes
over. This is three times as fast as the parser.
"""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree import ElementTree

from wa_desktop.recipients.workbooks.grid import HiddenColumns, SheetRow
from wa_desktop.recipients.workbooks.xlsx_cells import CellTexts, Lines, place_of_letters, put
from wa_desktop.recipients.workbooks.xlsx_tree import LONGEST_ROW, hide_columns

_PIECE = 1 << 17  # bytes
_ATTRIBUTES = r'(?: [A-Za-z][\w.:]*="[^"<>&]*")*+ ?'
_CELL = (
    rf'<c r="(CAPTURE[A-Z]{{1,3}})[0-9]{{1,7}}"(CAPTURE{_ATTRIBUTES})(?:/>|>'
    rf"(CAPTURE<f{_ATTRIBUTES}(?:/>|>[^<]*+</f>))?"
    rf"(?:(CAPTURE<v)(?: ?/>|>(CAPTURE[^<]*+)</v>)"
    rf"|<is><t{_ATTRIBUTES}>(CAPTURE[^<]*+)</t></is>)?</c>)"
)
_CELLS = re.compile(_CELL.replace("CAPTURE", ""))
_ROW = re.compile(rf"<row({_ATTRIBUTES})(?:/>|>((?:{_CELL.replace('CAPTURE', '?:')})*+)</row>)")
_NAMED = re.compile(r'([\w.:]+)="([^"]*)"')
_HEAD = re.compile(
    r"\ufeff?(?:<\?xml[^<>]*\?>)?\s*<worksheet\b[^<>]*"
    r' xmlns="http://(?:schemas\.openxmlformats\.org/spreadsheetml/2006|purl\.oclc\.org/ooxml/'
    r'spreadsheetml)/main"'
)
_ENCODING = re.compile(r"<\?xml[^<>]*encoding=[\"']([^\"']*)")
_COLUMNS = re.compile(r"<cols>.*?</cols>", re.DOTALL)
_ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));|&")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_START, _END = "<sheetData>", "</sheetData>"


class Unusual(Exception):
    """The sheet has another form."""


class SheetScan:
    """Reads one sheet once."""

    def __init__(self, texts: CellTexts, hidden: HiddenColumns) -> None:
        self._texts = texts
        self._hidden = hidden
        self._lines = Lines()
        self._places: dict[str, int] = {}
        self._looks: dict[str, tuple[str, str]] = {}

    def rows(self, stream: BinaryIO) -> Iterator[SheetRow | None]:
        """Every row, ``None`` for a blank one.

        Raises :class:`Unusual` where the sheet has another form from there on.
        """
        decoder = codecs.getincrementaldecoder("utf-8")()
        text, place, in_rows = "", 0, False
        while True:
            piece = stream.read(_PIECE)
            text = text[place:] + decoder.decode(piece, final=not piece)
            place = 0
            if not in_rows and (at := text.find(_START)) >= 0:
                self._read_head(text[:at])
                place, in_rows = at + len(_START), True
            if in_rows:
                while row := _ROW.match(text, place):
                    place = row.end()
                    yield self._row(row[1], row[2] or "")
                if text.startswith(_END, place):
                    return
            # A row that is there in full but was not matched is of another form.
            if not piece or (in_rows and "</row>" in text[place:]) or len(text) > LONGEST_ROW:
                raise Unusual

    def _read_head(self, head: str) -> None:
        encoding = _ENCODING.search(head)
        if "<!" in head or (encoding and encoding[1].lower() not in ("utf-8", "utf8")):
            raise Unusual
        if _HEAD.match(head) is None or ("<cols" in head and _COLUMNS.search(head) is None):
            raise Unusual
        for columns in _COLUMNS.findall(head):
            try:
                # No entities can be declared: there is no document type.
                found = ElementTree.fromstring(columns)  # noqa: S314
            except ElementTree.ParseError as error:
                raise Unusual from error
            for column in found:
                hide_columns(column.attrib, self._hidden)

    def _row(self, attributes: str, body: str) -> SheetRow | None:
        if "\r" in body:
            raise Unusual
        cells: list[str] = []
        unsaved: list[int] = []
        places = self._places
        for letters, rest, formula, mark, value, inline in _CELLS.findall(body):
            place = places.get(letters, -1)
            if place < 0:
                place = places[letters] = place_of_letters(letters)
            style, kind = self._looks.get(rest) or self._look(rest)
            if formula and self._texts.lacks_result(value if mark else inline or None, kind):
                unsaved.append(place)
            elif raw := value or inline:
                if "&" in raw:
                    raw = _resolved(raw)
                if text := self._texts.shown(raw, kind, style):
                    put(cells, place, text)
        return self._lines.row(dict(_NAMED.findall(attributes)), cells, unsaved)

    def _look(self, attributes: str) -> tuple[str, str]:
        """Style and type of a cell, by its attributes; few are distinct."""
        found = dict(_NAMED.findall(attributes))
        look = self._looks[attributes] = found.get("s", "0"), found.get("t", "n")
        return look


def _resolved(text: str) -> str:
    return _ENTITY.sub(_character, text)


def _character(found: re.Match[str]) -> str:
    name, decimal, hexadecimal = found.groups()
    if name:
        return _ENTITIES[name]
    try:
        return chr(int(decimal) if decimal else int(hexadecimal, 16))
    except (TypeError, ValueError, OverflowError) as error:
        raise Unusual from error
