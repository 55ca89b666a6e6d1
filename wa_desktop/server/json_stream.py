"""JSON read from a file piece by piece, so that a list of any length takes constant memory.

Stricter than Python's own reader: no NaN or Infinity, no name twice in one object, UTF-8
only (a byte order mark is passed over).
"""

import codecs
import json
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO, Final

from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.server.problems import Refused

_CHUNK: Final = 64 * 1024
_NUMBER_TAIL: Final = 3
LONGEST_ITEM: Final = 1 << 20
"""Characters of one item of a list, or of one field beside it."""


class MalformedJson(Refused):
    """A body that is not JSON: 400."""

    def __init__(self, reason: str) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST, f"The body is not valid JSON: {reason}.")


@dataclass(frozen=True, slots=True)
class Document:
    """An object's fields without its long list; ``has_list`` tells whether it holds one.

    ``bare_list``: the list stood alone, with no object around it.
    """

    fields: dict[str, object]
    has_list: bool
    bare_list: bool = False


def parse_json(data: bytes) -> object:
    """A small body at once. Raises :class:`MalformedJson`."""
    try:
        return _DECODER.decode(codecs.decode(data, "utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _malformed(error) from error


def read_document(binary: BinaryIO, list_name: str) -> Document:
    """Read an object through to its end, checked whole, keeping all but the list's items.

    Raises :class:`MalformedJson`, and :class:`InvalidInput` for JSON that is neither an
    object nor a list.
    """
    reader = _Reader(binary)
    start = reader.peek()
    if start == "[":
        _pass_over(reader.items())
        document = Document({}, has_list=True, bare_list=True)
    elif start == "{":
        document = _read_object(reader, list_name)
    else:
        reader.value()
        raise InvalidInput(
            "The body must be a JSON object.", [Problem("body", "must be an object")]
        )
    reader.expect_end()
    return document


def _read_object(reader: "_Reader", list_name: str) -> Document:
    fields: dict[str, object] = {}
    has_list = False
    for name in reader.names():
        if name in fields or (name == list_name and has_list):
            raise MalformedJson(f"{name[:60]!r} stands twice in one object")
        if name == list_name and reader.peek() == "[":
            _pass_over(reader.items())
            has_list = True
        else:
            fields[name] = reader.value()
    return Document(fields, has_list)


def _pass_over(items: Iterator[object]) -> None:
    deque(items, maxlen=0)


def list_items(binary: BinaryIO, list_name: str) -> Iterator[object]:
    """The items of the long list, in order; nothing where there is none."""
    reader = _Reader(binary)
    if reader.peek() == "[":
        yield from reader.items()
        return
    for name in reader.names():
        if name == list_name and reader.peek() == "[":
            yield from reader.items()
        else:
            reader.value()


def line_items(binary: BinaryIO) -> Iterator[object]:
    """JSON values, each on a line of its own; blank lines are passed over.

    Raises :class:`MalformedJson`, which names the line.
    """
    binary.seek(0)
    number = 0
    while line := binary.readline(4 * LONGEST_ITEM):
        number += 1
        if not line.strip():
            continue
        try:
            yield parse_json(line)
        except MalformedJson as error:
            raise MalformedJson(f"line {number}: {_reason(error.__cause__)}") from error


class _Reader:
    """Walks over JSON text; ``_at`` is the place in the buffer."""

    def __init__(self, binary: BinaryIO) -> None:
        binary.seek(0)
        self._binary = binary
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._buffer = ""
        self._at = 0
        self._ended = False
        self._passed = 0

    def peek(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            while self._at < len(self._buffer):
                if self._buffer[self._at] not in " \t\r\n":
                    return self._buffer[self._at]
                self._at += 1
            if self._ended:
                return ""
            self._refill(_CHUNK)

    def value(self) -> object:
        """The value that begins here, whole."""
        self.peek()
        while True:
            try:
                found, end = _DECODER.raw_decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                if self._ended:
                    raise MalformedJson(self._reason(error)) from error
                if len(self._buffer) - self._at > LONGEST_ITEM:
                    raise MalformedJson(
                        f"{self._reason(error)}, or an item exceeds {LONGEST_ITEM:,} characters"
                    ) from error
                self._refill(max(_CHUNK, len(self._buffer) - self._at))
                continue
            # At the buffer's edge a number may go on behind it: "1e+" reads as 1, then "e+".
            if len(self._buffer) - end < _NUMBER_TAIL and not self._ended:
                self._refill(_CHUNK)
                continue
            self._at = end
            return found

    def items(self) -> Iterator[object]:
        """The items of the list that begins here."""
        self._expect("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if self._expect(",", "]") == "]":
                return

    def names(self) -> Iterator[str]:
        """The names of the object that begins here; the caller reads each name's value."""
        self._expect("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                raise MalformedJson("a name in quotation marks is expected")
            name = self.value()
            assert isinstance(name, str)
            self._expect(":")
            yield name
            if self._expect(",", "}") == "}":
                return

    def expect_end(self) -> None:
        """Nothing but blanks may follow."""
        if self.peek():
            raise MalformedJson("something follows after its end")

    def _expect(self, *characters: str) -> str:
        found = self.peek()
        if found not in characters or not found:
            wanted = " or ".join(characters)
            raise MalformedJson(
                f"{wanted} is expected, found {found}"
                if found
                else f"it breaks off before {wanted}"
            )
        self._at += 1
        return found

    def _refill(self, amount: int) -> None:
        data = self._binary.read(amount)
        self._ended = not data
        self._passed += self._at
        try:
            more = self._decoder.decode(data, final=self._ended)
        except ValueError as error:
            raise _malformed(error) from error
        self._buffer = self._buffer[self._at :] + more
        self._at = 0

    def _reason(self, error: BaseException) -> str:
        """What is wrong, and at which character of the whole body."""
        if isinstance(error, json.JSONDecodeError):
            return f"{_said(error)} (character {self._passed + error.pos + 1:,})"
        return _reason(error)


def _malformed(error: BaseException) -> MalformedJson:
    return MalformedJson(_reason(error))


def _reason(error: BaseException | None) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{_said(error)} (line {error.lineno}, column {error.colno})"
    if isinstance(error, UnicodeDecodeError):
        return f"a byte that is not UTF-8 (0x{error.object[error.start]:02x})"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, _NotPlain):
        return str(error)
    return "a number is too long"


def _said(error: json.JSONDecodeError) -> str:
    return error.msg[:1].lower() + error.msg[1:]


class _NotPlain(ValueError):
    """JSON that Python would take, but nobody can mean."""


def _refuse_constant(name: str) -> Any:
    raise _NotPlain(f"{name} is no number")


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _NotPlain(f"{twice[:60]!r} stands twice in one object")
    return found


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_repeats, parse_constant=_refuse_constant, strict=True
)
