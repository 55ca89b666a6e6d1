"""A PostgreSQL cluster of the tests' own, with as many databases as they like."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import psycopg
from psycopg import sql

from tests.services.process import ServiceFailed, ServiceProcess, find_program, free_port, is_root
from tests.waiting import wait_until

USER = "wa"
# Nothing of a test need outlive a power cut. Kills and crashes lose nothing by these.
_HASTY = ("fsync=off", "full_page_writes=off")
# As the README advises for large campaigns; PostgreSQL's own are for a machine of long ago.
_LARGE = ("shared_buffers=512MB", "max_wal_size=4GB", "min_wal_size=2GB", "wal_compression=on")
_SEGMENTS = 96
# Cyrillic in upper and lower case is told apart right only with a locale that knows it.
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"


class PostgresServer:
    """A fresh cluster on a free loopback port, without passwords.

    Its data stay over ``stop`` or ``kill`` and ``start``. ``durable`` leaves PostgreSQL's own
    settings for safety on disk, and gives it room, as measurements want them.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.port = free_port()
        self._options = _LARGE if durable else _HASTY
        self._numbers = itertools.count(1)
        self._owner = unprivileged_user()
        programs = _folders()
        self._initdb = find_program("initdb", "postgresql", programs)
        self._postgres = find_program("postgres", "postgresql", programs)
        self._folder = Path(tempfile.mkdtemp(prefix="wa-postgres-"))
        self._process = ServiceProcess("postgres", self._folder / "postgres.log")
        self._data = self._folder / "data"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._process.running

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases for ``DATABASE_URL``."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, at the first time with new data; returns when it answers."""
        if not self._data.exists():
            self._create()
        options = (
            *(f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="),
            *("max_connections=200", "timezone=UTC", *self._options),
        )
        command = [
            *(str(self._postgres), "-D", str(self._data)),
            *(word for option in options for word in ("-c", option)),
        ]
        self._process.launch(command, self._answers, cwd=self._data, user=self._owner)

    def standby(self, *, synchronous: bool = False) -> "PostgresServer":
        """A standby of this one that runs; ``synchronous``: commits here wait for it."""
        other = PostgresServer()
        if other._owner is not None:
            shutil.chown(other._folder, other._owner)
        # Beside the server's own programs: the one on PATH may be a wrapper.
        tool = other._initdb.with_name("pg_basebackup")
        place = f"host=127.0.0.1 port={self.port} user={USER} application_name=standby"
        other._call(
            [str(tool), "-D", str(other._data), "-R", "-X", "stream", "-c", "fast", "-d", place]
        )
        other.start()
        if synchronous:
            self.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            self.execute("SELECT pg_reload_conf()")
        return other

    def fall_behind(self) -> None:
        """As a standby: receive nothing from now on."""
        self.execute("ALTER SYSTEM SET primary_conninfo = ''")
        self.execute("SELECT pg_reload_conf()")
        wait_until(lambda: not self.ask("SELECT 1 FROM pg_stat_wal_receiver"), "the standby to lag")

    def promote(self) -> None:
        """As a standby: take over; returns when it takes writes."""
        self.execute("SELECT pg_promote()")
        wait_until(lambda: not self.ask("SELECT 1 WHERE pg_is_in_recovery()"), "the promotion")

    def execute(self, statement: str) -> None:
        """Run a statement by itself."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def ask(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """The rows of a statement."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            return connection.execute(statement.encode()).fetchall()

    def stop(self) -> None:
        """Shut it down in good order; open connections are cut."""
        self._process.end(signal.SIGINT)

    def kill(self) -> None:
        """End it and its backends at once."""
        self._process.kill()

    def season(self) -> None:
        """Give it the log files that a server has which has run for a while.

        A new one makes each when it first needs it, which measures the file system.
        """
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for _ in range(_SEGMENTS):
                connection.execute(
                    "SELECT pg_logical_emit_message(false, 'season', repeat(md5('x'), 500000))"
                )
            connection.execute("CHECKPOINT")

    def create_database(self, options: str = "", template: str = "template0") -> str:
        """Make a database, with further words of ``CREATE DATABASE``; returns its name.

        It is empty, or a copy of ``template``, which nobody may be connected to.
        """
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} {}")
        named = sql.Identifier(name), sql.Identifier(template)
        self._run(statement.format(*named, sql.SQL(options)))
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database, also one that somebody is still connected to."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Stop it and remove its data."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)

    def _create(self) -> None:
        if self._owner is not None:
            shutil.chown(self._folder, self._owner)
        command = [
            *(str(self._initdb), "-D", str(self._data), "-U", USER, "-A", "trust"),
            *("-E", "UTF8", f"--locale={_LOCALE}", "--no-sync", "--no-instructions"),
        ]
        self._call(command)

    def _call(self, command: list[str]) -> None:
        made = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            user=self._owner,
            group=self._owner,
            extra_groups=None if self._owner is None else [],
        )
        if made.returncode:
            raise ServiceFailed(f"{command[0]} failed\n{made.stderr}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


def unprivileged_user() -> str | None:
    """Who runs PostgreSQL, which refuses to run as root; ``None`` for whoever runs the tests."""
    if not is_root():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _folders() -> list[Path]:
    """Where systems keep the server programs of PostgreSQL, newest first."""
    places = [
        *Path("/usr/lib/postgresql").glob("*/bin"),
        *Path("/usr/pgsql").parent.glob("pgsql-*/bin"),
        *Path("/opt/homebrew/opt").glob("postgresql@*/bin"),
        *Path("/usr/local/opt").glob("postgresql@*/bin"),
    ]
    return sorted(places, key=_version, reverse=True)


def _version(folder: Path) -> int:
    digits = "".join(c for c in folder.parent.name if c.isdigit())
    return int(digits or 0)
