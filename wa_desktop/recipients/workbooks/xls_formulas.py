"""Formula cells of an .xls whose results were never saved: the library does not tell them."""

import struct
from collections.abc import Iterator
from io import StringIO

from xlrd.compdoc import CompDoc

_BOF = (0x0809, 0x0409, 0x0209, 0x0009)
_EOF, _BOUNDSHEET, _FORMULA = 0x000A, 0x0085, 0x0006
_WORKSHEET = 0
_NO_TEXT = b"\x03\x00\x00\x00\x00\x00\xff\xff"  # the result is an empty text
_ZERO = bytes(8)
_COMPUTE_ON_OPENING = 0x0003

Record = tuple[int, int, int]
"""Its kind, and where its data begin and end."""


def unsaved_formulas(data: bytes) -> list[dict[int, list[int]]]:
    """For each sheet with rows: ``row: columns``, from 0, of formulas without a saved result.

    Programs that do not compute put 0 or an empty text in place of a result, marked to be
    computed on opening. One common program does not mark it: there all formulas of a sheet have
    empty texts, which no sheet that was ever computed is likely to have.
    """
    stream = _workbook_stream(data)
    return [_unsaved(stream, start) for start in _sheets(stream)]


def _workbook_stream(data: bytes) -> bytes:
    container = CompDoc(data, logfile=StringIO())
    for name in ("Workbook", "Book"):
        if found := container.get_named_stream(name):
            return bytes(found)
    return b""


def _records(stream: bytes, start: int) -> Iterator[Record]:
    """The records of a part of the stream, up to the end of that part; inner parts are skipped."""
    place, depth = start, 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        place += 4
        if kind in _BOF:
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, place, min(place + size, len(stream))
        place += size


def _sheets(stream: bytes) -> list[int]:
    starts: list[int] = []
    for kind, start, end in _records(stream, 0):
        if kind == _BOUNDSHEET and end - start >= 6:
            position, _, sort = struct.unpack_from("<IBB", stream, start)
            if sort == _WORKSHEET:
                starts.append(position)
    return starts


def _unsaved(stream: bytes, sheet: int) -> dict[int, list[int]]:
    marked: list[tuple[int, int]] = []
    empty: list[tuple[int, int]] = []
    formulas = 0
    for kind, start, end in _records(stream, sheet):
        if kind != _FORMULA or end - start < 16:
            continue
        formulas += 1
        row, column = struct.unpack_from("<HH", stream, start)
        result = stream[start + 6 : start + 14]
        (flags,) = struct.unpack_from("<H", stream, start + 14)
        if result == _NO_TEXT:
            empty.append((row, column))
        if flags & _COMPUTE_ON_OPENING and result in (_NO_TEXT, _ZERO):
            marked.append((row, column))
    found: dict[int, list[int]] = {}
    for row, column in empty if len(empty) == formulas else marked:
        found.setdefault(row, []).append(column)
    return found
