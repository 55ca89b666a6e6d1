"""The engine sends to a real server on loopback, whose own record is what counts."""

import json
import time
from collections import Counter
from dataclasses import replace

import pytest

from tests.programs import (
    TOKEN,
    cloud_account,
    counts,
    filled_contract,
    is_completed,
    phone,
    text,
)
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.clock import SECOND, now
from wa_desktop.content import MessageTemplate
from wa_desktop.events import Notice, NoticeKind
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Contract, DoubtPolicy, RateLimit
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.recipients.rows import RecipientRow


def _told(notices: list[Notice], kind: NoticeKind) -> list[str]:
    """What was told of that kind; it comes a little after the ledger says it."""
    return [one.detail for one in notices if one.kind is kind]


def send(program: Program, contract: Contract, seconds: float = 30) -> None:
    """Start a contract and wait until it is completed."""
    program.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(program, contract), "the campaign to be done", seconds)


def test_everyone_gets_their_own_text_once(sending: Program, cloud: StandIn) -> None:
    account = cloud_account(sending, cloud)
    contract = filled_contract(sending, account, 300)
    send(sending, contract)
    accepted = cloud.accepted()
    assert Counter(one.to for one in accepted) == {f"+{phone(one)}": 1 for one in range(300)}
    assert {one.to: one.content for one in accepted} == {
        f"+{phone(one)}": text(one) for one in range(300)
    }
    done = counts(sending, contract)
    assert (done.sent, done.total, done.progress) == (300, 300, 100)
    ids = sending.services.ledger.messages.ids(contract.id)
    shown = sending.services.ledger.messages.of_ids(list(ids))
    assert {one.phone: one.provider_id for one in shown} == {
        one.to.lstrip("+"): one.wamid for one in accepted
    }


def test_a_person_whom_the_provider_knows_under_another_number_is_written_to_once(
    sending: Program, cloud: StandIn
) -> None:
    today, before = "2250707123456", "22507123456"
    cloud.behave(Behaviour(wa_ids={today: before, phone(2): "a-name", phone(3): phone(4)}))
    account = cloud_account(sending, cloud)

    def written_to(*phones: str) -> tuple[int, Contract]:
        contract, report = sending.services.contracts.create_filled(
            NewContract(account.id, "Рассылка", message="Привет"),
            [RecipientRow(number, one) for number, one in enumerate(phones, start=1)],
        )
        send(sending, contract)
        return report.duplicates, contract

    assert written_to(today, phone(2), phone(3))[0] == 0
    duplicates, contract = written_to(before, today, phone(3), phone(4))
    assert duplicates == 1
    assert sorted(one.to for one in cloud.accepted()) == sorted(
        f"+{one}" for one in (today, phone(2), phone(3), before, phone(3), phone(4))
    )
    found = sending.services.ledger.messages.page(contract.id, MessageFilter(search=today))
    assert [one.phone for one in found.items] == [before]


def test_a_pause_holds_and_a_resume_sends_the_rest_once(sending: Program, cloud: StandIn) -> None:
    cloud.behave(Behaviour(latency=0.01))
    account = cloud_account(sending, cloud, concurrency=4)
    contract = filled_contract(sending, account, 200)
    sending.services.contracts.start(contract.id)
    cloud.wait_for(50)
    began = time.monotonic()
    sending.services.contracts.pause(contract.id)
    assert time.monotonic() - began < 1
    returned = time.time_ns()
    wait_until(lambda: not counts(sending, contract).active, "the wire to be empty")
    late = [one for one in cloud.accepted() if one.wall_ns > returned]
    assert late == []
    held = cloud.count()
    assert held < 200
    assert counts(sending, contract).waiting + counts(sending, contract).draft == 200 - held
    send(sending, contract)
    assert (cloud.count(), cloud.summary().doubled) == (200, 0)


