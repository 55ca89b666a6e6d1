"""When a ledger on PostgreSQL is the one that sent last, and when it is a copy of it."""

from collections.abc import Callable
from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from tests.opened import open_ledger
from tests.services.clusters import cluster, copied
from tests.services.postgres import PostgresServer
from wa_desktop.ledger.places.places import Moved


def sends_from(url: str) -> Moved | None:
    """What a program finds that is about to send from a ledger."""
    with closing(open_ledger(url)) as ledger:
        return ledger.places.take_up()


def run(url: str, statement: str, *names: str) -> None:
    """Run a statement on the database ``postgres`` of the same server."""
    with psycopg.connect(url.rpartition("/")[0] + "/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def name_of(url: str) -> str:
    """The database's name."""
    return url.rpartition("/")[2]


def test_a_copy_in_the_same_server_is_no_place_to_send_from(
    postgres_url: str, postgres_databases: Callable[..., str]
) -> None:
    assert sends_from(postgres_url) is None
    other = postgres_databases()
    run(other, "DROP DATABASE {} WITH (FORCE)", name_of(other))
    run(other, "CREATE DATABASE {} TEMPLATE {}", name_of(other), name_of(postgres_url))
    moved = sends_from(other)
    assert moved is not None
    assert name_of(postgres_url) in moved.sent_from
    assert name_of(other) in moved.here
    assert sends_from(postgres_url) is None


def test_a_copy_that_takes_the_name_of_the_original_is_none_either(
    postgres_url: str, postgres_databases: Callable[..., str]
) -> None:
    """As an older state is put back that was kept beside it."""
    assert sends_from(postgres_url) is None
    kept = postgres_databases()
    run(kept, "DROP DATABASE {} WITH (FORCE)", name_of(kept))
    run(kept, "CREATE DATABASE {} TEMPLATE {}", name_of(kept), name_of(postgres_url))
    run(kept, "DROP DATABASE {} WITH (FORCE)", name_of(postgres_url))
    run(kept, "ALTER DATABASE {} RENAME TO {}", name_of(kept), name_of(postgres_url))
    assert sends_from(postgres_url) is not None


def test_a_dump_in_another_server_waits_until_it_is_confirmed(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    assert sends_from(postgres_url) is None
    other = postgres_server.url(postgres_server.create_database())
    copied(postgres_url, other)
    assert sends_from(other) is not None
    assert sends_from(other) is not None
    with closing(open_ledger(other)) as ledger, closing(open_ledger(other)) as second:
        assert second.places.moved() is not None
        assert ledger.places.confirm() is not None
        assert ledger.places.confirm() is None
        assert second.places.moved() is None
    assert sends_from(other) is None
    assert sends_from(postgres_url) is None


@pytest.mark.long
def test_a_dump_of_a_restored_dump_is_a_copy_again(
    postgres_url: str, postgres_server: PostgresServer
) -> None:
    """Two servers that were made in the same way number their tables in the same way."""
    assert sends_from(postgres_url) is None
    first = postgres_server.url(postgres_server.create_database())
    copied(postgres_url, first)
    with closing(open_ledger(first)) as ledger:
        ledger.places.confirm()
    with PostgresServer() as twin:
        second = twin.url(twin.create_database())
        copied(first, second)
        assert sends_from(second) is not None


def test_a_standby_that_takes_over_is_no_copy(postgres_server: PostgresServer) -> None:
    name = postgres_server.create_database()
    assert sends_from(postgres_server.url(name)) is None
    with cluster() as standby:
        standby.take_over_from(postgres_server)
        assert sends_from(standby.url(name)) is None


@pytest.mark.long
def test_what_pg_upgrade_makes_of_the_cluster_is_no_copy(postgres_server: PostgresServer) -> None:
    name = postgres_server.create_database()
    for _ in range(2):
        assert sends_from(postgres_server.url(name)) is None
    with cluster() as upgraded:
        upgraded.upgrade_from(postgres_server)
        assert sends_from(upgraded.url(name)) is None


@pytest.mark.parametrize(
    "change",
    [
        "VACUUM FULL ledger_info",
        "VACUUM FREEZE ledger_info",
        "UPDATE ledger_info SET value = value",
        "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC",
    ],
)
def test_care_for_the_database_makes_no_copy_of_it(postgres_url: str, change: str) -> None:
    assert sends_from(postgres_url) is None
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(change)
    assert sends_from(postgres_url) is None


def test_a_database_with_another_name_is_no_copy(
    postgres_url: str, postgres_databases: Callable[..., str]
) -> None:
    assert sends_from(postgres_url) is None
    other = postgres_databases()
    run(other, "DROP DATABASE {} WITH (FORCE)", name_of(other))
    run(other, "ALTER DATABASE {} RENAME TO {}", name_of(postgres_url), name_of(other))
    assert sends_from(other) is None


def test_a_server_that_does_not_tell_its_id_is_known_by_its_rows(postgres_url: str) -> None:
    """Some providers forbid to ask for it."""
    user = "ordinary_" + name_of(postgres_url)
    run(postgres_url, "CREATE ROLE {} LOGIN", user)
    run(postgres_url, "ALTER DATABASE {} OWNER TO {}", name_of(postgres_url), user)
    url = postgres_url.replace("//wa@", f"//{user}@")
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        connection.execute(sql.SQL("GRANT ALL ON SCHEMA public TO {}").format(sql.Identifier(user)))
    assert sends_from(url) is None
    assert sends_from(url) is None
    with closing(open_ledger(url)) as ledger, ledger._database.read():
        assert '"cluster": null' in ledger._database.scalar(
            "SELECT value FROM ledger_info WHERE name = 'place'"
        )
