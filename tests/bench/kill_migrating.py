"""A ledger of the first schema that is brought to the present one by programs that are killed.

It is in the middle of its work: one campaign is being sent, one waits to be prepared, the
others stand in every other state. Nothing of it may change but what goes on.
"""

import json
import os
import random
import shutil
import socket
import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playhouse.migrations import Runner

from tests.bench.kill_lives import IN_FLIGHT, Life, Phase, Reckoning
from tests.bench.kill_watch import watched
from tests.programs import SHARED_TEXT, Place, phone
from tests.standin.client import StandIn
from wa_desktop.app import Program
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.processes import mark_of
from wa_desktop.ledger.records import Account, AccountKind, Contract
from wa_desktop.ledger.schema import MIGRATIONS, known_migrations
from wa_desktop.ledger.sql.database import Database, marks
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.vault import Vault

FIRST = "0001_initial"
COPIES_KEPT = 3
_UID = "0123456789abcdef"
_ACCOUNT = "earlier"
_NO_PROCESS = 4_100_000
"""More than any system numbers its processes by."""

_AT_ONCE = 500
_WHOLE = 180.0

_SLOW = """
import runpy
import time


class Slow:
    def __init__(self, db):
        self.db = db

    def execute_sql(self, sql):
        time.sleep(0.04)
        return self.db.execute_sql(sql)


def up(migrator, db):
    runpy.run_path({path!r})["up"](migrator, Slow(db))
"""

_SENDING = 15
_M = MessageState
FILLED: Mapping[str, tuple[ContractState, Mapping[MessageState, int]]] = {
    "running": (
        ContractState.RUNNING,
        {_M.SENT: 300, _M.SENDING: _SENDING, _M.CLAIMED: IN_FLIGHT - _SENDING, _M.WAITING: 1_000},
    ),
    "queued": (ContractState.QUEUED, {_M.DRAFT: 1_000}),
    "draft": (ContractState.DRAFT, {_M.DRAFT: 500}),
    "paused": (ContractState.PAUSED, {_M.WAITING: 200, _M.SENT: 200, _M.IN_DOUBT: 7}),
    "completed": (ContractState.COMPLETED, {_M.SENT: 10_000, _M.DELIVERED: 5_000, _M.READ: 5_000}),
    "failed": (ContractState.COMPLETED, {_M.FAILED: 3_000, _M.SENT: 100}),
    "cancelled": (ContractState.CANCELLED, {_M.SKIPPED: 300, _M.SENT: 50}),
}
"""The contracts of the earlier ledger by name, and how many messages stand in each state."""

_GO_ON = ("running", "queued")
_RETRIED = "failed"
_TABLES = ("ledger_info", "accounts", "contracts", "counters", "messages", "contents", "minutes")

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A ledger of the first schema: its columns, and all that it held at the beginning."""

    columns: Mapping[str, Sequence[str]]
    rows: Rows
    phones: Mapping[tuple[str, MessageState], frozenset[str]]

    def everyone(self, name: str, *states: MessageState) -> set[str]:
        """Whose messages stood in these states of a contract."""
        return {one for state in states for one in self.phones[name, state]}


def earlier_ledger(place: Place, database: Database, cloud: StandIn) -> Earlier:
    """Make it, with an account that sends to the stand-in."""
    place.home.mkdir(parents=True, exist_ok=True)
    Runner(database.peewee, str(MIGRATIONS)).up(FIRST)
    phones: dict[tuple[str, MessageState], frozenset[str]] = {}
    first = 0
    with database.write():
        database.run("INSERT INTO ledger_info (name, value) VALUES ('uid', ?)", (_UID,))
        worker = _add_dead_worker(database)
        _add_account(database, place, cloud)
        for name, (state, amounts) in FILLED.items():
            number = _add_contract(database, name, state, amounts)
            for of, amount in amounts.items():
                chosen = [phone(first + one) for one in range(amount)]
                _add_messages(database, number, of, chosen, worker)
                phones[name, of] = frozenset(chosen)
                first += amount
    with database.read():
        columns = {
            table: [one.name for one in database.peewee.get_columns(table)] for table in _TABLES
        }
    return Earlier(columns, _rows(database, columns), phones)


def slowed_migrations(folder: Path) -> Path:
    """The program's own migrations, of which those after the first take a while."""
    if not folder.exists():
        folder.mkdir(parents=True)
        for path in sorted(MIGRATIONS.glob("[0-9]*.py")):
            if path.stem == FIRST:
                shutil.copy(path, folder)
            else:
                (folder / path.name).write_text(_SLOW.format(path=str(path)))
    return folder


