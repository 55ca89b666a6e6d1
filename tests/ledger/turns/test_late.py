"""What a buried worker learns afterwards settles the doubt about its own messages."""

from dataclasses import replace

import pytest

from tests.ledgers import add_account, check_counts, in_flight, outcome, running, turn
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.chosen_rows import Action, ActionKind
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind

WAITING, SENT, FAILED, IN_DOUBT = (
    MessageState.WAITING,
    MessageState.SENT,
    MessageState.FAILED,
    MessageState.IN_DOUBT,
)


def _buried(ledger: Ledger, amount: int = 2) -> tuple[Contract, int, tuple[Granted, ...]]:
    """A contract all of whose messages were on the wire of a worker that was buried."""
    add_account(ledger)
    contract = running(ledger, amount)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=amount).granted
    assert ledger.workers.bury(worker) == amount
    return contract, worker, granted


def _learn(ledger: Ledger, *outcomes: Outcome) -> None:
    turn(ledger, ledger.workers.register(), outcomes=outcomes)


def _late(one: Granted, worker: int, kind: OutcomeKind, **given: object) -> Outcome:
    return replace(outcome(one, kind), late_for=worker, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "state", "attempts"),
    [
        (OutcomeKind.SENT, SENT, 1),
        (OutcomeKind.FAILED, FAILED, 1),
        (OutcomeKind.RETRY, WAITING, 1),
        (OutcomeKind.RETURNED, WAITING, 0),
        (OutcomeKind.IN_DOUBT, IN_DOUBT, 1),
    ],
)
def test_a_late_answer_settles_the_doubt_it_is_about(
    ledger: Ledger, kind: OutcomeKind, state: MessageState, attempts: int
) -> None:
    contract, worker, (first, second) = _buried(ledger)
    _learn(ledger, _late(first, worker, kind))
    message = ledger.messages.history(first.message_id).message
    assert (message.state, message.attempts) == (state, attempts)
    assert ledger.messages.history(second.message_id).message.state is IN_DOUBT
    assert in_flight(ledger) == 0
    check_counts(ledger, contract.id)


def test_what_is_to_be_tried_again_later_is_not_tried_before(ledger: Ledger) -> None:
    contract, worker, (first, _) = _buried(ledger)
    tomorrow = now() + 86_400 * SECOND
    _learn(ledger, _late(first, worker, OutcomeKind.RETRY, error_code=131049, due_at=tomorrow))
    found = ledger.messages.history(first.message_id).message
    assert (found.state, found.due_at) == (MessageState.DELAYED, tomorrow)
    other = ledger.workers.register()
    assert turn(ledger, other, free=2).granted == ()
    check_counts(ledger, contract.id)
    [again] = turn(ledger, other, free=2, at=tomorrow).granted
    assert again.message_id == first.message_id


def test_the_history_tells_how_the_doubt_ended(ledger: Ledger) -> None:
    _, worker, (first, _) = _buried(ledger)
    _learn(ledger, _late(first, worker, OutcomeKind.SENT))
    events = ledger.messages.history(first.message_id).events
    assert [one.kind for one in events] == ["sending", "in_doubt", "sent"]


def test_what_was_not_sent_has_failed_when_its_contract_has_ended(ledger: Ledger) -> None:
    contract, worker, (first, _) = _buried(ledger)
    ledger.contracts.move(contract.id, ContractState.COMPLETED)
    _learn(ledger, _late(first, worker, OutcomeKind.RETURNED))
    assert ledger.messages.history(first.message_id).message.state is FAILED
    check_counts(ledger, contract.id)


def test_what_was_not_sent_waits_when_its_contract_was_put_off(ledger: Ledger) -> None:
    contract, worker, (first, _) = _buried(ledger)
    ledger.contracts.move(contract.id, ContractState.PAUSED)
    ledger.contracts.move(contract.id, ContractState.SCHEDULED)
    _learn(ledger, _late(first, worker, OutcomeKind.RETURNED))
    assert ledger.messages.history(first.message_id).message.state is WAITING
    check_counts(ledger, contract.id)


def test_another_worker_settles_nothing_that_was_not_its_own(ledger: Ledger) -> None:
    _, worker, (first, _) = _buried(ledger)
    _learn(ledger, _late(first, worker + 1, OutcomeKind.SENT), outcome(first))
    assert ledger.messages.history(first.message_id).message.state is IN_DOUBT


def _resend(ledger: Ledger, contract: Contract) -> None:
    """Have all that is in doubt sent again."""
    again = Action(ActionKind.RETRY, now(), states=(int(IN_DOUBT),))
    ledger.actions.begin(contract.id, again)
    while ledger.actions.slice(contract.id):
        pass


def test_what_was_sent_after_all_is_not_sent_again(ledger: Ledger) -> None:
    contract, worker, (first, second) = _buried(ledger)
    _resend(ledger, contract)
    _learn(
        ledger,
        _late(first, worker, OutcomeKind.SENT),
        _late(second, worker, OutcomeKind.FAILED),
    )
    message = ledger.messages.history(first.message_id).message
    assert (message.state, message.attempts) == (SENT, 1)
    check_counts(ledger, contract.id)
    [again] = turn(ledger, ledger.workers.register(), free=2).granted
    assert again.message_id == second.message_id


def test_a_late_answer_changes_nothing_once_the_message_was_sent_again(ledger: Ledger) -> None:
    contract, worker, granted = _buried(ledger)
    _resend(ledger, contract)
    other = ledger.workers.register()
    assert len(turn(ledger, other, free=2).granted) == 2
    ledger.workers.bury(other)
    _learn(ledger, _late(granted[0], worker, OutcomeKind.RETURNED))
    assert ledger.messages.history(granted[0].message_id).message.state is IN_DOUBT
    check_counts(ledger, contract.id)
