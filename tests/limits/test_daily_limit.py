"""The rolling 24 hours of unique recipients, shared by a portfolio."""

from dataclasses import replace

import pytest

from tests.limits.desk import DAY, HOUR, Desk, phones
from wa_desktop.ledger.records import CoolDown, Hold, Limit
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind


def test_no_more_recipients_than_the_limit_in_24_hours(desk: Desk) -> None:
    account = desk.account(daily_limit=10)
    contract = desk.running(account, phones(25))
    assert desk.send(account) == phones(10)
    desk.at += HOUR
    assert desk.send(account) == []
    assert desk.get(contract).held == Hold(Limit.DAILY_LIMIT, desk.at - HOUR + DAY)


def test_the_rest_goes_on_when_the_oldest_leave_the_window(desk: Desk) -> None:
    account = desk.account(daily_limit=10)
    desk.running(account, phones(25))
    desk.send(account, free=4)
    desk.at += HOUR
    desk.send(account)
    desk.at += 23 * HOUR + 1
    assert len(desk.send(account)) == 4
    desk.at += HOUR
    assert len(desk.send(account)) == 6


def test_a_lowered_limit_goes_on_when_enough_have_left_the_window(desk: Desk) -> None:
    account = desk.account(daily_limit=10)
    contract = desk.running(account, phones(25))
    began = desk.at
    for _ in range(10):
        desk.send(account, free=1)
        desk.at += HOUR
    desk.ledger.accounts.change(replace(account, daily_limit=3))
    outlook = desk.turn(account).outlooks[0]
    assert desk.get(contract).held == Hold(Limit.DAILY_LIMIT, began + 7 * HOUR + DAY)
    desk.at = began + 7 * HOUR + DAY
    assert outlook.next_try_at == desk.at
    assert len(desk.send(account)) == 1


def test_the_outlook_names_the_moment_at_which_the_account_may_go_on(desk: Desk) -> None:
    account = desk.account(daily_limit=10)
    desk.running(account, phones(25))
    desk.send(account)
    outlook = desk.turn(account).outlooks[0]
    assert outlook.next_try_at == desk.at + DAY


def test_a_recipient_of_the_window_is_not_counted_twice(desk: Desk) -> None:
    account = desk.account(daily_limit=10)
    desk.running(account, phones(10))
    desk.send(account)
    desk.at += HOUR
    desk.running(account, phones(10))
    assert desk.send(account) == phones(10)


def test_accounts_of_a_portfolio_share_the_limit(desk: Desk) -> None:
    first = desk.account("first", daily_limit=10, portfolio_id="p")
    second = desk.account("second", daily_limit=10, portfolio_id="p")
    desk.running(first, phones(6))
    desk.running(second, phones(10, start=100))
    assert len(desk.send(first)) == 6
    assert len(desk.send(second)) == 4


def test_an_account_without_a_limit_counts_for_the_others_of_its_portfolio(desk: Desk) -> None:
    limited = desk.account("limited", daily_limit=10, portfolio_id="p")
    free = desk.account("free", portfolio_id="p")
    desk.running(free, phones(6))
    desk.running(limited, phones(10, start=100))
    assert len(desk.send(free)) == 6
    assert len(desk.send(limited)) == 4


@pytest.mark.parametrize("kind", [OutcomeKind.RETRY, OutcomeKind.RETURNED])
def test_what_was_not_sent_uses_up_no_limit(desk: Desk, kind: OutcomeKind) -> None:
    account = desk.account(daily_limit=10)
    desk.running(account, phones(50))
    desk.send(account, free=4)
    for _ in range(40):  # no network: one message at a time tries the way
        assert desk.claim_unsent(account, kind, free=1)
    assert len(desk.send(account)) == 6
    assert desk.send(account) == []


def test_a_recipient_written_to_before_stays_counted_when_another_message_fails(
    desk: Desk,
) -> None:
    account = desk.account(daily_limit=10)
    began = desk.at
    desk.running(account, phones(10))
    desk.send(account)
    desk.at += HOUR
    desk.running(account, phones(10))
    desk.claim_unsent(account)
    contract = desk.running(account, phones(5, start=100), priority=1)
    assert desk.send(account) == []
    assert desk.get(contract).held == Hold(Limit.DAILY_LIMIT, began + DAY)
    desk.at = began + DAY
    assert len(desk.send(account)) == 10


def test_what_the_provider_refused_for_good_counts_no_longer(desk: Desk) -> None:
    account = desk.account(daily_limit=3, cool_down=CoolDown(most=1, days=7))
    desk.running(account, phones(3))
    refused = [
        Outcome(one.message_id, account.id, OutcomeKind.FAILED, desk.at, error_code=132001)
        for one in desk.turn(account).granted
    ]
    desk.turn(account, free=0, outcomes=refused)
    desk.running(account, phones(3))
    assert desk.send(account) == phones(3)


def test_the_count_stays_right_over_many_windows(desk: Desk) -> None:
    account = desk.account(daily_limit=50)
    desk.running(account, phones(600))
    per_day = []
    for _ in range(8):
        per_day.append(len(desk.send(account)))
        desk.at += DAY + 1
    assert per_day == [50] * 8
