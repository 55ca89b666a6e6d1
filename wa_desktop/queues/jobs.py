"""The two jobs and the bell that enqueues them. A job carries an id and nothing else.

A job that is lost is rung for again by the sweep; one that runs twice finds nothing to do.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import redis

from wa_desktop.errors import LedgerError
from wa_desktop.events import EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.queues.hueys import Hueys, QueueBackend
from wa_desktop.words import words

log = logging.getLogger(__name__)

_PROBE = "probe"
_PATIENCE = 10.0
"""Seconds in which only the probe tries a Redis that hangs: it takes seconds to fail each time,
and whoever rings would wait for it."""

QUEUE_FAULTS = (redis.RedisError, sqlite3.Error, OSError)


@dataclass(frozen=True, slots=True)
class Handlers:
    """What the jobs do in a process that has consumers."""

    contract: Callable[[str], None]
    account: Callable[[str], None]


class HueyBell:
    """Rings by enqueueing a job; when the queue is out of reach, acts on the spot if it can.

    So a Redis that is away holds nothing up: the ledger knows what is due, and the process
    that would have taken the job does its work all the same.
    """

    def __init__(self, hueys: Hueys, events: EventBus) -> None:
        self._events = events
        self._handlers: Handlers | None = None
        self._trouble: str | None = None
        self._told = ""
        self._passed_over_until = 0.0
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self.use(hueys)

    def use(self, hueys: Hueys) -> None:
        """Ring with these queues from now on."""
        self._backend = hueys.backend
        self._storage = hueys.messages.storage
        self._contract_job = hueys.contracts.task(name="contract")(self._run_contract)
        self._account_job = hueys.messages.task(name="account")(self._run_account)

    @property
    def trouble(self) -> str | None:
        """What keeps the queue out of reach now, in words."""
        return self._trouble

    def serve(self, handlers: Handlers) -> None:
        """From now on this process has consumers that act on jobs."""
        self._handlers = handlers

    def contract(self, contract_id: str) -> None:
        """See ``Bell``."""
        if not self._enqueue(self._contract_job, contract_id) and self._handlers is not None:
            threading.Thread(
                target=self._run_contract, args=(contract_id,), name="contract", daemon=True
            ).start()

    def account(self, account_id: str) -> None:
        """See ``Bell``."""
        if not self._enqueue(self._account_job, account_id):
            self._run_account(account_id)

    def probe(self) -> None:
        """Find out whether the queue takes jobs, when there is nothing to ring for.

        A file is only written to if it was in trouble, so that an idle computer may sleep.
        """
        try:
            if self._backend is QueueBackend.REDIS or self._trouble is not None:
                self._storage.put_data(_PROBE, b"")
        except QUEUE_FAULTS as error:
            self._note_trouble(error)
        else:
            self._note_recovery()

    def _enqueue(self, job: Callable[[str], object], id: str) -> bool:
        if time.monotonic() < self._passed_over_until:
            return False
        try:
            job(id)
        except QUEUE_FAULTS as error:
            self._note_trouble(error)
            return False
        self._note_recovery()
        return True

    def _run_contract(self, contract_id: str) -> None:
        """One at a time for each contract in a process: a second ring finds the first at work."""
        if self._handlers is None:
            return
        with self._lock:
            if contract_id in self._busy:
                return
            self._busy.add(contract_id)
        try:
            self._handlers.contract(contract_id)
        except LedgerError as error:
            log.info("a campaign could not be carried on, the sweep rings again: %s", error)
        finally:
            with self._lock:
                self._busy.discard(contract_id)

    def _run_account(self, account_id: str) -> None:
        if self._handlers is not None:
            self._handlers.account(account_id)

    def _note_trouble(self, error: BaseException) -> None:
        what = words("Redis") if self._backend is QueueBackend.REDIS else words("The queue's file")
        trouble = words(
            "{what} is out of reach ({reason}). Nothing is lost: the ledger keeps all work, and "
            "sending goes on without the queue until it is back.",
            what=what,
            reason=_reason(error),
        )
        if self._trouble is None:
            self._told = trouble
            log.warning("%s", trouble)
            self._events.post(Notice(NoticeKind.TROUBLE, NoticeLevel.WARNING, detail=trouble))
        self._trouble = trouble
        if isinstance(error, redis.TimeoutError):
            self._passed_over_until = time.monotonic() + _PATIENCE

    def _note_recovery(self) -> None:
        self._passed_over_until = 0.0
        if self._trouble is not None:
            self._trouble = None
            log.info("the queue is back")
            over = Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO, ended=self._told)
            self._events.post(over)


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
