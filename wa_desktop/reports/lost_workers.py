"""Workers that ended without signing off, until one runs in their place, or another has dealt
with their messages."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from wa_desktop.ledger.condition import Condition
from wa_desktop.ledger.happenings import Happening
from wa_desktop.reports.health import Level, Report, Source
from wa_desktop.reports.sentences import worker_lost

_SHOWN = 20.0
"""Seconds for which a worker is missed at least, unless it was started again: others deal with
its messages within a few, before who asks for the health now and then has seen it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A lost worker. ``seen_at``: its last sign of life, microseconds since the epoch."""

    host: str
    pid: int
    seen_at: int

    @classmethod
    def of(cls, happening: Happening) -> Self:
        """As the ledger's history has it."""
        return cls(happening.text or "", happening.code or 0, happening.at)


class LostWorkers:
    """Those that are missing now, with the moment at which it was found. Safe from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._missing: dict[Lost, float] = {}

    def add(self, lost: Lost) -> None:
        """Another worker found that this one is gone."""
        with self._lock:
            self._missing.setdefault(lost, self._clock())

    def reports(self, found: Condition) -> tuple[Report, ...]:
        """A report for each that has no successor on its host yet, while its messages wait for
        a living worker, and some seconds at least."""
        unburied = {Lost(one.host, one.pid, one.last_seen) for one in found.killed}
        for one in unburied:
            self.add(one)
        at = self._clock()
        with self._lock:
            self._missing = {
                one: since
                for one, since in self._missing.items()
                if (one in unburied or at - since < _SHOWN) and not _has_successor(one, found)
            }
            return tuple(_report(one, found) for one in self._missing)


def _has_successor(lost: Lost, found: Condition) -> bool:
    return any(
        one.host == lost.host and one.started_at > lost.seen_at and one.pid != lost.pid
        for one in found.workers
    )


def _report(lost: Lost, found: Condition) -> Report:
    text = worker_lost(lost.host, lost.pid, others=bool(found.workers))
    return Report(Level.DEGRADED, Source.WORKERS, text, f"{lost.host}:{lost.pid}")
