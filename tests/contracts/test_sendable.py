"""A message that can be made for nobody is not started; one that some lack a value for is."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.ledgers import add_account
from tests.programs import phone
from tests.server.bell import RememberingBell
from wa_desktop.content import MessageTemplate
from wa_desktop.contracts.service import ContractChanges, ContractService
from wa_desktop.errors import MoveRefused
from wa_desktop.events import EventBus
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState
from wa_desktop.recipients.rows import RecipientRow

NAMED = MessageTemplate("hello", "ru", {"1": "{{name}}"})


@pytest.fixture
def contracts(ledger: Ledger) -> ContractService:
    add_account(ledger)
    return ContractService(ledger, RememberingBell(), EventBus())


def draft(
    contracts: ContractService,
    rows: Iterator[RecipientRow] | list[RecipientRow],
    message: str | None = None,
    template: MessageTemplate | None = None,
) -> str:
    new = NewContract("acc", "c", message, template)
    return contracts.create_filled(new, rows)[0].id


def row(number: int, message: str | None = None, **variables: str) -> RecipientRow:
    return RecipientRow(number, phone(number), message, variables)


def test_a_field_that_no_recipient_has_is_refused_and_the_draft_stays(
    contracts: ContractService, ledger: Ledger
) -> None:
    made = draft(contracts, [row(1, name="Анна"), row(2)], "{{name}}, {{город}} и {{ Цена }}")
    with pytest.raises(
        MoveRefused, match=r"There is no value for \{\{город\}\}, \{\{Цена\}\}\."
    ) as e:
        contracts.start(made)
    assert "say what stands in for a missing value: {{город|…}}" in str(e.value)
    assert (e.value.state, [one.at for one in e.value.problems]) == ("draft", ["message"])
    assert ledger.contracts.get(made).state is ContractState.DRAFT
    contracts.change(made, ContractChanges(message="{{name|друг}}, {{город|тут}}"))
    assert contracts.start(made).state is ContractState.QUEUED


@pytest.mark.parametrize(
    ("message", "template", "said"),
    [
        (None, None, "There is no text to send"),
        ("я" * 4_097, None, "4,097 characters"),
        (None, NAMED, r"no value for \{\{name\}\}"),
        (None, MessageTemplate("hello", "ru", {"1": " "}), "parameter '1' is empty"),
    ],
    ids=["no text", "too long", "no variables", "an empty parameter"],
)
def test_what_can_be_made_for_nobody_is_refused(
    contracts: ContractService, message: str | None, template: MessageTemplate | None, said: str
) -> None:
    with pytest.raises(MoveRefused, match=said):
        contracts.start(draft(contracts, [row(1), row(2)], message, template))


@pytest.mark.parametrize(
    ("rows", "message", "template"),
    [
        ([row(1), row(2, **{" NAME ": "Анна"})], "{{name}}", None),
        ([row(1, name="")], "{{name}}", None),
        ([row(1), row(2, "Своё слово")], "{{name}}", None),
        ([row(1, name="x"), row(2, "Своё слово")], None, None),
        ([row(1, name="Анна")], None, NAMED),
        ([row(1)], None, MessageTemplate("hello", "ru")),
        ([row(1, name="x"), row(2, city="y")], "{{name}} {{city}}", None),
    ],
    ids=["one has it", "blank", "own", "own only", "template", "without parameters", "spread"],
)
def test_what_can_be_made_for_some_is_started(
    contracts: ContractService,
    rows: list[RecipientRow],
    message: str | None,
    template: MessageTemplate | None,
) -> None:
    made = draft(contracts, rows, message, template)
    assert contracts.start(made).state is ContractState.QUEUED


def test_a_value_far_down_a_list_is_found(contracts: ContractService) -> None:
    made = draft(contracts, [*(row(one) for one in range(4_000)), row(4_001, name="x")], "{{name}}")
    assert contracts.start(made).state is ContractState.QUEUED


def test_a_paused_contract_with_a_new_text_that_nobody_can_get_is_not_resumed(
    contracts: ContractService, ledger: Ledger
) -> None:
    made = draft(contracts, [row(1)], "Привет")
    contracts.start(made)
    contracts.pause(made)
    contracts.change(made, ContractChanges(message="{{name}}"))
    with pytest.raises(MoveRefused, match="can be made for none"):
        contracts.start(made)
    assert ledger.contracts.get(made).state is ContractState.PAUSED


def test_of_a_large_list_a_part_is_read_and_it_is_found_all_the_same(
    sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wa_desktop.ledger.variables._AT_ONCE", 10)
    monkeypatch.setattr("wa_desktop.ledger.variables._READ_WHOLE_UP_TO", 100)
    add_account(sqlite_ledger)
    contracts = ContractService(sqlite_ledger, RememberingBell(), EventBus())
    half = [*(row(one) for one in range(500)), *(row(one, name="x") for one in range(500, 1_000))]
    asked: list[object] = []
    with closing(sqlite_ledger):
        made, other = draft(contracts, half, "{{name}}"), draft(contracts, half, "{{city}}")
        rows = sqlite_ledger._database.rows

        def counting(sql: str, params: tuple[object, ...] = ()) -> object:
            found = rows(sql, params)
            asked.extend(found)
            return found

        monkeypatch.setattr(sqlite_ledger._database, "rows", counting)
        assert contracts.start(made).state is ContractState.QUEUED
        with pytest.raises(MoveRefused, match="city"):
            contracts.start(other)
    assert len(asked) < 300
