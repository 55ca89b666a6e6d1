"""The table that a web page shows: many programs save one and call it .xls."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import TextIOWrapper

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import FoundRow, LeftOutReason, LeftOutRow
from wa_desktop.recipients.source import Source
from wa_desktop.recipients.text.encodings import checked_encoding, find_encoding
from wa_desktop.recipients.text.faulty_bytes import FAULT_MARK, MARK_FAULTS
from wa_desktop.words import words

_PIECE = 1 << 16  # characters
_START = 4096  # bytes in which a page names its encoding
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_\-]+)", re.IGNORECASE)
_NOT_SHOWN = re.compile(r"(display\s*:\s*none|mso-hide\s*:\s*all)", re.IGNORECASE)
_BLOCKS = frozenset(("p", "div", "li"))
_SILENT = frozenset(("script", "style", "title", "template"))
_MOST_SPAN = 1_000
_MOST_COLUMNS = 16_384  # whose being hidden is remembered
_MOST_BLANKS = 5_000_000  # made by spans: a small page can ask for more than the memory holds

Attributes = list[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class WebPage:
    """The table of a page that has the most rows; it is held in memory."""

    encoding: str
    _rows: tuple[FoundRow, ...] = field(repr=False)

    def rows(self) -> Iterator[FoundRow]:
        """``(row of the table, cells)`` of every row that is not blank, and hidden rows."""
        return iter(self._rows)


def open_web_page(source: Source, encoding: str | None, *, hidden_rows: bool = False) -> WebPage:
    """Read the page. ``hidden_rows`` includes rows and cells that a browser does not show.

    Raises :class:`InvalidInput` for a page without a table and an unknown encoding.
    """
    found = checked_encoding(encoding) if encoding else _encoding(source)
    parser = _Tables(source.name, hidden_rows=hidden_rows)
    with source.opened() as binary:
        text = TextIOWrapper(binary, found, errors=MARK_FAULTS)
        try:
            while piece := text.read(_PIECE):
                parser.feed(piece)
        except UnicodeError as error:
            raise InvalidInput(
                words(
                    "{name} is not written in {encoding}. Say which encoding it has.",
                    name=source.name,
                    encoding=found,
                )
            ) from error
        finally:
            text.detach()
    parser.close()
    rows = max(parser.tables, key=len, default=())
    if not rows:
        raise InvalidInput(
            words(
                "{name} is a web page without a table. Open it in a spreadsheet program and save "
                "it as .xlsx or .csv.",
                name=source.name,
            )
        )
    return WebPage(found, tuple(rows))


def _encoding(source: Source) -> str:
    """UTF-8 or UTF-16 if the bytes are that, else what the page names, else by its letters."""
    with source.opened() as binary:
        named = _CHARSET.search(binary.read(_START))
    try:
        found = find_encoding(source)
    except InvalidInput:
        if named is None:
            raise
        return checked_encoding(named[1].decode())
    if named is None or found.startswith("utf-"):
        return found
    try:
        return codecs.lookup(named[1].decode()).name
    except LookupError:
        return found


class _OpenTable:
    """A table whose end was not reached yet."""

    def __init__(self) -> None:
        self.rows: list[FoundRow] = []
        self.number = 0
        self.cells: list[str] | None = None
        self.row_hidden = False
        self.text: list[str] | None = None
        self.cell_hidden = False
        self.span = 1
        self.down = 1
        self.columns = 0
        self.hidden_columns: set[int] = set()
        self.taken: dict[int, int] = {}
        """Columns that a cell from a row above reaches down into: for how many more rows."""


class _Tables(HTMLParser):
    """Collects the rows of each table; a table inside a cell is one of its own."""

    def __init__(self, name: str, *, hidden_rows: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._name = name
        self._blanks = 0
        self.tables: list[list[FoundRow]] = []
        self._hidden_rows = hidden_rows
        self._open: list[_OpenTable] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "table":
            self._open.append(_OpenTable())
        elif self._open:
            self._inside(tag, attrs, self._open[-1])

    def _inside(self, tag: str, attrs: Attributes, table: _OpenTable) -> None:
        if tag == "tr":
            self._end_row(table)
            table.cells, table.row_hidden = [], _is_hidden(attrs)
        elif tag in ("td", "th"):
            self._end_cell(table)
            if table.cells is None:
                table.cells, table.row_hidden = [], False
            table.text, table.cell_hidden = [], _is_hidden(attrs)
            table.span, table.down = _span(attrs, "colspan"), _span(attrs, "rowspan")
        elif tag == "col":
            width = _span(attrs, "span")
            width = min(width, _MOST_COLUMNS - table.columns)
            if _is_hidden(attrs):
                table.hidden_columns.update(range(table.columns, table.columns + width))
            table.columns += width
        elif table.text is not None and (tag == "br" or tag in _BLOCKS):
            table.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif not self._open:
            return
        elif tag in ("td", "th"):
            self._end_cell(self._open[-1])
        elif tag == "tr":
            self._end_row(self._open[-1])
        elif tag == "table":
            self._end_table()
        elif tag in _BLOCKS and (text := self._open[-1].text) is not None:
            text.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent and self._open and (text := self._open[-1].text) is not None:
            text.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def close(self) -> None:
        """The rest of the text; tables whose end is missing end here."""
        super().close()
        while self._open:
            self._end_table()

    def _end_table(self) -> None:
        table = self._open.pop()
        self._end_row(table)
        self.tables.append(table.rows)

    def _end_cell(self, table: _OpenTable) -> None:
        if table.text is None or table.cells is None:
            return
        self._pass_taken(table)
        lines = (" ".join(line.split()) for line in "".join(table.text).split("\n"))
        text = "\n".join(filter(None, lines))
        at = len(table.cells)
        hidden = table.cell_hidden or at in table.hidden_columns
        table.cells.append(text if self._hidden_rows or not hidden else "")
        self._count_blanks(table.span - 1)
        table.cells.extend([""] * (table.span - 1))
        if table.down > 1:
            table.taken.update(dict.fromkeys(range(at, at + table.span), table.down))
        table.text = None

    def _count_blanks(self, number: int) -> None:
        self._blanks += number
        if self._blanks > _MOST_BLANKS:
            raise InvalidInput(
                words(
                    "The table of {name} joins too many cells. Open it in a spreadsheet program "
                    "and save it as .xlsx or .csv.",
                    name=self._name,
                )
            )

    def _pass_taken(self, table: _OpenTable) -> None:
        """Leave the columns blank that a cell of a row above covers."""
        assert table.cells is not None
        while len(table.cells) in table.taken:
            self._count_blanks(1)
            table.cells.append("")

    def _end_row(self, table: _OpenTable) -> None:
        self._end_cell(table)
        if table.cells is None:
            return
        self._pass_taken(table)
        table.number += 1
        table.taken = {at: rows - 1 for at, rows in table.taken.items() if rows > 1}
        cells, table.cells = tuple(table.cells), None
        if not any(cells):
            return
        if table.row_hidden and not self._hidden_rows:
            table.rows.append(LeftOutRow(table.number, LeftOutReason.HIDDEN))
        elif any(FAULT_MARK in cell for cell in cells):
            table.rows.append(LeftOutRow(table.number, LeftOutReason.UNDECODABLE))
        else:
            table.rows.append((table.number, cells))


def _is_hidden(attrs: Attributes) -> bool:
    named = dict(attrs)
    return "hidden" in named or _NOT_SHOWN.search(named.get("style") or "") is not None


def _span(attrs: Attributes, name: str) -> int:
    given = (dict(attrs).get(name) or "").strip()
    return max(1, min(int(given), _MOST_SPAN)) if given.isascii() and given.isdecimal() else 1
