"""What an engine brings to a turn, and what it brings back."""

from collections.abc import Sequence
from dataclasses import dataclass

from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.held import HeldNote
from wa_desktop.ledger.turns.limits import Throttle
from wa_desktop.ledger.turns.settle import Outcome


@dataclass(frozen=True, slots=True)
class Want:
    """An account that the engine asks messages for, and its free places in flight.

    ``clock_set``: the clock was set since it was last asked for, so its next slot says nothing.
    """

    account_id: str
    free: int
    clock_set: bool = False


@dataclass(frozen=True, slots=True)
class AccountOutlook:
    """What an account can do next. ``next_try_at``: when a claim may find something again,
    ``None`` when only a bell can tell. ``crowded``: this worker has free places, but all of
    the account's are taken by others."""

    account_id: str
    revision: int
    next_try_at: int | None
    crowded: bool = False


@dataclass(frozen=True, slots=True)
class CycleResult:
    """What a turn brought. ``begun`` are claimed messages that may go on the wire now;
    ``touched`` the contracts whose counts changed, ``drained`` those of them in which
    nothing remains, ``held`` those whose messages the provider holds back; ``on_time``
    whether the turn's clock agreed with the ledger's, without which nothing is claimed or begun.
    ``sealed_at``: a moment before the commit, in microseconds of the monotonic clock."""

    granted: tuple[Granted, ...]
    begun: frozenset[int]
    outlooks: tuple[AccountOutlook, ...]
    touched: frozenset[int]
    drained: tuple[int, ...]
    held: tuple[HeldNote, ...] = ()
    on_time: bool = True
    sealed_at: int = 0


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life that proves progress: when this engine last claimed, and last sent."""

    last_claim: int | None = None
    last_send: int | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """What an engine brings to a turn. ``begin`` are claimed messages whose slot has come,
    ``throttles`` accounts that the provider asked to slow down. ``lead``: the time that a turn
    takes, before whose end no slot can be used. ``offset``: how far the clock that ``at`` was read
    from is ahead of the monotonic one, to be compared with PostgreSQL's. ``lifetime``: how long
    its grants and all later ones live, where that is not as before (``ledger/lifetimes.py``)."""

    worker: int
    at: int
    outcomes: Sequence[Outcome] = ()
    begin: Sequence[int] = ()
    wants: Sequence[Want] = ()
    throttles: Sequence[Throttle] = ()
    lead: int = 0
    beat: Beat | None = None
    offset: int | None = None
    lifetime: int | None = None
