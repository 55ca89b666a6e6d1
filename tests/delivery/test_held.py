"""Messages that the provider holds back, and refusals of the whole business, over the wire."""

from dataclasses import replace

import pytest

from tests.programs import cloud_account, counts, filled_contract, is_completed, phone
from tests.standin.behaviour import Answer, Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.content import MessageTemplate
from wa_desktop.events import Notice, NoticeKind
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Account, AccountState, Contract
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.recipients.rows import RecipientRow

HELD = {str(Answer.HELD): 1.0}


def _state(program: Program, account: Account) -> AccountState:
    return program.services.ledger.accounts.get(account.id).state


def _stopped(program: Program, account: Account) -> bool:
    return _state(program, account) is AccountState.STOPPED


def _paused(program: Program, contract: Contract) -> bool:
    return program.services.ledger.contracts.get(contract.id).state is ContractState.PAUSED


def _reason(program: Program, account: Account) -> str:
    return program.services.ledger.accounts.get(account.id).state_reason or ""


def _with_template(program: Program, account: Account, amount: int = 3) -> Contract:
    new = NewContract(account.id, "c", template=MessageTemplate("sale", "ru"))
    rows = [RecipientRow(one, phone(one)) for one in range(amount)]
    return program.services.contracts.create_filled(new, rows)[0]


def _held_before(program: Program, cloud: StandIn, account: Account) -> None:
    """A campaign of the account all of whose messages were held back."""
    cloud.behave(Behaviour(shares=HELD))
    contract = filled_contract(program, account, 2)
    program.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(program, contract), "the campaign to be done")
    assert counts(program, contract).held == 2


@pytest.mark.parametrize("answer", [Answer.HELD, Answer.PAUSED])
def test_held_messages_are_sent_marked_and_told_of_once(
    light_sending: Program, cloud: StandIn, notices: list[Notice], answer: Answer
) -> None:
    cloud.behave(Behaviour(phones={phone(one): (str(answer),) for one in range(4)}))
    account = cloud_account(light_sending, cloud)
    contract = filled_contract(light_sending, account, 6)
    light_sending.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(light_sending, contract), "the campaign to be done")
    done = counts(light_sending, contract)
    assert (done.sent, done.held, done.failed) == (6, 4, 0)
    page = light_sending.services.ledger.messages.page(contract.id, MessageFilter(held=True))
    assert {one.phone for one in page.items} == {phone(one) for one in range(4)}
    told = [one for one in notices if one.kind is NoticeKind.HELD]
    assert [(one.subject, one.contract_id) for one in told] == [(contract.name, contract.id)]
    assert "sends or drops them by itself" in told[0].detail


def test_a_campaign_pauses_after_as_many_as_it_is_set_to(sending: Program, cloud: StandIn) -> None:
    cloud.behave(Behaviour(shares=HELD))
    account = cloud_account(sending, cloud, concurrency=1)
    rows = [RecipientRow(one, phone(one)) for one in range(100)]
    new = NewContract(account.id, "c", "Привет", pause_after_held=5)
    contract = sending.services.contracts.create_filled(new, rows)[0]
    sending.services.contracts.start(contract.id)
    wait_until(lambda: _paused(sending, contract), "the campaign to be paused")
    wait_until(lambda: not counts(sending, contract).active, "the wire to be empty")
    reason = sending.services.ledger.contracts.get(contract.id).state_reason or ""
    assert "set to pause after 5" in reason
    assert 5 <= counts(sending, contract).held < 100
    before = counts(sending, contract).held
    sending.services.contracts.start(contract.id)
    wait_until(lambda: counts(sending, contract).held >= before + 5, "five more")
    wait_until(lambda: _paused(sending, contract), "the campaign to be paused again")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("100/33", "knows no sending number with this id"),
        ("190/463", "access token has expired"),
        ("190/460", "changed the password"),
        ("190", "expired or was withdrawn"),
    ],
)
def test_a_subcode_that_is_about_the_account_stops_it_at_once(
    light_sending: Program, cloud: StandIn, answer: str, words: str
) -> None:
    cloud.behave(Behaviour(shares={answer: 1.0}))
    account = cloud_account(light_sending, cloud, concurrency=1)
    contract = filled_contract(light_sending, account, 10)
    light_sending.services.contracts.start(contract.id)
    wait_until(lambda: _stopped(light_sending, account), "the account to be stopped")
    wait_until(lambda: not counts(light_sending, contract).active, "the wire to be empty")
    assert words in _reason(light_sending, account)
    assert answer.replace("/", ", subcode ") in _reason(light_sending, account)
    done = counts(light_sending, contract)
    assert (done.failed, done.remaining) == (0, 10)
    refused = [
        one
        for one in light_sending.services.ledger.messages.page(contract.id).items
        if one.error_code is not None
    ]
    code, _, subcode = answer.partition("/")
    expected = (int(code), int(subcode) if subcode else None)
    assert {(one.error_code, one.error_subcode) for one in refused} == {expected}


