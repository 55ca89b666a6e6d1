"""A ledger that lacks what it held before: found out, all sending barred, confirmed by a person.

While the row ``went_back`` is in the ledger, no worker is given a message (``switches.py``), so
whoever finds it out stops all of them in one commit.
"""

import json
import logging
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.clock import now
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.switches import WENT_BACK
from wa_desktop.ledger.turns.witness import Lost, Witness, forget_file
from wa_desktop.ledger.workers import Workers
from wa_desktop.words import words

log = logging.getLogger(__name__)

_CONFIRMED_AT = "went_back_confirmed_at"
_M = MessageState
_UNKNOWN = words(
    "The database went back to a state before the message was sent; whether it arrived is unknown."
)
_SLICE = 1_000
_STEPS = (
    (_M.DELAYED, _M.WAITING),
    (_M.WAITING, _M.SENDING),
    (_M.CLAIMED, _M.SENDING),
)


@dataclass(frozen=True, slots=True)
class WentBack:
    """That the ledger went back. ``since``: when it was found out; ``host``: by a worker there;
    ``seconds``: how much was lost of that worker's turns, at least."""

    since: int
    host: str
    seconds: float

    @property
    def said(self) -> str:
        """What happened, to what, and what to do."""
        return words(
            "The database lacks its last changes (about {seconds} s), as after a failover to a "
            "standby that was behind. Nothing is sent, because messages that went out could be "
            "sent again. Start every worker that ran before, so that it reports what it sent; "
            "check what was changed last (campaigns, opt-outs); then confirm: "
            "`wa-desktop confirm-ledger`, or the button in the window.",
            seconds=f"{self.seconds:.1f}",
        )


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person confirmed; ``in_doubt``: how many messages are in doubt in the ledger."""

    found: WentBack
    in_doubt: int


class Confirmation:
    """Bars and confirms a ledger that went back. Safe from any thread."""

    def __init__(self, database: Database, workers: Workers, witness: Witness) -> None:
        self._database = database
        self._workers = workers
        self._witness = witness

    def pending(self) -> WentBack | None:
        """That the ledger went back and nobody confirmed it yet."""
        with self._database.read():
            value = self._database.scalar(
                "SELECT value FROM ledger_info WHERE name = ?", (WENT_BACK,)
            )
        if value is None:
            return None
        kept = json.loads(value)
        return WentBack(kept["since"], kept["host"], kept["seconds"])

    def confirm(self) -> Confirmed | None:
        """Let all workers go on; ``None`` where there is nothing to confirm."""
        found = self.pending()
        if found is None:
            return None
        with self._database.write():
            self._database.run("DELETE FROM ledger_info WHERE name = ?", (WENT_BACK,))
            self._database.run(
                "INSERT INTO ledger_info (name, value) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (_CONFIRMED_AT, str(now())),
            )
            self._database.run(
                "INSERT INTO events (at, kind) VALUES (?, ?)", (now(), "ledger_confirmed")
            )
            doubtful = self._database.scalar("SELECT SUM(in_doubt) FROM counters")
        return Confirmed(found, int(doubtful or 0))

    def bar(self, lost: Lost) -> None:
        """Bar all sending, and put in doubt what the worker sent and the ledger does not know of.

        Its late answers still settle these messages (``turns/late.py``). Doing it twice does no
        harm.
        """
        at = now()
        value = {"since": at, "host": socket.gethostname(), "seconds": lost.seconds}
        with self._database.write():
            self._database.rows("SELECT id FROM accounts ORDER BY id" + self._database.for_change)
            if lost.until > self._confirmed_at():
                self._bar(at, json.dumps(value))
            # Before the rest: what stands there as claimed may have been begun since.
            doubtful = self._workers.bury(lost.worker)
            for first in range(0, len(lost.messages), _SLICE):
                doubtful += self._doubt(lost.worker, lost.messages[first : first + _SLICE], at)
            if doubtful:
                self._recount_in_flight()
        log.warning(
            "the ledger lacks the last %d turns of worker %d (%.1f s): %d messages are in doubt",
            lost.turns,
            lost.worker,
            lost.seconds,
            doubtful,
        )

    def _bar(self, at: int, value: str) -> None:
        changed = self._database.touched(
            "INSERT INTO ledger_info (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            (WENT_BACK, value),
        )
        if changed:
            self._database.run(
                "INSERT INTO events (at, kind) VALUES (?, ?)", (at, "ledger_went_back")
            )

    def _confirmed_at(self) -> int:
        """What was lost before this moment was confirmed: a worker that reports later adds its
        doubts and bars nothing."""
        return int(
            self._database.scalar("SELECT value FROM ledger_info WHERE name = ?", (_CONFIRMED_AT,))
            or 0
        )

    def look_at_earlier(self, folder: Path) -> None:
        """Keep the turns in this folder from now on, and see whether the ledger holds those that
        earlier programs left there."""
        with self._database.read():
            uid = str(
                self._database.scalar("SELECT value FROM ledger_info WHERE name = ?", ("uid",))
            )
        self._witness.keep_in(folder, uid)
        for path, memory in self._witness.earlier():
            with self._database.read():
                row = self._database.row(
                    "SELECT last_seen, ended_at FROM workers WHERE id = ?", (memory.worker,)
                )
            lost = memory.lost(None if row is None else int(row[0]))
            if lost is not None:
                self.bar(lost)
            if lost is not None or (row is not None and row[1] is not None):
                with suppress(OSError):
                    forget_file(path)

    def _doubt(self, worker: int, messages: tuple[int, ...], at: int) -> int:
        which, params = self._database.one_of("id", sorted(set(messages)))
        changes = CountChanges()
        for source, target in _STEPS:
            move_messages(
                self._database,
                changes,
                source,
                target,
                at=at,
                where=which,
                params=params,
                by_id=True,
            )
        moved = move_messages(
            self._database,
            changes,
            _M.SENDING,
            _M.IN_DOUBT,
            at=at,
            where=which,
            params=params,
            assign="claimed_by = ?, attempts = attempts + 1, error_text = ?",
            assign_params=(worker, _UNKNOWN),
            by_id=True,
        )
        for message, contract in moved:
            self._database.run(
                "INSERT INTO events (at, kind, contract_id, message_id, text) "
                "VALUES (?, 'in_doubt', ?, ?, ?)",
                (at, contract, message, _UNKNOWN),
            )
        contracts = sorted(changes.contracts)
        changes.apply(self._database)
        if contracts:
            # A policy that sends doubts again knows nothing of what was lost.
            chosen, numbers = self._database.one_of("id", contracts)
            self._database.run(
                f"UPDATE contracts SET doubt_policy = 'leave' WHERE {chosen}", numbers
            )
        return len(moved)

    def _recount_in_flight(self) -> None:
        self._database.run(
            "UPDATE accounts SET in_flight = (SELECT COALESCE(SUM(k.claimed + k.sending), 0) "
            "FROM counters k JOIN contracts c ON c.id = k.contract_id "
            "WHERE c.account_id = accounts.id)"
        )
