"""After another PostgreSQL server took over, nobody claims until every worker looked at it.

A standby that lacks the last commits of one worker may hold all of another's. That one must not
send what the first has sent already, so it waits until each worker that was alive has had a turn,
and with it found its own turns there, or barred all sending (``went_back.py``).

A server that takes over begins a new timeline in its log; which one the workers have agreed on
lies in the ledger.
"""

import logging
import time

import peewee

from wa_desktop.errors import LedgerError, LedgerUnavailable
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.workers import LEASE

log = logging.getLogger(__name__)

_NAME = "timeline"
_CURRENT = "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
_WAIT = LEASE / 1e6 + 5
"""Seconds after which a worker that gives no sign is dead: it looks when it starts again."""


class Takeover:
    """Knows whether the workers have agreed on the server. Inside a turn's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._columns: str | None = None
        self._waits_for: dict[int, int] = {}
        self._since = 0.0
        self._server: str | None = None

    def columns(self) -> str:
        """SQL: the server that runs, and the one agreed on; both empty where it cannot be told.

        Called before the transaction.
        """
        if self._columns is None:
            self._columns = self._told()
        return self._columns

    def waits(self, worker: int, server: str, agreed: str | None) -> bool:
        """Whether others must have a turn first; agrees once all have had theirs."""
        if server == (agreed or ""):
            self._server = None
            return False
        if self._server != server:
            self._begin(worker, server, new=agreed is None)
        elif self._waits_for:
            self._see(worker)
        if self._waits_for and time.monotonic() - self._since < _WAIT:
            return True
        if self._waits_for:
            log.warning("went on without the workers %s", sorted(self._waits_for))
        self._database.run(
            "INSERT INTO ledger_info (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (_NAME, server),
        )
        return False

    def _begin(self, worker: int, server: str, *, new: bool) -> None:
        self._server, self._since = server, time.monotonic()
        self._waits_for = {} if new else self._others(worker)
        if not new:
            log.info("another PostgreSQL server took over (%s)", server)

    def _see(self, worker: int) -> None:
        others = self._others(worker)
        self._waits_for = {
            one: seen for one, seen in self._waits_for.items() if others.get(one) == seen
        }

    def _others(self, worker: int) -> dict[int, int]:
        rows = self._database.rows(
            "SELECT id, last_seen FROM workers WHERE ended_at IS NULL AND id <> ?", (worker,)
        )
        return {int(row[0]): int(row[1]) for row in rows}

    def _told(self) -> str:
        """Some services keep these functions to themselves; each worker's own look remains."""
        if self._database.is_sqlite:
            return "'', ''"
        try:
            with self._database.read():
                self._database.scalar(f"SELECT {_CURRENT}")
        except (peewee.ProgrammingError, LedgerError) as error:
            if isinstance(error, LedgerUnavailable):
                raise
            log.info("which server answers cannot be told: %s", error)
            return "'', ''"
        return f"{_CURRENT}, (SELECT value FROM ledger_info WHERE name = '{_NAME}')"
