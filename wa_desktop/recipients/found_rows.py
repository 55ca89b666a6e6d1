"""What a reader finds in a file, row by row: cells, or a row that it leaves out and why."""

from dataclasses import dataclass
from enum import StrEnum

Row = tuple[int, tuple[str, ...]]
"""A row's line (or row number) in the file, from 1, and its cells."""


class LeftOutReason(StrEnum):
    """Why a row of the file gets no message although nothing is wrong with its number."""

    HIDDEN = "hidden"
    """The workbook hides the row (a filter, or by hand): the user does not see it."""
    UNDECODABLE = "undecodable"
    """The row holds bytes that do not fit the file's encoding."""


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """A row that a reader leaves out; ``line`` is its line (or row number) in the file."""

    line: int
    reason: LeftOutReason


FoundRow = Row | LeftOutRow

SHOWN_LINES = 100


class LeftOutTally:
    """Takes left-out rows one by one. ``counts`` has only the reasons that occurred, and
    ``lines`` the first lines of each."""

    def __init__(self) -> None:
        self.counts: dict[LeftOutReason, int] = {}
        self._lines: dict[LeftOutReason, list[int]] = {}

    @property
    def lines(self) -> dict[LeftOutReason, tuple[int, ...]]:
        """The lines (or row numbers) of the first left-out rows of each reason."""
        return {reason: tuple(lines) for reason, lines in self._lines.items()}

    def take(self, row: LeftOutRow) -> None:
        """Count one row."""
        self.counts[row.reason] = self.counts.get(row.reason, 0) + 1
        lines = self._lines.setdefault(row.reason, [])
        if len(lines) < SHOWN_LINES:
            lines.append(row.line)
