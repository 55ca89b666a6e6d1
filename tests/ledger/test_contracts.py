"""Contracts are stored, found, edited and listed."""

import pytest

from tests.ledgers import add_account, add_contract, run, running
from wa_desktop.content import MessageTemplate
from wa_desktop.errors import InvalidInput, NotFound
from wa_desktop.ledger.contracts import ContractFilter, NewContract
from wa_desktop.ledger.cursors import encode_cursor
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState

TEMPLATE = MessageTemplate("hello", "ru", {"1": "{{имя}}"}, ({"type": "button", "index": "0"},))


def test_a_contract_comes_back_as_it_was_stored(ledger: Ledger) -> None:
    add_account(ledger)
    new = NewContract("acc", "Весна 🌷", None, TEMPLATE, priority=-3, max_attempts=7, start_at=9)
    stored = ledger.contracts.add(new)
    found = ledger.contracts.get(stored.id)
    assert found == stored
    assert (found.name, found.template, found.priority) == ("Весна 🌷", TEMPLATE, -3)
    assert (found.max_attempts, found.start_at, found.state) == (7, 9, ContractState.DRAFT)


def test_a_contract_needs_an_account_that_exists(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="no account with the id nobody"):
        ledger.contracts.add(NewContract("nobody", "c", "text"))


@pytest.mark.parametrize("id", ["", "nothing", "x" * 300, "a'b"])
def test_an_unknown_contract_is_not_found(ledger: Ledger, id: str) -> None:
    for call in (ledger.contracts.get, ledger.contracts.number, ledger.contracts.history):
        with pytest.raises(NotFound):
            call(id)


def test_the_text_shows_a_new_revision_after_an_edit(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger)
    number = ledger.contracts.number(contract.id)
    before = ledger.contracts.text(number)
    ledger.contracts.change(contract.id, body="Новый текст", max_attempts=5)
    after = ledger.contracts.text(number)
    assert (before.message, after.message) == ("Привет", "Новый текст")
    assert (after.max_attempts, after.revision) == (5, before.revision + 1)
    with pytest.raises(NotFound):
        ledger.contracts.text(number + 1)


def test_the_history_tells_each_move_with_its_reason_newest_first(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    ledger.contracts.move(contract.id, ContractState.PAUSED, reason="Шаблон остановлен")
    history = ledger.contracts.history(contract.id)
    assert [one.kind for one in history] == ["paused", "running", "preparing", "queued", "created"]
    assert history[0].text == "Шаблон остановлен"
    assert ledger.contracts.get(contract.id).state_reason == "Шаблон остановлен"
    run(ledger, contract.id)
    assert ledger.contracts.get(contract.id).state_reason is None


def test_pages_give_each_contract_once_newest_first(ledger: Ledger) -> None:
    add_account(ledger)
    made = [add_contract(ledger, name=str(number)).id for number in range(7)]
    seen: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor is not None:
        page = ledger.contracts.page(limit=3, cursor=cursor)
        seen += [one.id for one in page.items]
        cursor, pages = page.next_cursor, pages + 1
    assert (seen, pages) == (made[::-1], 3)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("РАССЫЛКА", {"Рассылка к 8 марта", "рассылка №2"}),
        ("марта", {"Рассылка к 8 марта"}),
        ("%", {"Скидка 50%"}),
        ("_", set()),
        ("'", set()),
        ("", {"Рассылка к 8 марта", "рассылка №2", "Скидка 50%"}),
    ],
)
def test_a_search_finds_part_of_a_name_in_any_case(
    ledger: Ledger, search: str, found: set[str]
) -> None:
    add_account(ledger)
    for name in ("Рассылка к 8 марта", "рассылка №2", "Скидка 50%"):
        add_contract(ledger, name=name)
    page = ledger.contracts.page(ContractFilter(search=search))
    assert {one.name for one in page.items} == found


def test_a_list_is_filtered_by_state_and_account(ledger: Ledger) -> None:
    for name in ("a", "b"):
        add_account(ledger, name)
    draft = add_contract(ledger, account="a")
    busy = running(ledger, 1, account="b")
    by_state = ledger.contracts.page(ContractFilter(states=(ContractState.RUNNING,)))
    assert [one.id for one in by_state.items] == [busy.id]
    by_account = ledger.contracts.page(ContractFilter(account_id="a"))
    assert [one.id for one in by_account.items] == [draft.id]
    listed = ledger.contracts.in_states((ContractState.DRAFT, ContractState.RUNNING))
    assert [one.id for one in listed] == [draft.id, busy.id]


@pytest.mark.parametrize("cursor", ["", "?", "ы", "AAAA", "MQ==MQ==x", "x" * 9_000])
def test_a_text_that_is_no_cursor_is_refused(ledger: Ledger, cursor: str) -> None:
    add_account(ledger)
    contract = add_contract(ledger)
    with pytest.raises(InvalidInput, match="cursor"):
        ledger.contracts.page(cursor=cursor)
    with pytest.raises(InvalidInput, match="cursor"):
        ledger.messages.page(contract.id, cursor=cursor)


@pytest.mark.parametrize("key", [-1, 2**63])
def test_a_cursor_out_of_range_is_refused(ledger: Ledger, key: int) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        ledger.contracts.page(cursor=encode_cursor(key))
