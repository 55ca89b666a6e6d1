"""Retrying some of a contract's messages."""

from contextlib import suppress

import pytest

from tests.actions.conftest import Office, Rings
from tests.ledgers import SLICE
from tests.limits.desk import phones
from wa_desktop.clock import now
from wa_desktop.contracts.advance import advance
from wa_desktop.errors import InvalidInput, MoveRefused
from wa_desktop.events import EventBus
from wa_desktop.ledger.records import Account, Contract
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind


def half_failed(office: Office) -> tuple[Account, Contract]:
    """A running contract: two of its three messages failed, one waits."""
    desk = office.desk
    desk.at = now()
    account = desk.account()
    contract = desk.running(account, phones(3))
    outcomes = [
        Outcome(one.message_id, account.id, OutcomeKind.FAILED, desk.at, error_code=131000)
        for one in desk.turn(account, free=2).granted
    ]
    desk.turn(account, free=0, outcomes=outcomes)
    return account, contract


def failed_contract(office: Office, codes: list[int]) -> tuple[Account, Contract]:
    """A completed contract with a failed message for each code."""
    desk = office.desk
    desk.at = now()
    account = desk.account()
    contract = desk.running(account, phones(len(codes)), priority=7)
    granted = desk.turn(account).granted
    outcomes = [
        Outcome(one.message_id, account.id, OutcomeKind.FAILED, desk.at, error_code=code)
        for one, code in zip(granted, codes, strict=True)
    ]
    desk.turn(account, free=0, outcomes=outcomes)
    number = desk.ledger.contracts.number(contract.id)
    assert desk.ledger.contracts.complete_if_done(number) == contract.id
    return account, contract


def test_failed_messages_go_again_with_fresh_attempts_and_the_same_priority(
    office: Office,
) -> None:
    account, contract = failed_contract(office, [131000, 131026])
    assert office.again.retry(contract.id).rows == 2
    office.bell.work()
    after = office.desk.get(contract)
    assert (after.state, after.priority) == (ContractState.RUNNING, 7)
    granted = office.desk.turn(account).granted
    assert [one.attempts for one in granted] == [0, 0]


def test_only_messages_of_one_error_code_go_again(office: Office) -> None:
    _, contract = failed_contract(office, [131000, 131026, 131000])
    assert office.again.retry(contract.id, codes=[131000]).rows == 2
    office.bell.work()
    counts = office.desk.get(contract).counts
    assert (counts.waiting, counts.failed) == (2, 1)


def test_single_messages_go_again(office: Office) -> None:
    _, contract = failed_contract(office, [131000, 131000, 131000])
    ids = office.desk.ledger.messages.ids(contract.id)
    assert office.again.retry(contract.id, ids=[ids[1]]).rows == 1
    office.bell.work()
    assert office.desk.get(contract).counts.waiting == 1


def test_nothing_to_retry_leaves_a_completed_contract_completed(office: Office) -> None:
    _, contract = failed_contract(office, [131000])
    assert office.again.retry(contract.id, codes=[1]).rows == 0
    office.bell.work()
    assert office.desk.get(contract).state is ContractState.COMPLETED


def test_a_campaign_that_runs_out_before_its_retry_began_is_not_over(office: Office) -> None:
    account, contract = half_failed(office)
    assert office.again.retry(contract.id).rows == 2
    office.desk.send(account)
    number = office.desk.ledger.contracts.number(contract.id)
    assert office.desk.ledger.work.worked_through() == ()
    assert office.desk.ledger.contracts.complete_if_done(number) is None
    office.bell.work()
    assert len(office.desk.send(account)) == 2
    assert office.desk.ledger.contracts.complete_if_done(number) == contract.id


def test_a_retry_that_has_not_begun_ends_with_its_campaign(office: Office) -> None:
    _, contract = half_failed(office)
    office.again.retry(contract.id)
    office.contracts.cancel(contract.id)
    office.bell.work()
    after = office.desk.get(contract)
    assert (after.counts.failed, after.counts.skipped, after.action) == (2, 1, None)


