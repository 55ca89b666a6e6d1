"""Workers that ended without signing off, until another one runs in their place."""

import threading
import time
from dataclasses import dataclass

from wa_desktop.ledger.condition import Condition
from wa_desktop.reports.health import Level, Report, Source
from wa_desktop.reports.sentences import worker_lost

_SHOWN = 600.0
"""Seconds for which a worker is missed that nobody starts again."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A lost worker. ``seen_at``: its last sign of life, microseconds since the epoch."""

    host: str
    pid: int
    seen_at: int


class LostWorkers:
    """Those that are missing now, with the moment at which it was found. Safe from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._missing: dict[Lost, float] = {}

    def add(self, lost: Lost) -> None:
        """Another worker found that this one is gone."""
        with self._lock:
            self._missing.setdefault(lost, time.monotonic())

    def reports(self, found: Condition) -> tuple[Report, ...]:
        """A report for each that has no successor on its host yet."""
        for one in found.killed:
            self.add(Lost(one.host, one.pid, one.last_seen))
        at = time.monotonic()
        with self._lock:
            self._missing = {
                one: since
                for one, since in self._missing.items()
                if at - since < _SHOWN and not _has_successor(one, found)
            }
            return tuple(_report(one) for one in self._missing)


def _has_successor(lost: Lost, found: Condition) -> bool:
    return any(
        one.host == lost.host and one.started_at > lost.seen_at and one.pid != lost.pid
        for one in found.workers
    )


def _report(lost: Lost) -> Report:
    text = worker_lost(lost.host, lost.pid)
    return Report(Level.DEGRADED, Source.WORKERS, text, f"{lost.host}:{lost.pid}")
