"""The two jobs and the bell that enqueues them. A job carries an id and nothing else.

A job that is lost is rung for again by the sweep; one that runs twice finds nothing to do.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial

import redis

from wa_desktop.errors import LedgerError
from wa_desktop.events import EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.queues.entries import can_be_rung_for
from wa_desktop.queues.hueys import Hueys, QueueBackend
from wa_desktop.queues.refusals import remedy
from wa_desktop.words import Words, words

log = logging.getLogger(__name__)

_PATIENCE = 10.0
"""Seconds in which only the probe tries a Redis that hangs: it takes seconds to fail each time,
and whoever rings would wait for it."""

_ROLE_CHANGED = "UNBLOCKED"
"""Redis ends a read with it that waited while the server became a replica."""

QUEUE_FAULTS = (redis.RedisError, sqlite3.Error, OSError)


class Side(Enum):
    """What can fail about the queue by itself: a user may write that may not read, for instance."""

    WRITING = auto()
    CONTRACTS = auto()
    MESSAGES = auto()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a side fails, and when it last failed (monotonic seconds)."""

    text: str
    seen_at: float


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
        self._troubles: dict[Side, Trouble] = {}
        self._told = ""
        self._passed_over_until = 0.0
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self.use(hueys)

    def use(self, hueys: Hueys) -> None:
        """Ring with these queues from now on. Before ``serve``."""
        self._backend = hueys.backend
        self._hueys = hueys
        self._put_contract = hueys.contracts.carry_out(self._run_contract)
        self._put_account = hueys.messages.carry_out(self._run_account)

    @property
    def trouble(self) -> str | None:
        """Why the queue cannot be used now. May be read from any thread."""
        return next((one.text for one in self._troubles.copy().values()), None)

    @property
    def warning(self) -> str | None:
        """What to say of entries that were dropped. May be read from any thread."""
        return self._hueys.dropped.warning

    def serve(self, handlers: Handlers) -> None:
        """From now on this process has consumers that act on jobs."""
        self._handlers = handlers
        self._hueys.contracts.faults = partial(self._note_read, Side.CONTRACTS)
        self._hueys.messages.faults = partial(self._note_read, Side.MESSAGES)

    def contract(self, contract_id: str) -> None:
        """See ``Bell``."""
        if not self._enqueue(self._put_contract, contract_id) and self._handlers is not None:
            threading.Thread(
                target=self._run_contract, args=(contract_id,), name="contract", daemon=True
            ).start()

    def account(self, account_id: str) -> None:
        """See ``Bell``."""
        if not self._enqueue(self._put_account, account_id):
            self._run_account(account_id)

    def probe(self) -> None:
        """Test whether the queue takes jobs while there is nothing to ring for.

        It does what a ring does, so that whatever refuses a ring refuses the probe. A file is
        only written to if it was in trouble, so that an idle computer may sleep.
        """
        self._hueys.dropped.tell()
        if self._unread:
            return  # the reading threads find out when it can be read again
        if self._backend is QueueBackend.REDIS or self._troubles:
            self._put(self._hueys.messages.put_probe)

    def _enqueue(self, job: Callable[[str], None], id: str) -> bool:
        """Whether a consumer will act on the job; no use if this process cannot read the queue."""
        if time.monotonic() < self._passed_over_until or self._unread:
            return False
        return can_be_rung_for(id) and self._put(lambda: job(id))

    def _put(self, put: Callable[[], None]) -> bool:
        began = time.monotonic()
        try:
            put()
        except QUEUE_FAULTS as error:
            self._note_trouble(Side.WRITING, error)
            if isinstance(error, redis.TimeoutError):
                self._passed_over_until = time.monotonic() + _PATIENCE
            return False
        self._passed_over_until = 0.0
        self._note_recovery(Side.WRITING, began)
        return True

    @property
    def _unread(self) -> bool:
        return Side.CONTRACTS in self._troubles or Side.MESSAGES in self._troubles

    def _note_read(self, side: Side, error: BaseException | None, began: float) -> None:
        """From the reading threads. A lost connection is noticed by rings and probes alike;
        here it may be the remains of one that was cut."""
        if error is None:
            self._note_recovery(side, began)
        elif not isinstance(error, redis.ConnectionError | redis.TimeoutError) and (
            not str(error).startswith(_ROLE_CHANGED)
        ):
            self._note_trouble(side, error)

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

    def _note_trouble(self, side: Side, error: BaseException) -> None:
        trouble = self._in_words(error)
        with self._lock:
            first = not self._troubles
            self._troubles[side] = Trouble(trouble, time.monotonic())
            if first:
                self._told = trouble
        if first:
            log.warning("%s", trouble)
            self._events.post(Notice(NoticeKind.TROUBLE, NoticeLevel.WARNING, detail=trouble))

    def _note_recovery(self, side: Side, began: float) -> None:
        """What began before the trouble and ends well now, a long read, proves nothing."""
        if side not in self._troubles:
            return
        with self._lock:
            trouble = self._troubles.get(side)
            if trouble is None or began < trouble.seen_at:
                return
            del self._troubles[side]
            over, told = not self._troubles, self._told
        if over:
            log.info("the queue is back")
            self._events.post(Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO, ended=told))

    def _in_words(self, error: BaseException) -> Words:
        on_redis = self._backend is QueueBackend.REDIS
        if isinstance(error, redis.ResponseError):
            return words(
                "Redis refuses jobs ({reason}). {remedy} Nothing is lost: the ledger keeps all "
                "work, and sending goes on without the queue until then.",
                reason=_reason(error),
                remedy=remedy(error) or words("Correct its settings."),
            )
        return words(
            "{what} is out of reach ({reason}). Nothing is lost: the ledger keeps all work, and "
            "sending goes on without the queue until it is back.",
            what=words("Redis") if on_redis else words("The queue's file"),
            reason=_reason(error),
        )


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
