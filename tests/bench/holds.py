"""How long anybody holds the ledger's locks, seen from outside while others work on it.

    python -m tests.bench.holds LEDGER_URL

A process of its own, so that nobody's interpreter holds up the look. On SQLite there is one
lock, the writer's: it is asked for every millisecond, and a hold lasts until it is free or
somebody else has committed. On PostgreSQL the age of every transaction that has written or
locked a row is read from the server every few milliseconds, and what it waits for: its own
hold is its age without the looks that found it waiting for another's lock or for the disk to
take its commit. Each line that comes in is answered with the figures since the one before.
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
    SELECT pid, xact_start::text, EXTRACT(EPOCH FROM clock_timestamp() - xact_start)::float8,
    COALESCE(wait_event_type = 'Lock' OR wait_event IN ('WALSync', 'WALWrite'), FALSE)
    FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
    AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True, slots=True)
class Held:
    """The longest hold that was seen, that with waits for others and for the disk, and the
    longest pause between two looks: milliseconds.

    A hold that ends in such a pause may have been longer by it.
    """

    longest: float
    waited: float
    unseen: float

    def __str__(self) -> str:
        waits = f"with waits {self.waited:5.1f}, unseen {self.unseen:4.1f}"
        return f"held {self.longest:5.1f} ms ({waits})"


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


Look = Callable[[], tuple[float, float]]
"""Gives the seconds of the longest hold seen now, by itself and with its waits."""


class _Watch:
    """Keeps the longest hold and the longest pause between two looks until they are asked for."""

    def __init__(self) -> None:
        self._longest = self._waited = self._unseen = 0.0
        self._looked = time.perf_counter()

    def run(self, look: Look, pause: float) -> None:
        """Look until the input ends."""
        while True:
            ready, _, _ = select.select([sys.stdin], [], [], pause)
            if ready and not sys.stdin.readline():
                return
            own, waited = look()
            self._longest, self._waited = max(self._longest, own), max(self._waited, waited)
            now = time.perf_counter()
            self._unseen = max(self._unseen, now - self._looked)
            self._looked = now
            if ready:
                seconds = (self._longest, self._waited, self._unseen)
                print(json.dumps(asdict(Held(*(one * 1000 for one in seconds)))))
                sys.stdout.flush()
                self._longest = self._waited = self._unseen = 0.0


class _SqliteLook:
    """Tells one hold from the next by the number of commits before it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._holder: int | None = None
        self._since = 0.0

    def __call__(self) -> tuple[float, float]:
        holder, now = self._writer(), time.perf_counter()
        if holder != self._holder:
            self._holder, self._since = holder, now
        held = 0.0 if holder is None else now - self._since + _SQLITE_PAUSE
        return held, held

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


class _PostgresLook:
    """Takes from each transaction's age the time in which looks found it waiting."""

    def __init__(self, server: "psycopg.Connection[tuple[int, str, float, bool]]") -> None:
        self._server = server
        self._waits: dict[tuple[int, str], float] = {}
        self._looked = time.perf_counter()

    def __call__(self) -> tuple[float, float]:
        rows = self._server.execute(_AGES, prepare=True).fetchall()
        since, self._looked = self._looked, time.perf_counter()
        between = self._looked - since
        waits: dict[tuple[int, str], float] = {}
        own = waited = 0.0
        for pid, start, age, waiting in rows:
            before = self._waits.get((pid, start), 0.0)
            waits[pid, start] = before + (min(between, age) if waiting else 0.0)
            own, waited = max(own, age - waits[pid, start]), max(waited, age)
        self._waits = waits
        return own, waited


@contextmanager
def _look(url: str) -> Iterator[tuple[Look, float]]:
    if url.startswith("sqlite"):
        file = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as ledger:
            yield _SqliteLook(ledger), _SQLITE_PAUSE
        return
    with psycopg.connect(url, autocommit=True) as server:
        yield _PostgresLook(server), _POSTGRES_PAUSE


def main() -> None:
    """Watch until the input ends."""
    with contextlib.suppress(PermissionError):
        os.nice(-10)  # a look that comes late sees less
    with _look(sys.argv[1]) as (look, pause):
        _Watch().run(look, pause)


if __name__ == "__main__":
    main()