def migrating_life(
    name: str, place: Place, cloud: StandIn, rng: random.Random, found: Reckoning
) -> None:
    """Kill programs that migrate until one comes through; then all is there, and is sent."""
    with closing(Database(place.ledger_url)) as database:
        earlier = earlier_ledger(place, database, cloud)
        slowed = slowed_migrations(place.home / "slowed")
        migration = Migration(place, database, earlier, rng)
        for migrations, within in ((slowed, 1.0), (slowed, 1.0), (None, 0.06)):
            if not migration.done():
                phase = migration.killed(migrations, within)
                found.kills[phase] += 1
        before = cloud.count()
        with watched(place, database) as worker:
            worker.wait_until(lambda: cloud.count() > before, "sending to go on")
            pause = time.monotonic() - worker.began
            with Program.open(place.settings()) as program:
                life = Life(name, place, program, cloud, rng, found)
                life.note_pause(pause)
                life.note_on_the_wire(_SENDING + migration.on_the_wire)
                contracts = {one: _contract(program, one) for one in FILLED}
                worker.wait_until(
                    lambda: all(
                        life.state(contracts[one]) is ContractState.COMPLETED for one in _GO_ON
                    ),
                    "what went on to be completed",
                    _WHOLE,
                )
                for what in [*migration.faults, *migration.what_is_missing()]:
                    life.fault(what)
                worker.kill()
                _retry(life, contracts[_RETRIED])
                _reckon(life, contracts, earlier)


class Migration:
    """Programs that bring the earlier ledger to the present schema, and what they left of it."""

    def __init__(
        self, place: Place, database: Database, earlier: Earlier, rng: random.Random
    ) -> None:
        self._place = place
        self._database = database
        self._earlier = earlier
        self._rng = rng
        self.on_the_wire = 0
        self.faults: list[str] = []

    def killed(self, migrations: Path | None, within: float) -> Phase:
        """Kill a program at a random moment of its migration; returns where that found it."""
        copies = len(self._copies())
        with watched(self._place, self._database, migrations=migrations) as worker:
            worker.wait_until(
                lambda: self._begun(copies) or self.done(), "the migration to begin", _WHOLE
            )
            time.sleep(self._rng.uniform(0, within))
            worker.kill()
        if self.done():
            # It came through and began to send.
            with self._database.read():
                self.on_the_wire += self._database.scalar(
                    "SELECT COUNT(1) FROM messages m JOIN contracts c ON c.id = m.contract_id "
                    "JOIN workers w ON w.id = m.claimed_by WHERE m.state = 4 AND w.pid <> ?",
                    (_NO_PROCESS,),
                )
            return Phase.STARTING
        if _rows(self._database, self._earlier.columns) != self._earlier.rows:
            self.faults.append("a migration that was killed changed the ledger")
        return Phase.MIGRATING

    def done(self) -> bool:
        """Whether a program came through."""
        with self._database.read():
            names = self._database.rows("SELECT name FROM schema_migration")
        return {row[0] for row in names} == known_migrations()

    def what_is_missing(self) -> list[str]:
        """What the present ledger and the copies of the earlier one lack of what was there."""
        found = _rows(self._database, self._earlier.columns)
        faults = [
            f"the migration changed {table}: {len(lacking)} rows"
            for table, lacking in self._lacking(found).items()
            if lacking
        ]
        if not self._database.is_sqlite:
            return faults
        copies = self._copies()
        if not 1 <= len(copies) <= COPIES_KEPT:
            faults.append(f"{len(copies)} copies from before the migration are there")
        if self._beside(".*before-upgrade-partial*"):
            faults.append("a half-made copy was left")
        if any(_rows_of_copy(one, self._earlier.columns) != self._earlier.rows for one in copies):
            faults.append("a copy from before the migration is not what was there")
        return faults

    def _lacking(self, found: Rows) -> dict[str, set[tuple[Any, ...]]]:
        """The rows of what does not go on that are not there any more as they were."""
        numbers = {row[1]: row[0] for row in self._earlier.rows["contracts"]}
        go_on = {numbers[_uid(one)] for one in _GO_ON}
        kept: dict[str, set[tuple[Any, ...]]] = {}
        for table in ("contracts", "counters"):
            kept[table] = {row for row in self._earlier.rows[table] if row[0] not in go_on}
        of, state = (
            self._earlier.columns["messages"].index(one) for one in ("contract_id", "state")
        )
        kept["messages"] = {
            row
            for row in self._earlier.rows["messages"]
            if row[of] not in go_on or row[state] == _M.SENT
        }
        kept["ledger_info"] = set(self._earlier.rows["ledger_info"])
        return {table: rows - set(found[table]) for table, rows in kept.items()}

    def _begun(self, copies: int) -> bool:
        if self._database.is_sqlite:
            return len(self._copies()) > copies or any(self._beside(".*before-upgrade-partial"))
        with self._database.read():
            return bool(
                self._database.scalar(
                    "SELECT COUNT(1) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
                    "WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted"
                )
            )

    def _copies(self) -> list[Path]:
        return self._beside("*.before-upgrade-*.db")

    def _beside(self, pattern: str) -> list[Path]:
        """Files beside a ledger on SQLite."""
        path = self._database.path
        return list(path.parent.glob(pattern)) if path is not None else []


