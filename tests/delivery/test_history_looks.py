"""Doubts settled by the provider's message history, over HTTP: where it is plain, else not."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledgers import check_counts, execute
from tests.programs import Place, Worker, cloud_account, counts, filled_contract, phone
from tests.standin import Answer, Behaviour, StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.clock import SECOND, now
from wa_desktop.delivery import history_looks
from wa_desktop.delivery.history_looks import HistoryLooks, LookTimes
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import (
    Account,
    AccountSecrets,
    Contract,
    DoubtPolicy,
    Message,
)
from wa_desktop.ledger.states import MessageState
from wa_desktop.recipients.rows import RecipientRow

_NEVER = LookTimes((1e6,), every=600.0)
"""The program's own looks: the tests look by hand."""

_SOON = LookTimes((0.2, 0.2, 0.2), every=0.05)
_AGE = 25 * SECOND


ON_SQLITE = pytest.mark.parametrize("ledger_url", ["sqlite"], indirect=True)
"""What hangs on the provider's answers alone needs no second engine."""


@pytest.fixture
def place(home: Path, ledger_url: str) -> Place:
    """On both ledgers; the queue makes no difference."""
    return Place(home, ledger_url, None)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as opened:
        yield opened


@pytest.fixture
def sending(program: Program) -> Program:
    program.start(look_times=_NEVER)
    return program


@pytest.fixture
def account(program: Program, cloud: StandIn) -> Account:
    return cloud_account(program, cloud)


def looks_of(program: Program) -> HistoryLooks:
    return HistoryLooks(program.services.ledger, program.events)


def sent_to_its_end(program: Program, account: Account, amount: int = 1) -> Contract:
    """A contract of that many, started and worked through."""
    contract = filled_contract(program, account, amount)
    program.services.contracts.start(contract.id)

    def ended() -> bool:
        found = counts(program, contract)
        return found.sent + found.in_doubt == amount

    wait_until(ended, "all to be sent or in doubt", 20)
    return contract


def message(program: Program, contract: Contract, place: int = 0) -> Message:
    messages = program.services.ledger.messages
    return messages.history(messages.ids(contract.id)[place]).message


def ledger_of(program: Program, contract: Contract, account: Account) -> None:
    check_counts(program.services.ledger, contract.id, account=account.id)


def test_an_answer_that_was_lost_is_settled_as_sent_and_never_sent_again(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(1): (Answer.DROP_AFTER, Answer.OK)}))
    contract = sent_to_its_end(sending, account, 3)
    looks = looks_of(sending)
    assert looks.once(now()) == 0  # too young
    assert cloud.history_calls() == 0
    assert looks.once(now() + _AGE) == 1
    found = message(sending, contract, 1)
    [ours] = [one for one in cloud.accepted() if one.to == f"+{phone(1)}"]
    assert (found.state, found.provider_id) == (MessageState.SENT, ours.wamid)
    assert abs((found.sent_at or 0) - ours.wall_ns // 1_000) < SECOND
    assert counts(sending, contract).sent == 3
    ledger_of(sending, contract, account)
    looks.once(now() + 10 * _AGE)
    assert (cloud.history_calls(), cloud.summary().posts) == (1, 3)


@ON_SQLITE
def test_a_history_in_the_other_spelling_of_a_number_settles_the_doubt(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    written, known = "5491123456789", "541123456789"
    cloud.behave(Behaviour(phones={written: (Answer.DROP_AFTER,)}, wa_ids={written: known}))
    contract, _ = sending.services.contracts.create_filled(
        NewContract(account.id, "Рассылка", message="Hola"), [RecipientRow(1, written)]
    )
    sending.services.contracts.start(contract.id)
    wait_until(lambda: counts(sending, contract).in_doubt == 1, "the doubt", 20)
    assert looks_of(sending).once(now() + _AGE) == 1
    assert message(sending, contract).state is MessageState.SENT


@ON_SQLITE
def test_a_messages_history_says_that_the_providers_settled_its_doubt(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.RESET_AFTER,)}))
    contract = sent_to_its_end(sending, account)
    looks_of(sending).once(now() + _AGE)
    found = message(sending, contract)
    events = sending.services.ledger.messages.history(found.id).events
    assert [one.kind for one in events] == ["sending", "in_doubt", "sent"]
    assert "provider's message history" in (events[-1].text or "")
    assert events[0].at <= events[1].at <= events[2].at
    assert found.error_text is None


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (("SENT", "DELIVERED"), MessageState.DELIVERED),
        (("SENT", "DELIVERED", "READ"), MessageState.READ),
        (("READ",), MessageState.READ),
        (("SENT", "FAILED"), MessageState.FAILED),
        (("FAILED", "DELIVERED"), MessageState.DELIVERED),
        (("DELETED",), MessageState.IN_DOUBT),
    ],
)
@ON_SQLITE
def test_a_doubt_is_settled_by_how_far_the_message_came(
    sending: Program,
    cloud: StandIn,
    account: Account,
    statuses: tuple[str, ...],
    state: MessageState,
) -> None:
    told = {phone(0): statuses}
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}, statuses=told))
    contract = sent_to_its_end(sending, account)
    looks_of(sending).once(now() + _AGE)
    found = message(sending, contract)
    assert found.state is state
    assert (found.error_text is None) == (state not in (MessageState.FAILED, MessageState.IN_DOUBT))
    ledger_of(sending, contract, account)


