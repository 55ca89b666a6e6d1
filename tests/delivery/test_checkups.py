"""Looks at how an account fares while it sends: what they stop, what they let go on, what they
never touch. A look each second, at the stand-in."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.programs import Place, cloud_account, counts, filled_contract, is_completed, phone
from tests.services.postgres import PostgresServer
from tests.standin.behaviour import Answer, Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.clock import SECOND, now
from wa_desktop.content import MessageTemplate
from wa_desktop.delivery.checkups import Seen, judge, remembered
from wa_desktop.events import Event, Notice, NoticeKind
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import (
    Account,
    AccountKind,
    AccountSecrets,
    AccountState,
    Contract,
    RateLimit,
)
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.vitals import Memory
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.senders.vitals import NumberSigns

AMOUNT = 2_000
RATE = RateLimit(20, 1_000)
"""So the campaign outlasts every test's looks."""

TOKEN = "a-token-of-the-tests"
RED = Behaviour(quality="RED")


@pytest.fixture
def each_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts that send are looked at each second."""
    monkeypatch.setenv("WA_CHECK_SECONDS", "1")


@pytest.fixture
def opened(each_second: None, home: Path, ledger_url: str) -> Iterator[Program]:
    """A program that sends and looks each second, once on each ledger."""
    with Program.open(Place(home, ledger_url, None).settings()) as program:
        program.start()
        yield program


@pytest.fixture
def light(each_second: None, home: Path, sqlite_url: str) -> Iterator[Program]:
    """The same where the ledger makes no difference."""
    with Program.open(Place(home, sqlite_url, None).settings()) as program:
        program.start()
        yield program


def _account(program: Program, account: Account) -> Account:
    return program.services.ledger.accounts.get(account.id)


def _stopped(program: Program, account: Account) -> bool:
    return _account(program, account).state is AccountState.STOPPED


def _looks(cloud: StandIn) -> int:
    return sum(one.startswith("number") for one in cloud.questions())


def _wait_for_looks(cloud: StandIn, more: int) -> None:
    """Wait for so many more looks: all but the last have been acted on."""
    wanted = _looks(cloud) + more
    wait_until(lambda: _looks(cloud) >= wanted, f"{more} more looks", 20)


def _running(program: Program, cloud: StandIn) -> tuple[Account, Contract]:
    account = cloud_account(program, cloud, rate=RATE)
    contract = filled_contract(program, account, AMOUNT)
    program.services.contracts.start(contract.id)
    return account, contract


def _with_template(program: Program, account: Account, name: str, language: str) -> Contract:
    new = NewContract(account.id, f"{name} {language}", template=MessageTemplate(name, language))
    rows = [RecipientRow(number, phone(number)) for number in range(AMOUNT)]
    contract, _ = program.services.contracts.create_filled(new, rows)
    program.services.contracts.start(contract.id)
    return contract


def _state(program: Program, contract: Contract) -> ContractState:
    return program.services.ledger.contracts.get(contract.id).state


def test_a_red_number_stops_its_account_and_what_is_left_waits(
    opened: Program, cloud: StandIn
) -> None:
    told: list[Event] = []
    opened.events.subscribe(told.append)
    account, contract = _running(opened, cloud)
    _wait_for_looks(cloud, 2)
    assert not _stopped(opened, account)
    cloud.behave(RED)
    before = _looks(cloud)
    wait_until(lambda: _stopped(opened, account), "the account to be stopped")
    wait_until(lambda: not counts(opened, contract).active, "the wire to be empty")
    reason = _account(opened, account).state_reason or ""
    assert "RED" in reason
    assert _looks(cloud) <= before + 1
    left = counts(opened, contract)
    assert (left.sent, left.failed, left.in_doubt) == (cloud.count(), 0, 0)
    assert left.sent + left.waiting + left.draft == AMOUNT
    assert _state(opened, contract) is ContractState.RUNNING
    notices = [one for one in told if isinstance(one, Notice)]
    assert [
        (one.kind, one.detail) for one in notices if one.kind is NoticeKind.ACCOUNT_STOPPED
    ] == [(NoticeKind.ACCOUNT_STOPPED, reason)]


def test_an_account_resumed_while_its_number_is_still_red_goes_on_also_after_a_restart(
    each_second: None, home: Path, ledger_url: str, cloud: StandIn
) -> None:
    settings = Place(home, ledger_url, None).settings()
    cloud.behave(RED)
    with Program.open(settings) as program:
        program.start()
        account, _ = _running(program, cloud)
        wait_until(lambda: _stopped(program, account), "the account to be stopped")
        program.services.accounts.resume(account.id)
        _wait_for_looks(cloud, 3)
        assert not _stopped(program, account)
    with Program.open(settings) as program:
        program.start()
        _wait_for_looks(cloud, 2)
        assert not _stopped(program, account)


def test_a_number_that_turns_red_again_stops_its_account_again(
    opened: Program, cloud: StandIn
) -> None:
    cloud.behave(RED)
    account, _ = _running(opened, cloud)
    wait_until(lambda: _stopped(opened, account), "the account to be stopped")
    opened.services.accounts.resume(account.id)
    cloud.behave(Behaviour(quality="GREEN"))
    _wait_for_looks(cloud, 2)
    assert not _stopped(opened, account)
    cloud.behave(RED)
    wait_until(lambda: _stopped(opened, account), "the account to be stopped again")


def test_a_red_seen_more_than_a_week_ago_was_for_what_is_past() -> None:
    account = Account("acc", "acc", AccountKind.CLOUD_API)
    seen = Seen(NumberSigns("RED", "CONNECTED"))
    for days, stops in ((6, 0), (8, 1)):
        memory = Memory("RED", now() - days * 86_400 * SECOND)
        assert len(list(judge(account, seen, memory, (), at=now()))) == stops


def test_an_answer_without_a_rating_leaves_what_was_seen() -> None:
    memory = Memory("RED", now())
    for quality in (None, "UNKNOWN"):
        assert remembered(Seen(NumberSigns(quality, None)), memory, (), at=now()) == memory


def test_a_paused_template_pauses_the_campaigns_that_send_it_and_no_others(
    opened: Program, cloud: StandIn
) -> None:
    library = {"promo/ru": "PAUSED", "promo/en": "APPROVED", "promotion/ru": "APPROVED"}
    cloud.behave(Behaviour(templates=library))
    account = cloud_account(opened, cloud, rate=RATE, waba_id="2044")
    plain = filled_contract(opened, account, AMOUNT)
    opened.services.contracts.start(plain.id)
    paused = _with_template(opened, account, "promo", "ru")
    others = [
        _with_template(opened, account, *one) for one in (("promo", "en"), ("promotion", "ru"))
    ]
    others.append(_with_template(opened, account, "unknown", "ru"))
    wait_until(lambda: _state(opened, paused) is ContractState.PAUSED, "the campaign to be paused")
    reason = opened.services.ledger.contracts.get(paused.id).state_reason or ""
    assert reason.startswith("The template promo was paused by the provider")
    _wait_for_looks(cloud, 2)
    wait_until(
        lambda: all(_state(opened, one) is ContractState.RUNNING for one in (plain, *others)),
        "the others to run",
    )
    assert not _stopped(opened, account)
    assert "templates 2044 promo" in cloud.questions()


def test_a_campaign_resumed_with_its_template_still_paused_goes_on_until_it_turns_worse(
    light: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(templates={"promo/ru": "PAUSED"}))
    account = cloud_account(light, cloud, rate=RATE, waba_id="2044")
    contract = _with_template(light, account, "promo", "ru")
    wait_until(lambda: _state(light, contract) is ContractState.PAUSED, "the pause")
    plain = filled_contract(light, account, AMOUNT)
    light.services.contracts.start(plain.id)
    light.services.contracts.start(contract.id)
    _wait_for_looks(cloud, 3)
    assert _state(light, contract) is ContractState.RUNNING
    cloud.behave(Behaviour(templates={"promo/ru": "DISABLED"}))
    wait_until(lambda: _state(light, contract) is ContractState.PAUSED, "the second pause")
    assert "for good" in (light.services.ledger.contracts.get(contract.id).state_reason or "")


@pytest.mark.parametrize(
    "answer",
    [
        *(Answer.HTML_502, Answer.HTML_401, Answer.BARE_429, Answer.EMPTY_200, Answer.CUT_BODY),
        *(Answer.REDIRECT, Answer.DROP_BEFORE, Answer.RESET_AFTER, Answer.NO_ID),
        *("4", "10", "33", "100", "80007", "131016", "368"),
    ],
)
def test_a_look_that_fails_disturbs_nothing(
    light: Program, cloud: StandIn, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.behave(Behaviour(number=answer))
    account = cloud_account(light, cloud, waba_id="2044")
    contract = filled_contract(light, account, 50)
    light.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(light, contract), "the campaign to be done")
    wait_until(lambda: "could not be looked at" in caplog.text, "the failure to be logged")
    assert not _stopped(light, account)
    assert counts(light, contract).sent == cloud.count() == 50
    assert TOKEN not in caplog.text


def test_templates_that_cannot_be_asked_about_disturb_nothing(
    light: Program, cloud: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.behave(Behaviour(library="200"))
    account = cloud_account(light, cloud, rate=RATE, waba_id="2044")
    contract = _with_template(light, account, "promo", "ru")
    _wait_for_looks(cloud, 3)
    assert _state(light, contract) is ContractState.RUNNING
    assert not _stopped(light, account)
    assert caplog.text.count("could not be looked at") == 1


def test_a_look_that_is_not_answered_holds_up_neither_sending_nor_the_end(
    home: Path, sqlite_url: str, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(number=Answer.SILENT))
    with Program.open(Place(home, sqlite_url, None).settings()) as program:
        program.start()
        account = cloud_account(program, cloud)
        contract = filled_contract(program, account, 200)
        program.services.contracts.start(contract.id)
        wait_until(lambda: _looks(cloud) == 1, "the look to begin")
        wait_until(lambda: is_completed(program, contract), "the campaign to be done", 5)
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_a_provider_that_asks_for_time_is_not_looked_at_before(
    light: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(number="80007", regain_minutes=5))
    account, contract = _running(light, cloud)
    wait_until(lambda: _looks(cloud) == 1, "the look")
    sent = cloud.count()
    cloud.wait_for(sent + 3 * RATE.max)
    assert _looks(cloud) == 1
    assert _state(light, contract) is ContractState.RUNNING
    assert not _stopped(light, account)


@pytest.mark.parametrize("behaviour", [Behaviour(number="190"), Behaviour(library="190")])
def test_a_look_whose_token_is_refused_stops_the_account_as_a_send_would(
    light: Program, cloud: StandIn, behaviour: Behaviour
) -> None:
    cloud.behave(behaviour)
    account = cloud_account(light, cloud, rate=RATE, waba_id="2044")
    contract = _with_template(light, account, "promo", "ru")
    wait_until(lambda: _stopped(light, account), "the account to be stopped")
    assert "token has expired" in (_account(light, account).state_reason or "")
    assert counts(light, contract).failed == 0


def test_a_look_that_was_made_with_an_earlier_token_says_nothing_of_the_new_one(
    light: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=1.0, number="190"))
    account, _ = _running(light, cloud)
    wait_until(lambda: _looks(cloud) == 1, "the look to begin")
    light.services.accounts.change(account, AccountSecrets(access_token="a-new-token"))
    cloud.behave(Behaviour())
    _wait_for_looks(cloud, 2)
    assert not _stopped(light, account)


def test_what_a_look_found_is_not_lost_over_a_ledger_that_is_away(
    home: Path, postgres_server: PostgresServer, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=1.0, number="190"))
    url = postgres_server.url(postgres_server.create_database())
    with Program.open(Place(home, url, None).settings()) as program:
        program.start()
        account, contract = _running(program, cloud)
        wait_until(lambda: _looks(cloud) == 1, "the look to begin")
        postgres_server.kill()
        engine = program._engine
        assert engine is not None
        wait_until(lambda: engine._checkups._findings, "the finding to wait for the ledger")
        cloud.behave(Behaviour())
        postgres_server.start()
        wait_until(lambda: _stopped(program, account), "the account to be stopped", 30)
        assert counts(program, contract).failed == 0


def test_nothing_is_looked_at_while_nothing_is_sent_and_the_sandbox_never(
    light: Program, cloud: StandIn
) -> None:
    account = cloud_account(light, cloud)
    idle = filled_contract(light, account, 10)
    sandbox = light.services.accounts.ensure_sandbox()
    contract = filled_contract(light, sandbox, 25)
    light.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(light, contract), "the sandbox's campaign to be done")
    assert cloud.questions() == []
    light.services.contracts.start(idle.id)
    wait_until(lambda: cloud.questions(), "the look once something is sent")


def test_no_account_is_looked_at_where_looks_are_off(
    home: Path, sqlite_url: str, cloud: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WA_CHECK_SECONDS", "0")
    with Program.open(Place(home, sqlite_url, None).settings()) as program:
        program.start()
        contract = filled_contract(program, cloud_account(program, cloud), 50)
        program.services.contracts.start(contract.id)
        wait_until(lambda: is_completed(program, contract), "the campaign to be done")
    assert cloud.questions() == []


def test_a_program_that_takes_over_keeps_to_the_time_of_the_last_look(
    home: Path, ledger_url: str, cloud: StandIn
) -> None:
    settings = Place(home, ledger_url, None).settings()
    with Program.open(settings) as first:
        first.start()
        account = cloud_account(first, cloud)
        contract = filled_contract(first, account, 50)
        first.services.contracts.start(contract.id)
        wait_until(lambda: is_completed(first, contract), "the campaign to be done")
        wait_until(lambda: _looks(cloud) == 1, "the look")
    with Program.open(settings) as second:
        second.start()
        further = filled_contract(second, account, 50)
        second.services.contracts.start(further.id)
        wait_until(lambda: is_completed(second, further), "the second campaign to be done")
    assert _looks(cloud) == 1
