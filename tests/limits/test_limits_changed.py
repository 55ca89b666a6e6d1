"""Limits that are changed while they hold messages back."""

from dataclasses import replace
from datetime import time

import pytest

from tests.limits.desk import HOUR, Desk, phones
from tests.server.bell import RememberingBell
from wa_desktop.contracts.accounts import AccountService
from wa_desktop.contracts.service import ContractChanges, ContractService
from wa_desktop.events import EventBus
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.records import CoolDown, Hold, Limit

MOSCOW = "74951234567"
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
    service = AccountService(desk.ledger, RememberingBell(), EventBus())
    service.change(replace(account, cool_down=cool_down))
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


def _edit_paused(desk: Desk, contract_id: str, changes: ContractChanges) -> None:
    service = ContractService(desk.ledger, RememberingBell(), EventBus())
    service.pause(contract_id)
    service.change(contract_id, changes)
    service.start(contract_id)
    while desk.ledger.work.prepare_slice(contract_id):
        pass
