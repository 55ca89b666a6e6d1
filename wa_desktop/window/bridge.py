"""The only way of core news into Qt: collected on any thread, told a few times a second."""

import threading
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from wa_desktop.events import (
    AccountChanged,
    ContractChanged,
    ContractDeleted,
    Event,
    EventBus,
    Notice,
    QueuesChanged,
)

FLUSH_EVERY = 250  # milliseconds


class Bridge(QObject):
    """Listens to the event bus and emits on the GUI thread, whatever the rate of the news.

    Of news about one thing the newest is kept; of notices, each.
    """

    contracts_changed = Signal(object)
    """A frozenset of contract ids."""
    contracts_deleted = Signal(object)
    """A frozenset of contract ids."""
    accounts_changed = Signal()
    queues_changed = Signal()
    noticed = Signal(object)
    """A tuple of notices."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._news: dict[object, Event] = {}
        self._notices: list[Notice] = []
        self._unsubscribe: Callable[[], None] | None = None
        self._timer = QTimer(self, interval=FLUSH_EVERY)
        self._timer.timeout.connect(self.flush)
        self._timer.start()

    def listen(self, events: EventBus) -> None:
        """Listen to this bus from now on, and to no other. On any thread."""
        self.deafen()
        self._unsubscribe = events.subscribe(self._take)

    def deafen(self) -> None:
        """Listen no longer. On any thread."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def close(self) -> None:
        """Listen and tell no longer. On the GUI thread."""
        self.deafen()
        self._timer.stop()

    def flush(self) -> None:
        """Tell what has come in. On the GUI thread."""
        with self._lock:
            news, self._news = self._news, {}
            notices, self._notices = self._notices, []
        kinds: dict[type, set[str]] = {ContractChanged: set(), ContractDeleted: set()}
        for event in news.values():
            if isinstance(event, ContractChanged | ContractDeleted):
                kinds[type(event)].add(event.contract_id)
        changed = kinds[ContractChanged] - kinds[ContractDeleted]
        if changed:
            self.contracts_changed.emit(frozenset(changed))
        if kinds[ContractDeleted]:
            self.contracts_deleted.emit(frozenset(kinds[ContractDeleted]))
        if any(isinstance(event, AccountChanged) for event in news.values()):
            self.accounts_changed.emit()
        if QueuesChanged in news:
            self.queues_changed.emit()
        if notices:
            self.noticed.emit(tuple(notices))

    def _take(self, event: Event) -> None:
        """On the poster's thread: take note and return."""
        with self._lock:
            if isinstance(event, Notice):
                self._notices.append(event)
            elif isinstance(event, QueuesChanged):
                self._news[QueuesChanged] = event
            else:
                self._news[event] = event
