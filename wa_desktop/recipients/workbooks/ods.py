"""Workbooks of OpenDocument (.ods): the texts that the cells show are in the file."""

from collections.abc import Callable, Iterator

from wa_desktop.recipients.workbooks.grid import (
    MOST_COLUMNS,
    MOST_ROWS,
    MOST_TEXT,
    Damaged,
    Encrypted,
    HiddenColumns,
    SheetName,
    SheetRow,
    TooLong,
)
from wa_desktop.recipients.workbooks.guarded_xml import (
    Attributes,
    local_name,
    parse_in_pieces,
    parse_whole,
    plain_names,
)
from wa_desktop.recipients.workbooks.ods_cells import OdsCell, repeats
from wa_desktop.recipients.workbooks.packed import Packed

_CONTENT = "content.xml"
# What most elements of a document are; they say nothing about its sheets.
_OF_CELLS = frozenset(("table-cell", "p", "table-row", "s", "span", "covered-table-cell"))
_MANIFEST = "META-INF/manifest.xml"


class OdsBook:
    """One open workbook."""

    def __init__(self, packed: Packed) -> None:
        """Raises :class:`Damaged` and :class:`Encrypted`."""
        self._packed = packed
        _refuse_encrypted(packed)
        self._styles = _Styles()
        sheets = _SheetNames(self._styles)
        with packed.member(_CONTENT) as stream:
            parse_whole(stream, sheets.start)
        self.sheets = tuple(SheetName(name, hidden) for name, hidden in sheets.found)

    def rows(self, sheet: str, hidden: HiddenColumns) -> Iterator[SheetRow]:
        """See :class:`~wa_desktop.recipients.workbooks.grid.Book`."""
        reader = _SheetReader(sheet, self._styles, hidden)
        with self._packed.member(_CONTENT) as stream:
            for _ in parse_in_pieces(stream, reader.start, reader.end, reader.text):
                yield from reader.taken()
                if reader.is_finished:
                    return


def _refuse_encrypted(packed: Packed) -> None:
    def start(element: str, _: Attributes) -> None:
        if local_name(element) == "encryption-data":
            raise Encrypted

    if _MANIFEST in packed:
        with packed.member(_MANIFEST) as stream:
            parse_whole(stream, start)


class _Styles:
    """Styles that hide what has them: a sheet, a row without height, a column without width."""

    def __init__(self) -> None:
        self.hiding: set[str] = set()
        self._style = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "style":
            self._style = plain_names(attributes).get("name", "")
        elif name == "table-properties":
            self._hide_if(plain_names(attributes).get("display") == "false")
        elif name in ("table-row-properties", "table-column-properties"):
            found = plain_names(attributes)
            self._hide_if(_is_nothing(found.get("row-height") or found.get("column-width")))

    def _hide_if(self, hides: bool) -> None:
        if hides:
            self.hiding.add(self._style)


def _is_nothing(length: str | None) -> bool:
    """Whether a length such as ``0.4cm`` is zero."""
    try:
        return length is not None and float(length.rstrip("abcdefghijklmnopqrstuvwxyz%")) == 0
    except ValueError:
        return False


class _SheetNames:
    """The sheets of a document, and on the way its styles."""

    def __init__(self, styles: _Styles) -> None:
        self.found: list[tuple[str, bool]] = []
        self._styles = styles

    def start(self, element: str, attributes: Attributes) -> None:
        name = local_name(element)
        if name in _OF_CELLS:
            return
        if name == "table":
            found = plain_names(attributes)
            # One without a name is a copy of linked data inside a cell.
            if "name" in found:
                hidden = found.get("style-name") in self._styles.hiding
                self.found.append((found["name"], hidden))
        elif name.endswith(("style", "properties")):
            self._styles.start(name, attributes)


