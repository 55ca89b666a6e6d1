"""A store whose answers come late: nothing begins after the answer to a stop."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.scene import Scene, begin
from tests.line import Line, claims
from tests.programs import Place
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.switches import QueueName

AMOUNT = 2_000
TOLERANCE_MS = 20
"""Between the moment at which the program looks at a grant's age and the request's arrival."""


@pytest.fixture
def line(made_postgres_url: str) -> Iterator[Line]:
    with Line(made_postgres_url) as opened:
        yield opened


@pytest.fixture
def worker(home: Path, line: Line) -> Iterator[Program]:
    """A program that sends over the slow line."""
    with Program.open(Place(home, line.url, None).settings()) as opened:
        opened.start()
        yield opened
        line.delay = 0.0


@pytest.fixture
def desk(home: Path, made_postgres_url: str, worker: Program) -> Iterator[Program]:
    """A program on the same ledger, on a quick line, that stops and starts."""
    with Program.open(Place(home, made_postgres_url, None).settings()) as opened:
        yield opened


def _pause(desk: Program, scene: Scene) -> None:
    desk.services.contracts.pause(scene.contract.id)


def _cancel(desk: Program, scene: Scene) -> None:
    desk.services.contracts.cancel(scene.contract.id)


def _pause_queue(desk: Program, scene: Scene) -> None:
    desk.services.queues.pause(QueueName.MESSAGES)


def _delete(desk: Program, scene: Scene) -> None:
    desk.services.contracts.delete(scene.contract.id, force=True)


Stop = Callable[[Program, Scene], None]


def _nothing_begins_after(stop: Stop, desk: Program, scene: Scene, line: Line) -> None:
    """Stop right after the server got a commit whose answer is on its way to the worker."""
    line.wait_for(claims)
    stop(desk, scene)
    answered = time.monotonic_ns()
    # Longer than the answer is on its way: what it lets go would arrive by then.
    over = time.monotonic() + 2 * line.delay + 0.5
    wait_until(lambda: time.monotonic() > over, "answers to come", 60)
    late = [one for one in scene.accepted if one.arrived_ns > answered + TOLERANCE_MS * 1_000_000]
    assert len(late) == 0


@pytest.mark.long("0.34")
@pytest.mark.parametrize("delay", [0.0, 0.1, 0.34])
@pytest.mark.parametrize("latency", [0.0, 0.3])
def test_nothing_begins_after_the_answer_to_a_pause_however_late_the_store_answers(
    worker: Program, desk: Program, line: Line, cloud: StandIn, delay: float, latency: float
) -> None:
    cloud.behave(Behaviour(latency=latency))
    scene = begin(worker, cloud, AMOUNT, rate=None, concurrency=50)
    scene.cloud.wait_for(50)
    line.delay = delay
    for _ in range(2):
        _nothing_begins_after(_pause, desk, scene, line)
        desk.services.contracts.start(scene.contract.id)
        while desk.services.ledger.work.prepare_slice(scene.contract.id):
            pass
    line.wait_for(claims)
    line.delay = 0.0
    assert (scene.cloud.summary().doubled, scene.counts().in_doubt) == (0, 0)


@pytest.mark.parametrize("stop", [_cancel, _pause_queue, _delete])
def test_nothing_begins_after_the_answer_to_any_stop(
    worker: Program, desk: Program, line: Line, cloud: StandIn, stop: Stop
) -> None:
    scene = begin(worker, cloud, AMOUNT, rate=None, concurrency=50)
    scene.cloud.wait_for(50)
    line.delay = 0.34
    _nothing_begins_after(stop, desk, scene, line)
    line.delay = 0.0


def test_nothing_begins_after_the_answer_to_a_pause_of_a_ledger_that_another_program_locks(
    light_program: Program, sqlite_url: str, cloud: StandIn
) -> None:
    light_program.start()
    scene = begin(light_program, cloud, AMOUNT, rate=None, concurrency=50)
    contracts = light_program.services.contracts
    answers: list[int] = []

    def pause() -> None:
        contracts.pause(scene.contract.id)
        answers.append(time.monotonic_ns())

    for number in range(1, 6):
        scene.cloud.wait_for(number * 100)
        pausing = threading.Thread(target=pause)
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            pausing.start()
            over = time.monotonic() + 0.34
            wait_until(lambda: time.monotonic() > over, "the lock to last")  # noqa: B023
            other.rollback()
        pausing.join(10)
        wait_until(lambda: not scene.counts().active, "the wire to be empty")
        late = [
            one.arrived_ns - answers[-1]
            for one in scene.accepted
            if one.arrived_ns > answers[-1] + TOLERANCE_MS * 1_000_000
        ]
        assert late == []
        contracts.start(scene.contract.id)
