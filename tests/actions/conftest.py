"""The desk, with the verbs of contracts beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.limits.desk import Desk, open_desk
from wa_desktop.contracts.advance import advance
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.doubts import Doubts
from wa_desktop.contracts.service import ContractService
from wa_desktop.events import EventBus
from wa_desktop.ledger.ledger import Ledger


@dataclass
class Rings:
    """A bell that does a contract's work when it is told to, as a worker would."""

    ledger: Ledger
    contracts: list[str] = field(default_factory=list)

    def contract(self, contract_id: str) -> None:
        self.contracts.append(contract_id)

    def account(self, account_id: str) -> None:
        """Accounts are claimed for by hand here."""

    def work(self) -> None:
        """Carry on every contract that was rung for."""
        waiting, self.contracts = self.contracts, []
        for contract_id in dict.fromkeys(waiting):
            advance(self.ledger, self, EventBus(), contract_id)


@dataclass(frozen=True)
class Office:
    """A desk, its bell and the verbs."""

    desk: Desk
    bell: Rings
    again: Again
    doubts: Doubts
    contracts: ContractService


@pytest.fixture
def office(ledger_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(ledger_url, tmp_path) as opened:
        yield opened


@contextmanager
def open_office(url: str, folder: Path) -> Iterator[Office]:
    """An office on a fresh ledger."""
    desk = open_desk(url, folder)
    bell, events = Rings(desk.ledger), EventBus()
    yield Office(
        desk,
        bell,
        Again(desk.ledger, bell, events),
        Doubts(desk.ledger, bell, events),
        ContractService(desk.ledger, bell, events),
    )
    desk.ledger.close()
