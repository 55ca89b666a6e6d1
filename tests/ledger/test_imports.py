"""Recipients enter a draft all together or not at all, each number once."""

import pytest

from tests.ledgers import add_account, add_contract, check_counts, counted, execute, fill, value
from tests.programs import phone
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.imports import LEFT_OVER, NewMessage
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState


def test_each_number_enters_once(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger)
    assert fill(ledger, contract.id, ["1", "2", "1", "3"]) == 3
    assert fill(ledger, contract.id, ["3", "4"]) == 1
    assert ledger.contracts.get(contract.id).counts.draft == 4
    check_counts(ledger, contract.id)


def test_of_a_number_given_twice_the_first_text_stays(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger)
    number = ledger.imports.begin(contract.id)
    ledger.imports.add(number, [NewMessage("1", "первый"), NewMessage("1", "второй")])
    ledger.imports.add(number, [NewMessage("1", "третий")])
    ledger.imports.finish(number, 1, own_contents=True)
    [message_id] = ledger.messages.ids(contract.id)
    assert ledger.messages.history(message_id).own.body == "первый"


def test_the_same_number_may_stand_in_two_contracts(ledger: Ledger) -> None:
    add_account(ledger)
    for _ in range(2):
        assert fill(ledger, add_contract(ledger).id, ["1"]) == 1


def test_a_shared_text_is_stored_once_and_own_ones_apart(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 50)
    assert value(ledger, "SELECT COUNT(1) FROM contents") == 0
    assert value(ledger, "SELECT COUNT(1) FROM contracts WHERE body = ?", "Привет") == 1
    number = ledger.imports.begin(contract.id)
    rows = [NewMessage("1", "Свой"), NewMessage("2"), NewMessage("3", None, {"a": "b"})]
    ledger.imports.add(number, rows)
    assert value(ledger, "SELECT COUNT(1) FROM contents") == 2


def test_rows_count_only_once_the_import_is_finished(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 2)
    number = ledger.imports.begin(contract.id)
    ledger.imports.add(number, [NewMessage("1"), NewMessage("2")])
    assert ledger.contracts.get(contract.id).counts.total == 2
    ledger.imports.finish(number, 2, own_contents=False)
    assert ledger.contracts.get(contract.id).counts.total == 4


def test_an_import_that_breaks_off_leaves_what_was_there_before(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 3)
    other = add_contract(ledger, 2)
    number = ledger.imports.begin(contract.id)
    ledger.imports.add(number, [NewMessage(str(one), "text") for one in range(2_500)])
    ledger.imports.undo(number)
    assert counted(ledger, contract.id).draft == 3
    assert value(ledger, "SELECT COUNT(1) FROM contents") == 0
    check_counts(ledger, contract.id, other.id)
    assert fill(ledger, contract.id, ["1"]) == 1


def test_a_second_import_is_refused_while_the_first_is_open(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger)
    number = ledger.imports.begin(contract.id)
    with pytest.raises(MoveRefused, match="being added"):
        ledger.imports.begin(contract.id)
    with pytest.raises(MoveRefused, match="being added"):
        ledger.imports.refuse_under_way(contract.id)
    ledger.imports.finish(number, 0, own_contents=False)
    ledger.imports.refuse_under_way(contract.id)


def test_only_a_draft_takes_recipients(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 1)
    ledger.contracts.move(contract.id, ContractState.QUEUED)
    with pytest.raises(MoveRefused, match="draft only") as told:
        ledger.imports.begin(contract.id)
    assert told.value.state == "queued"


def test_an_import_whose_program_died_is_undone(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 1)
    number = ledger.imports.begin(contract.id)
    ledger.imports.add(number, [NewMessage(phone(77)), NewMessage(phone(78))])
    assert ledger.imports.undo_left_over() == 0
    execute(ledger, "UPDATE contracts SET import_at = import_at - ?", LEFT_OVER + 1)
    assert ledger.imports.undo_left_over() == 1
    assert counted(ledger, contract.id).draft == 1
    ledger.contracts.move(contract.id, ContractState.QUEUED)


def test_an_import_that_was_given_up_cannot_go_on(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 1)
    number = ledger.imports.begin(contract.id)
    ledger.imports.undo(number)
    with pytest.raises(MoveRefused, match="Add them again"):
        ledger.imports.add(number, [NewMessage("1")])
    with pytest.raises(MoveRefused, match="Add them again"):
        ledger.imports.finish(number, 0, own_contents=False)
    check_counts(ledger, contract.id)
