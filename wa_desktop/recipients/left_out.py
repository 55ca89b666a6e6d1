"""Counts the rows that readers leave out, by reason, with the lines of the first of them."""

from wa_desktop.recipients.found_rows import LeftOutReason, LeftOutRow

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