def test_texts_with_fields_and_templates_are_filled_in(
    light_sending: Program, cloud: StandIn
) -> None:
    service = light_sending.services.contracts
    account = cloud_account(light_sending, cloud)
    rows = [
        RecipientRow(1, phone(1), None, {"имя": "Аня"}),
        RecipientRow(2, phone(2), None, {"имя": "  "}),
    ]
    plain, _ = service.create_filled(NewContract(account.id, "a", "Привет, {{имя|друг}}!"), rows)
    header = {"type": "header", "parameters": [{"type": "text", "text": "Для {{имя}}"}]}
    template = MessageTemplate("hello", "ru", {"1": "{{ ИМЯ }}"}, (header,))
    formal, _ = service.create_filled(NewContract(account.id, "b", None, template), rows[:1])
    for contract in (plain, formal):
        send(light_sending, contract)
    *texts, last = sorted(cloud.accepted(), key=lambda one: (one.kind == "template", one.to))
    assert [one.content for one in texts] == ["Привет, Аня!", "Привет, друг!"]
    body = json.loads(last.content)
    assert body["name"] == "hello"
    texts_sent = [one["parameters"][0]["text"] for one in body["components"]]
    assert texts_sent == ["Для Аня", "Аня"]


def test_a_message_that_cannot_be_made_fails_alone_with_its_reason(
    light_sending: Program, cloud: StandIn
) -> None:
    account = cloud_account(light_sending, cloud)
    rows = [RecipientRow(1, phone(1), None, {"имя": "Аня"}), RecipientRow(2, phone(2))]
    contract, _ = light_sending.services.contracts.create_filled(
        NewContract(account.id, "a", "Привет, {{имя}}!"), rows
    )
    send(light_sending, contract)
    failed = MessageFilter(states=(MessageState.FAILED,))
    [message] = light_sending.services.ledger.messages.page(contract.id, failed).items
    assert message.phone == phone(2)
    assert message.error_text == "There is no value for {{имя}}."
    assert cloud.count() == 1


def test_trouble_at_the_provider_is_tried_again_until_it_goes_through(
    light_sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("131000", "ok")}))
    contract = filled_contract(light_sending, cloud_account(light_sending, cloud), 2)
    send(light_sending, contract)
    [first] = [one for one in cloud.accepted() if one.to == f"+{phone(0)}"]
    assert (first.tracking or "").endswith(":2")
    assert counts(light_sending, contract).sent == 2


def test_a_message_that_goes_on_failing_fails_for_good_with_code_and_reason(
    light_sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("131000",)}))
    account = cloud_account(light_sending, cloud)
    new = NewContract(account.id, "c", "Привет", max_attempts=2)
    contract, _ = light_sending.services.contracts.create_filled(
        new, [RecipientRow(1, phone(0)), RecipientRow(2, phone(1))]
    )
    send(light_sending, contract)
    page = light_sending.services.ledger.messages.page(contract.id)
    failed = page.items[0]
    assert (failed.state, failed.attempts, failed.error_code) == (MessageState.FAILED, 2, 131000)
    assert failed.error_text == "The stand-in was told to answer 131000"
    assert cloud.summary().answers == {"131000": 2, "ok": 1}
    history = light_sending.services.ledger.messages.history(failed.id)
    assert [one.kind for one in history.events] == ["retry", "failed"]


def test_throttling_costs_no_attempt(light_sending: Program, cloud: StandIn) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("130429", "ok")}, retry_after="0"))
    account = cloud_account(light_sending, cloud)
    new = NewContract(account.id, "c", "Привет", max_attempts=1)
    contract, _ = light_sending.services.contracts.create_filled(new, [RecipientRow(1, phone(0))])
    send(light_sending, contract)
    [message] = light_sending.services.ledger.messages.page(contract.id).items
    assert (message.state, message.attempts) == (MessageState.SENT, 1)


