"""A plain event bus between the core and whoever shows it. No Qt, no threads of its own.

Listeners are called on the thread that posts; they must only take note and return.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

log = logging.getLogger(__name__)


class NoticeLevel(StrEnum):
    """How loudly a notice is shown."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ContractChanged:
    """The state or the counts of a contract changed; ``contract_id`` is its public id."""

    contract_id: str


@dataclass(frozen=True, slots=True)
class ContractDeleted:
    """A contract is gone."""

    contract_id: str


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """An account was made, edited, stopped or resumed."""

    account_id: str


@dataclass(frozen=True, slots=True)
class QueuesChanged:
    """Something in the figures of the queues changed."""


class NoticeKind(StrEnum):
    """What a notice is about; its words belong to the screen that shows it."""

    STARTED = "started"
    STARTED_LATE = "started_late"
    RESUMED = "resumed"
    FINISHED = "finished"
    PAUSED = "paused"
    HELD = "held"
    """The provider holds back messages of a contract."""
    MISSED_START = "missed_start"
    RESUMED_AFTER_CRASH = "resumed_after_crash"
    ACCOUNT_STOPPED = "account_stopped"
    ACCOUNT_RESUMED = "account_resumed"
    TROUBLE = "trouble"
    UNCONFIRMED = "unconfirmed"
    """The trouble that nothing is sent until a person confirms the ledger: it was copied or moved,
    or the database went back to an earlier state."""
    TROUBLE_OVER = "trouble_over"
    BACKUP_FAILED = "backup_failed"
    QUEUE_SETUP = "queue_setup"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should be told once.

    ``subject`` is the contract's or account's name, ``detail`` the plain sentence of the
    cause, ``account_id`` the account that a person must look after, ``count`` a number the kind
    asks for (messages in doubt after a crash), ``ended`` the ``detail`` of the trouble that is
    over, ``planned`` and ``late`` when a start was to be and how long ago that is, in
    microseconds.
    """

    kind: NoticeKind
    level: NoticeLevel
    subject: str = ""
    detail: str = ""
    contract_id: str | None = None
    count: int = 0
    ended: str = ""
    planned: int | None = None
    late: int = 0
    account_id: str | None = None


Event = ContractChanged | ContractDeleted | AccountChanged | QueuesChanged | Notice
Listener = Callable[[Event], None]


@dataclass
class EventBus:
    """Posts events to listeners, on the poster's thread. Safe from any thread."""

    _listeners: list[Listener] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` for each event from now on; returns what unsubscribes it."""
        with self._lock:
            self._listeners = [*self._listeners, listener]

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = [one for one in self._listeners if one is not listener]

        return unsubscribe

    def post(self, event: Event) -> None:
        """Hand the event to each listener; one that raises is logged and does not stop the rest."""
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:
                log.exception("an event listener failed on %s", type(event).__name__)
