"""Limits of a single recipient: pair rate, cool-down, quiet hours in the recipient's zone."""

from datetime import time

import pytest

from tests.ledgers import execute
from tests.limits.desk import DAY, HOUR, Desk, phones
from wa_desktop.clock import MILLISECOND, SECOND, now
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.chosen_rows import Action, ActionKind
from wa_desktop.ledger.records import CoolDown, Hold, Limit, RateLimit
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.gates import pair_allowed_at
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind

NIGHT = QuietHours(time(21), time(9))


def test_a_recipient_may_be_written_to_45_times_at_once_and_then_every_six_seconds() -> None:
    assert pair_allowed_at([100 * SECOND] * 44) <= 100 * SECOND
    assert pair_allowed_at([100 * SECOND] * 45) == 106 * SECOND
    assert pair_allowed_at([100 * SECOND] * 46) == 112 * SECOND


def test_the_46th_contract_to_one_recipient_waits_six_seconds(desk: Desk) -> None:
    account = desk.account()
    for _ in range(45):
        desk.running(account, phones(1))
    assert len(desk.send(account)) == 45
    last = desk.running(account, phones(1))
    desk.at += SECOND
    assert desk.send(account) == []
    assert desk.get(last).held == Hold(Limit.PAIR_RATE, desk.at + 5 * SECOND)
    desk.at += 5 * SECOND
    assert desk.send(account) == phones(1)


def test_contracts_that_begin_together_do_not_pass_the_pair_rate(desk: Desk) -> None:
    account = desk.account()
    for _ in range(50):
        desk.running(account, phones(1))
    desk.at += HOUR
    assert len(desk.send(account)) == 45


def test_one_recipient_held_back_does_not_hold_the_others(desk: Desk) -> None:
    account = desk.account()
    for _ in range(45):
        desk.running(account, phones(1))
    desk.send(account)
    contract = desk.running(account, phones(5))
    assert desk.send(account) == phones(4, start=1)
    assert desk.get(contract).counts.delayed == 1


@pytest.mark.parametrize("wait", [16, 1_024])
@pytest.mark.parametrize("state", [ContractState.RUNNING, ContractState.PAUSED])
def test_after_a_pair_rate_error_other_contracts_leave_that_recipient_alone(
    desk: Desk, wait: int, state: ContractState
) -> None:
    account = desk.account()
    refused_in = desk.running(account, phones(1))
    granted = desk.turn(account).granted[0]
    refused = Outcome(
        granted.message_id,
        account.id,
        OutcomeKind.RETRY,
        desk.at,
        error_code=131056,
        due_at=desk.at + wait * SECOND,
        costs_attempt=False,
        refused=True,
    )
    desk.turn(account, free=0, outcomes=[refused])
    if state is ContractState.PAUSED:
        desk.ledger.contracts.move(refused_in.id, state)
    desk.at += (wait - 1) * SECOND
    desk.running(account, phones(3))
    assert desk.send(account) == phones(2, start=1)


def test_a_cool_down_allows_so_many_messages_in_so_many_days(desk: Desk) -> None:
    account = desk.account(cool_down=CoolDown(most=2, days=7))
    for _ in range(2):
        desk.running(account, phones(3))
        assert desk.send(account) == phones(3)
        desk.at += HOUR
    third = desk.running(account, phones(4))
    assert desk.send(account) == phones(1, start=3)
    assert desk.get(third).counts.delayed == 3
    desk.at += 7 * DAY - HOUR
    assert desk.send(account) == phones(3)


@pytest.mark.parametrize("kind", [OutcomeKind.RETRY, OutcomeKind.RETURNED, OutcomeKind.IN_DOUBT])
def test_a_message_that_is_sent_again_is_not_cooled_down_by_itself(
    desk: Desk, kind: OutcomeKind
) -> None:
    account = desk.account(cool_down=CoolDown(most=1, days=7))
    contract = desk.running(account, phones(3))
    assert desk.claim_unsent(account, kind) == phones(3)
    if kind is OutcomeKind.IN_DOUBT:
        action = Action(ActionKind.RETRY, now(), states=(int(MessageState.IN_DOUBT),))
        execute(desk.ledger, "UPDATE messages SET updated_at = 0")
        desk.ledger.actions.begin(contract.id, action)
        while desk.ledger.actions.slice(contract.id):
            pass
    assert desk.send(account) == phones(3)
    desk.running(account, phones(4))
    assert desk.send(account) == phones(1, start=3)


