"""What a history's entries mean for doubts: something where only one reading is left."""

from collections.abc import Sequence

import pytest

from wa_desktop.clock import SECOND
from wa_desktop.delivery.history_match import Settled, settle_by_history
from wa_desktop.ledger.doubts import Doubt, Request
from wa_desktop.ledger.news import NewsKind
from wa_desktop.senders.message_history import Delivery, HistoryEntry

D = Delivery
ANNA, BORIS = "79990000001", "79990000002"
BEGUN, ENDED = 1_000 * SECOND, 1_030 * SECOND
DOUBT = Doubt(1, "c", "acc", ANNA, 1, ENDED)
REQUEST = Request(1, ANNA, BEGUN, ENDED)


def entry(
    name: str = "w1",
    phone: str | None = ANNA,
    at: int = BEGUN,
    events: dict[Delivery, int] | None = None,
) -> HistoryEntry:
    told = {Delivery.SENT: at} if events is None else events
    return HistoryEntry(name, phone, at, max(told.values(), default=at), told)


def settled(
    entries: Sequence[HistoryEntry],
    *,
    doubts: Sequence[Doubt] = (DOUBT,),
    requests: Sequence[Request] = (REQUEST,),
    known: frozenset[str] = frozenset(),
    seen_from: int = 0,
) -> list[Settled]:
    return settle_by_history(doubts, requests, entries, known, seen_from)


def test_the_only_entry_that_fits_the_only_doubt_settles_it() -> None:
    assert settled([entry()]) == [Settled(DOUBT, NewsKind.SENT, BEGUN, "w1")]


@pytest.mark.parametrize(
    ("at", "fits"),
    [
        (BEGUN - 11 * SECOND, False),
        (BEGUN - 10 * SECOND, True),
        (ENDED + 60 * SECOND, True),
        (ENDED + 61 * SECOND, False),
    ],
)
def test_an_entry_fits_from_a_little_before_the_request_to_a_minute_after(
    at: int, *, fits: bool
) -> None:
    assert bool(settled([entry(at=at)])) is fits


@pytest.mark.parametrize("phone", [None, BORIS, ANNA + "1", ANNA[:-1]])
def test_an_entry_of_another_or_of_an_unknown_recipient_settles_nothing(phone: str | None) -> None:
    assert settled([entry(phone=phone)]) == []


def test_an_id_that_the_ledger_knows_neither_settles_nor_stands_in_the_way() -> None:
    assert settled([entry()], known=frozenset({"w1"})) == []
    [found] = settled([entry("w1"), entry("w2")], known=frozenset({"w1"}))
    assert found.provider_id == "w2"


def test_of_two_entries_neither_settles_but_one_that_comes_twice_does() -> None:
    assert settled([entry("w1"), entry("w2")]) == []
    assert len(settled([entry("w1"), entry("w1")])) == 1


def test_an_entry_outside_the_doubts_time_does_not_stand_in_the_way() -> None:
    assert len(settled([entry("w1"), entry("w2", at=ENDED + 3_600 * SECOND)])) == 1


@pytest.mark.parametrize(
    ("other", "settles"),
    [
        (Request(2, ANNA, BEGUN, ENDED), False),
        (Request(2, ANNA, 0, ENDED), False),  # nobody knows when it began
        (Request(2, ANNA, BEGUN + SECOND, 2**62), False),  # on the wire now
        (Request(2, BORIS, BEGUN, ENDED), True),
        (Request(2, ANNA, ENDED + 3_600 * SECOND, ENDED + 3_601 * SECOND), True),
        (Request(1, ANNA, BEGUN - 50 * SECOND, BEGUN - 40 * SECOND), True),
    ],
)
def test_an_entry_that_fits_another_request_to_the_recipient_settles_nothing(
    other: Request, *, settles: bool
) -> None:
    assert bool(settled([entry()], requests=(other, REQUEST))) is settles


def test_two_recipients_doubts_are_settled_each_by_its_own() -> None:
    doubts = (DOUBT, Doubt(2, "c", "acc", BORIS, 1, ENDED))
    requests = (REQUEST, Request(2, BORIS, BEGUN, ENDED))
    found = settled([entry("w2", BORIS), entry("w1")], doubts=doubts, requests=requests)
    assert [(one.doubt.message_id, one.provider_id) for one in found] == [(1, "w1"), (2, "w2")]


@pytest.mark.parametrize("requests", [(), (Request(1, ANNA, 0, ENDED),)])
def test_a_doubt_whose_beginning_is_unknown_stays(requests: tuple[Request, ...]) -> None:
    assert settled([entry()], requests=requests) == []


def test_a_history_that_was_not_read_far_enough_back_settles_nothing() -> None:
    assert settled([entry()], seen_from=BEGUN - 9 * SECOND) == []
    assert len(settled([entry()], seen_from=BEGUN - 10 * SECOND)) == 1


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ({D.SENT: BEGUN, D.DELIVERED: BEGUN + 1, D.READ: BEGUN + 2}, NewsKind.READ),
        ({D.FAILED: BEGUN + 1, D.DELIVERED: BEGUN + 2}, NewsKind.DELIVERED),
        ({D.SENT: BEGUN, D.FAILED: BEGUN + 3}, NewsKind.FAILED),
    ],
)
def test_the_furthest_that_a_message_came_counts(
    events: dict[Delivery, int], kind: NewsKind
) -> None:
    [found] = settled([entry(events=events)])
    assert (found.kind, found.at) == (kind, max(events.values()))


def test_an_entry_that_does_not_say_how_far_it_came_settles_nothing() -> None:
    assert settled([entry(events={})]) == []
