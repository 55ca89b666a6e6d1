"""What a worker that was taken for dead still learns of the messages it had on the wire.

Their rows are in doubt and keep the worker's number until they are sent again. A definite
answer settles such a row after all; its place in flight was given back when the worker was
buried.
"""

from collections.abc import Sequence

from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.moves import move_each
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.held import HeldNote, note_held
from wa_desktop.ledger.turns.settle import (
    Outcome,
    OutcomeKind,
    note_failures,
    note_minutes,
    note_next_due,
)
from wa_desktop.words import words

_TYPES = (
    *("bigint", "bigint", "text", "bigint"),
    *("integer", "integer", "text", "integer", "bigint", "integer"),
)
_OWN = "messages.claimed_by + 0 = v.column2"
_GOES_ON = (
    "EXISTS (SELECT 1 FROM contracts c WHERE c.id = messages.contract_id "
    "AND c.state IN ('scheduled', 'queued', 'preparing', 'running', 'paused'))"
)
_ASSIGN_SENT = (
    "provider_id = v.column3, sent_at = v.column4, claimed_by = NULL, "
    "attempts = CASE WHEN attempts = 0 THEN 1 ELSE attempts END, "
    "error_code = NULL, error_text = NULL, held_by = NULL"
)
_ASSIGN_HELD = f"{_ASSIGN_SENT}, held = TRUE"
_ASSIGN_NOT_SENT = (
    "attempts = attempts - 1 + v.column5, error_code = v.column6, error_text = v.column7, "
    "refusals = refusals + v.column8, due_at = COALESCE(v.column9, due_at), claimed_by = NULL, "
    "error_subcode = v.column10"
)
_M = MessageState
_ENDS = {
    OutcomeKind.SENT: tuple(
        (source, _M.SENT, _OWN) for source in (_M.IN_DOUBT, _M.WAITING, _M.DELAYED)
    ),
    OutcomeKind.FAILED: ((_M.IN_DOUBT, _M.FAILED, _OWN),),
    OutcomeKind.RETRY: (
        (_M.IN_DOUBT, _M.DELAYED, f"{_OWN} AND {_GOES_ON} AND v.column9 IS NOT NULL"),
        (_M.IN_DOUBT, _M.WAITING, f"{_OWN} AND {_GOES_ON}"),
        (_M.IN_DOUBT, _M.FAILED, _OWN),
    ),
}
_ENDS[OutcomeKind.HELD] = _ENDS[OutcomeKind.SENT]
_ENDS[OutcomeKind.RETURNED] = _ENDS[OutcomeKind.RETRY]


def settle_late(
    database: Database, changes: CountChanges, at: int, outcomes: Sequence[Outcome]
) -> list[HeldNote]:
    """Settle what is still in doubt by outcomes that came after their worker's burial.

    Sent is sent, also where the doubt was to be sent again and was not yet. Certainly not sent
    goes back to be sent, not before its time (a person who had too many messages must not get
    this one a day too soon), or has failed where its contract has ended. All else stays in
    doubt. Returns the contracts whose messages the provider holds back.
    """
    held: list[HeldNote] = []
    settled: dict[OutcomeKind, list[Outcome]] = {}
    for kind, ends in _ENDS.items():
        group = [one for one in outcomes if one.kind is kind]
        moved: dict[int, int] = {}
        for source, target, where in ends:
            assign = _ASSIGN_SENT if target is MessageState.SENT else _ASSIGN_NOT_SENT
            if kind is OutcomeKind.HELD:
                assign = _ASSIGN_HELD
            rows = [_row(one) for one in group]
            moved |= dict(
                move_each(
                    database,
                    changes,
                    source,
                    target,
                    rows,
                    _TYPES,
                    at=at,
                    assign=assign,
                    where=where,
                ).rows()
            )
        settled[kind] = [one for one in group if one.message_id in moved]
        if kind is OutcomeKind.HELD:
            held = note_held(database, changes, settled[kind], moved)
        _note(database, settled[kind], moved)
        note_next_due(database, settled[kind], moved)
        note_failures(database, settled[kind], moved)
    note_minutes(database, settled)
    return held


def _row(one: Outcome) -> tuple[object, ...]:
    spent = one.costs_attempt and one.kind is not OutcomeKind.RETURNED
    return (
        one.message_id,
        one.late_for,
        one.provider_id,
        one.at,
        int(spent) - one.forgiven,
        one.error_code,
        one.error_text,
        int(one.refused and not one.costs_attempt),
        one.due_at if one.kind is OutcomeKind.RETRY else None,
        one.error_subcode,
    )


def _note(database: Database, settled: Sequence[Outcome], contracts: dict[int, int]) -> None:
    """In the history: that the doubt is over, and how it ended."""
    for one in settled:
        database.run(
            "INSERT INTO events "
            "(at, kind, account_id, contract_id, message_id, code, text, subcode) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                one.at,
                one.kind.value,
                one.account_id,
                contracts[one.message_id],
                one.message_id,
                one.error_code,
                one.error_text or words("Known after all: the worker that had sent it went on."),
                one.error_subcode,
            ),
        )