def test_a_wait_that_nobody_can_mean_is_bounded_and_written_down(
    light_sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("130429", "ok")}, retry_after="1e30"))
    account = cloud_account(light_sending, cloud)
    contract = filled_contract(light_sending, account, 1)
    light_sending.services.contracts.start(contract.id)
    wait_until(lambda: counts(light_sending, contract).delayed == 1, "the message to wait")
    stored = light_sending.services.ledger.accounts.get(account.id)
    assert 0 < stored.throttled_until - now() <= 24 * 3600 * SECOND


@pytest.mark.long
def test_throttling_uses_up_none_of_a_recipients_waits(
    light_sending: Program, cloud: StandIn
) -> None:
    answers = (*["130429"] * 7, "131056", "ok")
    cloud.behave(Behaviour(phones={phone(0): answers}, retry_after="0.1"))
    contract = filled_contract(light_sending, cloud_account(light_sending, cloud), 1)
    send(light_sending, contract)
    done = counts(light_sending, contract)
    assert (done.sent, done.failed, cloud.summary().posts) == (1, 0, 9)


@pytest.mark.parametrize(
    "answer", ["drop_after", "reset_after", "empty_200", "no_id", "cut_body", "html_502"]
)
def test_an_unclear_end_is_in_doubt_and_never_sent_again(
    light_sending: Program, cloud: StandIn, answer: str
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (answer, "ok")}))
    contract = filled_contract(light_sending, cloud_account(light_sending, cloud), 3)
    send(light_sending, contract)
    done = counts(light_sending, contract)
    assert (done.in_doubt, done.sent) == (1, 2)
    assert cloud.summary().posts == 3
    doubtful = MessageFilter(states=(MessageState.IN_DOUBT,))
    [message] = light_sending.services.ledger.messages.page(contract.id, doubtful).items
    assert message.phone == phone(0)
    assert message.error_text


def test_nothing_goes_out_until_every_connection_of_a_lost_network_shows_its_loss(
    light_sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("drop_after",)}))
    account = cloud_account(light_sending, cloud, concurrency=1)
    send(light_sending, filled_contract(light_sending, account, 3))
    lost, second, _ = (one.arrived_ns for one in cloud.accepted())
    assert second - lost >= 50_000_000


def test_a_policy_that_sends_doubts_again_ends_with_the_attempts(
    light_sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(phones={phone(0): ("drop_after",)}))
    ledger = light_sending.services.ledger
    account = cloud_account(light_sending, cloud)
    new = NewContract(
        account.id, "c", "Привет", max_attempts=2, doubt_policy=DoubtPolicy.RESEND, doubt_grace=0
    )
    contract, _ = light_sending.services.contracts.create_filled(new, [RecipientRow(1, phone(0))])
    light_sending.services.contracts.start(contract.id)
    cloud.wait_for(2)

    def is_left() -> bool:
        found = ledger.contracts.get(contract.id)
        return found.counts.in_doubt == 1 and found.state is ContractState.COMPLETED

    wait_until(is_left, "it to be in doubt again")
    assert ledger.work.doubts_of_age(now() + 3_600 * SECOND) == ()
    [message] = ledger.messages.page(contract.id).items
    assert (message.state, message.attempts, cloud.count()) == (MessageState.IN_DOUBT, 2, 2)


def test_a_provider_that_is_away_is_waited_for_without_costing_attempts(
    light_sending: Program, notices: list[Notice]
) -> None:
    with StandIn() as gone:
        port = gone.port
        account = cloud_account(light_sending, gone, concurrency=2)
    new = NewContract(account.id, "c", "Привет", max_attempts=1)
    contract, _ = light_sending.services.contracts.create_filled(
        new, [RecipientRow(one, phone(one)) for one in range(5)]
    )
    light_sending.services.contracts.start(contract.id)
    wait_until(lambda: counts(light_sending, contract).delayed, "the first failure")
    with StandIn() as back:
        assert back.port != port
        light_sending.services.accounts.change(replace(account, api_base_url=back.base_url), TOKEN)
        wait_until(lambda: is_completed(light_sending, contract), "the rest to be sent", 30)
        assert (back.count(), back.summary().doubled) == (5, 0)
    attempts = [
        one.attempts for one in light_sending.services.ledger.messages.page(contract.id).items
    ]
    assert attempts == [1] * 5
    assert NoticeKind.PAUSED not in {one.kind for one in notices}


