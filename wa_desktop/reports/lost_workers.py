"""Workers that ended without signing off, until another one runs in their place."""

import threading
from dataclasses import dataclass

from wa_desktop.clock import SECOND
from wa_desktop.ledger.condition import Condition
from wa_desktop.reports.health import Level, Report, Source
from wa_desktop.words import words

_SHOWN = 600 * SECOND
"""A worker that nobody starts again is not missed for longer."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A lost worker. ``seen_at``: its last sign of life, microseconds since the epoch."""

    host: str
    pid: int
    seen_at: int


class LostWorkers:
    """Those that are missing now. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._missing: frozenset[Lost] = frozenset()

    def add(self, lost: Lost) -> None:
        """Another worker found that this one is gone."""
        with self._lock:
            self._missing |= {lost}

    def reports(self, found: Condition, at: int) -> tuple[Report, ...]:
        """A report for each that has no successor on its host yet."""
        with self._lock:
            killed = {Lost(one.host, one.pid, one.last_seen) for one in found.killed}
            self._missing = frozenset(
                one
                for one in self._missing | killed
                if at - one.seen_at < _SHOWN and not _has_successor(one, found)
            )
            missing = sorted(self._missing, key=lambda one: (one.seen_at, one.pid))
        return tuple(_report(one) for one in missing)


def _has_successor(lost: Lost, found: Condition) -> bool:
    return any(
        one.host == lost.host and one.started_at > lost.seen_at and one.pid != lost.pid
        for one in found.workers
    )


def _report(lost: Lost) -> Report:
    return Report(
        Level.DEGRADED,
        Source.WORKERS,
        words(
            "A worker on {host} (process {pid}) was killed or crashed. Start it again: "
            "`wa-desktop worker`. What it was sending is in doubt once another worker runs.",
            host=lost.host,
            pid=lost.pid,
        ),
        f"{lost.host}:{lost.pid}",
    )
