"""Copying a contract into a new draft."""

from pathlib import Path

import pytest

from tests.actions.conftest import Office, open_office
from tests.actions.test_retry import failed_contract
from tests.between import Between
from tests.limits.desk import phones
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.contracts import Locked, NewContract
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState, MessageState


def test_a_copy_has_the_same_recipients_texts_and_fields(office: Office) -> None:
    ledger = office.desk.ledger
    account = office.desk.account()
    source = ledger.contracts.add(NewContract(account.id, "Рассылка", message="Hi {{name}}"))
    number = ledger.imports.begin(source.id)
    rows = [NewMessage("79991000001", "own"), NewMessage("79991000002", None, {"name": "Анна"})]
    ledger.imports.finish(number, ledger.imports.add(number, rows), own_contents=True)
    copy = office.again.duplicate(source.id)
    office.bell.work()
    after = ledger.contracts.get(copy.id)
    assert (after.state, after.counts.draft, after.message) == (
        ContractState.DRAFT,
        2,
        "Hi {{name}}",
    )
    own = [ledger.messages.history(one).own for one in ledger.messages.ids(copy.id)]
    assert [(one.body, one.variables) for one in own] == [("own", {}), (None, {"name": "Анна"})]


def test_a_copy_of_a_running_campaign_misses_nobody_who_is_written_to_meanwhile(
    office: Office,
) -> None:
    account = office.desk.account()
    source = office.desk.running(account, phones(3))
    copy = office.again.duplicate(source.id)
    office.desk.send(account, free=2)
    office.bell.work()
    assert office.desk.get(copy).counts.draft == 3


def test_a_copy_of_the_failed_takes_only_those(office: Office) -> None:
    account, source = failed_contract(office, [131000, 131000])
    office.desk.running(account, phones(1, start=9))
    copy = office.again.duplicate(source.id, [MessageState.FAILED])
    office.bell.work()
    assert office.desk.get(copy).counts.draft == 2
    none = office.again.duplicate(source.id, [MessageState.IN_DOUBT])
    office.bell.work()
    assert office.desk.get(none).counts.total == 0


def test_a_copy_cannot_be_started_before_it_is_whole(office: Office) -> None:
    _, source = failed_contract(office, [131000])
    copy = office.again.duplicate(source.id)
    with pytest.raises(MoveRefused, match="being added"):
        office.contracts.start(copy.id)
    office.bell.work()
    assert office.contracts.start(copy.id).state is ContractState.QUEUED


def test_a_campaign_is_not_deleted_from_under_its_copy(office: Office) -> None:
    contract = office.desk.running(office.desk.account(), phones(300))
    copy = office.again.duplicate(contract.id)
    with pytest.raises(MoveRefused, match="still being copied"):
        office.contracts.delete(contract.id, force=True)
    office.bell.work()
    assert office.desk.get(copy).counts.total == 300
    office.contracts.delete(contract.id, force=True)
    assert office.desk.get(copy).counts.total == 300


def test_a_campaign_whose_own_recipients_are_still_coming_is_not_copied(office: Office) -> None:
    source = office.desk.running(office.desk.account(), phones(3))
    copy = office.again.duplicate(source.id)
    with pytest.raises(MoveRefused, match="being added"):
        office.again.duplicate(copy.id)
    assert len(office.desk.ledger.contracts.page().items) == 2
    office.bell.work()
    second = office.again.duplicate(copy.id)
    office.bell.work()
    assert office.desk.get(second).counts.draft == 3


def test_a_campaign_is_not_copied_in_the_moment_it_is_deleted(
    postgres_url: str, tmp_path: Path
) -> None:
    with open_office(postgres_url, tmp_path) as office:
        ledger = office.desk.ledger
        source = add_paused(office)
        copying = Between(lambda: office.again.duplicate(source.id))
        with ledger._database.write():
            ledger.contracts.move(source.id, ContractState.DELETING)
            copying.begin(postgres_url)
        copying.join()
        assert (copying.refused, ledger.contracts.page().items) == (True, ())


def test_a_campaign_is_not_deleted_in_the_moment_it_is_copied(
    postgres_url: str, tmp_path: Path
) -> None:
    with open_office(postgres_url, tmp_path) as office:
        source = add_paused(office)
        deleting = Between(lambda: office.contracts.delete(source.id))
        with office.desk.ledger._database.write():
            copy = office.again.duplicate(source.id)
            deleting.begin(postgres_url)
        deleting.join()
        office.bell.work()
        assert (deleting.refused, office.desk.get(copy).counts.draft) == (True, 3)


def test_a_copy_can_be_edited_while_it_is_made(postgres_url: str, tmp_path: Path) -> None:
    with open_office(postgres_url, tmp_path) as office:
        ledger = office.desk.ledger
        copy = office.again.duplicate(add_paused(office).id)
        edit = Between(lambda: office.contracts.change(copy.id, ContractChanges(priority=7)))
        with ledger._database.write():
            ledger.contracts.locked_state(copy.id, Locked.CONTRACT)
            edit.begin(postgres_url)
            while ledger.actions.slice(copy.id):
                pass
        edit.join()
        after = office.desk.get(copy)
        assert (after.priority, after.counts.draft) == (7, 3)


def add_paused(office: Office) -> Contract:
    """A paused contract with three recipients."""
    contract = office.desk.running(office.desk.account(), phones(3))
    return office.contracts.pause(contract.id).contract


def test_a_copy_killed_half_way_is_carried_on(office: Office) -> None:
    desk = office.desk
    source = desk.running(desk.account(), phones(2_500))
    copy = office.again.duplicate(source.id)
    assert 0 < desk.ledger.actions.slice(copy.id) < 2_500
    assert copy.id in desk.ledger.work.unfinished(desk.at)
    office.bell.work()
    assert desk.get(copy).counts.draft == 2_500
