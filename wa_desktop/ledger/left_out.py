"""Leaving recipients out: their messages are skipped, each with its reason and its history."""

from collections.abc import Sequence
from typing import Protocol

from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.moves import move_each
from wa_desktop.ledger.persons import PERSON
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.walks import Marks, walk
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


def leave_out_drafts(database: Database, marks: Marks, number: int, at: int, most: int) -> int:
    """Of a contract's next slice of drafts, skip those whose recipient is suppressed when they
    are due; returns how many."""
    if not database.scalar("SELECT EXISTS (SELECT 1 FROM suppressions)"):
        return 0
    [(account, portfolio)] = database.rows(
        "SELECT a.id, a.portfolio_id FROM contracts c JOIN accounts a ON a.id = c.account_id "
        "WHERE c.id = ?",
        (number,),
    )
    draft = MessageState.DRAFT
    behind, params, order = walk(number, draft, after=marks.after(number, draft))
    rows = database.rows(
        f"SELECT id, {PERSON}, due_at FROM messages WHERE {behind} ORDER BY {order} LIMIT ?",
        [*params, most],
    )
    known = KnownSuppressions(database, account, portfolio).of([row[1] for row in rows], at)
    found = [
        (message, known[person])
        for message, person, due in rows
        if person in known and known[person].holds(max(at, due or at))
    ]
    changes = CountChanges()
    moved = leave_out(database, changes, draft, found, at)
    changes.apply(database)
    if moved == most:
        marks.reach(rows[-1][0], number, draft)
    return moved
