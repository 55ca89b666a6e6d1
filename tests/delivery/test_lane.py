"""When an engine asks for an account's messages again."""

import pytest

from wa_desktop.clock import SECOND
from wa_desktop.delivery.lane import Lane, open_lane
from wa_desktop.ledger.accounts import SendingAccount
from wa_desktop.ledger.records import NO_SECRETS, Account, AccountKind, AccountState
from wa_desktop.ledger.turns.turn import AccountOutlook

AT = 1_000 * SECOND


@pytest.fixture
def lane() -> Lane:
    account = Account("acc", "acc", AccountKind.SANDBOX, concurrency=2)
    return open_lane(SendingAccount(account, NO_SECRETS))


def outlook(next_try_at: int | None, *, crowded: bool = False) -> AccountOutlook:
    return AccountOutlook("acc", 0, next_try_at, crowded)


def test_a_new_lane_asks_at_once(lane: Lane) -> None:
    assert lane.asks_at() == 0


def test_a_full_lane_asks_only_when_a_place_is_free(lane: Lane) -> None:
    lane.in_flight.update({1, 2})
    assert lane.asks_at() is None
    lane.freed(1)
    assert lane.asks_at() == 0


def test_a_lane_asks_when_the_ledger_says_something_may_be_due(lane: Lane) -> None:
    lane.learn(outlook(AT), AT)
    assert lane.asks_at() == AT
    lane.learn(outlook(None), AT)
    assert lane.asks_at() is None
    lane.ring()
    assert lane.asks_at() == 0


def test_a_ring_during_a_turn_is_not_forgotten_over_what_the_turn_saw(lane: Lane) -> None:
    lane.ring()
    lane.learn(outlook(None), AT)
    assert lane.asks_at() == 0


def test_a_lane_whose_account_others_fill_asks_a_little_later(lane: Lane) -> None:
    lane.learn(outlook(AT, crowded=True), AT)
    assert AT < (lane.asks_at() or 0) < AT + SECOND
    lane.freed(1)
    assert lane.asks_at() == AT


def test_a_lane_asks_a_little_after_a_connection_was_cut(lane: Lane) -> None:
    lane.cut(AT)
    assert AT < (lane.asks_at() or 0) < AT + SECOND
    lane.hold(AT, 0)
    assert lane.network_failures == 1


def test_a_stopped_account_is_not_woken_by_a_ring() -> None:
    account = Account("acc", "acc", AccountKind.SANDBOX, state=AccountState.STOPPED)
    lane = open_lane(SendingAccount(account, NO_SECRETS))
    lane.ring()
    assert lane.asks_at() is None


def test_requests_that_fail_together_count_as_one_failure_of_the_network(lane: Lane) -> None:
    for _ in range(50):
        lane.hold(AT, 1.0)
    assert lane.network_failures == 1
    assert lane.asks_at() == AT + SECOND
    lane.hold(AT + 2 * SECOND, 1.0)
    assert lane.network_failures == 2


def test_a_shorter_hold_does_not_end_a_longer_one(lane: Lane) -> None:
    lane.hold(AT, 5.0)
    lane.hold(AT, 1.0)
    assert lane.asks_at() == AT + 5 * SECOND


def test_throttles_in_a_row_are_counted_and_end_with_another_answer(lane: Lane) -> None:
    for _ in range(50):
        assert lane.throttles_at(AT) == 1
        lane.note_throttle(AT, SECOND)
    lane.reached(AT)  # it was on its way before
    assert lane.throttles_at(AT + SECOND) == 2
    lane.note_throttle(AT + SECOND, SECOND)
    lane.reached(AT + 2 * SECOND, throttled=True)
    assert lane.throttles_at(AT + 2 * SECOND) == 3
    lane.reached(AT + 2 * SECOND)
    assert lane.throttles_at(AT + 2 * SECOND) == 1


def test_an_edited_account_is_taken_up_with_a_sender_of_its_own(lane: Lane) -> None:
    before = lane.sender
    edited = Account("acc", "acc", AccountKind.SANDBOX, concurrency=9, state=AccountState.STOPPED)
    assert lane.take_up(SendingAccount(edited, NO_SECRETS)) is before
    assert (lane.free, lane.sender is before, lane.asks_at()) == (9, False, None)
