"""A turn settles, begins and claims together; what comes late or twice changes nothing."""

import pytest

from tests.ledgers import add_account, check_counts, execute, in_flight, outcome, running, turn
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.ledger.turns.turn import Beat, Turn

K, M = OutcomeKind, MessageState


@pytest.mark.parametrize(
    ("kind", "state", "attempts"),
    [
        (K.SENT, M.SENT, 1),
        (K.RETRY, M.DELAYED, 1),
        (K.FAILED, M.FAILED, 1),
        (K.IN_DOUBT, M.IN_DOUBT, 1),
        (K.RETURNED, M.WAITING, 0),
        (K.SKIPPED, M.SKIPPED, 1),
    ],
)
def test_each_outcome_leads_to_its_state(
    ledger: Ledger, kind: OutcomeKind, state: MessageState, attempts: int
) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    worker, at = ledger.workers.register(), now()
    granted = turn(ledger, worker, free=1).granted[0]
    due = at + SECOND if kind is K.RETRY else None
    turn(
        ledger,
        worker,
        outcomes=[outcome(granted, kind, at=at, due_at=due, code=131000, text="Почему")],
    )
    message = ledger.messages.of_ids([granted.message_id])[0]
    assert (message.state, message.attempts) == (state, attempts)
    if kind is K.SENT:
        assert message.provider_id
        assert (message.sent_at, message.error_code) == (at, None)
    elif kind is not K.RETURNED:
        assert (message.error_code, message.error_text) == (131000, "Почему")
        history = ledger.messages.history(granted.message_id).events
        assert [(one.kind, one.code) for one in history] == [(kind.value, 131000)]
    assert in_flight(ledger) == 0
    check_counts(ledger, contract.id)


def test_an_outcome_that_comes_twice_changes_nothing_the_second_time(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 3)
    worker, at = ledger.workers.register(), now()
    granted = turn(ledger, worker, free=2).granted
    sent = outcome(granted[0], at=at)
    turn(ledger, worker, outcomes=[sent])
    turn(ledger, worker, outcomes=[sent, outcome(granted[0], K.FAILED, at=at)])
    assert ledger.contracts.get(contract.id).counts.sent == 1
    assert in_flight(ledger) == 1
    check_counts(ledger, contract.id)
    minutes = ledger.statistics.minutes(at - 60 * SECOND, at + 60 * SECOND)
    assert [(one.sent, one.failed) for one in minutes] == [(1, 0)]


def test_an_outcome_of_another_workers_message_changes_nothing(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    owner, other = ledger.workers.register(), ledger.workers.register()
    granted = turn(ledger, owner, free=1).granted[0]
    turn(ledger, other, outcomes=[outcome(granted, K.FAILED)])
    assert ledger.contracts.get(contract.id).counts.sending == 1
    check_counts(ledger, contract.id)


def test_news_that_overtook_an_outcome_is_not_moved_back(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=1).granted[0]
    execute(ledger, "UPDATE messages SET state = ?", int(M.READ))
    execute(ledger, "UPDATE counters SET sending = 0, read = 1")
    turn(ledger, worker, outcomes=[outcome(granted)])
    assert ledger.messages.of_ids([granted.message_id])[0].state is M.READ
    assert ledger.contracts.get(contract.id).counts.read == 1


def test_outcomes_of_several_accounts_go_in_one_turn(ledger: Ledger) -> None:
    for name in ("b", "a"):
        add_account(ledger, name, concurrency=2)
    contracts = [running(ledger, 3, account=name) for name in ("a", "b")]
    worker = ledger.workers.register()
    granted = [turn(ledger, worker, free=2, account=name).granted for name in ("a", "b")]
    outcomes = [outcome(one) for row in granted for one in row]
    result = turn(ledger, worker, free=1, account="b", outcomes=outcomes)
    assert len(result.granted) == 1
    assert (in_flight(ledger, "a"), in_flight(ledger, "b")) == (0, 1)
    for name, contract in zip(("a", "b"), contracts, strict=True):
        check_counts(ledger, contract.id, account=name)


def test_a_turn_names_the_contracts_it_worked_through(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 2)
    number = ledger.contracts.number(contract.id)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=2).granted
    assert turn(ledger, worker, outcomes=[outcome(granted[0])]).drained == ()
    result = turn(ledger, worker, outcomes=[outcome(granted[1])])
    assert (result.touched, result.drained) == (frozenset({number}), (number,))
    assert ledger.contracts.complete_if_done(number) == contract.id
    assert ledger.contracts.complete_if_done(number) is None
    assert ledger.contracts.get(contract.id).state is ContractState.COMPLETED


def test_a_contract_with_something_left_is_not_completed(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    turn(ledger, ledger.workers.register(), free=1)
    assert ledger.contracts.complete_if_done(ledger.contracts.number(contract.id)) is None
    assert ledger.contracts.complete_if_done(12_345) is None


def test_a_beat_shows_the_worker_alive_and_what_it_did_last(ledger: Ledger) -> None:
    worker, at = ledger.workers.register(), now()
    ledger.cycle.run(Turn(worker, at, beat=Beat(at - 5, at - 3)))
    ledger.cycle.run(Turn(worker, at, beat=Beat()))
    [shown] = ledger.workers.alive()
    assert (shown.last_seen, shown.last_claim, shown.last_send) == (at, at - 5, at - 3)


def test_an_unknown_account_is_asked_in_vain(ledger: Ledger) -> None:
    result = turn(ledger, ledger.workers.register(), free=1, account="nobody")
    assert (result.granted, result.outlooks) == ((), ())


def test_an_edit_of_the_account_shows_in_the_outlook(ledger: Ledger) -> None:
    account = add_account(ledger)
    worker = ledger.workers.register()
    before = turn(ledger, worker, free=1).outlooks[0].revision
    ledger.accounts.change(account)
    assert turn(ledger, worker, free=1).outlooks[0].revision == before + 1


def test_sent_messages_of_a_minute_are_summed(ledger: Ledger) -> None:
    add_account(ledger)
    running(ledger, 4)
    worker, at = ledger.workers.register(), 1_000_000 * 60 * SECOND
    for granted in turn(ledger, worker, free=4).granted:
        turn(ledger, worker, outcomes=[outcome(granted, at=at + 30 * SECOND)])
    [minute] = ledger.statistics.minutes(at, at + 60 * SECOND)
    assert (minute.minute, minute.sent) == (at, 4)
    assert ledger.statistics.minutes(at + 60 * SECOND, at + 120 * SECOND) == ()
