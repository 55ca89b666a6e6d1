"""Connections to PostgreSQL that are cut while a commit is pending: nothing stays claimed."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.scene import Scene, begin
from tests.ledgers import check_counts, value
from tests.line import Cut, Line, Said, begins, claims, settles
from tests.programs import Place
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.errors import LedgerError, LedgerUnavailable, MoveRefused
from wa_desktop.ledger.records import RateLimit

TIMES = 4
"""How often a campaign's connection is cut."""


@pytest.fixture
def line(made_postgres_url: str) -> Iterator[Line]:
    with Line(made_postgres_url) as opened:
        yield opened


@pytest.fixture
def program(home: Path, line: Line) -> Iterator[Program]:
    with Program.open(Place(home, line.url, None).settings()) as opened:
        yield opened


def _cut_again_and_again(scene: Scene, line: Line, cut: Cut, when: Callable[[Said], bool]) -> None:
    """Cut it in the middle of sending; all go out once, and none is in doubt."""
    for number in range(1, TIMES + 1):
        scene.wait_for_share(number / (TIMES + 2))
        line.cut(cut, when)
        line.wait_for_cut(number)
        scene.goes_on()
    scene.finish()
    assert scene.attempts() == {1}
    ledger = scene.program.services.ledger
    check_counts(ledger, scene.contract.id)
    assert value(ledger, "SELECT SUM(sent) FROM minutes") == scene.amount
    assert value(ledger, "SELECT COALESCE(SUM(in_doubt), 0) FROM minutes") == 0


@pytest.mark.parametrize("cut", list(Cut))
@pytest.mark.parametrize("when", [claims, settles])
@pytest.mark.parametrize("concurrency", [1, 20])
def test_a_commit_that_is_cut_off_leaves_nothing_claimed(
    program: Program,
    line: Line,
    cloud: StandIn,
    cut: Cut,
    when: Callable[[Said], bool],
    concurrency: int,
) -> None:
    cloud.behave(Behaviour(latency=0.01))
    program.start()
    scene = begin(program, cloud, 60 * concurrency, rate=None, concurrency=concurrency)
    _cut_again_and_again(scene, line, cut, when)


@pytest.mark.parametrize("cut", list(Cut))
def test_a_commit_that_begins_claimed_messages_and_is_cut_off_leaves_none_in_doubt(
    program: Program, line: Line, cloud: StandIn, cut: Cut
) -> None:
    program.start()
    scene = begin(program, cloud, 60, rate=RateLimit(30, 1_000), concurrency=2)
    _cut_again_and_again(scene, line, cut, begins)


@pytest.mark.long
@pytest.mark.parametrize("cut", list(Cut))
def test_a_worker_whose_signing_on_was_cut_off_is_buried_and_the_next_start_sends(
    program: Program, line: Line, cloud: StandIn, cut: Cut
) -> None:
    line.cut(cut, lambda said: said.ends("INSERT INTO workers"))
    with pytest.raises(LedgerError):
        program.start()
    program.start()
    begin(program, cloud, 20).finish()
    ledger = program.services.ledger
    signed_on = 1 if cut is Cut.LOST else 2
    everyone = "SELECT COUNT(1) FROM workers"
    wait_until(lambda: value(ledger, everyone) == signed_on, "the late commit to land", 30)
    at_work = "SELECT COUNT(1) FROM workers WHERE ended_at IS NULL"
    wait_until(lambda: value(ledger, at_work) == 1, "the orphan to be buried", 30)


def test_a_throttle_whose_commit_is_cut_off_slows_the_account_once(
    program: Program, line: Line, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(phones={"79990000000": ("130429", "ok")}))
    line.cut(Cut.UNANSWERED, lambda said: said.ends("due_at = COALESCE(v.column5"))
    program.start()
    scene = begin(program, cloud, 1)
    line.wait_for_cut(1)
    scene.finish()
    assert value(program.services.ledger, "SELECT SUM(throttles) FROM accounts") == 1


@pytest.mark.parametrize("cut", list(Cut))
def test_a_command_whose_commit_is_cut_off_says_so_and_doubles_nothing_when_given_again(
    program: Program, line: Line, cloud: StandIn, cut: Cut
) -> None:
    program.start()
    scene = begin(program, cloud, 20, start=False)
    line.cut(cut, lambda said: said.ends("UPDATE", "contracts", "state_reason"))
    with pytest.raises(LedgerUnavailable, match="whether it stored the last change is unknown"):
        program.services.contracts.start(scene.contract.id)
    with contextlib.suppress(MoveRefused):
        program.services.contracts.start(scene.contract.id)
    scene.finish()
