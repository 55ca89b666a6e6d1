"""Pages and windows of messages, by key, at any size."""

import itertools

import pytest

from tests.ledgers import add_account, add_contract, execute, fill, running, turn
from tests.programs import phone
from wa_desktop.errors import InvalidInput, NotFound
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.states import MessageState

MANY = 20_000


def test_twenty_thousand_rows_come_page_by_page_each_once(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger)
    for start in range(0, MANY, 5_000):
        fill(ledger, contract.id, map(phone, range(start, start + 5_000)))
    seen: list[str] = []
    cursor = None
    for _ in itertools.count():
        page = ledger.messages.page(contract.id, limit=1_000, cursor=cursor)
        seen += [one.phone for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [phone(number) for number in range(MANY)]
    ids = ledger.messages.ids(contract.id)
    assert len(ids) == MANY
    window = ledger.messages.of_ids(ids[19_000:19_010])
    assert [one.phone for one in window] == [phone(number) for number in range(19_000, 19_010)]


def test_a_page_that_is_just_full_is_the_last(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 4)
    page = ledger.messages.page(contract.id, limit=2)
    last = ledger.messages.page(contract.id, limit=2, cursor=page.next_cursor)
    assert (len(last.items), last.next_cursor) == (2, None)


def test_pages_keep_their_place_while_rows_change_state(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 10)
    page = ledger.messages.page(contract.id, limit=5)
    turn(ledger, ledger.workers.register(), free=7)
    rest = ledger.messages.page(contract.id, limit=5, cursor=page.next_cursor)
    assert [one.phone for one in (*page.items, *rest.items)] == [phone(one) for one in range(10)]


def test_messages_are_filtered_by_state_code_and_part_of_a_number(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 10)
    execute(ledger, "UPDATE messages SET state = 8, error_code = 131026 WHERE phone = ?", phone(3))
    execute(ledger, "UPDATE messages SET state = 5 WHERE phone = ?", phone(4))

    def phones(chosen: MessageFilter) -> list[str]:
        ids = ledger.messages.ids(contract.id, chosen)
        page = ledger.messages.page(contract.id, chosen)
        assert list(ids) == [one.id for one in page.items]
        return [one.phone for one in page.items]

    ended = (MessageState.FAILED, MessageState.SENT)
    assert phones(MessageFilter(states=ended)) == [phone(3), phone(4)]
    assert phones(MessageFilter(error_code=131026)) == [phone(3)]
    assert phones(MessageFilter(error_code=1)) == []
    assert phones(MessageFilter(search="+7 (999) 000-00-07")) == [phone(7)]
    assert phones(MessageFilter(search="7999")) == [phone(one) for one in range(10)]
    assert phones(MessageFilter(states=ended, search="04")) == [phone(4)]


@pytest.mark.parametrize("search", ["%", "_", "имя", "' OR 1=1", "٣"])
def test_a_search_without_digits_finds_nothing(ledger: Ledger, search: str) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 2)
    assert ledger.messages.page(contract.id, MessageFilter(search=search)).items == ()


@pytest.mark.parametrize("code", [2**31, -(2**31) - 1, 10**30])
def test_an_error_code_out_of_range_is_refused(ledger: Ledger, code: int) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 2)
    with pytest.raises(InvalidInput, match="error code"):
        ledger.messages.page(contract.id, MessageFilter(error_code=code))


def test_the_newest_doubt_of_a_contract_is_known_by_its_time(ledger: Ledger) -> None:
    add_account(ledger)
    contract, other = add_contract(ledger, 3), add_contract(ledger, 3, name="other")
    execute(ledger, "UPDATE messages SET updated_at = 90")
    assert ledger.messages.newest_doubt(contract.id) is None
    for one, at in zip(ledger.messages.ids(contract.id)[:2], (80, 70), strict=True):
        execute(ledger, "UPDATE messages SET state = 10, updated_at = ? WHERE id = ?", at, one)
    assert ledger.messages.newest_doubt(contract.id) == 80
    assert ledger.messages.newest_doubt(other.id) is None


@pytest.mark.parametrize("id", [0, -1, 999, 2**63, 10**30])
def test_an_unknown_message_is_not_found(ledger: Ledger, id: int) -> None:
    with pytest.raises(NotFound, match="no message"):
        ledger.messages.history(id)


def test_messages_of_an_unknown_contract_are_not_found(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="no campaign"):
        ledger.messages.page("nothing")


def test_ids_that_are_gone_are_left_out_of_a_window(ledger: Ledger) -> None:
    add_account(ledger)
    [one_id] = ledger.messages.ids(add_contract(ledger, 1).id)
    assert [one.id for one in ledger.messages.of_ids([one_id, one_id + 1])] == [one_id]
    assert ledger.messages.of_ids([]) == ()
    assert ledger.messages.account_of(one_id) == "acc"
    with pytest.raises(NotFound):
        ledger.messages.account_of(one_id + 1)