def test_a_fault_of_the_template_pauses_the_contract_in_plain_words(
    light_sending: Program, cloud: StandIn, notices: list[Notice]
) -> None:
    cloud.behave(Behaviour(shares={"132015": 1.0}))
    contract = filled_contract(
        light_sending, cloud_account(light_sending, cloud, concurrency=2), 40
    )
    light_sending.services.contracts.start(contract.id)
    ledger = light_sending.services.ledger

    def is_paused() -> bool:
        found = ledger.contracts.get(contract.id)
        return found.state is ContractState.PAUSED and not found.counts.active

    wait_until(is_paused, "the campaign to be paused")
    reason = ledger.contracts.get(contract.id).state_reason or ""
    assert reason.endswith("(code 132015)")
    wait_until(lambda: _told(notices, NoticeKind.PAUSED), "the notice")
    assert _told(notices, NoticeKind.PAUSED) == [reason]
    assert counts(light_sending, contract).failed == 0
    cloud.behave(Behaviour())
    send(light_sending, contract)
    assert counts(light_sending, contract).sent == 40


def test_an_expired_token_stops_the_account_and_a_new_one_goes_on(
    light_sending: Program, cloud: StandIn, notices: list[Notice]
) -> None:
    from wa_desktop.ledger.records import AccountSecrets, AccountState

    cloud.behave(Behaviour(token="the-new-one"))
    services = light_sending.services
    account = cloud_account(light_sending, cloud, concurrency=2)
    contract = filled_contract(light_sending, account, 30)
    services.contracts.start(contract.id)

    def is_stopped() -> bool:
        return services.ledger.accounts.get(account.id).state is AccountState.STOPPED

    wait_until(is_stopped, "the account to be stopped")
    wait_until(lambda: not counts(light_sending, contract).active, "the wire to be empty")
    reason = services.ledger.accounts.get(account.id).state_reason or ""
    assert "access token has expired" in reason
    wait_until(lambda: _told(notices, NoticeKind.ACCOUNT_STOPPED), "the notice")
    assert _told(notices, NoticeKind.ACCOUNT_STOPPED) == [reason]
    assert (cloud.count(), counts(light_sending, contract).failed) == (0, 0)
    stored = services.ledger.accounts.get(account.id)
    services.accounts.change(stored, AccountSecrets(access_token="the-new-one"))
    services.accounts.resume(account.id)
    wait_until(lambda: is_completed(light_sending, contract), "the campaign to be done", 30)
    assert (cloud.count(), counts(light_sending, contract).sent) == (30, 30)


def test_an_edited_account_is_taken_up_while_it_sends(
    light_sending: Program, cloud: StandIn
) -> None:
    services = light_sending.services
    slow = cloud_account(light_sending, cloud, rate=RateLimit(1, 60_000))
    contract = filled_contract(light_sending, slow, 50)
    services.contracts.start(contract.id)
    cloud.wait_for(1)
    services.accounts.change(replace(slow, rate_limit=RateLimit(1_000, 1_000)))
    # The slot that was reserved under the old limit stands; it is moved by hand here.
    database = services.ledger._database
    with database.write():
        database.run("UPDATE accounts SET next_slot_at = 0")
    services.accounts.resume(slow.id)
    wait_until(lambda: is_completed(light_sending, contract), "the campaign to be done", 20)
    assert cloud.count() == 50


