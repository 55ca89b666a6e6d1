"""A turn sends its draw ahead where it is clear what it will be, and is undone where it was not."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.ledgers import add_account, check_counts, in_flight, outcome, running, turn
from tests.opened import open_ledger
from wa_desktop.clock import now
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.sql.pipe import Pipe
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.ledger.turns.turn import CycleResult
from wa_desktop.ledger.workers import LeaseLost

PLACES = 10


class Sending:
    """An engine with ten places in flight, of which each turn frees and fills two."""

    def __init__(self, ledger: Ledger, recipients: int = 200) -> None:
        self.ledger = ledger
        self.contract = running(ledger, recipients).id
        self.worker = ledger.workers.register()
        self.at: int = now()
        self.order: list[int] = []
        self._held: list[Granted] = []
        self._take(turn(ledger, self.worker, free=PLACES, at=self.at))

    def turn(self, kind: OutcomeKind = OutcomeKind.SENT) -> CycleResult:
        self.at += 1_000
        ended, self._held = self._held[:2], self._held[2:]
        free = PLACES - len(self._held)
        outcomes = [outcome(one, kind, at=self.at) for one in ended]
        result = turn(self.ledger, self.worker, free=free, at=self.at, outcomes=outcomes)
        self._take(result)
        return result

    def turns(self, amount: int) -> None:
        for _ in range(amount):
            self.turn()

    def check(self) -> None:
        check_counts(self.ledger, self.contract)

    def _take(self, result: CycleResult) -> None:
        self._held.extend(result.granted)
        self.order.extend(one.message_id for one in result.granted)


class Sent:
    """How many draws were sent ahead, and how many of them were undone."""

    def __init__(self) -> None:
        self.ahead = 0
        self.undone = 0


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    found = Sent()
    guess, roll_back = Pipe.guess, Pipe.roll_back

    def counted_guess(pipe: Pipe, *given: object) -> None:
        found.ahead += 1
        guess(pipe, *given)  # type: ignore[arg-type]

    def counted_roll_back(pipe: Pipe) -> None:
        found.undone += 1
        roll_back(pipe)

    monkeypatch.setattr(Pipe, "guess", counted_guess)
    monkeypatch.setattr(Pipe, "roll_back", counted_roll_back)
    return found


@pytest.fixture
def ledger(postgres_url: str) -> Iterator[Ledger]:
    opened = open_ledger(postgres_url)
    add_account(opened, concurrency=PLACES)
    yield opened
    opened.close()


@pytest.fixture
def sending(ledger: Ledger, sent: Sent) -> Sending:
    """After twenty turns that were like each other."""
    begun = Sending(ledger)
    begun.turns(20)
    return begun


def test_a_turn_like_those_before_it_sends_its_draw_ahead(sending: Sending, sent: Sent) -> None:
    sending.turns(20)
    assert sent.ahead >= 30
    assert sent.undone == 0
    assert sending.order == sorted(sending.order)
    assert len(sending.order) == PLACES + 80
    sending.check()


def _by_another_program(url: str, act: Callable[[Ledger], object]) -> None:
    other = open_ledger(url)
    act(other)
    other.close()


def test_a_pause_in_between_lets_nothing_out_that_was_sent_ahead(
    sending: Sending, postgres_url: str, sent: Sent
) -> None:
    _by_another_program(
        postgres_url, lambda other: other.contracts.move(sending.contract, ContractState.PAUSED)
    )
    assert sending.turn().granted == ()
    assert sent.undone == 1
    sending.check()


def test_a_contract_of_higher_priority_that_comes_in_between_goes_first(
    sending: Sending, postgres_url: str, sent: Sent
) -> None:
    _by_another_program(postgres_url, lambda other: running(other, 5, name="urgent", priority=5))
    granted = sending.turn().granted
    assert sent.undone == 1
    assert {one.contract for one in granted} == {2}
    sending.turns(3)
    sending.check()


def test_another_worker_that_takes_places_in_between_is_counted(
    ledger: Ledger, sending: Sending, postgres_url: str, sent: Sent
) -> None:
    roomier = replace(ledger.accounts.get("acc"), concurrency=PLACES + 4)
    ledger.accounts.change(roomier)

    def take(other: Ledger) -> None:
        assert len(turn(other, other.workers.register(), free=3, at=sending.at).granted) == 3

    _by_another_program(postgres_url, take)
    ledger.accounts.change(replace(roomier, concurrency=PLACES + 2))
    assert len(sending.turn().granted) == 1  # of two that came free
    assert sent.undone == 1
    assert in_flight(ledger) == PLACES + 2
    sending.check()


def test_an_edit_of_the_text_in_between_is_seen(
    sending: Sending, postgres_url: str, sent: Sent
) -> None:
    before = sending._held[0].revision
    _by_another_program(
        postgres_url, lambda other: other.contracts.change(sending.contract, body="Новый текст")
    )
    assert {one.revision for one in sending.turn().granted} == {before + 1}
    assert sent.undone == 0  # the rows are the same, whatever is sent to them


def test_the_end_of_a_contract_is_reached_and_told(ledger: Ledger, sent: Sent) -> None:
    sending = Sending(ledger, 61)
    results = [sending.turn() for _ in range(40)]
    assert len(sending.order) == len(set(sending.order)) == 61
    assert ledger.contracts.get(sending.contract).counts.sent == 61
    assert any(result.drained for result in results)
    sending.check()
    assert sent.ahead > 10


def test_retries_among_the_outcomes_are_drawn_without_looking_ahead(
    sending: Sending, sent: Sent
) -> None:
    before = sent.ahead
    sending.turn(OutcomeKind.FAILED)
    assert sent.ahead == before
    sending.turn()
    assert sent.ahead == before + 1
    assert sent.undone == 0
    sending.check()


def test_a_worker_that_was_buried_in_between_takes_nothing(
    ledger: Ledger, sending: Sending, postgres_url: str, sent: Sent
) -> None:
    _by_another_program(postgres_url, lambda other: other.workers.bury(sending.worker))
    with pytest.raises(LeaseLost):
        sending.turn()
    assert in_flight(ledger) == 0
    sending.check()
