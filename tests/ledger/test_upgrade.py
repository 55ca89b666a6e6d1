"""A ledger is brought to the present schema once, after a copy, and never brought back."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.ledgers import add_account, add_contract, execute
from tests.opened import open_ledger
from wa_desktop.errors import LedgerBusy, LedgerError, LedgerFull, LedgerNewer
from wa_desktop.ledger import models, upgrade
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.schema import MIGRATIONS
from wa_desktop.ledger.sql.database import Database

PROJECT = Path(__file__).parents[2]
OPENER = "import sys; from tests.opened import open_ledger; open_ledger(sys.argv[1]).close()"
NEXT = """
def up(migrator, db):
    db.execute_sql("ALTER TABLE accounts ADD COLUMN colour text")
"""
BROKEN = """
def up(migrator, db):
    db.execute_sql("ALTER TABLE accounts ADD COLUMN colour text")
    db.execute_sql("ALTER TABLE nothing ADD COLUMN colour text")
"""


def with_migration(tmp_path: Path, text: str = NEXT) -> Path:
    """The migrations of a later version of the program."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "9000_colour.py").write_text(text)
    return folder


def test_a_fresh_ledger_has_the_columns_that_the_models_say(ledger: Ledger) -> None:
    database = ledger._database.peewee
    with ledger._database.read():
        for model in models.ALL:
            meta: Any = model._meta
            there = {one.name: one for one in database.get_columns(meta.table_name)}
            assert set(there) == {field.column_name for field in meta.sorted_fields}
            keys = {field.column_name for field in meta.get_primary_keys()}
            assert {name for name, one in there.items() if one.primary_key} == keys
            for field in meta.sorted_fields:
                found = there[field.column_name]
                assert found.null == field.null, (meta.table_name, field.column_name)


def test_each_ledger_has_an_id_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    uids = []
    for name in ("a", "a", "b"):
        ledger = open_ledger(f"sqlite:///{tmp_path / name}.db")
        uids.append(ledger.uid())
        ledger.close()
    assert uids[0] == uids[1] != uids[2]


def test_programs_that_open_an_empty_ledger_at_once_all_succeed(bare_ledger_url: str) -> None:
    command = [sys.executable, "-c", OPENER, bare_ledger_url]
    programs = [
        subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for one in programs:
        assert one.communicate(timeout=60)[1] == ""
        assert one.returncode == 0


def test_a_ledger_of_a_newer_program_is_refused_and_left_alone(bare_ledger_url: str) -> None:
    ledger = open_ledger(bare_ledger_url)
    add_account(ledger)
    execute(
        ledger,
        "INSERT INTO schema_migration (name, applied) VALUES ('9999_later', '2030-01-01 00:00:00')",
    )
    with pytest.raises(LedgerNewer, match=r"9999_later.*Update the program"):
        open_ledger(bare_ledger_url)
    assert [one.id for one in ledger.accounts.list()] == ["acc"]
    ledger.close()


def test_an_upgrade_keeps_the_rows_and_runs_once(ledger: Ledger, tmp_path: Path) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 3)
    folder = with_migration(tmp_path)
    assert upgrade.upgrade(ledger._database, folder) == ("9000_colour",)
    assert upgrade.upgrade(ledger._database, folder) == ()
    execute(ledger, "UPDATE accounts SET colour = 'red'")
    assert ledger.contracts.get(contract.id).counts.draft == 3


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(ledger: Ledger, tmp_path: Path) -> None:
    add_account(ledger)
    with pytest.raises(
        LedgerError,
        match=r"migration 9000_colour failed \(.*nothing.*\)\. Nothing was changed\. Go on with",
    ):
        upgrade.upgrade(ledger._database, with_migration(tmp_path, BROKEN))
    assert upgrade.upgrade(ledger._database) == ()
    with ledger._database.read():
        columns = {one.name for one in ledger._database.peewee.get_columns("accounts")}
    assert "colour" not in columns


