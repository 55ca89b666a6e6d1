"""Signals: the first one asks the program to stop in good order, the second ends it now."""

import contextlib
import os
import signal
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Self

from wa_desktop.commands.faults import complain

GRACE = 10.0
"""Seconds that what is on the wire may take to finish after the first signal."""

_STOPPING = "Stopping. Once more ends it now."
_FINISHING = f"Stopping: what is on the wire may take {GRACE:.0f} s. Once more ends it now."


def _names() -> tuple[signal.Signals, ...]:
    # A closed terminal (SIGHUP, not on Windows) is a reason to stop in good order, too.
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    return tuple(signal.Signals[name] for name in names if name in signal.Signals.__members__)


class StopSignals:
    """Takes the stop signals while its ``with`` block lasts. For the main thread.

    A signal is taken between any two steps of that thread, so nothing here may take a lock that
    the thread may hold: an event that it waits for would be set beneath its own lock, and neither
    this signal nor any later one would end the program.
    """

    def __init__(self) -> None:
        self.sends = False
        """Whether messages may be on the wire: set by who starts an engine."""
        self._requested = False
        self._came: SimpleQueue[int] = SimpleQueue()
        self._before: dict[signal.Signals, Any] = {}

    @property
    def requested(self) -> bool:
        """A signal came."""
        return self._requested

    def wait(self, seconds: float) -> bool:
        """Wait for a signal, at most that long; whether one came."""
        if not self._requested:
            with contextlib.suppress(Empty):
                self._came.get(timeout=seconds)
        return self._requested

    def __enter__(self) -> Self:
        for one in _names():
            # Ignored by whoever started the program (nohup, a script's &): left so.
            if signal.getsignal(one) is not signal.SIG_IGN:
                self._before[one] = signal.signal(one, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        if self.requested:
            # Threads would hold up an ordinary exit; the ledger recovers at the next start.
            os._exit(128 + number)
        self._requested = True
        self._came.put(number)
        # Python refuses to write to a stream in the middle of whose use the signal came.
        with contextlib.suppress(RuntimeError):
            complain(_FINISHING if self.sends else _STOPPING)