def test_132015_of_an_approved_template_stops_all_accounts_of_the_business(
    sending: Program, cloud: StandIn
) -> None:
    accounts = sending.services.ledger.accounts
    cloud.behave(Behaviour(shares={"132015": 1.0}, templates={"sale/ru": "APPROVED"}))
    account = cloud_account(sending, cloud, concurrency=1, waba_id="205")
    sister = cloud_account(sending, cloud, name="sister")
    same_waba = cloud_account(sending, cloud, name="third", waba_id="205")
    stranger = cloud_account(sending, cloud, name="stranger", waba_id="206")
    for one in (account, sister):
        accounts.change(replace(one, portfolio_id="p"))
    contract = _with_template(sending, account)
    sending.services.contracts.start(contract.id)
    wait_until(
        lambda: all(_stopped(sending, one) for one in (account, sister, same_waba)),
        "all three accounts to be stopped",
    )
    assert _state(sending, stranger) is AccountState.ACTIVE
    assert "while it reviews it (code 132015)" in _reason(sending, account)
    assert not _paused(sending, contract)
    wait_until(lambda: not counts(sending, contract).active, "the wire to be empty")
    assert (counts(sending, contract).failed, counts(sending, contract).remaining) == (0, 3)


@pytest.mark.parametrize("state", ["PAUSED", "DISABLED"])
def test_132015_of_a_template_that_is_paused_pauses_the_campaign_alone(
    light_sending: Program, cloud: StandIn, state: str
) -> None:
    cloud.behave(Behaviour(shares={"132015": 1.0}, templates={"sale/ru": state}))
    account = cloud_account(light_sending, cloud, concurrency=1, waba_id="205")
    contract = _with_template(light_sending, account)
    light_sending.services.contracts.start(contract.id)
    wait_until(lambda: _paused(light_sending, contract), "the campaign to be paused")
    assert _state(light_sending, account) is AccountState.ACTIVE


@pytest.mark.parametrize("library", [Answer.HTML_502, "10"])
def test_where_the_template_cannot_be_asked_about_held_messages_decide(
    light_sending: Program, cloud: StandIn, library: str
) -> None:
    account = cloud_account(light_sending, cloud, concurrency=1, waba_id="205")
    told = Behaviour(shares={"132015": 1.0}, library=library)
    cloud.behave(told)
    alone = _with_template(light_sending, account)
    light_sending.services.contracts.start(alone.id)
    wait_until(lambda: _paused(light_sending, alone), "the campaign to be paused")
    assert _state(light_sending, account) is AccountState.ACTIVE

    other = cloud_account(light_sending, cloud, name="other", concurrency=1)
    _held_before(light_sending, cloud, other)
    cloud.behave(told)
    contract = _with_template(light_sending, other)
    light_sending.services.contracts.start(contract.id)
    wait_until(lambda: _stopped(light_sending, other), "the account to be stopped")


def test_135000_after_held_messages_stops_the_account_and_tries_nothing_again(
    sending: Program, cloud: StandIn
) -> None:
    account = cloud_account(sending, cloud, concurrency=1)
    _held_before(sending, cloud, account)
    cloud.behave(Behaviour(shares={"135000": 1.0}))
    contract = filled_contract(sending, account, 5)
    sending.services.contracts.start(contract.id)
    wait_until(lambda: _stopped(sending, account), "the account to be stopped")
    wait_until(lambda: not counts(sending, contract).active, "the wire to be empty")
    assert "(code 135000)" in _reason(sending, account)
    items = sending.services.ledger.messages.page(contract.id).items
    assert not [one for one in items if one.state is MessageState.FAILED]
    assert {one.attempts for one in items} == {0}


def test_135000_alone_is_about_the_message(light_sending: Program, cloud: StandIn) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("135000", "ok")}))
    account = cloud_account(light_sending, cloud)
    contract = filled_contract(light_sending, account, 2)
    light_sending.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(light_sending, contract), "the campaign to be done")
    assert counts(light_sending, contract).sent == 2
    assert _state(light_sending, account) is AccountState.ACTIVE
