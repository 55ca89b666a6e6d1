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


_BARRED = "barred:"
_FROM_BARRED = "FROM ledger_info WHERE SUBSTR(name, 1, 7) = 'barred:' ORDER BY name"


@dataclass(frozen=True, slots=True)
class Halted:
    """A stopped account, or a paused contract, with the reason as it is stored."""

    id: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Barred:
    """A worker that is alive and may send nothing now, and why."""

    host: str
    pid: int
    why: str


@dataclass(frozen=True, slots=True)
class Condition:
    """The figures of one moment. ``accounts`` and ``contracts`` name the first of those that
    are halted, ``accounts_halted`` and ``contracts_halted`` count all. ``waiting``: messages
    of started contracts that are not yet sent."""

    workers: tuple[WorkerRecord, ...] = ()
    killed: tuple[WorkerRecord, ...] = ()
    barred: tuple[Barred, ...] = ()
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
            workers = self._workers.alive()
            return Condition(
                workers=workers,
                killed=self._workers.killed(),
                barred=self._barred(workers),
                paused=self._switches.paused(),
                accounts=accounts[:_MOST],
                accounts_halted=len(accounts),
                contracts=contracts[:_MOST],
                contracts_halted=len(contracts),
                waiting=self.waiting(),
            )

    def note_barred(self, barred: Barred, *, holds: bool) -> None:
        """Write down for other processes that a worker may send nothing, or that it may again.

        What was written down of workers that are gone is removed with it.
        """
        name = f"{_BARRED}{barred.host}:{barred.pid}"
        with self._database.write():
            alive = {f"{_BARRED}{one.host}:{one.pid}" for one in self._workers.alive()} - {name}
            for (known,) in self._database.rows(f"SELECT name {_FROM_BARRED}"):
                if known not in alive:
                    self._database.run("DELETE FROM ledger_info WHERE name = ?", (known,))
            if holds:
                self._database.run(
                    "INSERT INTO ledger_info (name, value) VALUES (?, ?)", (name, barred.why)
                )

    def all_barred(self) -> str | None:
        """Why no worker may send, where workers are alive and none may; else ``None``."""
        with self._database.read():
            workers = self._workers.alive()
            barred = self._barred(workers)
        return barred[0].why if barred and len(barred) == len(workers) else None

    def _barred(self, workers: Sequence[WorkerRecord]) -> tuple[Barred, ...]:
        rows = self._database.rows(f"SELECT name, value {_FROM_BARRED}")
        if not rows:
            return ()
        known: dict[str, str] = dict(rows)
        named = ((one, f"{_BARRED}{one.host}:{one.pid}") for one in workers)
        return tuple(Barred(one.host, one.pid, known[name]) for one, name in named if name in known)

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