def test_what_a_pause_took_back_is_not_cooled_down_by_itself(desk: Desk) -> None:
    account = desk.account(cool_down=CoolDown(most=1, days=7), rate_limit=RateLimit(10, 1_000))
    contract = desk.running(account, phones(1))
    execute(desk.ledger, "UPDATE accounts SET next_slot_at = ?", desk.at + 90_000)
    [granted] = desk.turn(account).granted
    assert not granted.begun
    assert desk.ledger.work.release_claims(contract.id) == 1
    desk.at += SECOND
    assert desk.send(account) == phones(1)


def test_a_cool_down_counts_what_others_of_the_portfolio_send(desk: Desk) -> None:
    strict = desk.account("strict", portfolio_id="p", cool_down=CoolDown(most=3, days=7))
    lax = desk.account("lax", portfolio_id="p", cool_down=CoolDown(most=1, days=1))
    free = desk.account("free", portfolio_id="p")
    for account in (strict, lax, free):
        desk.running(account, phones(2))
        assert desk.send(account) == phones(2)
        desk.at += 2 * DAY
    desk.running(strict, phones(3))
    assert desk.send(strict) == phones(1, start=2)


def test_nobody_is_written_to_in_the_night_of_their_own_zone(desk: Desk) -> None:
    account = desk.account()
    desk.at += 9 * HOUR  # 21:00 UTC: midnight in Moscow, early afternoon in New York
    moscow, new_york = "74951234567", "12125550123"
    contract = desk.running(account, [moscow, new_york], quiet=NIGHT, zone="Europe/Moscow")
    assert desk.send(account) == [new_york]
    assert desk.get(contract).counts.delayed == 1
    desk.at += 9 * HOUR - SECOND  # a second before 09:00 in Moscow
    assert desk.send(account) == []
    desk.at += SECOND
    assert desk.send(account) == [moscow]


def test_contracts_of_one_account_have_nights_of_their_own(desk: Desk) -> None:
    account = desk.account()
    late = desk.running(account, ["74951234567"], quiet=NIGHT, zone="Europe/Moscow")
    noon = QuietHours(time(12), time(18))
    desk.running(account, ["74951234568"], quiet=noon, zone="Europe/Moscow")
    assert desk.send(account) == ["74951234567"]  # 15:00 in Moscow
    assert desk.get(late).held is None


def test_no_slot_lies_in_the_night_that_begins_before_it(desk: Desk) -> None:
    account = desk.account(rate_limit=RateLimit(100, 1_000))
    desk.at += 6 * HOUR - 50 * MILLISECOND  # 21:00 in Moscow is within the claim's slots
    desk.running(account, ["74951234567"], quiet=NIGHT, zone="Europe/Moscow")
    assert desk.send(account) == []


def test_a_contract_held_by_the_night_says_so(desk: Desk) -> None:
    account = desk.account()
    desk.at += 9 * HOUR
    contract = desk.running(account, ["74951234567"], quiet=NIGHT, zone="Europe/Moscow")
    desk.send(account)
    assert desk.get(contract).held == Hold(Limit.QUIET_HOURS, desk.at + 9 * HOUR)


def test_quiet_rows_in_front_do_not_hide_those_behind(desk: Desk) -> None:
    account = desk.account()
    desk.at += 9 * HOUR
    quiet = [str(74_950_000_000 + number) for number in range(700)]
    desk.running(account, [*quiet, "12125550123"], quiet=NIGHT, zone="Europe/Moscow")
    sent: list[str] = []
    for _ in range(6):
        sent += desk.send(account, free=10)
    assert sent == ["12125550123"]


def test_contracts_of_a_claim_share_no_slot_though_one_hid_its_rows_at_first(desk: Desk) -> None:
    account = desk.account(rate_limit=RateLimit(80, 1_000))
    desk.at += 9 * HOUR
    quiet = [str(74_950_000_000 + number) for number in range(803)]  # all that a draw looks at
    awake = [str(12_125_550_100 + number) for number in range(20)]
    desk.running(account, [*quiet, *awake], quiet=NIGHT, zone="Europe/Moscow", priority=5)
    desk.running(account, phones(20))
    slots = [one.slot_at for one in desk.turn(account).granted]
    assert len(slots) == len(set(slots)) > 4
    desk.at += SECOND // 10
    later = [one.slot_at for one in desk.turn(account).granted]
    assert min(later) - max(slots) >= round(RateLimit(80, 1_000).interval)