def test_what_failed_in_a_campaign_whose_time_is_over_is_not_put_back_to_be_skipped(
    office: Office,
) -> None:
    _, contract = failed_contract(office, [131000])
    office.desk.ledger.contracts.change(contract.id, expires_at=now() - 1)
    with pytest.raises(MoveRefused, match="time is over"):
        office.again.retry(contract.id)
    assert office.again.retry_listed().rows == 0
    office.bell.work()
    after = office.desk.get(contract)
    assert (after.state, after.counts.failed) == (ContractState.COMPLETED, 1)


def test_a_retry_under_way_when_its_campaigns_time_is_over_leaves_the_rest_failed(
    office: Office,
) -> None:
    _, contract = half_failed(office)
    office.again.retry(contract.id)
    office.desk.ledger.contracts.change(contract.id, expires_at=now() - 1)
    office.bell.work()
    after = office.desk.get(contract)
    assert (after.counts.failed, after.counts.skipped, after.action) == (2, 1, None)


def test_a_second_action_waits_for_the_first(office: Office) -> None:
    _, contract = failed_contract(office, [131000])
    office.again.retry(contract.id)
    with pytest.raises(MoveRefused, match="still being carried out"):
        office.again.retry(contract.id)


def test_sent_messages_are_never_sent_again(office: Office) -> None:
    desk = office.desk
    account = desk.account()
    contract = desk.running(account, phones(3))
    desk.send(account)
    with pytest.raises(InvalidInput, match="can be sent again"):
        office.again.retry(contract.id, [MessageState.SENT])


@pytest.mark.usefixtures("even_slices")
def test_a_retry_killed_between_two_slices_is_carried_on(office: Office) -> None:
    desk = office.desk
    desk.at = now()
    account = desk.account(concurrency=500)
    contract = desk.running(account, phones(2_300))
    while granted := desk.turn(account).granted:
        outcomes = [
            Outcome(one.message_id, account.id, OutcomeKind.FAILED, desk.at, error_code=131000)
            for one in granted
        ]
        desk.turn(account, free=0, outcomes=outcomes)
    office.again.retry(contract.id)
    assert desk.ledger.actions.slice(contract.id) == SLICE
    assert contract.id in desk.ledger.work.unfinished(desk.at)
    office.bell.work()
    counts = desk.get(contract).counts
    assert (counts.waiting, counts.failed) == (2_300, 0)
    assert desk.get(contract).action is None


@pytest.mark.usefixtures("even_slices")
@pytest.mark.parametrize("paused", [False, True])
def test_messages_go_out_before_the_last_slice_of_a_retry_is_done(
    office: Office, paused: bool
) -> None:
    """``paused``: the campaign is, and is started while its retry is carried out."""
    desk, heard = office.desk, list[tuple[ContractState, bool]]()
    _, contract = failed_contract(office, [131000] * 2 * SLICE)
    if paused:
        desk.ledger.contracts.move(contract.id, ContractState.QUEUED)
        desk.ledger.contracts.move(contract.id, ContractState.PAUSED)
    assert office.again.retry(contract.id).rows == 2 * SLICE

    class Bell(Rings):
        def account(self, account_id: str) -> None:
            found = desk.get(contract)
            heard.append((found.state, found.action is not None))

    def start() -> bool:
        with suppress(MoveRefused):
            office.contracts.start(contract.id)
        return False

    stopped = start if paused else lambda: False
    advance(desk.ledger, Bell(desk.ledger), EventBus(), contract.id, stopped)
    assert (ContractState.RUNNING, True) in heard
    assert desk.get(contract).counts.waiting == 2 * SLICE


def test_a_cleaned_failure_that_goes_again_returns_to_the_queues_figures(office: Office) -> None:
    desk = office.desk
    _, contract = failed_contract(office, [131000, 131000])
    desk.ledger.statistics.clean_messages(failed=True, before=2**62, limit=1)
    assert desk.ledger.statistics.queues().messages.failed == 1
    office.again.retry(contract.id)
    office.bell.work()
    figures = desk.ledger.statistics.queues().messages
    assert (figures.failed, figures.waiting) == (0, 2)