def test_a_request_that_never_arrived_stays_in_doubt_and_is_not_sent_again(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_BEFORE, Answer.OK)}))
    contract = sent_to_its_end(sending, account, 2)
    looks, at = looks_of(sending), now()
    for later in range(0, 4 * 3600, 600):
        assert looks.once(at + _AGE + later * SECOND) == 0
    assert message(sending, contract).state is MessageState.IN_DOUBT
    assert cloud.summary().posts == 2
    assert cloud.history_calls() == len(history_looks.TIMES.after)


def test_two_doubts_with_one_id_between_them_both_stay(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER, Answer.DROP_BEFORE)}))
    both = [sent_to_its_end(sending, account) for _ in range(2)]
    assert looks_of(sending).once(now() + _AGE) == 0
    assert [counts(sending, one).in_doubt for one in both] == [1, 1]


@ON_SQLITE
def test_a_doubt_that_two_ids_fit_stays(sending: Program, cloud: StandIn, account: Account) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.OK, Answer.DROP_AFTER)}))
    sent_to_its_end(sending, account)
    # As if another program had sent it: no message of this ledger knows that id.
    execute(sending.services.ledger, "UPDATE messages SET provider_id = NULL")
    contract = sent_to_its_end(sending, account)
    assert looks_of(sending).once(now() + _AGE) == 0
    assert counts(sending, contract).in_doubt == 1


def test_an_id_that_another_message_has_settles_nothing(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.OK, Answer.DROP_BEFORE)}))
    sent_to_its_end(sending, account)
    doubtful = sent_to_its_end(sending, account)
    assert looks_of(sending).once(now() + _AGE) == 0
    assert counts(sending, doubtful).in_doubt == 1


@ON_SQLITE
def test_an_id_from_before_the_request_settles_nothing(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}))
    contract = sent_to_its_end(sending, account)
    execute(sending.services.ledger, "UPDATE events SET at = at + ?", 60 * SECOND)
    assert looks_of(sending).once(now() + _AGE) == 0
    assert counts(sending, contract).in_doubt == 1


@ON_SQLITE
def test_a_doubt_of_which_nobody_knows_when_it_began_stays(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}))
    contract = sent_to_its_end(sending, account)
    execute(sending.services.ledger, "DELETE FROM events WHERE kind = 'sending'")
    assert looks_of(sending).once(now() + _AGE) == 0
    assert (counts(sending, contract).in_doubt, cloud.history_calls()) == (1, 0)


@pytest.mark.parametrize("answer", [Answer.EMPTY_200, "100", Answer.HTML_404])
@ON_SQLITE
def test_a_number_that_gives_no_history_is_asked_once_and_told_once(
    sending: Program,
    cloud: StandIn,
    account: Account,
    answer: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}, history=answer))
    contract = sent_to_its_end(sending, account, 2)
    looks, at = looks_of(sending), now()
    with caplog.at_level(logging.INFO, logger="wa_desktop.delivery.history_looks"):
        for later in (1, 10, 100):
            assert looks.once(at + later * _AGE) == 0
    assert (counts(sending, contract).in_doubt, cloud.history_calls()) == (1, 1)
    [told] = caplog.records
    assert "does not give its message history" in told.message
    sending.services.accounts.change(account, AccountSecrets("another-token-of-the-tests"))
    looks.once(at + 400 * _AGE)
    assert cloud.history_calls() == 2


@ON_SQLITE
def test_a_history_that_is_empty_before_anything_was_sent_is_asked_again(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}, history=Answer.EMPTY_200))
    sent_to_its_end(sending, account)
    looks, at = looks_of(sending), now()
    assert looks.once(at + _AGE) == 0
    cloud.behave(Behaviour())
    assert looks.once(at + 10 * _AGE) == 1


@pytest.mark.parametrize(
    ("answer", "calls"),
    [(Answer.HTML_502, 2), (Answer.DROP_BEFORE, 2), ("80007", 1), (Answer.BARE_429, 1)],
)
@ON_SQLITE
def test_trouble_that_passes_does_not_end_the_looks_and_throttling_makes_them_wait(
    sending: Program, cloud: StandIn, account: Account, answer: str, calls: int
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}, history=answer))
    sent_to_its_end(sending, account, 2)
    looks, at = looks_of(sending), now()
    assert looks.once(at + _AGE) == 0
    assert looks.once(at + 5 * _AGE) == 0
    assert cloud.history_calls() == calls
    cloud.behave(Behaviour())
    assert looks.once(at + 3_600 * SECOND) == 1


