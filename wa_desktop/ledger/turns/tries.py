"""Refusals that are about a person end a message whose person may not be tried again."""

from collections.abc import Sequence
from dataclasses import replace

from wa_desktop.error_table import counted_per_person
from wa_desktop.ledger.person_tries import note_tries
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind

_REFUSED = (OutcomeKind.RETRY, OutcomeKind.FAILED)
_OPEN = (MessageState.SENDING, MessageState.IN_DOUBT)


def with_tries_counted(
    database: Database, worker: int, outcomes: Sequence[Outcome]
) -> Sequence[Outcome]:
    """The outcomes, those failed whose person may not be tried again.

    Inside the transaction that settles them, which holds their accounts. Outcomes without such a
    code cost one look at it. One that was settled before (the answer was lost) counts once.
    """
    codes = counted_per_person()
    about = [one for one in outcomes if one.error_code in codes and one.kind in _REFUSED]
    if about:
        about = _unsettled(database, worker, about)
    if not about:
        return outcomes
    spent = note_tries(database, ((one.message_id, one.error_code or 0, one.at) for one in about))
    return [
        replace(one, kind=OutcomeKind.FAILED, due_at=None)
        if one.message_id in spent and one.kind is OutcomeKind.RETRY
        else one
        for one in outcomes
    ]


def _unsettled(database: Database, worker: int, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Those whose message still waits for this outcome."""
    which, params = database.one_of("id", [one.message_id for one in outcomes])
    rows = database.rows(f"SELECT id, state, claimed_by FROM messages WHERE {which}", params)
    holders = {row[0]: row[2] for row in rows if row[1] in _OPEN}
    return [one for one in outcomes if holders.get(one.message_id) == (one.late_for or worker)]
