"""Leaving recipients out: their messages are skipped, each with its reason and its history."""

from collections.abc import Sequence
from typing import Protocol

from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.moves import move_each
from wa_desktop.ledger.persons import PERSON
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.suppressions import KnownSuppressions
from wa_desktop.words import Words


class Reason(Protocol):
    """Why a recipient is left out: the provider's code, if one said so, and plain words."""

    @property
    def code(self) -> int | None:
        """``None``: no answer of the provider."""
        ...

    @property
    def reason(self) -> Words:
        """In plain words."""
        ...


def leave_out(
    database: Database,
    changes: CountChanges,
    source: MessageState,
    found: Sequence[tuple[int, Reason]],
    at: int,
) -> int:
    """Skip the messages of these ids, which stand in that state; returns how many."""
    if not found:
        return 0
    reasons = dict(found)
    moved = move_each(
        database,
        changes,
        source,
        MessageState.SKIPPED,
        [(message, one.code, one.reason) for message, one in found],
        ("bigint", "integer", "text"),
        at=at,
        assign="error_code = v.column2, error_text = v.column3, held_by = NULL",
        where="TRUE",
    ).rows()
    if moved:
        table, params = database.table(
            ("bigint", "bigint", "integer", "text"),
            [
                (contract, message, reasons[message].code, reasons[message].reason)
                for message, contract in moved
            ],
        )
        database.run(
            "INSERT INTO events (at, kind, contract_id, message_id, code, text) "
            "SELECT CAST(? AS bigint), 'skipped', v.column1, v.column2, v.column3, v.column4 "
            f"FROM {table}",
            [at, *params],
        )
    return len(moved)


def leave_out_drafts(
    database: Database, changes: CountChanges, number: int, ids: Sequence[int], at: int
) -> frozenset[int]:
    """Of these drafts of a contract, skip those whose recipient is suppressed when they are due;
    returns their ids."""
    if not database.scalar("SELECT EXISTS (SELECT 1 FROM suppressions)"):
        return frozenset()
    [(account, portfolio)] = database.rows(
        "SELECT a.id, a.portfolio_id FROM contracts c JOIN accounts a ON a.id = c.account_id "
        "WHERE c.id = ?",
        (number,),
    )
    which, params = database.one_of("id", ids)
    rows = database.rows(f"SELECT id, {PERSON}, due_at FROM messages WHERE {which}", params)
    known = KnownSuppressions(database, account, portfolio).of([row[1] for row in rows], at)
    found = [
        (message, known[person])
        for message, person, due in rows
        if person in known and known[person].holds(max(at, due or at))
    ]
    leave_out(database, changes, MessageState.DRAFT, found, at)
    return frozenset(message for message, _ in found)