def _retry(life: Life, contract: Contract) -> None:
    """Send what had failed before once more; the slices of that are killed half-way."""
    failed = FILLED[_RETRIED][1][_M.FAILED]
    life.program.services.again.retry(contract.id)
    life.killed_while(
        Phase.RETRYING, contract, lambda: life.counts(contract).failed < failed, within=0.1
    )
    life.carried_on(contract, lambda: life.state(contract) is ContractState.COMPLETED, "the rest")


def _reckon(life: Life, contracts: Mapping[str, Contract], earlier: Earlier) -> None:
    due = earlier.everyone("running", _M.SENDING, _M.CLAIMED, _M.WAITING)
    due |= earlier.everyone("queued", _M.DRAFT) | earlier.everyone(_RETRIED, _M.FAILED)
    had = {
        one
        for (_, state), phones in earlier.phones.items()
        if state in (_M.SENT, _M.DELIVERED, _M.READ)
        for one in phones
    }
    life.reckon(due, [contracts[one] for one in (*_GO_ON, _RETRIED)], before=had)


def _rows(database: Database, columns: Mapping[str, Sequence[str]]) -> Rows:
    with database.read():
        return {
            table: [tuple(row) for row in database.rows(_select(table, names))]
            for table, names in columns.items()
        }


def _rows_of_copy(path: Path, columns: Mapping[str, Sequence[str]]) -> Rows:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return {
            table: connection.execute(_select(table, names)).fetchall()
            for table, names in columns.items()
        }


def _select(table: str, names: Sequence[str]) -> str:
    return f"SELECT {', '.join(names)} FROM {table} ORDER BY 1"


def _contract(program: Program, name: str) -> Contract:
    return program.services.ledger.contracts.get(_uid(name))


def _uid(name: str) -> str:
    return f"earlier-{name}"


def _add_dead_worker(database: Database) -> int:
    at = now() - 60 * SECOND
    return int(
        database.scalar(
            "INSERT INTO workers (host, pid, process_started, started_at, last_seen) "
            "VALUES (?, ?, ?, ?, ?) RETURNING id",
            (socket.gethostname(), _NO_PROCESS, mark_of(os.getpid()), at, at),
        )
    )


def _add_account(database: Database, place: Place, cloud: StandIn) -> None:
    plain = Account(_ACCOUNT, _ACCOUNT, AccountKind.CLOUD_API)
    database.run(
        "INSERT INTO accounts (id, name, kind, phone_number_id, api_base_url, api_version, "
        "secrets, concurrency, sandbox_latency_ms, sandbox_failure_share, state, in_flight, "
        "created_at) VALUES (?, ?, ?, '1055', ?, ?, ?, ?, 0, 0, 'active', ?, ?)",
        (
            *(_ACCOUNT, _ACCOUNT, plain.kind.value, cloud.base_url, plain.api_version),
            _sealed(Vault.from_file(place.home / "secret.key")),
            *(IN_FLIGHT, IN_FLIGHT, now()),
        ),
    )


def _sealed(vault: Vault) -> str:
    """A token as the versions of that schema sealed it."""
    vault.made()
    fernet = vault.earlier_fernet()
    assert fernet is not None
    return fernet.encrypt(json.dumps({"access_token": "a-token-of-the-tests"}).encode()).decode()


def _add_contract(
    database: Database, name: str, state: ContractState, amounts: Mapping[MessageState, int]
) -> int:
    at = now()
    number = int(
        database.scalar(
            "INSERT INTO contracts (uid, account_id, name, state, body, max_attempts, created_at, "
            "started_at) VALUES (?, ?, ?, ?, ?, 3, ?, ?) RETURNING id",
            (_uid(name), _ACCOUNT, name, state.value, SHARED_TEXT, at, at),
        )
    )
    columns = [state.column for state in amounts]
    database.run(
        f"INSERT INTO counters (contract_id, total, {', '.join(columns)}) "
        f"VALUES (?, ?, {marks(len(columns))})",
        (number, sum(amounts.values()), *amounts.values()),
    )
    return number


def _add_messages(
    database: Database, contract: int, state: MessageState, phones: Sequence[str], worker: int
) -> None:
    at = now() - 60 * SECOND
    holder = worker if state in (_M.CLAIMED, _M.SENDING) else None
    sent = at if state in (_M.SENT, _M.DELIVERED, _M.READ) else None
    due = None if state is _M.DRAFT else at
    for first in range(0, len(phones), _AT_ONCE):
        table, params = database.table(
            ("bigint", "text", "integer", "bigint", "bigint", "bigint", "bigint"),
            [
                (contract, one, int(state), due, holder, sent, at)
                for one in phones[first : first + _AT_ONCE]
            ],
        )
        database.run(
            "INSERT INTO messages (contract_id, phone, state, due_at, claimed_by, sent_at, "
            f"updated_at) SELECT * FROM {table}",
            params,
        )
