"""How long anybody holds the ledger's locks, seen from outside while others work on it.

    python -m tests.bench.holds LEDGER_URL

A process of its own, so that nobody's interpreter holds up the look. On SQLite there is one
lock, the writer's: it is asked for every millisecond, and a hold lasts until it is free or
somebody else has committed. On PostgreSQL the age of every transaction that has written or
locked a row is read from the server every few milliseconds; one that waits for another's lock
counts with its wait. Each line that comes in is answered with the figures since the one before.
"""

import contextlib
import json
import os
import select
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import Self

import psycopg

from tests.programs import Place

LONGEST_MS = 50
"""No slice of a long action may hold a lock for longer than this."""

_SQLITE_PAUSE = 0.001
_POSTGRES_PAUSE = 0.004
_AGES = """
    SELECT MAX(EXTRACT(EPOCH FROM clock_timestamp() - xact_start)) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
    AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Held:
    """The longest hold that was seen, and the longest pause between two looks: milliseconds.

    A hold that ends in such a pause may have been longer by it.
    """

    longest: float
    unseen: float

    def __str__(self) -> str:
        return f"held {self.longest:5.1f} ms (unseen {self.unseen:4.1f})"


class Holds:
    """Watches one ledger for as long as the block lasts."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.holds", self._place.ledger_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self.take()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def take(self) -> Held:
        """The figures since the last call. ``RuntimeError`` when the watch has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write("\n")
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the watch over the locks broke off; its error output says why")
        return Held(**json.loads(line))


class _Watch:
    """Keeps the longest hold and the longest pause between two looks until they are asked for."""

    def __init__(self) -> None:
        self._longest = self._unseen = 0.0
        self._looked = time.perf_counter()

    def run(self, look: Callable[[], float], pause: float) -> None:
        """Look until the input ends; ``look`` gives the seconds of the hold seen now."""
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], pause)
            if ready and not sys.stdin.readline():
                return
            self._longest = max(self._longest, look())
            now = time.perf_counter()
            self._unseen = max(self._unseen, now - self._looked)
            self._looked = now
            if ready:
                print(json.dumps(asdict(Held(self._longest * 1000, self._unseen * 1000))))
                sys.stdout.flush()
                self._longest = self._unseen = 0.0


class _SqliteLook:
    """Tells one hold from the next by the number of commits before it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._holder: int | None = None
        self._since = 0.0

    def __call__(self) -> float:
        holder, now = self._writer(), time.perf_counter()
        if holder != self._holder:
            self._holder, self._since = holder, now
        return 0.0 if holder is None else now - self._since + _SQLITE_PAUSE

    def _writer(self) -> int | None:
        commits: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            return commits
        self._connection.execute("ROLLBACK")
        return None


@contextmanager
def _look(url: str) -> Iterator[tuple[Callable[[], float], float]]:
    if url.startswith("sqlite"):
        file = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as ledger:
            yield _SqliteLook(ledger), _SQLITE_PAUSE
        return
    with psycopg.connect(url, autocommit=True) as server:

        def oldest() -> float:
            row = server.execute(_AGES, prepare=True).fetchone()
            return float(row[0]) if row is not None and row[0] is not None else 0.0

        yield oldest, _POSTGRES_PAUSE


def main() -> None:
    """Watch until the input ends."""
    with contextlib.suppress(PermissionError):
        os.nice(-10)  # a look that comes late sees less
    with _look(sys.argv[1]) as (look, pause):
        _Watch().run(look, pause)


if __name__ == "__main__":
    main()