def test_of_several_migrations_none_is_kept_when_one_fails(ledger: Ledger, tmp_path: Path) -> None:
    add_account(ledger)
    folder = with_migration(tmp_path)
    (folder / "9001_wrong.py").write_text("def up(migrator, db):\n    raise TypeError('wrong')")
    with pytest.raises(LedgerError, match=r"migration 9001_wrong failed \(wrong\)"):
        upgrade.upgrade(ledger._database, folder)
    assert upgrade.standing(ledger._database).missing == ()
    with ledger._database.read():
        columns = {one.name for one in ledger._database.peewee.get_columns("accounts")}
        assert "colour" not in columns
    assert [one.id for one in ledger.accounts.list()] == ["acc"]


def test_a_first_start_that_fails_leaves_an_empty_database(
    bare_ledger_url: str, tmp_path: Path
) -> None:
    with closing(Database(bare_ledger_url)) as database:
        with pytest.raises(LedgerError, match="9000_colour failed"):
            upgrade.upgrade(database, with_migration(tmp_path, BROKEN))
        assert upgrade.standing(database).applied == ()
        assert database.peewee.get_tables() == []
    open_ledger(bare_ledger_url).close()


def test_a_table_made_anew_keeps_the_rows_that_refer_to_it(
    sqlite_ledger: Ledger, tmp_path: Path
) -> None:
    add_account(sqlite_ledger)
    contract = add_contract(sqlite_ledger, 3)
    anew = """
def up(migrator, db):
    migrator.migrate(migrator.drop_not_null("contracts", "name"))
"""
    upgrade.upgrade(sqlite_ledger._database, with_migration(tmp_path, anew))
    assert sqlite_ledger.contracts.get(contract.id).counts.draft == 3
    with sqlite_ledger._database.read():
        assert sqlite_ledger._database.scalar("SELECT COUNT(1) FROM messages") == 3
        assert sqlite_ledger._database.scalar("PRAGMA foreign_keys") == 1


def test_a_full_disk_during_a_migration_is_told_as_such(
    sqlite_ledger: Ledger, tmp_path: Path
) -> None:
    small = """
def up(migrator, db):
    pages = db.execute_sql("PRAGMA page_count").fetchone()[0]
    db.execute_sql(f"PRAGMA max_page_count = {pages}")
    db.execute_sql("CREATE TABLE large AS SELECT zeroblob(1000000) AS x")
"""
    with pytest.raises(LedgerFull):
        upgrade.upgrade(sqlite_ledger._database, with_migration(tmp_path, small))


def test_an_upgrade_copies_the_ledger_first_with_rows_that_are_only_in_its_log(
    sqlite_ledger: Ledger, tmp_path: Path
) -> None:
    add_account(sqlite_ledger)
    add_contract(sqlite_ledger, 1_000)
    assert (tmp_path / "ledger.db-wal").stat().st_size > 0
    upgrade.upgrade(sqlite_ledger._database, with_migration(tmp_path))
    [copy] = tmp_path.glob("ledger.before-upgrade-*.db")
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT COUNT(1) FROM messages").fetchone() == (1_000,)
        names = [row[1] for row in connection.execute("PRAGMA table_info(accounts)")]
    assert "colour" not in names


def test_a_new_ledger_is_not_copied(sqlite_ledger: Ledger, tmp_path: Path) -> None:
    assert not list(tmp_path.glob("*before-upgrade*"))


def test_a_program_without_its_migrations_says_so(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    with pytest.raises(LedgerError, match=r"lacks its database migrations.*Install it again"):
        upgrade.upgrade(database, tmp_path / "missing")
    database.close()


def test_an_upgrade_by_another_program_is_waited_for_a_while_and_then_reported(
    sqlite_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr(upgrade, "LOCK_SECONDS", 0.05)
    with (
        FileLock(tmp_path / "ledger.upgrade-lock"),
        pytest.raises(LedgerBusy, match="Another program is upgrading"),
    ):
        upgrade.upgrade(sqlite_ledger._database)


def test_a_postgresql_ledger_that_another_upgrades_for_long_is_busy(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrade, "LOCK_SECONDS", 0.05)
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (upgrade.UPGRADE_LOCK,))
        with pytest.raises(LedgerBusy, match="Another program is upgrading"):
            open_ledger(postgres_url)
    open_ledger(postgres_url).close()
