"""The contracts of an account that may give out messages, as a claim sees them."""

import json
from dataclasses import dataclass
from typing import Any

from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.records import Hold, Limit
from wa_desktop.ledger.sql.asked import Asked
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.suppressions import FOUND
from wa_desktop.ledger.switches import MESSAGES_PAUSED
from wa_desktop.ledger.turns.gates import PAIR_MEMORY, Night


@dataclass(slots=True)
class Candidate:
    """A contract that may give out messages. ``unseen``: there are suppressions that its rows
    were not compared with."""

    number: int
    priority: int
    turn: int
    own_contents: bool
    revision: int
    waiting: int
    next_due_at: int | None
    night: Night | None
    held: Hold | None
    unseen: bool
    hold_now: Hold | None = None


def ask_candidates(database: Database, account_id: str, at: int) -> Asked:
    """Ask for the account's contracts that may give out messages, or that the pair rate asks
    about: those that gave some out lately, or have some that wait to be tried again.

    None while the queue of messages is paused: that is asked again here, where the account is
    held, since a pause may have been committed while the turn waited for the account. Only once
    nothing of the transaction before it changes contracts any more.
    """
    lately = at - PAIR_MEMORY
    return database.ask(
        "SELECT c.state IN ('preparing', 'running') "
        "AND (c.expires_at IS NULL OR c.expires_at > ?), c.turn > ? OR k.delayed > 0, "
        "c.id, c.priority, c.turn, c.own_contents, c.revision, k.waiting, "
        "c.next_due_at, c.quiet_hours, c.zone, c.held_by, c.held_until, "
        f"COALESCE(c.suppressions_seen, 0) < {FOUND} FROM contracts c "
        "JOIN counters k ON k.contract_id = c.id "
        f"WHERE NOT {MESSAGES_PAUSED} AND ("
        "(c.account_id = ? AND c.state IN ('preparing', 'running')) "
        "OR (c.account_id = ? AND c.state = 'paused' AND k.delayed > 0) "
        "OR (c.account_id = ? AND c.turn > ?)) ORDER BY c.turn, c.id",
        (at, lately, account_id, account_id, account_id, lately),
    )


def candidate_from(row: tuple[Any, ...]) -> Candidate:
    """A candidate from a row of the answer, without its first two columns."""
    number, priority, turn, own, revision, waiting, due, quiet, zone = row[:9]
    held_by, held_until, unseen = row[9:]
    night = _night(QuietHours.from_json(json.loads(quiet)), zone) if quiet else None
    held = Hold(Limit(held_by), held_until) if held_by else None
    return Candidate(
        number, priority, turn, bool(own), revision, waiting, due, night, held, bool(unseen)
    )


def _night(hours: QuietHours, zone: str | None) -> Night:
    return Night(hours, hours.zone or zone or "UTC")
