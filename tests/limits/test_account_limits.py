"""Limits of the account: warm-up, pace after throttling, fairness among contracts."""

from dataclasses import replace

import pytest

from tests.limits.desk import DAY, HOUR, Desk, phones
from wa_desktop.clock import SECOND
from wa_desktop.ledger.records import Account, Hold, Limit, RateLimit
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.limits import Throttle
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.pacing import CLIMB_EVERY, distance

TEN_A_SECOND = RateLimit(10, 1_000)
ONE_A_MINUTE = RateLimit(1, 60_000)


def test_a_warm_up_caps_each_day(desk: Desk) -> None:
    account = desk.account(warm_up=(3, 5), warm_up_from=desk.at)
    contract = desk.running(account, phones(30))
    assert len(desk.send(account)) == 3
    assert desk.get(contract).held == Hold(Limit.WARM_UP, desk.at + DAY)
    desk.at += DAY
    assert len(desk.send(account)) == 5
    desk.at += DAY
    assert len(desk.send(account)) == 22


def test_what_was_not_sent_uses_up_no_day_of_a_warm_up(desk: Desk) -> None:
    account = desk.account(warm_up=(10, 20), warm_up_from=desk.at)
    began = desk.at
    desk.running(account, phones(60))
    desk.send(account, free=4)
    for _ in range(40):  # no network: one message at a time tries the way
        assert desk.claim_unsent(account, free=1)
    assert len(desk.send(account)) == 6
    desk.at = began + DAY - SECOND // 2
    assert desk.send(account) == []


def test_what_yesterday_did_not_send_is_not_given_to_today_of_a_warm_up(desk: Desk) -> None:
    account = desk.account(warm_up=(10, 20), warm_up_from=desk.at)
    desk.running(account, phones(60))
    yesterday = desk.turn(account).granted
    desk.at += DAY
    assert len(desk.send(account)) == 20
    outcomes = [
        Outcome(one.message_id, account.id, OutcomeKind.RETURNED, desk.at, costs_attempt=False)
        for one in yesterday
    ]
    desk.turn(account, free=0, outcomes=outcomes)
    assert desk.send(account) == []


def test_what_was_claimed_before_a_warm_up_is_not_given_back_to_it(desk: Desk) -> None:
    account = desk.account(daily_limit=100)
    desk.running(account, phones(60))
    before = desk.turn(account, free=3).granted
    desk.at += SECOND
    desk.ledger.accounts.change(replace(account, warm_up=(2, 20), warm_up_from=desk.at))
    outcomes = [
        Outcome(one.message_id, account.id, OutcomeKind.RETURNED, desk.at, costs_attempt=False)
        for one in before
    ]
    assert len(desk.send(account)) == 2
    desk.turn(account, free=0, outcomes=outcomes)
    assert desk.send(account) == []


@pytest.mark.parametrize("days", [0, 1, 30])
def test_a_new_warm_up_begins_with_its_own_first_day(desk: Desk, days: int) -> None:
    account = desk.account(warm_up=(3, 5), warm_up_from=desk.at)
    desk.running(account, phones(300))
    for _ in range(days + 1):
        desk.send(account, free=5)
        desk.at += DAY
    again = replace(account, warm_up=(2, 50), warm_up_from=desk.at)
    desk.ledger.accounts.change(again)
    assert len(desk.send(account)) == 2
    desk.ledger.accounts.change(replace(again, warm_up=(4, 50)))
    assert len(desk.send(account)) == 2


def test_throttling_halves_the_pace_and_holds_the_account(desk: Desk) -> None:
    account = desk.account(rate_limit=TEN_A_SECOND)
    contract = desk.running(account, phones(100))
    desk.turn(account, throttles=[Throttle(account.id, 2 * SECOND, 10.0)])
    stored = desk.ledger.accounts.get(account.id)
    assert stored.pace == 5
    assert desk.get(contract).held == Hold(Limit.THROTTLED, desk.at + 2 * SECOND)
    desk.at += 2 * SECOND
    assert _interval(desk, account) == distance(5)


def test_the_pace_climbs_back_to_the_limit(desk: Desk) -> None:
    account = desk.account(rate_limit=TEN_A_SECOND)
    desk.running(account, phones(100))
    desk.turn(account, free=0, throttles=[Throttle(account.id, SECOND, 10.0)])
    for _ in range(12):
        desk.at += 6 * SECOND
        desk.send(account)
    assert desk.ledger.accounts.get(account.id).pace is None
    desk.at += SECOND
    assert _interval(desk, account) == distance(10)


