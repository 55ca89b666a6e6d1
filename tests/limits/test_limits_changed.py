"""Limits that are changed while they hold messages back."""

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from tests.bench.model.stage import HandClock, hand_driven
from tests.limits.desk import DAY, HOUR, Desk, phones
from tests.server.bell import RememberingBell
from wa_desktop.clock import SECOND
from wa_desktop.contracts.accounts import AccountService
from wa_desktop.contracts.service import ContractChanges, ContractService
from wa_desktop.events import EventBus
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.records import Account, CoolDown, Hold, Limit, RateLimit
from wa_desktop.ledger.turns.claim import Granted

MOSCOW = "74951234567"
ONE_A_MINUTE = RateLimit(1, 60_000)
NIGHT = QuietHours(time(21), time(9))


@pytest.mark.parametrize("cool_down", [None, CoolDown(most=2, days=30)])
def test_what_a_cool_down_held_goes_on_when_it_is_lifted(
    desk: Desk, cool_down: CoolDown | None
) -> None:
    account = desk.account(cool_down=CoolDown(most=1, days=30))
    desk.running(account, phones(3))
    desk.send(account)
    desk.at += HOUR
    desk.running(account, phones(3))
    assert desk.send(account) == []
    _edit_account(desk, replace(account, cool_down=cool_down))
    assert desk.send(account) == phones(3)


def test_what_the_night_held_goes_on_when_the_quiet_hours_are_lifted(desk: Desk) -> None:
    account = desk.account()
    desk.at += 9 * HOUR  # midnight in Moscow
    contract = desk.running(account, [MOSCOW], quiet=NIGHT, zone="Europe/Moscow")
    assert desk.send(account) == []
    _edit_paused(desk, contract.id, ContractChanges(clear=("quiet_hours",)))
    assert desk.send(account) == [MOSCOW]


def test_a_night_that_was_made_shorter_is_told_anew(desk: Desk) -> None:
    account = desk.account()
    desk.at += 9 * HOUR
    contract = desk.running(account, [MOSCOW], quiet=NIGHT, zone="Europe/Moscow")
    desk.send(account)
    shorter = QuietHours(time(21), time(7))
    _edit_paused(desk, contract.id, ContractChanges(quiet_hours=shorter))
    assert desk.send(account) == []
    assert desk.get(contract).held == Hold(Limit.QUIET_HOURS, desk.at + 7 * HOUR)


@pytest.mark.parametrize("edited", [{"daily_limit": 10}, {"daily_limit": 10, "portfolio_id": "p"}])
def test_a_daily_limit_that_is_set_counts_what_went_out_before(
    desk: Desk, edited: dict[str, Any]
) -> None:
    account = desk.account()
    contract = desk.running(account, phones(30))
    began = desk.at
    assert len(desk.send(account, free=8)) == 8
    desk.at += HOUR
    _edit_account(desk, replace(account, **edited))
    _edit_account(desk, replace(account, **edited, name="once more"))
    assert len(desk.send(account)) == 2
    assert desk.get(contract).held == Hold(Limit.DAILY_LIMIT, began + DAY)
    desk.at = began + DAY
    assert len(desk.send(account)) == 8


def test_an_account_that_joins_a_portfolio_brings_its_recipients(desk: Desk) -> None:
    joining = desk.account("joining", daily_limit=10)
    member = desk.account("member", daily_limit=10, portfolio_id="p")
    desk.running(joining, phones(6))
    desk.running(member, phones(20, start=100))
    desk.send(joining)
    desk.send(member, free=1)
    _edit_account(desk, replace(joining, portfolio_id="p"))
    assert len(desk.send(member)) == 3


def test_a_cool_down_that_is_set_knows_what_went_out_before(desk: Desk) -> None:
    account = desk.account()
    for _ in range(2):
        desk.running(account, phones(3))
        desk.send(account)
        desk.at += DAY
    _edit_account(desk, replace(account, cool_down=CoolDown(most=2, days=7)))
    contract = desk.running(account, phones(4))
    assert desk.send(account) == phones(1, start=3)
    assert desk.get(contract).held == Hold(Limit.COOL_DOWN, desk.at - 2 * DAY + 7 * DAY)


def test_a_cool_down_goes_with_an_account_that_leaves_its_portfolio(desk: Desk) -> None:
    account = desk.account(portfolio_id="p", cool_down=CoolDown(most=1, days=3))
    desk.running(account, phones(2))
    desk.send(account)
    desk.at += HOUR
    _edit_account(desk, replace(account, portfolio_id=None))
    desk.running(account, phones(3))
    assert desk.send(account) == phones(1, start=2)


@pytest.mark.parametrize("joins_first", [True, False])
def test_a_cool_down_knows_what_others_of_its_portfolio_sent_before(
    desk: Desk, joins_first: bool
) -> None:
    cool_down = CoolDown(most=1, days=7)
    other = desk.account("other")
    asking = desk.account("asking", portfolio_id="p", cool_down=None if joins_first else cool_down)
    desk.running(other, phones(2))
    desk.send(other)
    desk.at += 3 * DAY
    _edit_account(desk, replace(other, portfolio_id="p"))
    if joins_first:
        _edit_account(desk, replace(asking, cool_down=cool_down))
    desk.running(asking, phones(3))
    assert desk.send(asking) == phones(1, start=2)


def test_a_rate_that_is_raised_is_used_at_once(desk: Desk) -> None:
    account = desk.account(rate_limit=ONE_A_MINUTE)
    desk.running(account, phones(20))
    assert desk.send(account)
    desk.at += SECOND
    assert desk.send(account) == []
    _edit_account(desk, replace(account, rate_limit=RateLimit(80, 1_000)))
    assert len(desk.send(account)) > 1


@pytest.mark.parametrize("between", [None, RateLimit(80, 1_000), RateLimit(1, 600_000)])
def test_a_rate_that_is_set_back_gives_no_message_sooner(
    desk: Desk, between: RateLimit | None
) -> None:
    account = desk.account(rate_limit=ONE_A_MINUTE)
    desk.running(account, phones(20))
    [last] = desk.turn(account).granted
    for rate in (between, ONE_A_MINUTE):
        _edit_account(desk, replace(account, rate_limit=rate))
    granted: list[Granted] = []
    while not granted:
        desk.at += SECOND
        granted += desk.turn(account).granted
    assert 0 <= granted[0].slot_at - last.slot_at - ONE_A_MINUTE.interval <= SECOND


def _edit_account(desk: Desk, account: Account) -> None:
    with hand_driven(HandClock(desk.at)):
        AccountService(desk.ledger, RememberingBell(), EventBus()).change(account)


def _edit_paused(desk: Desk, contract_id: str, changes: ContractChanges) -> None:
    service = ContractService(desk.ledger, RememberingBell(), EventBus())
    service.pause(contract_id)
    service.change(contract_id, changes)
    service.start(contract_id)
    while desk.ledger.work.prepare_slice(contract_id):
        pass
