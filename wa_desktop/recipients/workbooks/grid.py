"""What every kind of workbook gives: sheets, and rows of texts with what is hidden."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

MOST_ROWS = 1_048_576  # of a sheet, in the programs that can hold most
MOST_COLUMNS = 16_384
MOST_TEXT = 131_072  # characters of a cell, as in a text table; these programs hold fewer


class SheetRow(NamedTuple):
    """A row that holds something; ``cells`` begin at column A, blank ones at the end are left off.

    ``line`` counts from 1. ``unsaved`` are the places of formula cells without a saved result.
    """

    line: int
    hidden: bool
    cells: list[str]
    unsaved: tuple[int, ...] = ()


@dataclass(slots=True)
class HiddenColumns:
    """Columns that a sheet hides, as spans of places from 0; complete when its first row comes."""

    spans: list[tuple[int, int]] = field(default_factory=list)

    def hide(self, first: int, last: int) -> None:
        """Hide the columns from ``first`` to ``last``, both included."""
        if (span := (first, min(last, MOST_COLUMNS - 1))) not in self.spans[-1:]:
            self.spans.append(span)

    def __contains__(self, place: int) -> bool:
        return any(first <= place <= last for first, last in self.spans)


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet with rows; ``hidden`` also where only a macro can show it again."""

    name: str
    hidden: bool


class Book(Protocol):
    """An open workbook."""

    @property
    def sheets(self) -> tuple[SheetName, ...]:
        """Its sheets in order, without charts and macros."""

    def rows(self, sheet: str, hidden: HiddenColumns) -> Iterator[SheetRow]:
        """The rows of a sheet that hold something; fills ``hidden`` before the first one.

        Raises :class:`Damaged`.
        """


class Damaged(Exception):
    """The file is not what it says it is; the text is for the log only."""


class TooLong(Exception):
    """A cell has more than :data:`MOST_TEXT` characters. Many cells can refer to one text."""


class Encrypted(Exception):
    """The workbook is protected by a password."""


def column_letters(place: int) -> str:
    """What the programs call a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
