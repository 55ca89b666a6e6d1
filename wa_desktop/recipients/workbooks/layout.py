"""Which rows and columns of a sheet are read: those that a person sees, from the first one used."""

from dataclasses import dataclass, field

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import FoundRow, LeftOutReason, LeftOutRow
from wa_desktop.recipients.workbooks.grid import Book, HiddenColumns, SheetRow, column_letters
from wa_desktop.words import words

_SAMPLED = 1_000  # rows that are seen


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """How to cut a sheet's rows; ``places`` are the columns read, from A = 0, in order.

    The sample of the first rows decides about them. Something that stands beside them further
    down is put at the end of its row, which then has more cells than there are columns.
    """

    file: str
    places: tuple[int, ...]
    hidden_letters: tuple[str, ...]
    shows_rows: bool
    _hidden_rows: bool
    _hidden: HiddenColumns
    _from_a: bool = field(init=False)

    def __post_init__(self) -> None:
        plain = self.places == tuple(range(len(self.places))) and not self._hidden.spans
        object.__setattr__(self, "_from_a", plain)

    def found(self, row: SheetRow) -> FoundRow | None:
        """A row as it is read; ``None`` when what it shows is blank.

        Raises :class:`InvalidInput` for a formula without a saved result.
        """
        if row.hidden and not self._hidden_rows:
            return LeftOutRow(row.line, LeftOutReason.HIDDEN)
        if row.unsaved:
            self._refuse_unsaved(row)
        cells = row.cells
        if self._from_a:
            missing = len(self.places) - len(cells)
            return row.line, (*cells, *[""] * missing) if missing > 0 else tuple(cells)
        count = len(cells)
        shown = [cells[place] if place < count else "" for place in self.places]
        shown += self._beside(cells)
        return (row.line, tuple(shown)) if any(shown) else None

    def _beside(self, cells: list[str]) -> list[str]:
        first, last = (self.places[0], self.places[-1]) if self.places else (0, -1)
        return [
            cell
            for place, cell in enumerate(cells)
            if cell and not first <= place <= last and place not in self._hidden
        ]

    def _refuse_unsaved(self, row: SheetRow) -> None:
        for place in row.unsaved:
            if place not in self._hidden:
                raise InvalidInput(
                    words(
                        "Cell {cell} of {name} is a formula without a saved result. Open the "
                        "file in a spreadsheet program, save it there and choose it again.",
                        cell=f"{column_letters(place)}{row.line}",
                        name=self.file,
                    )
                )


def layout_of(file: str, book: Book, sheet: str, hidden_rows: bool) -> SheetLayout:
    """Look through the first rows of a sheet. Raises :class:`Damaged`."""
    hidden = HiddenColumns()
    used: set[int] = set()
    seen = 0
    for row in book.rows(sheet, hidden):
        if row.hidden and not hidden_rows:
            continue
        used.update(place for place, cell in enumerate(row.cells) if cell)
        used.update(row.unsaved)
        seen += 1
        if seen == _SAMPLED:
            break
    left_out = HiddenColumns() if hidden_rows else hidden
    shown = sorted(place for place in used if place not in left_out)
    places = range(shown[0], shown[-1] + 1) if shown else range(0)
    return SheetLayout(
        file=file,
        places=tuple(place for place in places if place not in left_out),
        hidden_letters=tuple(column_letters(one) for one in sorted(used) if one in left_out),
        shows_rows=bool(shown),
        _hidden_rows=hidden_rows,
        _hidden=left_out,
    )
