"""What the provider holds back is sent, and marked until news of it comes."""

from dataclasses import replace

import pytest

from tests.ledgers import add_account, add_contract, check_counts, outcome, run, running, turn
from wa_desktop.clock import now
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.news import News, NewsKind
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import CycleResult

HELD = MessageFilter(held=True)
NOT_HELD = MessageFilter(held=False)


def _settle(ledger: Ledger, kinds: list[OutcomeKind]) -> tuple[Contract, list[Granted]]:
    """A contract whose messages ended so."""
    add_account(ledger)
    contract = running(ledger, len(kinds))
    worker = ledger.workers.register()
    granted = list(turn(ledger, worker, free=len(kinds)).granted)
    turn(ledger, worker, outcomes=_ends(granted, kinds))
    return contract, granted


def _ends(granted: list[Granted], kinds: list[OutcomeKind]) -> list[Outcome]:
    return [
        replace(outcome(one, kind), provider_id=f"wamid.{one.message_id}")
        for one, kind in zip(granted, kinds, strict=True)
    ]


def _news(contract: Contract, one: Granted, kind: NewsKind, code: int | None = None) -> News:
    tracking = f"wa1:{contract.id}:{one.message_id}:1"
    return News(tracking, kind, now(), f"wamid.{one.message_id}", error_code=code)


def test_a_held_message_is_sent_and_marked(ledger: Ledger) -> None:
    contract, (first, second) = _settle(ledger, [OutcomeKind.HELD, OutcomeKind.SENT])
    history = ledger.messages.history(first.message_id)
    assert (history.message.state, history.message.held) == (MessageState.SENT, True)
    assert (history.message.attempts, history.message.provider_id) == (1, "wamid.1")
    assert [one.kind for one in history.events] == ["held"]
    assert not ledger.messages.history(second.message_id).message.held
    counts = ledger.contracts.get(contract.id).counts
    assert (counts.sent, counts.held, counts.completed, counts.remaining) == (2, 1, 2, 0)
    check_counts(ledger, contract.id)
    assert ledger.statistics.totals().held == 1
    [minute] = ledger.statistics.minutes(0, now() + 1)
    assert minute.sent == 2


def test_the_list_shows_what_is_held_or_the_rest(ledger: Ledger) -> None:
    kinds = [OutcomeKind.HELD, OutcomeKind.SENT, OutcomeKind.FAILED, OutcomeKind.HELD]
    contract, granted = _settle(ledger, kinds)
    ids = [one.message_id for one in granted]

    def shown(chosen: MessageFilter) -> list[int]:
        return [one.id for one in ledger.messages.page(contract.id, chosen).items]

    assert shown(HELD) == [ids[0], ids[3]]
    assert list(ledger.messages.ids(contract.id, HELD)) == [ids[0], ids[3]]
    assert shown(NOT_HELD) == [ids[1], ids[2]]
    assert shown(replace(HELD, states=(MessageState.FAILED,))) == []
    first = ledger.messages.page(contract.id, HELD, limit=1)
    second = ledger.messages.page(contract.id, HELD, limit=1, cursor=first.next_cursor)
    assert [one.id for one in (*first.items, *second.items)] == [ids[0], ids[3]]


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (NewsKind.DELIVERED, MessageState.DELIVERED),
        (NewsKind.READ, MessageState.READ),
        (NewsKind.FAILED, MessageState.FAILED),
    ],
)
def test_the_mark_goes_when_the_message_arrives_or_is_dropped(
    ledger: Ledger, kind: NewsKind, state: MessageState
) -> None:
    contract, granted = _settle(ledger, [OutcomeKind.HELD, OutcomeKind.HELD])
    assert ledger.news.record_news(_news(contract, granted[0], kind)) is state
    assert not ledger.messages.history(granted[0].message_id).message.held
    assert ledger.contracts.get(contract.id).counts.held == 1
    ledger.news.record_news(_news(contract, granted[0], kind))
    assert ledger.contracts.get(contract.id).counts.held == 1
    check_counts(ledger, contract.id)


def test_that_it_was_sent_is_known_and_ends_no_hold(ledger: Ledger) -> None:
    contract, [one] = _settle(ledger, [OutcomeKind.HELD])
    assert ledger.news.record_news(_news(contract, one, NewsKind.SENT)) is None
    assert ledger.messages.history(one.message_id).message.held


def test_news_that_overtakes_the_answer_leaves_no_mark(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 1)
    worker = ledger.workers.register()
    granted = list(turn(ledger, worker, free=1).granted)
    ledger.news.record_news(_news(contract, granted[0], NewsKind.DELIVERED))
    turn(ledger, worker, outcomes=_ends(granted, [OutcomeKind.HELD]))
    assert ledger.contracts.get(contract.id).counts.held == 0
    check_counts(ledger, contract.id)


def test_a_late_answer_marks_its_message_too(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 2)
    worker = ledger.workers.register()
    granted = list(turn(ledger, worker, free=2).granted)
    ledger.workers.bury(worker)
    late = [replace(one, late_for=worker) for one in _ends(granted, [OutcomeKind.HELD] * 2)]
    result = turn(ledger, ledger.workers.register(), outcomes=late)
    assert [note.added for note in result.held] == [2]
    assert ledger.contracts.get(contract.id).counts.held == 2
    check_counts(ledger, contract.id)


def test_a_contract_counts_what_is_held_since_its_last_start(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 5)
    ledger.contracts.change(contract.id, pause_after_held=3)
    run(ledger, contract.id)
    worker = ledger.workers.register()

    def held(amount: int) -> CycleResult:
        granted = list(turn(ledger, worker, free=amount).granted)
        ends = _ends(granted, [OutcomeKind.HELD] * amount)
        return turn(ledger, worker, outcomes=ends)

    [first] = held(1).held
    assert (first.is_first, first.is_too_many, first.contract_id) == (True, False, contract.id)
    [second] = held(2).held
    assert (second.is_first, second.is_too_many, second.run) == (False, True, 3)
    ledger.contracts.move(contract.id, ContractState.PAUSED)
    run(ledger, contract.id)
    [third] = held(1).held
    assert (third.is_first, third.is_too_many) == (True, False)
    assert ledger.contracts.get(contract.id).counts.held == 4


def test_a_contract_without_the_setting_goes_on(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 3)
    worker = ledger.workers.register()
    granted = list(turn(ledger, worker, free=3).granted)
    result = turn(ledger, worker, outcomes=_ends(granted, [OutcomeKind.HELD] * 3))
    assert [note.is_too_many for note in result.held] == [False]
    assert ledger.contracts.get(contract.id).pause_after_held is None
