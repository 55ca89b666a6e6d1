"""What keeps an engine from its work now, and that a person is told of it once.

Two causes: the ledger, and a provider that cannot be reached. Lives on the engine's loop;
``now`` may be read from any thread.
"""

import logging

from wa_desktop.events import EventBus, Notice, NoticeKind, NoticeLevel

log = logging.getLogger(__name__)


class Troubles:
    """Each cause is told when it begins and when it ends, however often it is noted."""

    def __init__(self, events: EventBus) -> None:
        self._events = events
        self._ledger: str | None = None
        self._network: str | None = None
        self._told_of_ledger = self._told_of_network = ""

    @property
    def now(self) -> str | None:
        """What is wrong now; ``None`` if nothing is."""
        return self._ledger or self._network

    def ledger_fails(self, what: str) -> None:
        """The ledger cannot do what was asked, or does not answer."""
        if self._ledger is None:
            self._told_of_ledger = self._begin(what)
        self._ledger = what

    def ledger_works(self) -> bool:
        """A turn went through; whether that ends a trouble."""
        if self._ledger is None:
            return False
        self._ledger = None
        self._end("the ledger works again", self._told_of_ledger)
        return True

    def network(self, what: str | None) -> None:
        """Which providers cannot be reached now; ``None``: all can."""
        before, self._network = self._network, what
        if what is not None and before is None:
            self._told_of_network = self._begin(what)
        elif what is None and before is not None:
            self._end("the provider is within reach again", self._told_of_network)

    def fault(self, what: str) -> None:
        """The engine ended by a fault of its own."""
        self._events.post(Notice(NoticeKind.TROUBLE, NoticeLevel.ERROR, detail=what))

    def _begin(self, what: str) -> str:
        log.warning("sending is held up: %s", what)
        self._events.post(Notice(NoticeKind.TROUBLE, NoticeLevel.ERROR, detail=what))
        return what

    def _end(self, what: str, told: str) -> None:
        log.info(what)
        self._events.post(Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO, ended=told))
