"""Refusals that are about a person end a message whose person may not be tried again."""

from collections.abc import Sequence
from dataclasses import replace

from wa_desktop.error_table import counted_per_person
from wa_desktop.ledger.person_tries import note_tries
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind

_REFUSED = (OutcomeKind.RETRY, OutcomeKind.FAILED)


def with_tries_counted(database: Database, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
    """The outcomes, those failed whose person may not be tried again.

    Inside the transaction that settles them, which holds their accounts. Outcomes without such a
    code cost one look at it.
    """
    codes = counted_per_person()
    about = [one for one in outcomes if one.error_code in codes and one.kind in _REFUSED]
    if not about:
        return outcomes
    spent = note_tries(database, ((one.message_id, one.error_code or 0, one.at) for one in about))
    return [
        replace(one, kind=OutcomeKind.FAILED, due_at=None)
        if one.message_id in spent and one.kind is OutcomeKind.RETRY
        else one
        for one in outcomes
    ]
