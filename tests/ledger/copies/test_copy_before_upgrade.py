"""A ledger on PostgreSQL is dumped before it is upgraded, once, and not upgraded without."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.running import run
from tests.ledger.samples.filled import Sample, fill, migrate, samples
from wa_desktop.errors import LedgerError
from wa_desktop.ledger.copies.postgres_restore import restore_postgres
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.upgrade import copy_before_upgrade, standing, upgrade

PROJECT = Path(__file__).parents[3]
OPENER = """
import sys
from pathlib import Path
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.vault import Vault
vault = Vault.from_passphrase("of the tests")
Ledger.open(sys.argv[1], vault, backups=Path(sys.argv[2])).close()
"""
OLDEST: Sample = samples()[0]

pytestmark = pytest.mark.skipif(shutil.which("pg_dump") is None, reason="pg_dump is not on PATH")


@pytest.fixture
def url(postgres_url: str) -> str:
    """A filled ledger of the oldest schema."""
    return filled(postgres_url)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def filled(url: str) -> str:
    with closing(Database(url)) as database:
        migrate(database, OLDEST.migration)
        fill(database, OLDEST)
    return url


def applied(url: str) -> tuple[str, ...]:
    with closing(Database(url)) as database:
        return standing(database).applied


def messages(url: str) -> int:
    with closing(Database(url)) as database, database.read():
        return int(database.scalar("SELECT COUNT(1) FROM messages"))


def dumps(folder: Path) -> list[Path]:
    return sorted(folder.glob("before-upgrade-*.dump"))


def without_pg_dump(tmp_path: Path) -> str:
    """A search path on which everything is but pg_dump."""
    place = tmp_path / "programs"
    place.mkdir()
    for name in ("pg_restore", "git", "uname"):
        found = shutil.which(name)
        if found is not None:
            (place / name).symlink_to(found)
    return str(place)


def test_the_dump_from_before_the_upgrade_brings_the_ledger_back(
    url: str, folder: Path, postgres_databases: Callable[..., str]
) -> None:
    rows = messages(url)
    with closing(Database(url)) as database:
        assert upgrade(database, backups=folder)
    [dump] = dumps(folder)
    other = postgres_databases()
    restored = restore_postgres(dump, other, folder)
    assert restored.upgraded == tuple(sorted(set(applied(url)) - {OLDEST.migration}))
    assert messages(other) == rows > 0


def test_a_new_ledger_and_one_of_this_version_are_not_dumped(
    postgres_url: str, folder: Path
) -> None:
    with closing(Database(postgres_url)) as database:
        assert upgrade(database, backups=folder)
        assert upgrade(database, backups=folder) == ()
    assert not folder.exists()


def test_programs_that_start_at_once_dump_and_upgrade_once(url: str, folder: Path) -> None:
    command = [sys.executable, "-c", OPENER, url, str(folder)]
    programs = [
        subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for one in programs:
        assert one.communicate(timeout=60)[1] == ""
        assert one.returncode == 0
    assert len(dumps(folder)) == 1
    assert applied(url)[-1] != OLDEST.migration


def test_the_newest_three_stay_and_those_of_another_ledger(
    url: str, folder: Path, postgres_databases: Callable[..., str]
) -> None:
    other = postgres_databases()
    with closing(Database(filled(other))) as database, database.write():
        database.run("UPDATE ledger_info SET value = 'another' WHERE name = 'uid'")
    kept = []
    for one, amount in ((other, 2), (url, 5)):
        with closing(Database(one)) as database:
            made = [copy_before_upgrade(database, folder) for _ in range(amount)]
        kept += made[-3:]
    assert set(dumps(folder)) == set(kept)


def test_without_pg_dump_nothing_is_upgraded_and_what_to_do_is_said(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", without_pg_dump(tmp_path))
    with (
        closing(Database(url)) as database,
        pytest.raises(LedgerError, match=r"no copy.*Install PostgreSQL's client.*WITHOUT_BACKUP=1"),
    ):
        upgrade(database, backups=tmp_path / "backups")
    assert applied(url) == (OLDEST.migration,)
    assert dumps(tmp_path / "backups") == []


def test_a_pg_dump_that_fails_stops_the_upgrade(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "bin"
    place.mkdir()
    broken = place / "pg_dump"
    broken.write_text("#!/bin/sh\n[ $1 = --version ] && exec echo '(PostgreSQL) 99'\nexit 3\n")
    broken.chmod(0o700)
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    with (
        closing(Database(url)) as database,
        pytest.raises(LedgerError, match=r"no copy.*pg_dump could not.*exit code 3"),
    ):
        upgrade(database, backups=tmp_path / "backups")
    assert applied(url) == (OLDEST.migration,)


def test_a_command_dumps_into_the_data_folder_and_goes_on_without_where_it_is_told_to(
    url: str, home: Path, tmp_path: Path, postgres_databases: Callable[..., str]
) -> None:
    ended = run("contracts", "list", extra={"DATABASE_URL": url})
    assert ended.code == 0, ended.err
    assert len(dumps(home / "backups")) == 1

    other = filled(postgres_databases())
    bare = {"DATABASE_URL": other, "PATH": without_pg_dump(tmp_path)}
    refused = run("contracts", "list", extra=bare)
    assert refused.code == 1
    assert "pg_dump was not found" in refused.err
    assert applied(other) == (OLDEST.migration,)

    ended = run("contracts", "list", extra=bare | {"WA_UPGRADE_WITHOUT_BACKUP": "1"})
    assert ended.code == 0, ended.err
    assert applied(other) == applied(url)
    assert len(dumps(home / "backups")) == 1
