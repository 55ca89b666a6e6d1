"""A turn sends its draw ahead where it is clear what it will be, and is undone where it was not."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.ledgers import add_account, check_counts, in_flight, outcome, running, turn
from tests.opened import open_ledger
from wa_desktop.clock import now
from wa_desktop.ledger.claim import Granted
from wa_desktop.ledger.cycle import CycleResult
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.pipe import Pipe
from wa_desktop.ledger.settle import OutcomeKind
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.workers import LeaseLost

PLACES = 10


class Sending:
    """An engine with ten places in flight, of which each turn frees and fills two."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
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


def test_a_turn_like_those_before_it_sends_its_draw_ahead(ledger: Ledger, sent: Sent) -> None:
    contract = running(ledger, 200)
    sending = Sending(ledger)
    sending.turns(40)
    assert sent.ahead >= 30
    assert sent.undone == 0
    assert sending.order == sorted(sending.order)
    assert len(sending.order) == PLACES + 80
    check_counts(ledger, contract.id)


def _by_another_program(url: str, act: Callable[[Ledger], object]) -> None:
    other = open_ledger(url)
    act(other)
    other.close()


def test_a_pause_in_between_lets_nothing_out_that_was_sent_ahead(
    ledger: Ledger, postgres_url: str, sent: Sent
) -> None:
    contract = running(ledger, 200)
    sending = Sending(ledger)
    sending.turns(20)
    _by_another_program(
        postgres_url, lambda other: other.contracts.move(contract.id, ContractState.PAUSED)
    )
    assert sending.turn().granted == ()
    assert sent.undone == 1
    check_counts(ledger, contract.id)


def test_a_contract_of_higher_priority_that_comes_in_between_goes_first(
    ledger: Ledger, postgres_url: str, sent: Sent
) -> None:
    first = running(ledger, 200)
    sending = Sending(ledger)
    sending.turns(20)
    _by_another_program(postgres_url, lambda other: running(other, 5, name="urgent", priority=5))
    granted = sending.turn().granted
    assert sent.undone == 1
    assert {one.contract for one in granted} == {2}
    sending.turns(3)
    check_counts(ledger, first.id)


def test_another_worker_that_takes_places_in_between_is_counted(
    ledger: Ledger, postgres_url: str, sent: Sent
) -> None:
    contract = running(ledger, 200)
    sending = Sending(ledger)
    sending.turns(20)
    roomier = replace(ledger.accounts.get("acc"), concurrency=PLACES + 4)
    ledger.accounts.change(roomier)

    def take(other: Ledger) -> None:
        assert len(turn(other, other.workers.register(), free=3, at=sending.at).granted) == 3

    _by_another_program(postgres_url, take)
    ledger.accounts.change(replace(roomier, concurrency=PLACES + 2))
    assert len(sending.turn().granted) == 1  # of two that came free
    assert sent.undone == 1
    assert in_flight(ledger) == PLACES + 2
    check_counts(ledger, contract.id)


def test_an_edit_of_the_text_in_between_is_seen(
    ledger: Ledger, postgres_url: str, sent: Sent
) -> None:
    contract = running(ledger, 200)
    sending = Sending(ledger)
    sending.turns(20)
    before = sending._held[0].revision
    _by_another_program(
        postgres_url, lambda other: other.contracts.change(contract.id, body="Новый текст")
    )
    assert {one.revision for one in sending.turn().granted} == {before + 1}
    assert sent.undone == 0  # the rows are the same, whatever is sent to them


def test_the_end_of_a_contract_is_reached_and_told(ledger: Ledger, sent: Sent) -> None:
    contract = running(ledger, 61)
    sending = Sending(ledger)
    results = [sending.turn() for _ in range(40)]
    assert len(sending.order) == len(set(sending.order)) == 61
    assert ledger.contracts.get(contract.id).counts.sent == 61
    assert any(result.drained for result in results)
    check_counts(ledger, contract.id)
    assert sent.ahead > 10


def test_retries_among_the_outcomes_are_drawn_without_looking_ahead(
    ledger: Ledger, sent: Sent
) -> None:
    contract = running(ledger, 200)
    sending = Sending(ledger)
    sending.turns(20)
    before = sent.ahead
    sending.turn(OutcomeKind.FAILED)
    assert sent.ahead == before
    sending.turn()
    assert sent.ahead == before + 1
    assert sent.undone == 0
    check_counts(ledger, contract.id)


def test_a_worker_that_was_buried_in_between_takes_nothing(
    ledger: Ledger, postgres_url: str, sent: Sent
) -> None:
    contract = running(ledger, 200)
    sending = Sending(ledger)
    sending.turns(20)
    _by_another_program(postgres_url, lambda other: _bury(other, sending.worker))
    with pytest.raises(LeaseLost):
        sending.turn()
    assert in_flight(ledger) == 0
    check_counts(ledger, contract.id)


def _bury(ledger: Ledger, worker: int) -> None:
    ledger.workers.bury(worker)
