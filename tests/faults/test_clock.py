"""The computer's clock is set by a day while it sends, and while nothing runs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.faults.scene import begin, worst_second
from tests.programs import Place, Worker
from tests.standin.client import StandIn
from wa_desktop.app import Program
from wa_desktop.ledger.records import RateLimit

DAY = 24 * 3_600
FIFTY_A_SECOND = RateLimit(50, 1_000)
ONE_IN_TWO_SECONDS = RateLimit(1, 2_000)

SetClock = Callable[[int], object]


@pytest.fixture
def place(home: Path, sqlite_url: str) -> Place:
    return Place(home, sqlite_url, None)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as opened:
        yield opened


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SetClock:
    """Sets the clock of workers off by so many seconds, of those that run, too."""
    file = tmp_path / "clock"
    path = [str(Path(__file__).parent / "clockwork"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    monkeypatch.setenv("WA_TEST_CLOCK", str(file))

    def set_to(seconds: int) -> None:
        # At once, so that no process reads half of it.
        fresh = file.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(file)

    set_to(0)
    return set_to


@pytest.mark.long("[86400")
@pytest.mark.parametrize("step", [-DAY, DAY])
def test_a_clock_set_by_a_day_neither_stops_sending_nor_breaks_the_limit(
    place: Place, program: Program, cloud: StandIn, set_clock: SetClock, step: int
) -> None:
    scene = begin(program, cloud, 250, rate=FIFTY_A_SECOND)
    with Worker(place) as worker:
        scene.wait_for_share(0.3)
        set_clock(step)
        scene.goes_on()
        scene.wait_for_share(0.6)
        set_clock(0)
        scene.goes_on()
        scene.finish()
        worker.says("the clock moved by")
    assert worst_second(scene.accepted) <= 51


@pytest.mark.long("[-86400]")
@pytest.mark.parametrize("step", [-DAY, DAY])
def test_a_slow_limit_holds_while_the_clock_is_set(
    place: Place, program: Program, cloud: StandIn, set_clock: SetClock, step: int
) -> None:
    scene = begin(program, cloud, 4, rate=ONE_IN_TWO_SECONDS)
    with Worker(place):
        scene.wait_for_share(0.5)
        set_clock(step)
        scene.finish()
    arrived = [one.arrived_ns for one in scene.accepted]
    assert min(b - a for a, b in pairwise(arrived)) > 1.9e9


@pytest.mark.long
def test_a_clock_set_back_while_nothing_ran_stops_nothing_and_the_doctor_sees_it(
    place: Place, program: Program, cloud: StandIn, set_clock: SetClock
) -> None:
    scene = begin(program, cloud, 200, rate=FIFTY_A_SECOND)
    with Worker(place) as first:
        scene.wait_for_share(0.3)
        first.kill()
    set_clock(-DAY)
    assert "it was set back" in _doctor(place)
    with Worker(place):
        scene.goes_on()
        scene.finish(most_in_doubt=20)


def _doctor(place: Place) -> str:
    """What the doctor says of the clock."""
    done = subprocess.run(
        [sys.executable, "-m", "wa_desktop", "doctor", "--json"],
        env=place.environment(),
        capture_output=True,
        check=False,
    )
    checks = json.loads(done.stdout)["checks"]
    return " ".join(one["text"] for one in checks if one["subject"] == "clock")
