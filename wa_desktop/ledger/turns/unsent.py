"""Messages that were claimed and certainly not sent: the limits of recipients count them no more.

Else an hour without a network would use up a day's recipients, and a warm-up's day, with nothing
sent.
"""

from collections.abc import Sequence
from dataclasses import replace

from wa_desktop.hours.warm_up import day_of
from wa_desktop.ledger.persons import PERSON
from wa_desktop.ledger.reach import Reach
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.turns.limits import AccountLimits


def take_back(
    database: Database, limits: AccountLimits, messages: Sequence[int], at: int
) -> AccountLimits:
    """The account's limits without these messages. Holds its scope already."""
    if not messages or not limits.counts_recipients:
        return limits
    which, params = database.one_of("id", messages)
    rows = database.rows(f"SELECT id, {PERSON} FROM messages WHERE {which}", params)
    stamps = Reach(database, limits.reach_scope).take_back(dict(rows), at)
    if not limits.warm_up:
        return limits
    of_plan = [one.at for one in stamps if one.at >= limits.warm_up_from]
    days = [day_of(limits.warm_up_from, at) for at in of_plan]
    return replace(
        limits, warm_up_sent=max(0, limits.warm_up_sent - days.count(limits.warm_up_day or 0))
    )