class _SheetReader:
    """Collects the rows of one sheet; a repeated row is kept once until it is taken."""

    def __init__(self, sheet: str, styles: _Styles, hidden: HiddenColumns) -> None:
        self.is_finished = False
        self._sheet = sheet
        self._hiding = styles.hiding
        self._hidden = hidden
        self._starts: dict[str, Callable[[Attributes], None]] = {
            "table-column": self._start_column,
            "table-row-group": self._start_group,
            "table-column-group": self._start_group,
            "table-row": self._start_row,
            "table-cell": self._start_cell,
            "covered-table-cell": self._start_cell,
        }
        self._ends: dict[str, Callable[[], None]] = {
            "table-row-group": self._end_group,
            "table-column-group": self._end_group,
            "table-row": self._end_row,
            "table-cell": self._end_cell,
            "covered-table-cell": self._end_cell,
        }
        self._depth = 0  # of tables: the sheet is 1
        self._in_sheet = False
        self._columns = 0
        self._groups: list[bool] = []
        self._line = 0
        self._done: list[tuple[int, int, bool, list[str], tuple[int, ...]]] = []
        self._repeated = 1
        self._row_is_hidden = False
        self._cells: list[str] = []
        self._unsaved: list[int] = []
        self._blank = 0  # cells since the last one that holds something
        self._cell = OdsCell({})

    def taken(self) -> Iterator[SheetRow]:
        """The rows collected since the last call."""
        done, self._done = self._done, []
        for line, repeated, hidden, cells, unsaved in done:
            for number in range(line, line + repeated):
                yield SheetRow(number, hidden, cells, unsaved)

    def start(self, element: str, attributes: Attributes) -> None:
        name = local_name(element)
        if name == "table":
            self._depth += 1
            if self._depth == 1:
                self._in_sheet = plain_names(attributes).get("name") == self._sheet
        elif self._in_sheet and self._depth == 1:
            if handler := self._starts.get(name):
                handler(plain_names(attributes))
            else:
                self._cell.start(name, attributes)

    def end(self, element: str) -> None:
        name = local_name(element)
        if name == "table":
            self._depth -= 1
            if self._depth == 0 and self._in_sheet:
                self._in_sheet = False
                self.is_finished = True
        elif self._in_sheet and self._depth == 1:
            if handler := self._ends.get(name):
                handler()
            else:
                self._cell.end(name)

    def text(self, piece: str) -> None:
        if self._in_sheet and self._depth == 1:
            self._cell.text(piece)

    def _start_column(self, attributes: Attributes) -> None:
        count = repeats(attributes.get("number-columns-repeated"))
        if self._is_hidden(attributes):
            self._hidden.hide(self._columns, self._columns + count - 1)
        self._columns += count

    def _start_group(self, attributes: Attributes) -> None:
        self._groups.append(attributes.get("display") == "false")

    def _end_group(self) -> None:
        if self._groups:
            self._groups.pop()

    def _is_hidden(self, attributes: Attributes) -> bool:
        return (
            attributes.get("visibility", "visible") != "visible"
            or attributes.get("style-name") in self._hiding
            or any(self._groups)
        )

    def _start_row(self, attributes: Attributes) -> None:
        self._repeated = repeats(attributes.get("number-rows-repeated"))
        self._row_is_hidden = self._is_hidden(attributes)
        self._cells = []
        self._unsaved = []
        self._blank = 0

    def _end_row(self) -> None:
        line = self._line + 1
        self._line += self._repeated
        if not self._cells:
            return
        if self._line > MOST_ROWS:
            raise Damaged(f"row {self._line}")
        self._done.append(
            (line, self._repeated, self._row_is_hidden, self._cells, tuple(self._unsaved))
        )

    def _start_cell(self, attributes: Attributes) -> None:
        self._cell = OdsCell(attributes)

    def _end_cell(self) -> None:
        cell, self._cell = self._cell, OdsCell({})
        text = cell.shown()
        if not text and not cell.lacks_result:
            self._blank += cell.repeated
            return
        if len(text) > MOST_TEXT:
            raise TooLong
        place = len(self._cells) + self._blank
        if place + cell.repeated > MOST_COLUMNS:
            raise Damaged(f"column {place + cell.repeated}")
        if cell.lacks_result:
            self._unsaved.extend(range(place, place + cell.repeated))
        self._cells.extend([""] * self._blank + [text] * cell.repeated)
        self._blank = 0