def test_a_pace_that_climbs_brings_the_next_slot_nearer(desk: Desk) -> None:
    account = desk.account(rate_limit=TEN_A_SECOND)
    desk.running(account, phones(100))
    for _ in range(6):  # down to a quarter
        desk.turn(account, free=0, throttles=[Throttle(account.id, SECOND, 10.0)])
        desk.at += SECOND
    [last] = desk.turn(account, free=5).granted
    desk.at += 5 * SECOND
    desk.turn(account, free=0)
    assert desk.ledger.accounts.get(account.id).pace == 3.5
    [first] = desk.turn(account, free=5).granted
    assert distance(3.5) <= first.slot_at - last.slot_at <= 5 * SECOND
    assert abs(_interval(desk, account) - distance(3.5)) <= 1


def test_the_pace_does_not_climb_while_the_account_waits(desk: Desk) -> None:
    account = desk.account(rate_limit=TEN_A_SECOND)
    desk.running(account, phones(100))
    desk.turn(account, free=0, throttles=[Throttle(account.id, 60 * SECOND, 10.0)])
    for _ in range(10):
        desk.at += 6 * SECOND
        desk.turn(account, free=0)
    assert _interval(desk, account) == distance(5)
    desk.at += CLIMB_EVERY
    assert _interval(desk, account) == distance(6)


def test_a_throttled_account_of_one_a_minute_sends_no_sooner_for_it(desk: Desk) -> None:
    account = desk.account(rate_limit=ONE_A_MINUTE)
    desk.running(account, phones(10))
    [last] = desk.turn(account).granted
    desk.turn(account, free=0, throttles=[Throttle(account.id, SECOND, 0.0)])
    granted: list[Granted] = []
    while not granted:
        desk.at += SECOND
        granted += desk.turn(account).granted
    assert granted[0].slot_at - last.slot_at >= ONE_A_MINUTE.interval


def test_contracts_of_equal_priority_take_turns(desk: Desk) -> None:
    account = desk.account()
    large = desk.running(account, phones(200))
    small = desk.running(account, phones(5, start=500))
    for _ in range(5):
        desk.send(account, free=2)
    assert desk.get(small).counts.completed == 5
    assert desk.get(large).counts.completed == 5


def test_priority_goes_first_and_can_be_changed_at_once(desk: Desk) -> None:
    account = desk.account()
    low = desk.running(account, phones(50))
    high = desk.running(account, phones(50, start=500), priority=10)
    assert desk.send(account, free=5) == phones(5, start=500)
    desk.ledger.contracts.change(low.id, priority=20)
    assert desk.send(account, free=5) == phones(5)
    assert desk.get(high).counts.completed == 5


def test_a_contract_of_low_priority_does_not_starve(desk: Desk) -> None:
    account = desk.account()
    low = desk.running(account, phones(50))
    desk.running(account, phones(500, start=500), priority=10)
    for _ in range(12):
        desk.send(account, free=1)
        desk.at += 10 * SECOND
    served = desk.get(low).counts.completed
    assert 2 <= served <= 4


@pytest.mark.parametrize(("a_minute", "others"), [(1, 1), (20, 12)])
def test_priority_decides_over_most_slots_of_a_slow_account_and_of_a_crowded_one(
    desk: Desk, a_minute: int, others: int
) -> None:
    account = desk.account(rate_limit=RateLimit(a_minute, 60_000))
    low = [desk.running(account, phones(60, start=100 * place)) for place in range(others)]
    high = desk.running(account, phones(300, start=5_000), priority=10)
    for _ in range(80):
        desk.send(account)
        desk.at += 61 * SECOND // a_minute
    served = [desk.get(one).counts.completed for one in low]
    assert desk.get(high).counts.completed >= 60
    assert min(served) >= 1


def test_an_expired_contract_gives_out_nothing(desk: Desk) -> None:
    account = desk.account()
    contract = desk.running(account, phones(5), expires_at=desk.at + HOUR)
    assert len(desk.send(account, free=2)) == 2
    desk.at += HOUR
    assert desk.send(account) == []
    assert contract.id in desk.ledger.work.unfinished(desk.at)


def _interval(desk: Desk, account: Account) -> int:
    slots: list[int] = []
    while len(slots) < 3:
        slots += [one.slot_at for one in desk.turn(account, free=1).granted]
        desk.at += SECOND // 20
    return slots[2] - slots[1]
