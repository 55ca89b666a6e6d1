"""Logs what changes in the ledger: stops, pauses, starts and ends, whoever caused them.

Each change is one line that names ids and reasons, never names, texts or numbers. A change
that another process made (a command, another worker) is logged, too.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable

from wa_desktop.contracts.service import BY_USER
from wa_desktop.ledger.happenings import WORKER_LOST, Happening
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import WorkerRecord
from wa_desktop.ledger.states import ContractState
from wa_desktop.reports.lost_workers import Lost, LostWorkers
from wa_desktop.reports.sentences import (
    QUEUE_PAUSED,
    QUEUE_RESUMED,
    account_stopped,
    campaign_halted,
)

log = logging.getLogger(__name__)

_LATE = 20.0
"""Seconds within which a row of a lower number may still appear: longer than a transaction."""


class Journal:
    """Reads the history from where it stood at the first call. For one thread."""

    def __init__(self, ledger: Ledger, lost: LostWorkers) -> None:
        self._ledger = ledger
        self._lost = lost
        self._read_to: int | None = None
        self._seen: set[tuple[int, int]] = set()
        self._marks: deque[tuple[float, int]] = deque()
        self._workers: dict[int, WorkerRecord] | None = None

    def follow(self) -> None:
        """Log what happened since the last call. Raises ``LedgerError``."""
        if self._read_to is None:
            self._read_to = self._ledger.happenings.newest()
            return
        start, went_on = self._read_to, True
        while went_on:
            found, read_to = self._ledger.happenings.after(start)
            if read_to < start:  # another ledger stands at this address now
                self._read_to, self._seen, self._marks = read_to, set(), deque()
                return
            for one in found:
                if (one.number, one.at) not in self._seen:
                    self._seen.add((one.number, one.at))
                    self._tell(one)
            start, went_on = read_to, bool(found)
        self._forget(start)

    def see(self, workers: Iterable[WorkerRecord]) -> None:
        """Log which workers have come and gone since the last call."""
        before, self._workers = self._workers, {one.id: one for one in workers}
        if before is None:
            return
        for number in self._workers.keys() - before.keys():
            log.info("the worker %s has started", _named(self._workers[number]))
        for number in before.keys() - self._workers.keys():
            log.info("the worker %s works no longer", _named(before[number]))

    def _forget(self, read_to: int) -> None:
        """Read again only what may have appeared late, and remember only what was read of it."""
        at = time.monotonic()
        self._marks.append((at, read_to))
        while at - self._marks[0][0] > _LATE:
            self._read_to = self._marks.popleft()[1]
        self._seen = {one for one in self._seen if one[0] > (self._read_to or 0)}

    def _tell(self, one: Happening) -> None:
        if one.kind == WORKER_LOST:
            self._lost.add(Lost.of(one))
            log.info("a worker on %s (process %s) ended unforeseen", one.text, one.code)
        elif one.account_id is not None:
            _tell_of_account(one)
        elif one.contract_id is not None:
            _tell_of_contract(one)
        else:
            _tell_of_queue(one)


def _tell_of_account(one: Happening) -> None:
    if one.kind == "account_stopped":
        log.warning("%s", account_stopped(one.account_id or "", one.text))
    elif one.kind == "account_active":
        log.info("the account %s sends again", one.account_id)


def _tell_of_contract(one: Happening) -> None:
    if one.kind == ContractState.PAUSED.value and one.text not in (None, BY_USER):
        log.warning("%s", campaign_halted(one.contract_id or "", one.text))
    elif one.kind in _CONTRACT:
        log.info(_CONTRACT[one.kind], one.contract_id)


_CONTRACT = {
    ContractState.SCHEDULED.value: "the campaign %s was scheduled",
    ContractState.QUEUED.value: "the campaign %s was started",
    ContractState.PAUSED.value: "the campaign %s was paused by a person",
    ContractState.COMPLETED.value: "the campaign %s is finished",
    ContractState.CANCELLED.value: "the campaign %s was cancelled",
    ContractState.DELETING.value: "the campaign %s is being deleted",
}


def _tell_of_queue(one: Happening) -> None:
    for queue, paused in QUEUE_PAUSED.items():
        if one.kind == f"{queue.value}_queue_paused":
            log.warning("%s", paused)
        elif one.kind == f"{queue.value}_queue_resumed":
            log.info("%s", QUEUE_RESUMED[queue])


def _named(worker: WorkerRecord) -> str:
    return f"{worker.id} on {worker.host} (process {worker.pid})"
