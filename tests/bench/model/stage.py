"""The real side: a ledger with its services, on a clock that stands until it is moved."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from wa_desktop import clock
from wa_desktop.clock import MILLISECOND
from wa_desktop.contracts.accounts import AccountService
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.doubts import Doubts
from wa_desktop.contracts.queue_switch import QueueSwitch
from wa_desktop.contracts.service import ContractService
from wa_desktop.events import EventBus
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.sql import slices
from wa_desktop.ledger.sql.ledger_clock import LedgerClock
from wa_desktop.queues.sweep import Sweep

ROWS_IN_A_SLICE = 4
"""Small, so that contracts of ten rows are worked through in several slices."""


@dataclass
class HandClock:
    """Stands in for ``time`` where the program reads the clock; moves on only by hand.

    Verbs of a service stamp rows with the present moment, turns with the one they are given.
    Both must come from one clock, and stories be told again as they were.
    """

    at: int

    def time_ns(self) -> int:
        """The wall clock."""
        return self.at * 1_000

    def monotonic_ns(self) -> int:
        """The clock that only moves on."""
        return self.at * 1_000

    def move(self, by: int = MILLISECOND) -> None:
        """Let time pass."""
        self.at += by


@contextmanager
def hand_driven(hand: HandClock) -> Iterator[None]:
    """The program goes by this clock, whatever a server's shows, and works in small slices."""
    with (
        patch.object(clock, "time", hand),
        patch.object(LedgerClock, "is_unsure", False),
        patch.object(LedgerClock, "now", lambda _: clock.now()),
        patch.object(slices, "SMALLEST", ROWS_IN_A_SLICE),
        patch.object(slices, "LARGEST", ROWS_IN_A_SLICE),
    ):
        yield


@dataclass
class HeardBell:
    """Notes what was rung for."""

    contracts: list[str] = field(default_factory=list)
    accounts: list[str] = field(default_factory=list)

    def contract(self, contract_id: str) -> None:
        """There is work on this contract."""
        self.contracts.append(contract_id)

    def account(self, account_id: str) -> None:
        """This account has messages due."""
        self.accounts.append(account_id)


class Stage:
    """The services as the program builds them, without queues and engine."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.bell = HeardBell()
        self.events = EventBus()
        self.contracts = ContractService(ledger, self.bell, self.events)
        self.accounts = AccountService(ledger, self.bell, self.events)
        self.again = Again(ledger, self.bell, self.events)
        self.doubts = Doubts(ledger, self.bell, self.events)
        self.queues = QueueSwitch(ledger, self.bell, self.events)
        self.sweep = Sweep(ledger, self.bell, self.events)


@dataclass
class Tally:
    """What was done and what was refused, over all examples on one engine."""

    examples: int = 0
    granted: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)


OpenLedger = Callable[[], Ledger]
"""Opens a ledger that holds nothing yet."""
