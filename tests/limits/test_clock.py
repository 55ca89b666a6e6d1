"""The clock is set by a day: no limit is exceeded, and nothing waits for a day because of it."""

from itertools import pairwise

import pytest

from tests.limits.desk import DAY, HOUR, Desk, phones
from wa_desktop.clock import SECOND
from wa_desktop.ledger.records import Account, RateLimit
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.cycle import RESERVE_AHEAD
from wa_desktop.ledger.turns.limits import Throttle
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import Turn, Want

TEN_A_SECOND = RateLimit(10, 1_000)
ONE_A_MINUTE = RateLimit(1, 60_000)


def _claimed_by(desk: Desk, account: Account, seconds: int) -> list[Granted]:
    """What an engine that asks ten times a second is granted in that time."""
    granted: list[Granted] = []
    for _ in range(seconds * 10):
        granted.extend(desk.turn(account, free=50).granted)
        desk.at += SECOND // 10
    return granted


def test_sending_goes_on_at_its_rate_after_the_clock_was_set_back(desk: Desk) -> None:
    account = desk.account(rate_limit=TEN_A_SECOND)
    desk.running(account, phones(300))
    _claimed_by(desk, account, 2)
    desk.at -= DAY
    granted = _claimed_by(desk, account, 5)
    assert 48 <= len(granted) <= 51
    gaps = [b.slot_at - a.slot_at for a, b in pairwise(granted)]
    assert set(gaps) == {TEN_A_SECOND.interval}


@pytest.mark.parametrize("step", [-DAY, DAY, -10 * SECOND, 10 * SECOND])
@pytest.mark.parametrize("times", [1, 2])
def test_an_engine_that_saw_the_clock_being_set_waits_one_interval(
    desk: Desk, step: int, times: int
) -> None:
    account = desk.account(rate_limit=ONE_A_MINUTE)
    desk.running(account, phones(10))
    assert len(desk.turn(account).granted) == 1
    desk.at += step
    for _ in range(times):  # as often as there are workers
        want = Want(account.id, 5, clock_set=True)
        assert not desk.ledger.cycle.run(Turn(desk.worker, desk.at, wants=[want])).granted
    first = desk.at + RESERVE_AHEAD + round(ONE_A_MINUTE.interval)
    desk.at = first - RESERVE_AHEAD
    [granted] = desk.turn(account).granted
    assert granted.slot_at == first


def test_clocks_of_two_machines_that_differ_by_seconds_share_one_limit(desk: Desk) -> None:
    account = desk.account(rate_limit=TEN_A_SECOND)
    desk.running(account, phones(300))
    granted = 0
    for tick in range(100):
        desk.at += SECOND // 10
        behind = -30 * SECOND if tick % 2 else 0
        desk.at += behind
        granted += len(desk.turn(account).granted)
        desk.at -= behind
    assert granted <= 10 * 10 + 2


def test_clocks_of_two_machines_that_differ_by_seconds_share_one_wait_and_one_climb(
    desk: Desk,
) -> None:
    account = desk.account(rate_limit=TEN_A_SECOND)
    desk.running(account, phones(300))
    desk.turn(account, free=0, throttles=[Throttle(account.id, 20 * SECOND, 10.0)])
    granted = []
    for tick in range(240):
        behind = -30 * SECOND if tick % 2 else 0
        desk.at += SECOND // 10 + behind
        granted.append(len(desk.turn(account).granted))
        desk.at -= behind
    assert not any(granted[:198])
    assert 0 < sum(granted) <= 5 * 4 + 2


def test_a_throttle_lasts_as_long_as_it_was_asked_for(desk: Desk) -> None:
    account = desk.account(rate_limit=TEN_A_SECOND)
    desk.running(account, phones(100))
    desk.turn(account, free=0, throttles=[Throttle(account.id, 60 * SECOND, 10.0)])
    desk.at -= DAY
    assert not desk.turn(account).granted
    desk.at += 59 * SECOND
    assert not desk.turn(account).granted
    desk.at += SECOND
    assert desk.turn(account).granted


@pytest.mark.parametrize(("step", "waits"), [(DAY, 2 * DAY), (400 * DAY, DAY)])
def test_a_daily_limit_lasts_no_longer_than_two_days_however_far_the_clock_was_set_back(
    desk: Desk, step: int, waits: int
) -> None:
    account = desk.account(daily_limit=5)
    desk.running(account, phones(20))
    assert len(desk.send(account)) == 5
    desk.at -= step
    assert desk.send(account) == []
    desk.at += waits - SECOND
    assert desk.send(account) == []
    desk.at += SECOND
    assert len(desk.send(account)) == 5


def test_a_clock_set_back_and_forward_again_gives_no_day_twice(desk: Desk) -> None:
    account = desk.account(daily_limit=5)
    desk.running(account, phones(20))
    assert len(desk.send(account)) == 5
    for step in (-DAY, DAY):
        desk.at += step
        assert desk.send(account) == []


def test_a_day_of_a_warm_up_is_not_given_twice(desk: Desk) -> None:
    account = desk.account(warm_up=(3, 5), warm_up_from=desk.at)
    desk.running(account, phones(30))
    desk.send(account)
    desk.at += DAY
    assert len(desk.send(account)) == 5
    desk.at -= DAY - HOUR
    assert desk.send(account) == []
    desk.at += DAY
    assert desk.send(account) == []


def test_contracts_still_take_turns_after_the_clock_was_set_back(desk: Desk) -> None:
    account = desk.account()
    contracts = [desk.running(account, phones(50, start=100 * number)) for number in range(3)]
    for _ in range(3):
        desk.send(account, free=1)
        desk.at += SECOND
    desk.at -= DAY
    for _ in range(9):
        desk.send(account, free=1)
        desk.at += SECOND
    assert min(desk.get(one).counts.completed for one in contracts) >= 3


def test_a_message_to_be_tried_again_waits_as_long_as_it_was_to(desk: Desk) -> None:
    account = desk.account()
    contract = desk.running(account, phones(1))
    [granted] = desk.turn(account).granted
    retry = Outcome(
        granted.message_id,
        account.id,
        OutcomeKind.RETRY,
        desk.at,
        error_text="no connection",
        due_at=desk.at + 30 * SECOND,
    )
    desk.ledger.cycle.run(Turn(desk.worker, desk.at, outcomes=[retry]))
    desk.at -= DAY
    assert desk.ledger.work.keep_waits(desk.at) == 1
    assert desk.ledger.work.keep_waits(desk.at) == 0
    desk.at += 29 * SECOND
    assert not desk.turn(account).granted
    desk.at += SECOND
    assert len(desk.turn(account).granted) == 1
    assert desk.get(contract).counts.active == 1


def test_a_time_that_somebody_chose_stays(desk: Desk) -> None:
    account = desk.account()
    desk.running(account, phones(1))
    [granted] = desk.turn(account).granted
    chosen = Outcome(
        granted.message_id, account.id, OutcomeKind.RETRY, desk.at, due_at=desk.at + HOUR
    )
    desk.ledger.cycle.run(Turn(desk.worker, desk.at, outcomes=[chosen]))
    assert desk.ledger.work.keep_waits(desk.at - DAY) == 0
    message = desk.ledger.messages.history(granted.message_id).message
    assert (message.state, message.due_at) == (MessageState.DELAYED, chosen.due_at)
