"""A filled ledger of every earlier schema is brought to the present and goes on."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.samples.filled import Sample, fill, migrate, migrations, samples, without_sample
from tests.ledgers import check_counts, counted, outcome, turn, value
from tests.opened import open_ledger
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.contracts import ContractFilter
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.models import TABLES
from wa_desktop.ledger.schema import MIGRATIONS
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.workers import LEASE

STATES = {
    "running": ContractState.RUNNING,
    "draft": ContractState.DRAFT,
    "scheduled": ContractState.SCHEDULED,
    "queued": ContractState.QUEUED,
    "preparing": ContractState.PREPARING,
    "paused": ContractState.PAUSED,
    "completed": ContractState.COMPLETED,
    "cancelled": ContractState.CANCELLED,
    "importing": ContractState.DRAFT,
}
ROWS_OF_THE_FIRST = 11


def names(of: list[Sample]) -> list[str]:
    return [one.migration for one in of]


@pytest.fixture(params=samples(), ids=names(samples()))
def sample(request: pytest.FixtureRequest) -> Sample:
    found: Sample = request.param
    return found


@pytest.fixture
def rows_before(bare_ledger_url: str, sample: Sample) -> dict[str, list[dict[str, Any]]]:
    """A ledger filled with the sample, in its schema: all rows of all tables, by table."""
    with closing(Database(bare_ledger_url)) as database:
        migrate(database, sample.migration)
        fill(database, sample)
        return all_rows(database)


@pytest.fixture
def upgraded(bare_ledger_url: str, rows_before: object) -> Iterator[Ledger]:
    """It, opened by the present program."""
    with closing(open_ledger(bare_ledger_url)) as ledger:
        yield ledger


def all_rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """By table; each row by its columns."""
    found: dict[str, list[dict[str, Any]]] = {}
    with database.read():
        there = set(database.peewee.get_tables())
        for table in sorted(there & set(TABLES)):
            columns = sorted(one.name for one in database.peewee.get_columns(table))
            rows = database.rows(f"SELECT {', '.join(columns)} FROM {table}")
            found[table] = [dict(zip(columns, row, strict=True)) for row in rows]
    return found


def schema_of(database: Database) -> tuple[dict[str, Any], set[str]]:
    """Columns by table, with their types and whether they may be empty; and the indexes."""
    columns: dict[str, Any] = {}
    indexes: set[str] = set()
    with database.read():
        for table in database.peewee.get_tables():
            columns[table] = {
                (one.name, one.data_type, one.null, one.primary_key)
                for one in database.peewee.get_columns(table)
            }
            indexes |= {f"{table}: {one.sql}" for one in database.peewee.get_indexes(table)}
    return columns, indexes


def test_every_migration_but_the_last_has_a_sample() -> None:
    assert without_sample() == []


def test_a_later_migration_without_a_sample_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "9000_a.py").write_text("")
    (folder / "9001_b.py").write_text("")
    assert without_sample(folder)[-1] == "9000_a"


def test_every_state_is_in_every_sample(rows_before: dict[str, list[dict[str, Any]]]) -> None:
    assert {row["state"] for row in rows_before["messages"]} == set(map(int, MessageState))
    assert {row["state"] for row in rows_before["contracts"]} == set(ContractState)
    # What 0002 added is filled by the claim itself and may be empty.
    assert [name for name, rows in rows_before.items() if not rows] == []


def test_every_row_is_there_after_the_upgrade_as_it_was(
    upgraded: Ledger, rows_before: dict[str, list[dict[str, Any]]]
) -> None:
    after = all_rows(upgraded._database)
    for table, before in rows_before.items():
        if table == "schema_migration":
            continue
        kept = [{name: row[name] for name in before[0]} for row in after[table]]
        expected = [_of_today(row) for row in before]
        assert sorted(kept, key=repr) == sorted(expected, key=repr), table


def _of_today(row: dict[str, Any]) -> dict[str, Any]:
    """The row as it is meant to be after the upgrade: v23.0 was a default, not a choice."""
    old = row.get("api_version") == "v23.0"
    return row | {"api_version": "v25.0"} if old else row


def test_a_version_that_was_chosen_or_is_a_gateways_stays(bare_ledger_url: str) -> None:
    last = samples()[-1]
    with closing(Database(bare_ledger_url)) as database:
        migrate(database, last.migration)
        fill(database, last)
        with database.write():
            database.run("UPDATE accounts SET api_version = 'v22.0' WHERE id = 'sandbox'")
            database.run(
                "UPDATE accounts SET api_base_url = 'https://gateway.example' WHERE id = 'shop'"
            )
    with closing(open_ledger(bare_ledger_url)) as upgraded:
        versions = {one.id: one.api_version for one in upgraded.accounts.list()}
    assert versions == {"sandbox": "v22.0", "shop": "v23.0"}


def test_its_schema_is_that_of_a_new_ledger(
    upgraded: Ledger, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    if not upgraded._database.is_sqlite:
        fresh = request.getfixturevalue("postgres_databases")()
    with closing(open_ledger(fresh)) as new:
        assert schema_of(upgraded._database) == schema_of(new._database)


def test_contracts_keep_their_states_and_their_counts(upgraded: Ledger) -> None:
    page = upgraded.contracts.page(ContractFilter())
    assert {one.id: one.state for one in page.items} == STATES
    for one in page.items:
        if one.id != "importing":
            assert one.counts == counted(upgraded, one.id), one.id
    check_counts(upgraded, "running", account="sandbox")
    assert upgraded.uid() == "5a3b1e0c9d8f7a61"
    [stopped] = [one for one in upgraded.accounts.list() if one.id == "shop"]
    assert stopped.state_reason == "The access token has expired."
    assert len(upgraded.messages.history(9).events) == 1


def test_an_import_that_was_cut_off_is_undone(upgraded: Ledger) -> None:
    assert upgraded.imports.undo_left_over() == 1
    contract = upgraded.contracts.get("importing")
    assert contract.counts == counted(upgraded, "importing")
    assert contract.counts.total == 1


def test_a_contract_of_then_goes_on_to_its_end(upgraded: Ledger) -> None:
    at: int = now()
    upgraded.workers.dead(at=at)
    [dead] = upgraded.workers.dead(at=at + LEASE + 1)
    assert upgraded.workers.bury(dead) == 1
    worker = upgraded.workers.register()
    sent: set[str] = set()
    for _ in range(20):
        at += SECOND
        granted = turn(upgraded, worker, free=10, at=at, account="sandbox").granted
        begun = [one.message_id for one in granted if not one.begun]
        if begun:
            turn(upgraded, worker, begin=begun, at=at, account="sandbox")
        turn(
            upgraded,
            worker,
            outcomes=[outcome(one, at=at) for one in granted],
            at=at,
            account="sandbox",
        )
        sent |= {one.phone for one in granted}
        if not upgraded.contracts.get("running").counts.remaining:
            break
    assert sent >= {f"7999000000{number}" for number in (1, 2, 3, 4)}
    counts = upgraded.contracts.get("running").counts
    assert (counts.in_doubt, counts.total, counts.remaining) == (2, ROWS_OF_THE_FIRST, 0)
    check_counts(upgraded, "running", account="sandbox")
    number = value(upgraded, "SELECT id FROM contracts WHERE uid = 'running'")
    assert upgraded.contracts.complete_if_done(number) == "running"


def test_a_draft_of_then_can_be_filled_and_started(upgraded: Ledger) -> None:
    from tests.ledgers import fill as add

    assert add(upgraded, "draft", ["79990000003", "79990000001"]) == 1
    upgraded.contracts.move("draft", ContractState.QUEUED)
    while upgraded.work.prepare_slice("draft"):
        pass
    assert upgraded.contracts.get("draft").counts.waiting == 3


def test_what_was_prepared_then_was_compared_with_no_suppression(upgraded: Ledger) -> None:
    seen = "SELECT COUNT(1) FROM contracts WHERE suppressions_seen = 0 AND state <> 'draft'"
    assert value(upgraded, seen) == value(
        upgraded, "SELECT COUNT(1) FROM contracts WHERE state <> 'draft'"
    )
    unprepared = "SELECT COUNT(1) FROM contracts WHERE suppressions_seen IS NULL"
    assert value(upgraded, unprepared) == 2


def test_a_sqlite_ledger_is_copied_before_with_all_its_rows(
    sqlite_url: str, tmp_path: Path
) -> None:
    oldest = samples()[0]
    assert oldest.migration == migrations()[0]
    with closing(Database(sqlite_url)) as database:
        migrate(database, oldest.migration)
        fill(database, oldest)
        before = all_rows(database)
    open_ledger(sqlite_url).close()
    [copy] = tmp_path.glob("ledger.before-upgrade-*.db")
    with closing(Database(f"sqlite:///{copy}")) as database:
        assert all_rows(database) == before