@ON_SQLITE
def test_a_history_is_read_page_by_page_to_the_moment_that_matters(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}, history_page=2))
    contract = sent_to_its_end(sending, account, 7)
    looks = looks_of(sending)
    assert looks.once(now() + _AGE) == 1
    assert (counts(sending, contract).sent, cloud.history_calls()) == (7, 4)
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_BEFORE,)}, history_page=2))
    sent_to_its_end(sending, account)
    execute(sending.services.ledger, "UPDATE events SET at = at + ?", 60 * SECOND)
    looks.once(now() + 4 * _AGE)
    assert cloud.history_calls() == 5  # all of its first page lies before the doubt


@ON_SQLITE
def test_what_was_not_read_to_the_end_settles_nothing_older(
    sending: Program, cloud: StandIn, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_looks, "_PAGES_A_LOOK", 2)
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}, history_page=3))
    contract = sent_to_its_end(sending, account, 7)
    looks, at = looks_of(sending), now()
    assert looks.once(at + _AGE) == 0
    assert cloud.history_calls() == 2
    monkeypatch.setattr(history_looks, "_PAGES_A_LOOK", 3)
    monkeypatch.setattr(history_looks, "_CALLS_AN_HOUR", 4)
    assert looks.once(at + 5 * _AGE) == 0
    assert cloud.history_calls() == 4
    assert looks.once(at + 4_000 * SECOND) == 1
    assert counts(sending, contract).in_doubt == 0


@pytest.mark.parametrize("choice", [DoubtPolicy.TREAT_AS_SENT, DoubtPolicy.RESEND])
def test_a_person_who_settles_while_the_provider_is_asked_has_the_last_word(
    sending: Program, cloud: StandIn, account: Account, choice: DoubtPolicy
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER, Answer.OK)}, history_latency=2))
    contract = sent_to_its_end(sending, account)
    settled: list[int] = []
    looking = threading.Thread(
        target=lambda: settled.append(looks_of(sending).once(now() + _AGE)), name="looking"
    )
    looking.start()
    try:
        wait_until(lambda: cloud.history_calls() == 1, "the provider to be asked")
        assert sending.services.doubts.settle(contract.id, choice) == 1
        wait_until(lambda: counts(sending, contract).sent == 1, "the person's choice", 20)
    finally:
        looking.join(20)
    assert settled == [0]
    [last, *_] = reversed(
        sending.services.ledger.messages.history(message(sending, contract).id).events
    )
    assert "person" in (last.text or "")
    assert cloud.count() == (2 if choice is DoubtPolicy.RESEND else 1)
    ledger_of(sending, contract, account)


@ON_SQLITE
def test_sending_goes_on_while_a_slow_provider_is_asked(
    sending: Program, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}, history_latency=4))
    contract = sent_to_its_end(sending, account)
    looking = threading.Thread(target=lambda: looks_of(sending).once(now() + _AGE), name="looking")
    looking.start()
    try:
        wait_until(lambda: cloud.history_calls() == 1, "the provider to be asked")
        other = filled_contract(sending, account, 50, first=100)
        sending.services.contracts.start(other.id)
        wait_until(lambda: counts(sending, other).sent == 50, "the others", 20)
        assert looking.is_alive()
    finally:
        looking.join(20)
    assert counts(sending, contract).sent == 1


def test_doubts_that_a_killed_worker_leaves_are_settled_by_the_next(
    program: Program, place: Place, cloud: StandIn, account: Account
) -> None:
    cloud.behave(Behaviour(phones={phone(number): (Answer.SILENT,) for number in range(3)}))
    contract = filled_contract(program, account, 5)
    program.services.contracts.start(contract.id)
    with Worker(place) as worker:
        wait_until(lambda: counts(program, contract).sent == 2, "the answers", 30)
        cloud.wait_for(5)
        worker.kill()
    program.start(look_times=_SOON)
    wait_until(lambda: counts(program, contract).sent == 5, "the doubts to be settled", 20)
    ids = {one.to.lstrip("+"): one.wamid for one in cloud.accepted()}
    messages = program.services.ledger.messages
    found = messages.of_ids(list(messages.ids(contract.id)))
    assert {one.phone: one.provider_id for one in found} == ids
    assert (cloud.count(), cloud.summary().doubled) == (5, 0)
    ledger_of(program, contract, account)


@ON_SQLITE
def test_a_program_that_stops_while_the_provider_is_asked_stops(
    program: Program, cloud: StandIn, account: Account
) -> None:
    program.start(look_times=_SOON)
    cloud.behave(Behaviour(phones={phone(0): (Answer.DROP_AFTER,)}, history_latency=2))
    contract = sent_to_its_end(program, account)
    wait_until(lambda: cloud.history_calls() == 1, "the provider to be asked")
    program.stop()
    assert counts(program, contract).in_doubt == 1
    assert not [one for one in threading.enumerate() if one.name == "history"]
