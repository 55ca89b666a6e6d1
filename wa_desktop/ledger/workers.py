"""Who works on the ledger: registration, heartbeat, and what becomes of a dead worker's rows."""

import os
import socket

from wa_desktop.clock import SECOND
from wa_desktop.errors import LedgerError, LedgerNewer
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.doubts import note_begun
from wa_desktop.ledger.lifetimes import forget
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.processes import is_of_here, mark_of, runs
from wa_desktop.ledger.records import WorkerRecord
from wa_desktop.ledger.schema import known_migrations
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.states import MessageState
from wa_desktop.words import words

LEASE = 15 * SECOND
"""A worker that gave no sign of life for this long is taken for dead."""


class LeaseLost(LedgerError):
    """Others have declared this worker dead and dealt with what it held."""

    def __init__(self) -> None:
        super().__init__("This worker was taken for dead by another one and must register anew.")


class Workers:
    """Registers workers and recovers what dead ones held."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watched: dict[int, tuple[int, int]] = {}

    def register(self) -> int:
        """Enter this process as a worker; returns the worker's number, its lease.

        Raises ``LedgerNewer`` when the ledger was upgraded since it was opened.
        """
        at = now(self._database)
        with self._database.write():
            self._refuse_newer()
            number = self._database.scalar(
                "INSERT INTO workers (host, pid, process_started, started_at, last_seen) "
                "VALUES (?, ?, ?, ?, ?) RETURNING id",
                (socket.gethostname(), os.getpid(), mark_of(os.getpid()), at, at),
            )
        return int(number)

    def _refuse_newer(self) -> None:
        # An upgrade under way holds the table, and ends before this looks.
        if not self._database.is_sqlite:
            self._database.run("LOCK TABLE workers IN ROW EXCLUSIVE MODE")
        newest = str(self._database.scalar("SELECT MAX(name) FROM schema_migration"))
        if newest > max(known_migrations()):
            raise LedgerNewer(
                words(
                    "This ledger was written by a newer version of wa-desktop (it knows "
                    "{migration}). Update the program.",
                    migration=newest,
                )
            )

    def leave(self, worker: int) -> None:
        """Sign off; what the worker still holds is treated as that of a dead one."""
        self.bury(worker)

    def alive(self) -> tuple[WorkerRecord, ...]:
        """Workers that were seen within the lease, but for those of ``killed``."""
        seen_after = now(self._database) - LEASE
        return tuple(one for one in self._shown(killed=False) if one.last_seen > seen_after)

    def killed(self) -> tuple[WorkerRecord, ...]:
        """Workers whose process on this machine ended without signing off; what they were
        sending is in doubt once another one starts.

        Only of processes that can be looked at: another machine's, or container's, is as alive
        as its lease says. On SQLite, too, where whoever looks need not be the engine.
        """
        return self._shown(killed=True)

    def _shown(self, *, killed: bool) -> tuple[WorkerRecord, ...]:
        with self._database.read():
            rows = self._database.rows(
                "SELECT process_started, id, host, pid, started_at, last_seen, last_claim, "
                "last_send FROM workers WHERE ended_at IS NULL ORDER BY id"
            )
        here = socket.gethostname()
        shown = ((mark, WorkerRecord(*row)) for mark, *row in rows)
        return tuple(
            one
            for mark, one in shown
            if (one.host == here and is_of_here(mark) and not runs(one.pid, mark)) == killed
        )

    def dead(self, *, at: int) -> tuple[int, ...]:
        """Workers that are gone: their process on this machine ended, or their lease ran out.

        It has run out when the worker's sign of life did not change while this process watched
        it for so long; what time it says does not matter, so the clocks of several machines
        need not agree. ``at`` is a moment of any clock that only moves on.
        """
        with self._database.read():
            rows = self._database.rows(
                "SELECT id, host, pid, process_started, last_seen FROM workers "
                "WHERE ended_at IS NULL ORDER BY id"
            )
        before, self._watched = self._watched, {}
        here = socket.gethostname()
        gone = []
        for number, host, pid, mark, seen in rows:
            known = before.get(number)
            since = known[1] if known is not None and known[0] == seen else at
            self._watched[number] = (seen, since)
            if at - since > LEASE or (host == here and self._has_ended(pid, mark)):
                gone.append(number)
        return tuple(gone)

    def _has_ended(self, pid: int, mark: int) -> bool:
        """Whether a process of this machine's name is surely gone."""
        if is_of_here(mark):
            return not runs(pid, mark)
        # Before the last boot, or in another container. On SQLite there is one engine at a time,
        # and it is this one; else it may be a machine or container of the same name.
        return self._database.is_sqlite

    def bury(self, worker: int) -> int:
        """End a worker: claims not begun go back, what was ``sending`` is in doubt.

        Returns how many messages are in doubt because of it. Rows at most as many as the
        worker had places in flight, so one transaction does.
        """
        at = now(self._database)
        with self._database.write():
            changes = CountChanges()
            # First, as the worker's own turn locks it first: what a turn under way claims is
            # seen below, and a later one finds its lease lost.
            self._database.run(
                "UPDATE workers SET ended_at = COALESCE(ended_at, ?) WHERE id = ?", (at, worker)
            )
            self._lock_accounts_of(worker)
            returned = move_messages(
                self._database,
                changes,
                MessageState.CLAIMED,
                MessageState.WAITING,
                at=at,
                where="claimed_by = ?",
                params=(worker,),
                assign="claimed_by = NULL",
            )
            # Read before they move: the move writes another moment over it.
            begun = self._database.rows(
                "SELECT updated_at, contract_id, id FROM messages "
                "WHERE claimed_by = ? AND state = 4",
                (worker,),
            )
            doubtful = move_messages(
                self._database,
                changes,
                MessageState.SENDING,
                MessageState.IN_DOUBT,
                at=at,
                where="claimed_by = ?",
                params=(worker,),
                # Whose they were stays known: what it learns later counts (``turns/late.py``).
                assign="attempts = attempts + 1, error_text = ?",
                assign_params=(_INTERRUPTED,),
            )
            note_begun(self._database, begun)
            for message, contract in (row[:2] for row in doubtful):
                self._database.run(
                    "INSERT INTO events (at, kind, contract_id, message_id, text) "
                    "VALUES (?, 'in_doubt', ?, ?, ?)",
                    (at, contract, message, _INTERRUPTED),
                )
            contracts = changes.contracts
            changes.apply(self._database)
            forget(self._database, worker)
            if returned or doubtful:
                self._recount_in_flight(sorted(contracts))
        return len(doubtful)

    def _lock_accounts_of(self, worker: int) -> None:
        self._database.rows(
            "SELECT id FROM accounts WHERE id IN (SELECT c.account_id FROM contracts c "
            "JOIN messages m ON m.contract_id = c.id "
            "WHERE m.claimed_by = ? AND (m.state = 3 OR m.state = 4)) ORDER BY id"
            + self._database.for_change,
            (worker,),
        )

    def _recount_in_flight(self, contracts: list[int]) -> None:
        for number in contracts:
            self._database.run(
                "UPDATE accounts SET in_flight = (SELECT COALESCE(SUM(k.claimed + k.sending), 0) "
                "FROM counters k JOIN contracts c ON c.id = k.contract_id "
                "WHERE c.account_id = accounts.id) "
                "WHERE id = (SELECT account_id FROM contracts WHERE id = ?)",
                (number,),
            )


_INTERRUPTED = words(
    "The program ended while the message was on its way; whether it arrived is unknown."
)
