"""What the ledger says of sending now: who works, what is stopped or paused, what waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from wa_desktop.ledger.counters import open_sum
from wa_desktop.ledger.records import WorkerRecord
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.switches import QueueName, Switches
from wa_desktop.ledger.workers import Workers

_MOST = 5
"""Accounts and contracts that are named; more are counted."""


@dataclass(frozen=True, slots=True)
class Halted:
    """A stopped account, or a paused contract, with the reason as it is stored."""

    id: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Condition:
    """The figures of one moment. ``accounts`` and ``contracts`` name the first of those that
    are halted, ``accounts_halted`` and ``contracts_halted`` count all. ``waiting``: messages
    of started contracts that are not yet sent."""

    workers: tuple[WorkerRecord, ...] = ()
    killed: tuple[WorkerRecord, ...] = ()
    paused: frozenset[QueueName] = frozenset()
    accounts: tuple[Halted, ...] = ()
    accounts_halted: int = 0
    contracts: tuple[Halted, ...] = ()
    contracts_halted: int = 0
    waiting: int = 0


class Conditions:
    """Reads the condition: a few short lists and kept counts, no messages."""

    def __init__(self, database: Database, switches: Switches, workers: Workers) -> None:
        self._database = database
        self._switches = switches
        self._workers = workers

    def read(self, *, chosen: str) -> Condition:
        """The condition now; contracts paused for the reason ``chosen`` are not halted."""
        with self._database.read():
            accounts = self.stopped_accounts()
            contracts = self._halted(
                "SELECT uid, state_reason FROM contracts WHERE state = 'paused' "
                "AND state_reason <> ? ORDER BY id DESC",
                (chosen,),
            )
            return Condition(
                workers=self._workers.alive(),
                killed=self._workers.killed(),
                paused=self._switches.paused(),
                accounts=accounts[:_MOST],
                accounts_halted=len(accounts),
                contracts=contracts[:_MOST],
                contracts_halted=len(contracts),
                waiting=self.waiting(),
            )

    def stopped_accounts(self) -> tuple[Halted, ...]:
        """Every account that is stopped."""
        with self._database.read():
            return self._halted(
                "SELECT id, state_reason FROM accounts WHERE state = 'stopped' ORDER BY id"
            )

    def waiting(self) -> int:
        """How many messages of started contracts are not yet worked through."""
        with self._database.read():
            return int(
                self._database.scalar(
                    f"SELECT COALESCE(SUM({open_sum('k')}), 0) FROM contracts c "
                    "JOIN counters k ON k.contract_id = c.id "
                    "WHERE c.state IN ('queued', 'preparing', 'running')"
                )
            )

    def _halted(self, sql: str, params: Sequence[str] = ()) -> tuple[Halted, ...]:
        return tuple(Halted(*row) for row in self._database.rows(sql, params))
