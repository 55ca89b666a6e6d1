"""Workers on machines whose clocks differ, and a PostgreSQL whose own clock is set."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.faults.scene import Scene, begin, worst_second
from tests.programs import Place, Worker, filled_contract, is_completed
from tests.services.postgres import PostgresServer
from tests.services.shifted_clock import ShiftedClock
from tests.slow_path import SlowPath
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import NoticeKind
from wa_desktop.ledger.records import RateLimit

TWENTY_A_SECOND = RateLimit(20, 1_000)
MINUTES = 600


@dataclass(frozen=True)
class Machine(Place):
    """A machine with a clock of its own, which a file sets."""

    clock: Path = Path()

    def environment(self) -> dict[str, str]:
        """With the module that moves its clock on the path."""
        given = Place.environment(self)
        path = os.pathsep.join(
            [str(Path(__file__).parent / "clockwork"), given.get("PYTHONPATH", "")]
        )
        return given | {"PYTHONPATH": path, "WA_TEST_CLOCK": str(self.clock)}

    def worker(self) -> Worker:
        """A worker on it, with a log of its own."""
        return Worker(self, log=self.log)

    @property
    def log(self) -> Path:
        """What its worker says."""
        return self.clock.with_suffix(".log")

    def set_clock(self, seconds: int) -> None:
        """Set it off by so much."""
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self.clock)


@pytest.fixture
def place(home: Path, postgres_url: str) -> Place:
    return Place(home, postgres_url, None)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as opened:
        yield opened


@pytest.fixture
def machine(place: Place, tmp_path: Path) -> Callable[..., Machine]:
    """Makes a machine whose clock is off by so many seconds."""
    made = 0

    def make(seconds: int, url: str | None = None) -> Machine:
        nonlocal made
        made += 1
        new = Machine(place.home, url or place.ledger_url, None, tmp_path / f"clock{made}")
        new.set_clock(seconds)
        return new

    return make


def _sent_by(program: Program, worker: Worker) -> bool:
    """Whether a worker has sent anything."""
    alive = program.services.ledger.workers.alive()
    return any(one.pid == worker.pid and one.last_send for one in alive)


def _workers_are(program: Program, amount: int, seconds: float = 30) -> None:
    alive = program.services.ledger.workers.alive
    wait_until(lambda: len(alive()) == amount, f"{amount} workers to be alive", seconds)


def _end(*workers: Worker) -> None:
    """In good order, so that nothing is in doubt."""
    for worker in workers:
        worker.send(signal.SIGTERM)
        worker.wait()


def _sends(program: Program, scene: Scene, worker: Worker, first: int) -> None:
    """A further campaign of the account is sent by this worker, the only one."""
    contract = filled_contract(program, scene.account, 20, first=first)
    program.services.contracts.start(contract.id)
    wait_until(lambda: is_completed(program, contract), "the further campaign to be done", 20)
    wait_until(lambda: _sent_by(program, worker), "the worker to report it")


def _holds_the_limit(scene: Scene) -> None:
    """One more than the limit where the second has both ends of an interval, and one that went
    out up to an interval after its slot."""
    assert worst_second(scene.accepted) <= 22


@pytest.mark.long("100000")
@pytest.mark.parametrize("daily_limit", [None, 100_000])
def test_workers_whose_clocks_differ_by_less_send_together_and_alone(
    program: Program,
    cloud: StandIn,
    machine: Callable[..., Machine],
    daily_limit: int | None,
) -> None:
    with machine(-20).worker() as behind, machine(20).worker() as ahead, machine(0).worker() as at:
        _workers_are(program, 3)
        scene = begin(program, cloud, 100, rate=TWENTY_A_SECOND, concurrency=5, start=False)
        if daily_limit is not None:  # recipients are looked at one by one then
            limited = replace(scene.account, daily_limit=daily_limit)
            program.services.accounts.change(limited)
        program.services.contracts.start(scene.contract.id)
        scene.finish()
        _end(at, ahead)
        _sends(program, scene, behind, first=1_000)
        with machine(20).worker() as ahead_too:
            _workers_are(program, 2)
            _end(behind)
            _sends(program, scene, ahead_too, first=2_000)
    _holds_the_limit(scene)


@pytest.mark.long("-90")
@pytest.mark.parametrize("seconds", [-90, MINUTES])
def test_a_worker_whose_clock_is_too_far_off_sends_nothing_says_so_and_goes_on_once_it_is_right(
    program: Program, cloud: StandIn, machine: Callable[..., Machine], seconds: int
) -> None:
    wrong = machine(seconds)
    with machine(0).worker(), wrong.worker() as off:
        off.says("This computer's clock is")
        _workers_are(program, 2)
        scene = begin(program, cloud, 150, rate=TWENTY_A_SECOND, concurrency=5)
        scene.wait_for_share(0.4)
        assert not _sent_by(program, off)
        wrong.set_clock(0)
        off.says("the clock is right again")
        wait_until(lambda: _sent_by(program, off), "it to send again")
        scene.finish()
    _holds_the_limit(scene)


@pytest.mark.long
def test_a_clock_that_goes_wrong_while_messages_are_sent_costs_nothing(
    program: Program, cloud: StandIn, machine: Callable[..., Machine]
) -> None:
    first, second = machine(0), machine(0)
    with first.worker() as one, second.worker() as other:
        _workers_are(program, 2)
        scene = begin(program, cloud, 160, rate=TWENTY_A_SECOND, concurrency=5)
        scene.wait_for_share(0.25)
        first.set_clock(MINUTES)
        one.says(f"clock is {MINUTES} s ahead")
        scene.goes_on()
        second.set_clock(-90)
        other.says("clock is 90 s behind")
        stopped = cloud.count()
        first.set_clock(0)
        second.set_clock(0)
        scene.goes_on()
        assert stopped < 150
        scene.finish()
    _holds_the_limit(scene)


@pytest.mark.long
@pytest.mark.parametrize("step", [-25, 25])
def test_a_server_whose_clock_is_set_is_followed_by_all_workers(
    place: Place,
    program: Program,
    cloud: StandIn,
    machine: Callable[..., Machine],
    step: int,
) -> None:
    server = ShiftedClock(place.ledger_url)
    with machine(0).worker() as one, machine(0).worker() as other:
        _workers_are(program, 2)
        scene = begin(program, cloud, 160, rate=TWENTY_A_SECOND, concurrency=5)
        scene.wait_for_share(0.3)
        server.set(step)
        for worker in (one, other):
            worker.says("the clock moved by")
        scene.goes_on()
        scene.finish()
    _holds_the_limit(scene)


@pytest.mark.long
def test_another_server_whose_clock_is_wrong_stops_all_workers_until_it_is_right(
    home: Path, cloud: StandIn, postgres_server: PostgresServer, machine: Callable[..., Machine]
) -> None:
    url = postgres_server.url(postgres_server.create_database())
    clock = ShiftedClock(url)
    with Program.open(Place(home, url, None).settings()) as program, ExitStack() as stack:
        workers = [stack.enter_context(machine(0, url).worker()) for _ in range(2)]
        _workers_are(program, 2)
        scene = begin(program, cloud, 160, rate=TWENTY_A_SECOND, concurrency=5)
        scene.wait_for_share(0.3)
        clock.set(-MINUTES)
        postgres_server.kill()
        postgres_server.start()
        for worker in workers:
            worker.says(f"clock is {MINUTES} s ahead of the PostgreSQL server's")
        clock.set(0)
        for worker in workers:
            worker.says("the clock is right again")
        scene.goes_on()
        scene.finish(most_in_doubt=0)
    _holds_the_limit(scene)


@pytest.mark.long
def test_a_path_of_300_ms_to_the_server_is_not_taken_for_a_wrong_clock(
    place: Place, program: Program, cloud: StandIn, machine: Callable[..., Machine]
) -> None:
    with SlowPath(place.ledger_url, there=0.2, back=0.1) as path:
        far = machine(20, path.url)
        with far.worker(), machine(-20).worker():
            _workers_are(program, 2, seconds=60)  # a start goes there and back many times
            scene = begin(program, cloud, 120, rate=TWENTY_A_SECOND, concurrency=5)
            scene.finish()
            said = far.log.read_text()
    assert "clock" not in said
    _holds_the_limit(scene)


def test_a_window_whose_clock_is_wrong_sends_nothing_and_shows_why(
    place: Place, program: Program, cloud: StandIn
) -> None:
    server = ShiftedClock(place.ledger_url)
    with Program.open(place.settings()) as window:
        server.set(90)
        scene = begin(window, cloud, 20, rate=TWENTY_A_SECOND)
        window.start()
        scene.shows("clock is 90 s behind the PostgreSQL server's", "(NTP)")
        assert len(scene.told(NoticeKind.TROUBLE)) == 1
        assert cloud.count() == 0
        server.set(0)
        scene.is_well()
        scene.finish()
        assert len(scene.told(NoticeKind.TROUBLE_OVER)) == 1
    _holds_the_limit(scene)
