"""No ledger is upgraded beneath workers of an earlier version: they are named, or waited for.

On SQLite the one that sends holds the engine's lock. On PostgreSQL each worker has a row with its
sign of life, which it renews every other second; one whose sign does not change for the length of
its lease is dead. What the clocks of several machines say does not matter.
"""

import logging
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from wa_desktop.clock import SECOND, now
from wa_desktop.errors import LedgerBusy
from wa_desktop.ledger.engine_lock import EngineLock, SenderBusy
from wa_desktop.ledger.processes import is_of_here, runs
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.workers import LEASE, Workers
from wa_desktop.words import joined, words

log = logging.getLogger(__name__)

_LOOK_EVERY = 0.5
_LONG_GONE = 3_600 * SECOND
"""A sign of life this old needs no watching: clocks do not differ by so much."""


@dataclass(frozen=True, slots=True)
class _Seen:
    host: str
    pid: int
    last_seen: int


@contextmanager
def without_older_workers(database: Database) -> Iterator["OlderWorkers"]:
    """Around an upgrade. Raises ``LedgerBusy``, which names the workers that run."""
    path = database.path
    if path is None:
        older = OlderWorkers(database)
        older.watch()
        yield older
        return
    try:
        with EngineLock(path):
            yield OlderWorkers(database)
    except SenderBusy as error:
        raise LedgerBusy(
            words(
                "This version brings the ledger to a new schema, and wa-desktop of the version "
                "before still sends from it{who}. Close that one, then start this one again. "
                "Nothing was changed.",
                who="" if error.pid is None else words(" (process {pid})", pid=error.pid),
            )
        ) from error


class OlderWorkers:
    """Those that were alive before an upgrade on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._dead: Mapping[int, _Seen] = {}

    def watch(self) -> None:
        """Look until each worker has ended, or is known to be dead.

        Takes as long as a lease where one was killed, else no time. Raises ``LedgerBusy`` as soon
        as one gives a sign of life.
        """
        first = self._signs()
        watched, began = first, time.monotonic()
        if watched:
            log.info("waiting to see whether workers run: %s", _named(list(first.values())))
        while watched and time.monotonic() - began < LEASE / SECOND:
            time.sleep(_LOOK_EVERY)
            present = self._signs()
            _refuse([one for number, one in present.items() if one != first.get(number)])
            watched = {number: one for number, one in watched.items() if number in present}
        self._dead = watched

    def hold(self) -> None:
        """Inside the transaction of the upgrade: keep workers from signing on or having a turn
        until it ends, and look once more."""
        if self._database.is_sqlite:
            return
        self._database.run("LOCK TABLE workers IN SHARE ROW EXCLUSIVE MODE")
        present = self._signs()
        _refuse([one for number, one in present.items() if one != self._dead.get(number)])

    def bury(self) -> None:
        """After the migrations, in the same transaction: one that only stood still and goes on
        finds its lease lost, and the ledger too new for it."""
        for number in self._dead:
            Workers(self._database).bury(number)

    def _signs(self) -> dict[int, _Seen]:
        with self._database.read():
            rows = self._database.rows(
                "SELECT id, host, pid, process_started, last_seen FROM workers "
                "WHERE ended_at IS NULL AND last_seen > ? ORDER BY id",
                (now() - _LONG_GONE,),
            )
        here = socket.gethostname()
        return {
            int(number): _Seen(host, pid, seen)
            for number, host, pid, mark, seen in rows
            if not (host == here and is_of_here(mark) and not runs(pid, mark))
        }


def _refuse(running: list[_Seen]) -> None:
    if running:
        raise LedgerBusy(
            words(
                "This version brings the ledger to a new schema, and workers of the version "
                "before still send from it: {who}. Stop them, then start this version again. "
                "Nothing was changed.",
                who=_named(running),
            )
        )


def _named(workers: list[_Seen]) -> str:
    return joined(
        "; ",
        (words("process {pid} on {host}", pid=str(one.pid), host=one.host) for one in workers),
    )
