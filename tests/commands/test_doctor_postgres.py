"""``wa-desktop doctor`` on a PostgreSQL that answers and yet is of no use."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from tests.commands.running import run
from tests.ledger.samples.filled import migrate, samples
from tests.opened import open_ledger
from tests.services.postgres import PostgresServer
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
