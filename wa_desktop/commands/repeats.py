"""Thins out the log: a line that repeats while a fault lasts is printed once a minute."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

EVERY = 60.0
"""Seconds between two lines of the same words."""

_EACH = ("wa_desktop.reports", "wa_desktop.delivery.troubles")
"""Loggers whose lines each say something new: a begin, an end, what a person did."""

_MOST = 1_000
"""Lines that are remembered; beyond it the oldest are forgotten."""


@dataclass
class _Line:
    """A line that was printed at ``at``, and how often its words came since."""

    at: float
    more: int = 0
    latest: logging.LogRecord | None = None


class Repeats(logging.Filter):
    """Lets a line pass once in a minute. ``clock`` gives seconds of a clock that only moves on.

    Safe from any thread. Words are compared as they would be printed, so two accounts with
    the same trouble have a line each.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[tuple[str, int, str], _Line] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is printed now. One that follows a silence says how often it came."""
        if record.levelno <= logging.DEBUG or record.name.startswith(_EACH):
            return True
        key = (record.name, record.levelno, record.getMessage())
        at = self._clock()
        with self._lock:
            known = self._lines.pop(key, None)
            if known is not None and at - known.at < EVERY:
                known.more, known.latest = known.more + 1, record
                self._lines[key] = known
                return False
            self._lines[key] = _Line(at)
            while len(self._lines) > _MOST:
                del self._lines[next(iter(self._lines))]
        if known is not None and known.more:
            _count(record, known.more)
        return True

    def due(self) -> tuple[logging.LogRecord, ...]:
        """The lines that were held back for a minute now, each once with its number; those that
        have ended are forgotten."""
        at = self._clock()
        found = []
        with self._lock:
            for key, line in list(self._lines.items()):
                if at - line.at < EVERY:
                    continue
                del self._lines[key]
                if line.latest is not None:
                    _count(line.latest, line.more - 1)
                    self._lines[key] = _Line(at)
                    found.append(line.latest)
        return tuple(found)


def _count(record: logging.LogRecord, more: int) -> None:
    if more > 0:
        times = "once" if more == 1 else f"{more} times"
        record.msg, record.args = f"{record.getMessage()} (and {times} more in the last minute)", ()
