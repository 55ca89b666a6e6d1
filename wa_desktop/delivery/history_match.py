"""Which doubts the provider's message history settles: those where it can mean nothing else.

An entry names a recipient and a time, not our message. So it settles a doubt only if it was
sent to exactly that recipient, first seen while that request was under way (or soon after),
carries an id that no message of the ledger has, fits no other request whose fate is unknown,
and is the only one that fits this doubt. Anything less leaves the doubt as it is.

That no entry fits proves nothing: a history may be late, or kept in part. It never means "not
sent", and never leads to sending again.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wa_desktop.clock import SECOND
from wa_desktop.ledger.doubts import Doubt, Request
from wa_desktop.ledger.news import NewsKind
from wa_desktop.senders.message_history import Delivery, HistoryEntry

TOLERANCE = 10 * SECOND
"""How far the provider's clock, which tells whole seconds, and ours may differ."""

_LATE = 60 * SECOND
"""How long after we gave a request up the provider may still have begun with it."""

_TELLING = (
    (Delivery.READ, NewsKind.READ),
    (Delivery.DELIVERED, NewsKind.DELIVERED),
    (Delivery.FAILED, NewsKind.FAILED),
    (Delivery.SENT, NewsKind.SENT),
)
"""The furthest first; what arrived on one device has arrived, though it failed on another."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A doubt and what became of its message."""

    doubt: Doubt
    kind: NewsKind
    at: int
    provider_id: str


def last_requests(doubts: Collection[Doubt], requests: Collection[Request]) -> dict[int, Request]:
    """By message, the request that its doubt is about, where it is known when that began."""
    ours = {one.message_id for one in doubts}
    last = {one.message_id: one for one in requests if one.message_id in ours}
    return {message: one for message, one in last.items() if one.begun > 0}


def could_be(entry: HistoryEntry, request: Request) -> bool:
    """Whether an entry may be of that request."""
    in_time = request.begun - TOLERANCE <= entry.first_at <= request.ended + _LATE
    return entry.phone == request.person and in_time


def settle_by_history(
    doubts: Sequence[Doubt],
    requests: Sequence[Request],
    entries: Sequence[HistoryEntry],
    known: Collection[str],
    seen_from: int,
) -> list[Settled]:
    """What the history settles. ``requests``: all whose fate is unknown, to the recipients of
    the doubts; ``entries``: with persons' keys as phones; ``known``: ids that messages of the
    ledger have; ``seen_from``: from when on the history was read in full, without which nothing
    shows that an entry is the only one."""
    asked = last_requests(doubts, requests)
    by_person: dict[str | None, list[HistoryEntry]] = defaultdict(list)
    for entry in {one.provider_id: one for one in entries}.values():
        if entry.provider_id not in known:
            by_person[entry.phone].append(entry)
    settled = []
    for doubt in doubts:
        request = asked.get(doubt.message_id)
        if request is None or request.begun - TOLERANCE < seen_from:
            continue
        fitting = [one for one in by_person[doubt.person] if could_be(one, request)]
        if len(fitting) == 1 and not _is_contested(fitting[0], request, requests):
            found = _telling(doubt, fitting[0])
            if found is not None:
                settled.append(found)
    return settled


def _is_contested(entry: HistoryEntry, request: Request, requests: Sequence[Request]) -> bool:
    return any(
        one.message_id != request.message_id and could_be(entry, one)
        for one in requests
        if one.person == request.person
    )


def _telling(doubt: Doubt, entry: HistoryEntry) -> Settled | None:
    for delivery, kind in _TELLING:
        if delivery in entry.events:
            return Settled(doubt, kind, entry.events[delivery], entry.provider_id)
    return None
