"""What the provider answers again and again pauses the contract or stops the account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import Place, cloud_account, counts, filled_contract, is_completed, phone
from tests.services.postgres import PostgresServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import Event, Notice, NoticeKind
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.reports.health import Status

AMOUNT = 300
CONCURRENCY = 4


@pytest.fixture
def sending(home: Path, sqlite_url: str) -> Iterator[Program]:
    """A program that sends, on SQLite."""
    with Program.open(Place(home, sqlite_url, None).settings()) as opened:
        opened.start()
        yield opened


def _paused(program: Program, contract: Contract) -> bool:
    found = program.services.ledger.contracts.get(contract.id)
    return found.state is ContractState.PAUSED and not found.counts.active


@pytest.mark.parametrize(
    ("answer", "words", "lost"),
    [
        ("100", "The same error came 3 times in a row.", 3),
        ("131026", "50 of the last 50 messages failed.", 50),
        ("html_502", "messages it is unknown whether they were sent.", 20),
    ],
)
def test_a_campaign_that_only_fails_is_paused_and_goes_on_where_it_stood(
    sending: Program, cloud: StandIn, answer: str, words: str, lost: int
) -> None:
    notices: list[Event] = []
    sending.events.subscribe(notices.append)
    cloud.behave(Behaviour(latency=0.005, shares={answer: 1.0}))
    account = cloud_account(sending, cloud, concurrency=CONCURRENCY)
    contract = filled_contract(sending, account, AMOUNT)
    sending.services.contracts.start(contract.id)
    wait_until(lambda: _paused(sending, contract), "the campaign to be paused")
    paused = sending.services.ledger.contracts.get(contract.id)
    assert words in (paused.state_reason or "")
    spoilt = paused.counts.failed + paused.counts.in_doubt
    assert lost <= spoilt <= lost + 4 * CONCURRENCY
    told = [one for one in notices if isinstance(one, Notice) and one.kind is NoticeKind.PAUSED]
    assert [one.detail for one in told] == [paused.state_reason]

    cloud.behave(Behaviour())
    sending.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(sending, contract), "the rest to be sent")
    assert counts(sending, contract).sent == AMOUNT - spoilt


def test_a_message_whose_tries_paused_its_campaign_has_them_anew_after_the_resume(
    sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("1", "1", "1", "ok")}))
    account = cloud_account(sending, cloud)
    new = NewContract(account.id, "c", "Привет", max_attempts=2)
    contract, _ = sending.services.contracts.create_filled(new, [RecipientRow(1, phone(0))])
    sending.services.contracts.start(contract.id)
    wait_until(lambda: _paused(sending, contract), "the campaign to be paused", 20)
    assert cloud.summary().posts == 2
    sending.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(sending, contract), "the message to be sent", 20)
    [message] = sending.services.ledger.messages.page(contract.id).items
    assert (message.attempts, cloud.count()) == (2, 1)


def test_a_campaign_is_paused_even_if_the_ledger_was_away_just_then(
    home: Path, postgres_server: PostgresServer, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=1.0, shares={"100": 1.0}))
    url = postgres_server.url(postgres_server.create_database())
    with Program.open(Place(home, url, None).settings()) as program:
        account = cloud_account(program, cloud, concurrency=CONCURRENCY)
        contract = filled_contract(program, account, AMOUNT)
        program.start()
        program.services.contracts.start(contract.id)
        wait_until(lambda: cloud.summary().posts >= CONCURRENCY, "all to be on the wire")
        postgres_server.kill()
        wait_until(lambda: not program.health().ok, "the trouble to be seen")
        cloud.behave(Behaviour(shares={"100": 1.0}))
        postgres_server.start()
        wait_until(
            lambda: program.health().status is not Status.NOT_OK, "the ledger to be back", 30
        )
        wait_until(lambda: not counts(program, contract).active, "the wire to be empty")
        found = program.services.ledger.contracts.get(contract.id)
        assert (found.state, found.counts.failed) == (ContractState.PAUSED, CONCURRENCY)


def test_a_campaign_with_some_bad_numbers_and_some_trouble_goes_through(
    sending: Program, cloud: StandIn
) -> None:
    bad = [phone(number) for number in range(0, AMOUNT, 10)]
    shaky = [phone(number) for number in range(1, AMOUNT, 30)]
    answers = dict.fromkeys(bad, ("131026",)) | dict.fromkeys(shaky, ("131056", "ok"))
    cloud.behave(Behaviour(phones=answers))
    account = cloud_account(sending, cloud, concurrency=CONCURRENCY)
    contract = filled_contract(sending, account, AMOUNT)
    sending.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(sending, contract), "the campaign to be done", 30)
    done = counts(sending, contract)
    assert (done.sent, done.failed) == (AMOUNT - len(bad), len(bad))


def test_a_network_that_goes_with_all_on_the_wire_pauses_nothing(
    sending: Program, cloud: StandIn
) -> None:
    lost = {phone(number): ("drop_after",) for number in range(100, 140)}
    cloud.behave(Behaviour(latency=0.1, phones=lost))
    account = cloud_account(sending, cloud, concurrency=80)
    contract = filled_contract(sending, account, 200)
    sending.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(sending, contract), "the campaign to be done", 30)
    done = counts(sending, contract)
    assert (done.sent, done.in_doubt) == (160, 40)
