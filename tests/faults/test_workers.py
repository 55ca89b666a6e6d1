"""Workers that are killed, stopped and continued, or asked to end; one, two and three of them."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.scene import begin
from tests.programs import Place, Worker
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.states import MessageState

CONCURRENCY = 20


@pytest.fixture
def place(home: Path, postgres_url: str) -> Place:
    return Place(home, postgres_url, None)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as opened:
        yield opened


def _workers_are(program: Program, amount: int) -> None:
    alive = program.services.ledger.workers.alive
    wait_until(lambda: len(alive()) == amount, f"{amount} workers to be alive", 30)


@pytest.mark.long("[3]")
@pytest.mark.parametrize("amount", [2, 3])
def test_workers_that_share_a_ledger_and_are_killed_in_turn_lose_and_double_nothing(
    place: Place, program: Program, cloud: StandIn, amount: int
) -> None:
    cloud.behave(Behaviour(latency=0.05))
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(place)) for _ in range(amount)]
        _workers_are(program, amount)
        scene = begin(program, cloud, 1_500, rate=None, concurrency=CONCURRENCY)
        for number, worker in enumerate(workers):
            scene.wait_for_share(0.2 + 0.5 * number / amount)
            worker.kill()
            workers[number] = stack.enter_context(Worker(place))
            scene.goes_on()
        scene.finish(most_in_doubt=CONCURRENCY * amount)


@pytest.mark.long
def test_a_worker_stopped_for_longer_than_its_lease_sends_nothing_that_another_took(
    place: Place, program: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.4))
    scene = begin(program, cloud, 400, rate=None, concurrency=CONCURRENCY)
    with Worker(place) as stopped:
        scene.wait_for_share(0.05)
        stopped.send(signal.SIGSTOP)
        with Worker(place):
            # All places are held by what the stopped one left, until its lease runs out.
            wait_until(lambda: scene.counts().in_doubt, "the stopped one to be buried", 60)
            scene.goes_on()
            doubtful = scene.phones(MessageState.IN_DOUBT)
            stopped.send(signal.SIGCONT)
            scene.goes_on()
            stopped.says("must register anew")
            scene.finish(most_in_doubt=CONCURRENCY)
    # The answers of what it had on the wire waited for it: it knows, so nobody need doubt.
    arrived = {one.to.lstrip("+") for one in scene.accepted}
    assert doubtful & arrived
    assert not scene.phones(MessageState.IN_DOUBT)


@pytest.mark.long
def test_a_worker_asked_to_end_finishes_what_is_on_the_wire_and_gives_back_the_rest(
    place: Place, program: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=0.5))
    scene = begin(program, cloud, 300)
    with Worker(place) as worker:
        scene.wait_for_share(0.1)
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0
        worker.says("Worker stopped.")
    found = scene.counts()
    assert found.active == found.in_doubt == 0
    assert found.sent == cloud.count()
    assert found.sent + found.waiting + found.draft == 300
    assert program.services.ledger.workers.alive() == ()
    with Worker(place):
        scene.goes_on()
        scene.finish()


def test_a_worker_asked_to_end_twice_ends_at_once(
    place: Place, program: Program, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(latency=9.0))
    scene = begin(program, cloud, 40, rate=None, concurrency=CONCURRENCY)
    with Worker(place) as worker:
        cloud.wait_for(CONCURRENCY)
        worker.send(signal.SIGTERM)
        worker.says("Once more ends it now")
        worker.send(signal.SIGTERM)
        assert worker.wait(3) == 128 + signal.SIGTERM
    cloud.behave(Behaviour())
    with Worker(place):
        scene.finish(most_in_doubt=CONCURRENCY)
