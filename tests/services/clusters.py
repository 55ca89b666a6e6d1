"""What becomes of a PostgreSQL cluster: a standby that takes over, and what pg_upgrade makes."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.services.postgres import PostgresServer
from tests.services.process import ServiceFailed, find_program
from tests.waiting import wait_until


class Cluster(PostgresServer):
    """A cluster that is made of another one's data."""

    def take_over_from(self, primary: PostgresServer) -> None:
        """Follow the primary, lose it, and go on in its place."""
        self._run_tool(
            *("pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "wa"),
            *("-D", str(self._data), "-R", "-X", "stream", "-c", "fast"),
        )
        self.start()
        primary.stop()
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

        def promoted() -> bool:
            with psycopg.connect(self.url()) as connection:
                return connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)

        wait_until(promoted, "the standby to take over", 30)

    def upgrade_from(self, old: PostgresServer) -> None:
        """Carry the data of a cluster over, as for a newer PostgreSQL; it is stopped then."""
        self._create()
        old.stop()
        programs = str(self._postgres.parent)
        self._run_tool(
            *("pg_upgrade", "-b", programs, "-B", programs, "-U", "wa", "-s", str(self._folder)),
            *("-d", str(old._data), "-D", str(self._data)),
        )
        self.start()

    def _run_tool(self, name: str, *words: str) -> None:
        if self._owner is not None:
            shutil.chown(self._folder, self._owner)
        program = self._postgres.with_name(name)
        done = subprocess.run(
            [str(program), *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
            user=self._owner,
            group=self._owner,
            extra_groups=None if self._owner is None else [],
        )
        if done.returncode:
            raise ServiceFailed(f"{name} failed\n{done.stdout}{done.stderr}")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """One without data yet, closed at the end."""
    made = Cluster()
    try:
        yield made
    finally:
        made.close()


def copied(source: str, target: str) -> None:
    """Put a dump of one database into another, which is empty."""
    dump = subprocess.run(
        [str(find_program("pg_dump", "postgresql", ())), "--dbname", source],
        capture_output=True,
        check=True,
    )
    subprocess.run(
        [str(find_program("psql", "postgresql", ())), "-q", "-v", "ON_ERROR_STOP=1", target],
        input=dump.stdout,
        capture_output=True,
        check=True,
    )
