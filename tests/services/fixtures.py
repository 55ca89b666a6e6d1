"""Fixtures with real parts: servers live as long as a test worker, their contents one test."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator

import psycopg
import pytest
from cryptography.fernet import Fernet

from tests.services.display import VirtualDisplay, check_qt_libraries
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.vault import Vault


@pytest.fixture(scope="session")
def _shared_redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_url(_shared_redis: RedisServer) -> str:
    """The address of an empty Redis. To stop or kill one, take ``redis_server``."""
    _shared_redis.start()
    _shared_redis.flushall()
    return _shared_redis.url


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of the test's own, to be stopped, killed and started at will."""
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def _shared_postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture
def postgres_url(_shared_postgres: PostgresServer) -> Iterator[str]:
    """The address of an empty database. To stop its server, take ``postgres_server``."""
    _shared_postgres.start()
    name = _shared_postgres.create_database()
    yield _shared_postgres.url(name)
    _shared_postgres.drop_database(name)


@pytest.fixture
def postgres_databases(_shared_postgres: PostgresServer) -> Iterator[Callable[..., str]]:
    """Makes an empty database at each call and returns its address."""
    _shared_postgres.start()
    made: list[str] = []

    def make(options: str = "") -> str:
        made.append(_shared_postgres.create_database(options))
        return _shared_postgres.url(made[-1])

    yield make
    for name in made:
        _shared_postgres.drop_database(name)


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, to be stopped, killed and started at will."""
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def _made_ledger(_shared_postgres: PostgresServer) -> str:
    """The name of a database that holds an empty ledger."""
    _shared_postgres.start()
    name = _shared_postgres.create_database()
    Ledger.open(_shared_postgres.url(name), Vault(Fernet.generate_key())).close()
    return name


@pytest.fixture
def made_postgres_url(_shared_postgres: PostgresServer, _made_ledger: str) -> Iterator[str]:
    """The address of an empty ledger on PostgreSQL that has its tables.

    It is a copy: making the tables takes 0.2 s, and 700 tests want a ledger.
    """
    _shared_postgres.start()
    name = _shared_postgres.create_database(template=_made_ledger)
    url = _shared_postgres.url(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "UPDATE ledger_info SET value = %s WHERE name = 'uid'", (secrets.token_hex(8),)
        )
    yield url
    _shared_postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """An empty ledger's address; the test runs once on each engine."""
    on_sqlite = request.param == "sqlite"
    url: str = request.getfixturevalue("sqlite_url" if on_sqlite else "made_postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_ledger_url(request: pytest.FixtureRequest) -> str:
    """The address of a ledger without its tables; the test runs once on each engine."""
    on_sqlite = request.param == "sqlite"
    url: str = request.getfixturevalue("sqlite_url" if on_sqlite else "postgres_url")
    return url


@pytest.fixture(params=["sqlite", "redis"])
def queue_url(request: pytest.FixtureRequest) -> str | None:
    """An empty Redis, or ``None`` for queues on SQLite; the test runs once with each."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("redis_url")
    return url


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real screen, set in the environment; its name is the value of ``DISPLAY``.

    An X server that is already there is used; without one, a virtual one is started.
    """
    if sys.platform != "linux":
        yield ""
        return
    check_qt_libraries()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "xcb")
        runtime = tmp_path_factory.mktemp("runtime")
        runtime.chmod(0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        if present := os.environ.get("DISPLAY"):
            yield present
            return
        with VirtualDisplay() as screen:
            patch.setenv("DISPLAY", screen.name)
            yield screen.name
