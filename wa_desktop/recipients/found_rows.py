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
