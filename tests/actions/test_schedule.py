"""Starts at a time, starts that were missed, and contracts that expire."""

import pytest

from tests.actions.conftest import Office
from tests.limits.desk import HOUR, phones
from wa_desktop.clock import SECOND, iso, now
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.schedule import MISSED_START, DueStart, how_long, late_by
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.work import EXPIRED

MINUTE = 60 * SECOND


def draft(
    office: Office, *, start_at: int | None = None, expires_at: int | None = None
) -> Contract:
    """A contract with three recipients that nobody started."""
    ledger = office.desk.ledger
    account = office.desk.account()
    new = NewContract(account.id, "c", message="hi", start_at=start_at, expires_at=expires_at)
    contract = ledger.contracts.add(new)
    number = ledger.imports.begin(contract.id)
    rows = [NewMessage(one) for one in phones(3)]
    ledger.imports.finish(number, ledger.imports.add(number, rows), own_contents=False)
    return contract


def scheduled(office: Office, start_at: int) -> Contract:
    """A contract that is to start at that moment."""
    return office.contracts.start(draft(office, start_at=start_at).id)


def test_a_start_ahead_schedules_and_comes_true(office: Office) -> None:
    start_at = now() + HOUR
    contract = scheduled(office, start_at)
    assert contract.state is ContractState.SCHEDULED
    schedule = office.desk.ledger.schedule
    assert schedule.start_due(start_at - SECOND) == ()
    assert schedule.start_due(start_at) == (DueStart(contract.id, True, start_at, 0),)
    assert office.desk.get(contract).state is ContractState.QUEUED


@pytest.mark.parametrize(("late", "reported"), [(59, False), (61, True), (29 * 60, True)])
def test_a_start_missed_by_less_than_half_an_hour_is_made_up_for_and_says_how_late(
    office: Office, late: int, reported: bool
) -> None:
    start_at = now() + HOUR
    contract = scheduled(office, start_at)
    (due,) = office.desk.ledger.schedule.start_due(start_at + late * SECOND)
    assert (due.started, due.late, due.is_late) == (True, late * SECOND, reported)
    [newest, *_] = office.desk.ledger.contracts.history(contract.id)
    assert newest.kind == "queued"
    expected = f"Started {late // 60} min late. At {iso(start_at)} the program was not running"
    assert (newest.text or "").startswith(expected) is reported
    assert bool(newest.text) is reported


def test_a_start_missed_by_more_asks_and_says_how_late(office: Office) -> None:
    start_at = now() + HOUR
    contract = scheduled(office, start_at)
    (due,) = office.desk.ledger.schedule.start_due(start_at + 31 * MINUTE)
    assert (due.started, due.is_late) == (False, True)
    after = office.desk.get(contract)
    assert (after.state, after.state_reason) == (ContractState.PAUSED, MISSED_START)
    [newest, *_] = office.desk.ledger.contracts.history(contract.id)
    assert newest.text == f"Not started: its start at {iso(start_at)} was missed by 31 min."


def test_a_campaign_that_began_late_says_so_for_good(office: Office) -> None:
    contract = scheduled(office, now() + HOUR)
    planned = now() - 12 * MINUTE
    office.desk.ledger.contracts.change(contract.id, start_at=planned)
    assert office.desk.ledger.schedule.start_due(now())[0].started
    office.bell.contract(contract.id)
    office.bell.work()
    late = late_by(office.desk.get(contract))
    assert late is not None
    assert how_long(late) == "12 min"


def test_one_that_began_in_time_is_not_late(office: Office) -> None:
    contract = scheduled(office, now() + HOUR)
    office.desk.ledger.contracts.change(contract.id, start_at=now() - SECOND)
    assert office.desk.ledger.schedule.start_due(now())[0].started
    office.bell.contract(contract.id)
    office.bell.work()
    assert late_by(office.desk.get(contract)) is None


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (59, "59 min"), (185, "3 h 5 min"), (52 * 60 + 7, "2 d 4 h")],
)
def test_a_lateness_is_said_in_the_largest_units_that_matter(minutes: int, said: str) -> None:
    assert how_long(minutes * MINUTE + SECOND) == said


def test_a_scheduled_contract_can_be_started_at_once(office: Office) -> None:
    contract = scheduled(office, now() + HOUR)
    assert office.contracts.start(contract.id, at_once=True).state is ContractState.QUEUED


def test_a_campaign_that_was_started_at_once_goes_on_after_a_pause(office: Office) -> None:
    contract = scheduled(office, now() + HOUR)
    office.contracts.start(contract.id, at_once=True)
    office.bell.work()
    office.contracts.pause(contract.id)
    resumed = office.contracts.start(contract.id)
    assert (resumed.state, resumed.start_at) == (ContractState.QUEUED, None)


def test_a_campaign_whose_time_is_over_is_not_started_to_be_skipped(office: Office) -> None:
    contract = draft(office, expires_at=now() - 1)
    with pytest.raises(MoveRefused, match="time is over"):
        office.contracts.start(contract.id)
    assert office.desk.get(contract).counts.draft == 3
    office.contracts.change(contract.id, ContractChanges(clear=("expires_at",)))
    assert office.contracts.start(contract.id).state is ContractState.QUEUED


def test_a_paused_campaign_whose_time_is_over_is_ended_by_its_start(office: Office) -> None:
    contract = office.desk.running(office.desk.account(), phones(2))
    office.contracts.pause(contract.id)
    office.desk.ledger.contracts.change(contract.id, expires_at=now() - 1)
    office.bell.contract(contract.id)
    office.bell.work()
    office.contracts.start(contract.id)
    office.bell.work()
    after = office.desk.get(contract)
    assert (after.state, after.counts.skipped) == (ContractState.COMPLETED, 2)


def test_what_has_not_gone_when_a_contract_expires_is_skipped_with_that_reason(
    office: Office,
) -> None:
    desk = office.desk
    account = desk.account()
    desk.at = now()
    contract = desk.running(account, phones(5), expires_at=desk.at + HOUR)
    desk.send(account, free=2)
    desk.ledger.contracts.change(contract.id, expires_at=now() - 1)
    office.bell.contract(contract.id)
    office.bell.work()
    after = desk.get(contract)
    assert (after.counts.sent, after.counts.skipped) == (2, 3)
    assert after.state is ContractState.COMPLETED
    last = desk.ledger.messages.page(contract.id).items[-1]
    assert last.error_text == EXPIRED
