"""XML of a workbook, read in pieces: constant memory, no entities, no document types."""

from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from wa_desktop.recipients.workbooks.grid import Damaged

_PIECE = 1 << 16  # bytes
_BITE = 1 << 12
"""Bytes parsed at a time: a row of a hundred of them can have thousands of cells."""

_NO_MEMORY = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
_MOST_NAMES = 10_000

Attributes = dict[str, str]
StartHandler = Callable[[str, Attributes], None]
EndHandler = Callable[[str], None]
TextHandler = Callable[[str], None]

SEPARATOR = " "
"""Stands between a namespace and a name."""


def parse_in_pieces(
    stream: BinaryIO,
    start: StartHandler,
    end: EndHandler | None = None,
    text: TextHandler | None = None,
) -> Iterator[None]:
    """Call the handlers; yields after each piece of the file, for the caller to take results.

    Raises :class:`Damaged` for what is no XML, and for a document type: no program writes one
    into a workbook, and its entities can unfold to more than the memory of the machine.
    """
    parser = expat.ParserCreate(namespace_separator=SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        while piece := stream.read(_PIECE):
            for at in range(0, len(piece), _BITE):
                parser.Parse(piece[at : at + _BITE], False)
                yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as error:
        raise_if_no_memory(error)
        raise Damaged(str(error)) from error
    finally:
        # The handlers are bound to their owner, which is a circle that only the collector frees.
        parser.StartElementHandler = parser.EndElementHandler = None
        parser.CharacterDataHandler = None


def parse_whole(
    stream: BinaryIO,
    start: StartHandler,
    end: EndHandler | None = None,
    text: TextHandler | None = None,
) -> None:
    """The same in one go, for the small parts of a workbook."""
    for _ in parse_in_pieces(stream, start, end, text):
        pass


def raise_if_no_memory(error: BaseException) -> None:
    """Raise ``MemoryError`` for an error of ElementTree that means it: the file is not damaged."""
    if getattr(error, "code", None) == _NO_MEMORY:
        raise MemoryError from error


def refuse_document_type(stream: BinaryIO) -> None:
    """Look at what stands before the root, then go back to the start. Raises :class:`Damaged`."""
    begun: list[str] = []
    for _ in parse_in_pieces(stream, lambda name, _: begun.append(name)):
        if begun:
            break
    stream.seek(0)


class _LocalNames(dict[str, str]):
    """Names without their namespaces, by the whole names; a workbook has few distinct ones."""

    def __missing__(self, name: str) -> str:
        if len(self) >= _MOST_NAMES:
            self.clear()
        found = self[name] = name.rpartition(SEPARATOR)[2]
        return found


_LOCAL = _LocalNames()


def local_name(name: str) -> str:
    """An element's name without its namespace."""
    return _LOCAL[name]


def plain_names(attributes: Attributes) -> Attributes:
    """Attributes without namespaces, where the names that are needed are distinct."""
    return {_LOCAL[name]: value for name, value in attributes.items()}


def is_true(value: str | None) -> bool:
    """A boolean attribute."""
    return value is not None and value.strip().lower() in ("1", "true", "on")


def _refuse(*_: object) -> None:
    raise Damaged("a document type")
