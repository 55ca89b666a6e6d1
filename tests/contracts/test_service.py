"""What can be done with a contract, and each refusal with its reason."""

import time
from collections.abc import Iterator

import peewee
import pytest

from tests.between import Between
from tests.ledgers import (
    add_account,
    check_counts,
    execute,
    outcome,
    run,
    turn,
)
from tests.limits.desk import HOUR
from tests.opened import open_ledger
from tests.programs import phone
from tests.server.bell import RememberingBell
from wa_desktop.clock import now
from wa_desktop.content import MessageTemplate
from wa_desktop.contracts.service import ContractChanges, ContractService
from wa_desktop.errors import InvalidInput, MoveRefused, NotFound
from wa_desktop.events import (
    ContractChanged,
    ContractDeleted,
    Event,
    EventBus,
    Notice,
    NoticeKind,
)
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState
from wa_desktop.recipients.rows import RecipientRow, RejectedRow

S = ContractState
NEW = NewContract("acc", "Весна", "Здравствуйте!")


class Desk:
    """A service with its ledger, a bell that remembers, and the news it posted."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.bell = RememberingBell()
        events = EventBus()
        self.news: list[Event] = []
        events.subscribe(self.news.append)
        self.service = ContractService(ledger, self.bell, events)
        add_account(ledger, concurrency=50)

    def draft(self, amount: int = 3) -> str:
        """A draft with recipients."""
        return self.service.create_filled(NEW, rows(amount))[0].id

    def in_state(self, state: ContractState) -> str:
        """A contract that came to a state by its own moves."""
        contract_id = self.draft()
        contracts = self.ledger.contracts
        if state in (S.PREPARING, S.RUNNING, S.COMPLETED):
            contracts.move(contract_id, S.QUEUED)
            contracts.move(contract_id, S.PREPARING)
        if state in (S.RUNNING, S.COMPLETED):
            run_on(self.ledger, contract_id)
        if state is S.PAUSED:
            contracts.move(contract_id, S.QUEUED)
        if contracts.get(contract_id).state is not state:
            contracts.move(contract_id, state)
        return contract_id

    def state(self, contract_id: str) -> ContractState:
        """Where a contract stands."""
        return self.ledger.contracts.get(contract_id).state

    def notices(self) -> list[NoticeKind]:
        """What a person was told."""
        return [one.kind for one in self.news if isinstance(one, Notice)]


def rows(amount: int) -> Iterator[RecipientRow]:
    """Good rows."""
    return (RecipientRow(number, phone(number)) for number in range(amount))


def run_on(ledger: Ledger, contract_id: str) -> None:
    """Prepare a contract to its end."""
    while ledger.work.prepare_slice(contract_id):
        pass


@pytest.fixture
def desk(sqlite_ledger: Ledger) -> Desk:
    return Desk(sqlite_ledger)


@pytest.mark.parametrize("state", [S.DRAFT, S.SCHEDULED, S.PAUSED])
def test_what_does_not_run_yet_can_be_started(desk: Desk, state: ContractState) -> None:
    contract_id = desk.in_state(state)
    assert desk.service.start(contract_id).state is S.QUEUED
    assert desk.bell.contracts == [contract_id]
    assert NoticeKind.STARTED in desk.notices()


def test_what_was_at_work_before_is_told_to_go_on(desk: Desk) -> None:
    contract_id = desk.in_state(S.RUNNING)
    desk.service.pause(contract_id)
    desk.service.start(contract_id)
    assert desk.notices()[-1] is NoticeKind.RESUMED


@pytest.mark.parametrize("state", [S.QUEUED, S.PREPARING, S.RUNNING, S.COMPLETED, S.CANCELLED])
def test_what_was_started_already_or_has_ended_cannot_be_started(
    desk: Desk, state: ContractState
) -> None:
    contract_id = desk.in_state(state)
    with pytest.raises(MoveRefused, match=f"is {state.value} already") as told:
        desk.service.start(contract_id)
    assert (told.value.state, desk.state(contract_id)) == (state.value, state)
    assert desk.bell.contracts == []


def test_a_second_start_is_refused(desk: Desk) -> None:
    contract_id = desk.draft()
    desk.service.start(contract_id)
    with pytest.raises(MoveRefused, match="queued already"):
        desk.service.start(contract_id)


def test_a_contract_without_recipients_cannot_be_started(desk: Desk) -> None:
    contract = desk.service.create(NEW)
    with pytest.raises(MoveRefused, match=r"no recipients\. Add some"):
        desk.service.start(contract.id)


@pytest.mark.parametrize("verb", ["start", "cancel", "delete"])
def test_while_recipients_are_being_added_nothing_else_is_done(desk: Desk, verb: str) -> None:
    contract_id = desk.draft()
    number = desk.ledger.imports.begin(contract_id)
    with pytest.raises(MoveRefused, match="being added") as told:
        getattr(desk.service, verb)(contract_id)
    assert told.value.state == "importing"
    desk.ledger.imports.undo(number)
    getattr(desk.service, verb)(contract_id)


def test_the_start_of_an_empty_draft_that_is_being_filled_names_the_filling(desk: Desk) -> None:
    contract = desk.service.create(NEW)
    desk.ledger.imports.begin(contract.id)
    with pytest.raises(MoveRefused, match="being added"):
        desk.service.start(contract.id)


@pytest.mark.parametrize("state", [S.SCHEDULED, S.QUEUED, S.PREPARING, S.RUNNING])
def test_what_is_under_way_can_be_paused(desk: Desk, state: ContractState) -> None:
    contract_id = desk.in_state(state)
    paused = desk.service.pause(contract_id)
    assert (paused.contract.state, paused.contract.state_reason) == (S.PAUSED, "user")
    assert paused.removed == paused.contract.counts.waiting
    assert desk.notices() == [NoticeKind.PAUSED]


@pytest.mark.parametrize("state", [S.DRAFT, S.PAUSED])
def test_there_is_nothing_to_pause_in_what_does_not_run(desk: Desk, state: ContractState) -> None:
    contract_id = desk.in_state(state)
    with pytest.raises(MoveRefused, match=f"is {state.value}; there is nothing to pause"):
        desk.service.pause(contract_id)


@pytest.mark.parametrize("state", [S.COMPLETED, S.CANCELLED])
def test_what_has_ended_cannot_be_paused(desk: Desk, state: ContractState) -> None:
    with pytest.raises(MoveRefused, match=f"is {state.value}"):
        desk.service.pause(desk.in_state(state))


def test_a_pause_takes_back_what_was_claimed_and_leaves_what_is_on_the_wire(desk: Desk) -> None:
    contract_id = desk.in_state(S.RUNNING)
    worker = desk.ledger.workers.register()
    granted = turn(desk.ledger, worker, free=1).granted
    paused = desk.service.pause(contract_id)
    assert (paused.removed, paused.contract.counts.sending) == (2, 1)
    turn(desk.ledger, worker, outcomes=[outcome(granted[0])])
    assert desk.ledger.contracts.get(contract_id).counts.sent == 1
    check_counts(desk.ledger, contract_id)


@pytest.mark.parametrize("state", [S.DRAFT, S.SCHEDULED, S.QUEUED, S.RUNNING, S.PAUSED])
def test_what_has_not_ended_can_be_cancelled(desk: Desk, state: ContractState) -> None:
    contract_id = desk.in_state(state)
    assert desk.service.cancel(contract_id).state is S.CANCELLED
    assert desk.bell.contracts == [contract_id]


@pytest.mark.parametrize("state", [S.COMPLETED, S.CANCELLED])
def test_what_has_ended_cannot_be_cancelled(desk: Desk, state: ContractState) -> None:
    with pytest.raises(MoveRefused, match=f"is {state.value}, so it cannot become cancelled"):
        desk.service.cancel(desk.in_state(state))


@pytest.mark.parametrize("state", [S.DRAFT, S.SCHEDULED, S.PAUSED, S.COMPLETED, S.CANCELLED])
def test_what_does_not_run_can_be_deleted_and_is_gone_at_once(
    desk: Desk, state: ContractState
) -> None:
    contract_id = desk.in_state(state)
    desk.service.delete(contract_id)
    with pytest.raises(NotFound):
        desk.ledger.contracts.get(contract_id)
    assert ContractDeleted(contract_id) in desk.news
    assert desk.bell.contracts == [contract_id]


@pytest.mark.parametrize("state", [S.QUEUED, S.PREPARING, S.RUNNING])
def test_what_runs_is_deleted_only_by_force(desk: Desk, state: ContractState) -> None:
    contract_id = desk.in_state(state)
    with pytest.raises(MoveRefused, match=f"is {state.value}. Pause it first, or force it"):
        desk.service.delete(contract_id)
    desk.service.delete(contract_id, force=True)
    assert desk.ledger.contracts.page().items == ()


@pytest.mark.parametrize("verb", ["start", "pause", "cancel", "delete"])
def test_an_unknown_contract_is_not_found(desk: Desk, verb: str) -> None:
    with pytest.raises(NotFound, match="no campaign with the id nothing"):
        getattr(desk.service, verb)("nothing")


def test_a_contract_is_filled_with_the_good_rows_and_the_bad_are_told(desk: Desk) -> None:
    mixed: list[RecipientRow | RejectedRow] = [
        RecipientRow(1, "79990000001", "Свой текст", {"имя": "Аня"}),
        RejectedRow(2, "abc", "not a number"),
        RecipientRow(3, "79990000001"),
        RecipientRow(4, "79990000002"),
    ]
    contract, report = desk.service.create_filled(NEW, mixed)
    assert (report.accepted, report.duplicates, report.rejected_count) == (2, 1, 1)
    assert report.rejected == (RejectedRow(2, "abc", "not a number"),)
    assert contract.counts.draft == 2
    check_counts(desk.ledger, contract.id)


def test_a_file_without_one_good_row_leaves_no_draft(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="None of the recipients") as told:
        desk.service.create_filled(NEW, [RejectedRow(7, "x", "too short")])
    assert [one.at for one in told.value.problems] == ["recipients[7].phoneNumber"]
    assert desk.ledger.contracts.page().items == ()


def test_only_the_first_hundred_bad_rows_are_kept_and_all_are_counted(desk: Desk) -> None:
    bad = (RejectedRow(number, "x", "too short") for number in range(5_000))
    mixed: list[RecipientRow | RejectedRow] = [*rows(1), *bad]
    _, report = desk.service.create_filled(NEW, mixed)
    assert (len(report.rejected), report.rejected_count) == (100, 5_000)


def breaking_off(amount: int) -> Iterator[RecipientRow]:
    """A source that ends with an error."""
    yield from rows(amount)
    raise OSError("the stick was pulled out")


def test_a_source_that_breaks_off_leaves_no_draft_behind(desk: Desk) -> None:
    with pytest.raises(OSError, match="stick"):
        desk.service.create_filled(NEW, breaking_off(5_000))
    assert desk.ledger.contracts.page().items == ()
    assert desk.ledger.statistics.totals().total == 0


def test_a_source_that_breaks_off_leaves_a_draft_as_it_was(desk: Desk) -> None:
    contract_id = desk.draft(3)
    with pytest.raises(OSError, match="stick"):
        desk.service.add_rows(contract_id, breaking_off(5_000))
    assert desk.ledger.contracts.get(contract_id).counts.total == 3
    check_counts(desk.ledger, contract_id)
    assert desk.service.add_rows(contract_id, rows(5)).accepted == 2


def test_an_import_that_the_sweep_gave_up_ends_with_an_error_and_counts_nothing(
    desk: Desk,
) -> None:
    contract_id = desk.draft(1)

    def slow() -> Iterator[RecipientRow]:
        yield from rows(3_000)
        desk.ledger.imports.undo(desk.ledger.contracts.number(contract_id))
        yield from (RecipientRow(1, phone(9_000 + number)) for number in range(3_000))

    with pytest.raises(MoveRefused, match="Add them again"):
        desk.service.add_rows(contract_id, slow())
    assert desk.ledger.contracts.get(contract_id).counts.total == 1
    check_counts(desk.ledger, contract_id)


@pytest.mark.parametrize("state", [S.QUEUED, S.RUNNING, S.PAUSED, S.CANCELLED])
def test_recipients_are_added_to_a_draft_only(desk: Desk, state: ContractState) -> None:
    contract_id = desk.in_state(state)
    with pytest.raises(MoveRefused, match=f"draft only.*{state.value}"):
        desk.service.add_rows(contract_id, rows(1))


@pytest.mark.parametrize("state", [S.DRAFT, S.SCHEDULED, S.PAUSED])
def test_what_does_not_run_can_be_edited(desk: Desk, state: ContractState) -> None:
    contract_id = desk.in_state(state)
    template = MessageTemplate("hello", "ru")
    changes = ContractChanges(name="Лето", message="Новый", template=template, max_attempts=9)
    after = desk.service.change(contract_id, changes)
    assert (after.name, after.message, after.max_attempts) == ("Лето", "Новый", 9)
    assert after.template == template
    assert ContractChanged(contract_id) in desk.news


def test_of_a_running_contract_only_the_priority_can_be_changed(desk: Desk) -> None:
    contract_id = desk.in_state(S.RUNNING)
    assert desk.service.change(contract_id, ContractChanges(priority=7)).priority == 7
    with pytest.raises(MoveRefused, match="only its priority can be changed"):
        desk.service.change(contract_id, ContractChanges(message="Новый", priority=8))
    assert desk.ledger.contracts.get(contract_id).priority == 7


def test_an_edit_of_nothing_changes_nothing(desk: Desk) -> None:
    contract_id = desk.in_state(S.RUNNING)
    before = desk.ledger.contracts.get(contract_id)
    assert desk.service.change(contract_id, ContractChanges()) == before


@pytest.mark.parametrize(
    ("new", "at"),
    [
        (NewContract("acc", "", "x"), "name"),
        (NewContract("acc", "   ", "x"), "name"),
        (NewContract("acc", "x" * 201, "x"), "name"),
        (NewContract("acc", "a\0b", "x"), "name"),
        (NewContract("acc", "c", "half \ud83d of a pair"), "message"),
        (NewContract("acc", "c", "x", priority=10**6 + 1), "priority"),
        (NewContract("acc", "c", "x", max_attempts=0), "maxAttempts"),
        (NewContract("acc", "c", "x", max_attempts=101), "maxAttempts"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(desk: Desk, new: NewContract, at: str) -> None:
    with pytest.raises(InvalidInput, match=at) as told:
        desk.service.create(new)
    assert [one.at for one in told.value.problems] == [at]
    draft = desk.service.create(NEW)
    changes = ContractChanges(new.name, new.message, None, new.priority, new.max_attempts)
    with pytest.raises(InvalidInput, match=at):
        desk.service.change(draft.id, changes)


def test_a_contract_for_an_unknown_account_is_refused(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no account"):
        desk.service.create(NewContract("nobody", "c", "x"))


@pytest.mark.long
def test_a_pause_in_the_middle_of_a_hundred_thousand_answers_within_a_second(desk: Desk) -> None:
    contract_id = desk.draft(100_000)
    run(desk.ledger, contract_id)
    turn(desk.ledger, desk.ledger.workers.register(), free=50)
    began = time.monotonic()
    paused = desk.service.pause(contract_id)
    assert time.monotonic() - began < 1
    assert paused.removed == 99_950
    began = time.monotonic()
    desk.service.delete(contract_id)
    assert time.monotonic() - began < 1


def test_a_scheduled_contract_loses_its_start_and_is_paused_both_or_neither(desk: Desk) -> None:
    contract_id = desk.in_state(S.DRAFT)
    desk.service.change(contract_id, ContractChanges(start_at=now() + HOUR))
    desk.service.start(contract_id)
    execute(
        desk.ledger,
        "CREATE TRIGGER broken BEFORE UPDATE ON contracts WHEN NEW.state = 'paused' "
        "BEGIN SELECT RAISE(ABORT, 'broken off'); END",
    )
    with pytest.raises(peewee.IntegrityError, match="broken off"):
        desk.service.change(contract_id, ContractChanges(clear=("start_at",)))
    contract = desk.ledger.contracts.get(contract_id)
    assert (contract.state, contract.start_at is None) == (S.SCHEDULED, False)


def test_an_edit_is_refused_when_the_contract_is_started_in_the_same_moment(
    postgres_url: str,
) -> None:
    ledger = open_ledger(postgres_url)
    desk = Desk(ledger)
    contract_id = desk.in_state(S.PAUSED)
    edit = Between(lambda: desk.service.change(contract_id, ContractChanges(message="other")))
    with ledger._database.write():
        ledger.contracts.move(contract_id, S.QUEUED)
        edit.begin(postgres_url)
    edit.join()
    assert (edit.refused, ledger.contracts.get(contract_id).message) == (True, NEW.message)
    ledger.close()


def test_a_start_that_is_put_off_in_the_moment_it_is_due_does_not_come(postgres_url: str) -> None:
    ledger = open_ledger(postgres_url)
    desk = Desk(ledger)
    contract_id = desk.in_state(S.DRAFT)
    start_at = now() + HOUR
    desk.service.change(contract_id, ContractChanges(start_at=start_at))
    desk.service.start(contract_id)
    sweep = Between(lambda: ledger.schedule.start_due(start_at))
    with ledger._database.write():
        ledger.contracts.change(contract_id, start_at=start_at + HOUR)
        sweep.begin(postgres_url)
    sweep.join()
    assert desk.state(contract_id) is S.SCHEDULED
    ledger.close()
