"""``wa-desktop doctor`` on a PostgreSQL that answers and yet is of no use."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.commands.running import run
from tests.faults.disk import DiskRefused, SmallDisk
from tests.ledger.samples.filled import migrate, samples
from tests.ledgers import add_account, add_contract
from tests.opened import open_ledger
from tests.services.postgres import PostgresServer, unprivileged_user
from wa_desktop.errors import LedgerFull
from wa_desktop.ledger.sql.database import Database

USER = "wa_of_little_right"
SUBJECT = "ledger's writing"


@pytest.fixture
def weak_url(postgres_url: str) -> Iterator[str]:
    """The same database, by a user to whom nothing was granted."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {USER} LOGIN".encode())
    yield postgres_url.replace("://wa@", f"://{USER}@")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {USER}".encode())
        connection.execute(f"DROP ROLE {USER}".encode())


def told(url: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what stands in the way of writing."""
    ended = run("doctor", "--json", extra={"DATABASE_URL": url})
    return ended.code, [one for one in ended.json["checks"] if one["subject"] == SUBJECT]


def execute(url: str, sql: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.encode())


def test_one_that_can_be_written_is_not_spoken_of(postgres_url: str) -> None:
    assert told(postgres_url) == (0, [])
    open_ledger(postgres_url).close()
    assert told(postgres_url) == (0, [])


def test_a_database_that_is_read_only_is_an_error(postgres_url: str) -> None:
    open_ledger(postgres_url).close()
    name = postgres_url.rpartition("/")[2]
    execute(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    code, [found] = told(postgres_url)
    assert (code, found["level"]) == (1, "error")
    assert "default_transaction_read_only" in found["text"]


def test_a_standby_is_an_error(postgres_server: PostgresServer) -> None:
    open_ledger(postgres_server.url()).close()
    postgres_server.stop()
    (postgres_server._data / "standby.signal").touch()
    postgres_server.start()
    code, [found] = told(postgres_server.url())
    assert (code, found["level"]) == (1, "error")
    assert "standby" in found["text"]
    assert "primary" in found["advice"]


def test_a_user_who_may_only_read_is_an_error_that_names_the_tables(
    postgres_url: str, weak_url: str
) -> None:
    open_ledger(postgres_url).close()
    execute(postgres_url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {USER}")
    code, [found] = told(weak_url)
    assert code == 1
    assert "may not read and change accounts, " in found["text"]
    assert "owner" in found["advice"]
    execute(postgres_url, f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {USER}")
    code, [found] = told(weak_url)
    assert code == 1
    assert "_seq" in found["text"]
    assert "accounts, " not in found["text"]
    execute(postgres_url, f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {USER}")
    assert told(weak_url) == (0, [])


def test_a_user_who_may_not_make_what_the_next_start_makes_is_an_error(
    postgres_url: str, weak_url: str
) -> None:
    execute(postgres_url, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    code, [found] = told(weak_url)
    assert code == 1
    assert "may not make or alter" in found["text"]

    with closing(Database(postgres_url)) as database:
        migrate(database, samples()[0].migration)
    for kind in ("TABLES", "SEQUENCES"):
        execute(postgres_url, f"GRANT ALL ON ALL {kind} IN SCHEMA public TO {USER}")
    code, [found] = told(weak_url)
    assert code == 1
    assert "may not make or alter" in found["text"]


def test_safeguards_against_a_power_cut_that_are_off_are_warnings(postgres_url: str) -> None:
    """The tests' own server has them off."""
    ended = run("doctor", "--json", extra={"DATABASE_URL": postgres_url})
    warned = [one for one in ended.json["checks"] if one["subject"] == "PostgreSQL"]
    assert ended.code == 0
    assert [one["text"].split()[0] for one in warned] == ["fsync", "full_page_writes"]
    assert {one["level"] for one in warned} == {"warning"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "small", megabytes=48)
    try:
        disk.mount()
    except DiskRefused as error:
        pytest.skip(f"no disk could be made: {error}")
    yield disk
    disk.unmount()


@pytest.fixture
def url_on_small_disk(
    small_disk: SmallDisk, postgres_databases: Callable[..., str], postgres_url: str
) -> Iterator[str]:
    """A database whose files lie on it."""
    for folder in small_disk.folder.parents:
        if folder != Path("/") and folder.stat().st_mode & 0o001 == 0:
            folder.chmod(folder.stat().st_mode | 0o011)
    owner = unprivileged_user()
    if owner is not None:
        shutil.chown(small_disk.folder, owner)
    small_disk.folder.chmod(0o700)
    execute(postgres_url, f"CREATE TABLESPACE small LOCATION '{small_disk.folder}'")
    url = postgres_databases("TABLESPACE small")
    yield url
    name = url.rpartition("/")[2]
    execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")
    execute(postgres_url, "DROP TABLESPACE small")


def test_a_full_disk_of_the_server_is_named_by_doctor_and_by_a_worker(
    url_on_small_disk: str, small_disk: SmallDisk, home: Path
) -> None:
    with closing(open_ledger(url_on_small_disk)) as ledger:
        add_account(ledger)
        assert told(url_on_small_disk) == (0, [])
        small_disk.fill()
        code, [found] = told(url_on_small_disk)
        assert (code, found["level"]) == (1, "error")
        assert found["text"] == "the disk of the PostgreSQL server is full"
        with pytest.raises(LedgerFull, match="The disk of the PostgreSQL server is full"):
            add_contract(ledger, 20_000)
        small_disk.free()
        assert told(url_on_small_disk) == (0, [])


def test_a_missing_or_older_pg_dump_is_named(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ledger(postgres_url).close()
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", str(tools))

    def backups() -> list[dict[str, Any]]:
        ended = run("doctor", "--json", extra={"DATABASE_URL": postgres_url})
        return [one for one in ended.json["checks"] if one["subject"] == "backups"]

    [missing] = backups()
    assert missing["level"] == "warning"
    assert "pg_dump was not found here" in missing["text"]
    assert "Install the client of PostgreSQL" in missing["advice"]
    old = tools / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n")
    old.chmod(0o755)
    [older] = backups()
    assert "pg_dump here is of version 9, the server of version" in older["text"]
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 99.1'\n")
    assert backups() == []
