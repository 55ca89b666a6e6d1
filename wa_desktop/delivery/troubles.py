"""What keeps an engine from its work now: each cause is logged and shown when it begins and ends.

Lives on the engine's loop; ``now`` and ``all`` may be read from any thread.
"""

import logging
from enum import IntEnum

from wa_desktop.events import EventBus, Notice, NoticeKind, NoticeLevel

log = logging.getLogger(__name__)


class Cause(IntEnum):
    """A kind of trouble. Several can hold at once; the first in this order is shown first."""

    LEDGER = 0
    """The ledger fails, or does not answer."""

    WENT_BACK = 1
    """The ledger lacks what it held before: a standby took over without the last commits."""

    PLACE = 2
    """The ledger was last sent from another place: it may be a copy."""

    VERSION = 3
    """Workers of an earlier version run beside this one."""

    CLOCK = 4
    """This computer's clock is too far from the ledger's."""

    NETWORK = 5
    """A provider cannot be reached."""


_BARRING = frozenset({Cause.WENT_BACK, Cause.PLACE, Cause.VERSION, Cause.CLOCK})
"""While one of these holds, nothing is claimed and nothing that was claimed is begun."""

_CONFIRMED = frozenset({Cause.WENT_BACK, Cause.PLACE})
"""These last until a person confirms the ledger."""

_OVER = {
    Cause.LEDGER: "the ledger works again",
    Cause.WENT_BACK: "the ledger is confirmed",
    Cause.PLACE: "the place of the ledger is confirmed",
    Cause.VERSION: "no worker of an earlier version runs any more",
    Cause.CLOCK: "the clock is right again",
    Cause.NETWORK: "the provider is within reach again",
}


class Troubles:
    """Each cause is told when it begins and when it ends, however often it is noted."""

    def __init__(self, events: EventBus) -> None:
        self._events = events
        self._present: dict[Cause, str] = {}
        self._told: dict[Cause, str] = {}

    @property
    def now(self) -> str | None:
        """What is wrong now, the gravest first; ``None`` if nothing is."""
        return next(iter(self.all), None)

    @property
    def bars(self) -> bool:
        """Whether nothing may be claimed or begun until a trouble is over."""
        return not _BARRING.isdisjoint(self._present)

    @property
    def all(self) -> tuple[str, ...]:
        """Everything that is wrong now, the gravest first."""
        return tuple(what for _, what in self.present)

    @property
    def present(self) -> tuple[tuple[Cause, str], ...]:
        """Everything that is wrong now with its cause, the gravest first."""
        return tuple(sorted(self._present.copy().items()))

    def holds(self, cause: Cause) -> bool:
        """Whether that is wrong now."""
        return cause in self._present

    def note(self, cause: Cause, what: str | None) -> bool:
        """Say what is wrong for this cause, ``None`` if nothing is; whether that ends a trouble.

        ``what`` may change while the trouble lasts (a figure, a name); it is told once.
        """
        if what is not None:
            if cause not in self._present:
                self._told[cause] = what
                log.warning("sending is held up: %s", what)
                kind = NoticeKind.UNCONFIRMED if cause in _CONFIRMED else NoticeKind.TROUBLE
                self._events.post(Notice(kind, NoticeLevel.ERROR, detail=what))
            self._present[cause] = what
            return False
        if self._present.pop(cause, None) is None:
            return False
        log.info(_OVER[cause])
        self._events.post(
            Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO, ended=self._told.pop(cause))
        )
        return True

    def fault(self, what: str) -> None:
        """The engine ended by a fault of its own."""
        self._events.post(Notice(NoticeKind.TROUBLE, NoticeLevel.ERROR, detail=what))