def test_a_text_edited_during_a_pause_is_the_one_that_is_sent(
    light_sending: Program, cloud: StandIn
) -> None:
    from wa_desktop.contracts.service import ContractChanges

    cloud.behave(Behaviour(latency=0.01))
    services = light_sending.services
    account = cloud_account(light_sending, cloud, concurrency=1)
    rows = [RecipientRow(one, phone(one)) for one in range(60)]
    contract, _ = services.contracts.create_filled(NewContract(account.id, "c", "старый"), rows)
    services.contracts.start(contract.id)
    cloud.wait_for(5)
    services.contracts.pause(contract.id)
    wait_until(lambda: not counts(light_sending, contract).active, "the wire to be empty")
    before = cloud.count()
    services.contracts.change(contract.id, ContractChanges(message="новый"))
    send(light_sending, contract)
    assert [one.content for one in cloud.accepted()] == ["старый"] * before + ["новый"] * (
        60 - before
    )


def test_a_new_contract_never_gets_the_text_of_a_deleted_one(
    light_sending: Program, cloud: StandIn
) -> None:
    services = light_sending.services
    account = cloud_account(light_sending, cloud, concurrency=1)
    cloud.behave(Behaviour(latency=0.01))
    rows = [RecipientRow(one, phone(one)) for one in range(20)]
    first, _ = services.contracts.create_filled(NewContract(account.id, "a", "первый"), rows)
    services.contracts.start(first.id)
    cloud.wait_for(2)
    services.contracts.pause(first.id)
    for _ in range(3):
        services.ledger.contracts.change(first.id, priority=1)
    services.contracts.delete(first.id)
    wait_until(lambda: not services.ledger.work.unfinished(0), "the campaign to be gone")
    before = cloud.count()
    second, _ = services.contracts.create_filled(NewContract(account.id, "b", "второй"), rows)
    send(light_sending, second)
    assert {one.content for one in cloud.accepted(before)} == {"второй"}


def test_the_account_gets_no_more_requests_at_once_than_it_may(
    light_sending: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.05))
    contract = filled_contract(
        light_sending, cloud_account(light_sending, cloud, concurrency=3), 30
    )
    send(light_sending, contract)
    arrivals = [one.arrived_ns for one in cloud.accepted()]
    for first, fourth in zip(arrivals, arrivals[3:], strict=False):
        assert fourth - first >= 49_000_000


def test_a_limit_of_ten_a_second_holds_in_every_window_and_is_used(
    light_sending: Program, cloud: StandIn
) -> None:
    account = cloud_account(light_sending, cloud, rate=RateLimit(10, 1_000))
    contract = filled_contract(light_sending, account, 50)
    send(light_sending, contract)
    summary = cloud.summary()
    assert summary.worst_window <= 11
    assert 49 / 5.5 <= 49 / summary.span <= 49 / 4.8
    assert summary.doubled == 0


def test_the_first_of_many_goes_out_at_once_and_all_news_is_told(
    light_sending: Program, cloud: StandIn, notices: list[Notice]
) -> None:
    account = cloud_account(light_sending, cloud, rate=RateLimit(1, 60_000))
    rows = (RecipientRow(one, phone(one)) for one in range(100_000))
    contract, _ = light_sending.services.contracts.create_filled(
        NewContract(account.id, "Большая", "Привет"), rows
    )
    began = time.monotonic()
    light_sending.services.contracts.start(contract.id)
    cloud.wait_for(1)
    assert time.monotonic() - began < 1
    began = time.monotonic()
    light_sending.services.contracts.pause(contract.id)
    assert time.monotonic() - began < 1
    assert [one.kind for one in notices] == [NoticeKind.STARTED, NoticeKind.PAUSED]


def test_the_end_of_a_contract_is_told_once(
    light_sending: Program, cloud: StandIn, notices: list[Notice]
) -> None:
    contract = filled_contract(light_sending, cloud_account(light_sending, cloud), 20)
    send(light_sending, contract)

    def finished() -> list[Notice]:
        return [one for one in notices if one.kind is NoticeKind.FINISHED]

    wait_until(lambda: bool(finished()), "the notice")
    light_sending.stop()
    assert [(one.contract_id, one.subject) for one in finished()] == [(contract.id, contract.name)]
