"""Finds out how a program is: what it knows by itself, and what the ledger says within a second."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from wa_desktop.contracts.service import BY_USER
from wa_desktop.delivery.troubles import Cause
from wa_desktop.errors import LedgerError
from wa_desktop.ledger.condition import Barred, Condition
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import WorkerRecord
from wa_desktop.reports.health import Health, Level, Report, Source
from wa_desktop.reports.lost_workers import LostWorkers
from wa_desktop.reports.sentences import (
    ENGINE_ENDED,
    NO_ANSWER,
    QUEUE_PAUSED,
    account_stopped,
    campaign_halted,
    nobody_works,
    worker_barred,
)
from wa_desktop.reports.timed import NoAnswer, Timed

log = logging.getLogger(__name__)

PATIENCE = 0.8
"""Seconds for the ledger's answer: whoever asks for the health gets it within a second."""

FRESH = 1.0
"""Seconds for which a health that was found is given out again."""


class Sending(Protocol):
    """What is asked of a process's own engine."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        ...

    @property
    def troubles(self) -> tuple[tuple[Cause, str], ...]:
        """What keeps it from sending now."""
        ...

    @property
    def cannot_send(self) -> tuple[tuple[str, str], ...]:
        """Accounts that it cannot send for, by their ids, and why."""
        ...


class Checkup:
    """Safe from any thread. ``engine`` gives the process's engine, ``None`` if it has none;
    ``queue`` says what is wrong with the queue, ``warnings`` what should be set up otherwise."""

    def __init__(
        self,
        ledger: Ledger,
        engine: Callable[[], Sending | None],
        queue: Callable[[], str | None],
        warnings: Callable[[], tuple[str, ...]],
    ) -> None:
        self._engine = engine
        self._queue = queue
        self._warnings = warnings
        self.lost = LostWorkers()
        self._seen = Timed(lambda: self._look(ledger), PATIENCE)
        self._lock = threading.Lock()
        self._last: tuple[float, Health] | None = None
        self._workers: tuple[WorkerRecord, ...] = ()

    @property
    def workers(self) -> tuple[WorkerRecord, ...]:
        """The workers that were alive at the last look that the ledger answered."""
        return self._workers

    def recent(self) -> Health:
        """The health, found at most a second ago: many calls cost the ledger one look."""
        with self._lock:
            if self._last is None or time.monotonic() - self._last[0] >= FRESH:
                found = self.now()
                self._last = (time.monotonic(), found)
            return self._last[1]

    def now(self) -> Health:
        """The health as it is at this moment."""
        reports = list(self._of_the_engine())
        try:
            condition, moved = self._seen.ask()
        except LedgerError as error:
            reports.append(Report(Level.NOT_OK, Source.LEDGER, str(error)))
        except NoAnswer:
            reports.append(Report(Level.NOT_OK, Source.LEDGER, NO_ANSWER))
        except Exception as error:
            log.exception("a look at the ledger failed in an unforeseen way")
            text = f"The ledger cannot be read ({type(error).__name__}). The log says more."
            reports.append(Report(Level.NOT_OK, Source.LEDGER, text))
        else:
            self._workers = condition.workers
            if moved is not None:
                reports.append(Report(Level.NOT_OK, Source.ENGINE, moved, Cause.PLACE.name))
            reports = [_beside_others(one, condition) for one in reports]
            reports.extend(_barred_elsewhere(condition))
            reports.extend(self._of_the_ledger(condition))
        trouble = self._queue()
        if trouble is not None:
            reports.append(Report(Level.DEGRADED, Source.QUEUE, trouble))
        return Health.of(_each_once(reports), self._warnings())

    def _look(self, ledger: Ledger) -> tuple[Condition, str | None]:
        """The ledger's condition; and that it is a copy, where the engine is another program's."""
        moved = None if self._engine() else ledger.places.moved()
        condition = ledger.conditions.read(chosen=BY_USER)
        return condition, None if moved is None else moved.said

    def _of_the_engine(self) -> Iterator[Report]:
        engine = self._engine()
        if engine is None:
            return
        if not engine.alive:
            yield Report(Level.NOT_OK, Source.ENGINE, ENGINE_ENDED)
        for cause, text in engine.troubles:
            if cause is Cause.LEDGER:
                yield Report(Level.NOT_OK, Source.LEDGER, text)
            elif cause is Cause.NETWORK:
                yield Report(Level.DEGRADED, Source.PROVIDER, text)
            else:
                yield Report(Level.NOT_OK, Source.ENGINE, text, cause.name)
        for account, text in engine.cannot_send:
            told = f"The account {account} cannot send: {text}"
            yield Report(Level.DEGRADED, Source.ACCOUNT, told, account)

    def _of_the_ledger(self, found: Condition) -> Iterator[Report]:
        yield from self.lost.reports(found)
        if not found.workers:
            yield Report(Level.NOT_OK, Source.WORKERS, nobody_works(found.waiting))
        for queue in sorted(found.paused):
            yield Report(Level.DEGRADED, Source.SWITCH, QUEUE_PAUSED[queue], queue.value)
        for one in found.accounts:
            yield Report(
                Level.DEGRADED, Source.ACCOUNT, account_stopped(one.id, one.reason), one.id
            )
        if (more := found.accounts_halted - len(found.accounts)) > 0:
            text = f"{more:,} more accounts are stopped: wa-desktop accounts list."
            yield Report(Level.DEGRADED, Source.ACCOUNT, text)
        for one in found.contracts:
            yield Report(
                Level.DEGRADED, Source.CONTRACT, campaign_halted(one.id, one.reason), one.id
            )
        if (more := found.contracts_halted - len(found.contracts)) > 0:
            text = f"{more:,} more campaigns were paused by the program: wa-desktop contracts list."
            yield Report(Level.DEGRADED, Source.CONTRACT, text)


def _is_here(worker: WorkerRecord | Barred) -> bool:
    return worker.pid == os.getpid() and worker.host == socket.gethostname()


def _beside_others(report: Report, found: Condition) -> Report:
    """What bars this process's engine is less grave where another worker sends."""
    others = sum(not _is_here(one) for one in found.workers)
    barred = sum(not _is_here(one) for one in found.barred)
    if report.source is Source.ENGINE and report.about and others > barred:
        return replace(report, level=Level.DEGRADED)
    return report


def _barred_elsewhere(found: Condition) -> Iterator[Report]:
    """Workers of other processes that may send nothing."""
    level = Level.NOT_OK if len(found.barred) == len(found.workers) else Level.DEGRADED
    for one in found.barred:
        if not _is_here(one):
            text = worker_barred(one.host, one.pid, one.why)
            yield Report(level, Source.WORKERS, text, f"barred {one.host}:{one.pid}")


def _each_once(reports: list[Report]) -> Iterator[Report]:
    """Of reports about one thing the first: the engine and a look at the ledger tell the same."""
    seen: set[tuple[Source, str]] = set()
    for one in reports:
        key = (one.source, one.about or ("" if one.source is Source.LEDGER else one.text))
        if key not in seen:
            seen.add(key)
            yield one
