"""Connections to PostgreSQL cut at every message of the conversation, one after another.

    python -m tests.bench.cut_commit [--points 60] [--concurrency 1 20] [--late 1.5]

While a campaign is sent, the line is cut at the first message from now on, once sending goes on
at the second one, and so on up to so many: the longest turn has fewer. Each point is cut in each
of the three ways of ``tests/line.py``: the message is lost, carried out without an answer, or
carried out only after the program has connected again. Counted at the far end. Ends with 1 when
anything is lost, doubled or in doubt, or sending does not go on within five seconds.
"""

import argparse
import itertools
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import say
from tests.faults.scene import Scene, begin
from tests.ledgers import check_counts, value
from tests.line import Cut, Line
from tests.programs import Place, filled_contract, phone
from tests.services.postgres import PostgresServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.records import RateLimit
from wa_desktop.ledger.states import MessageState

AGAIN = 5.0
_BATCH = 400


@dataclass(frozen=True, slots=True)
class Figure:
    """What a way of cutting cost, over all points."""

    cuts: int
    lost: int
    doubled: int
    in_doubt: int
    slowest: float

    @property
    def met(self) -> bool:
        """Whether nothing was lost, doubled or in doubt, and sending soon went on."""
        return not (self.lost or self.doubled or self.in_doubt) and self.slowest <= AGAIN


def _cut_everywhere(
    program: Program, cloud: StandIn, line: Line, cut: Cut, points: int, kind: tuple[int, bool]
) -> Figure:
    """Cut at one point after another in as many campaigns as that takes."""
    concurrency, limited = kind
    rate = RateLimit(30, 1_000) if limited else None
    slowest, done, began = 0.0, 0, line.cuts
    scene: Scene | None = None
    lost = doubled = in_doubt = 0
    while True:
        cloud.reset()
        cloud.behave(Behaviour(latency=0.005))
        scene = (
            begin(program, cloud, _BATCH, rate=rate, concurrency=concurrency, start=False)
            if scene is None
            else _again(scene)
        )
        program.services.contracts.start(scene.contract.id)
        while done < points and cloud.count() < _BATCH - 2 * concurrency - 20:
            cloud.wait_for(cloud.count() + 1)
            cuts = line.cuts
            line.cut_after(done + 1, cut)
            line.wait_for_cut(cuts + 1)
            late = line.late if cut is Cut.LATE else 0.0
            before, at = cloud.count(), time.monotonic()
            wait_until(lambda: cloud.count() > before, "sending to go on", 60)  # noqa: B023
            slowest = max(slowest, time.monotonic() - at - late)
            done += 1
        _finish(scene)
        arrived = Counter(one.to.lstrip("+") for one in cloud.accepted())
        lost += sum(phone(one) not in arrived for one in range(_BATCH))
        doubled += sum(amount > 1 for amount in arrived.values())
        in_doubt += len(scene.phones(MessageState.IN_DOUBT))
        check_counts(program.services.ledger, scene.contract.id)
        if done >= points:
            break
    ledger = program.services.ledger
    assert value(ledger, "SELECT COUNT(1) FROM messages WHERE state IN (3, 4)") == 0
    return Figure(line.cuts - began, lost, doubled, in_doubt, slowest)


def _again(scene: Scene) -> Scene:
    """The same campaign once more."""
    contract = filled_contract(scene.program, scene.account, _BATCH)
    return Scene(scene.program, scene.cloud, scene.account, contract, _BATCH, scene.notices)


def _finish(scene: Scene) -> None:
    def over() -> bool:
        return not scene.counts().remaining

    wait_until(over, "the campaign to be done", 120)


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=60)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 20])
    parser.add_argument("--late", type=float, default=1.5)
    given = parser.parse_args()
    met = True
    say("way        | in flight | limit | cuts | lost | doubled | in doubt | again after, s")
    with PostgresServer() as server, TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ways = [*((one, False) for one in given.concurrency), (2, True)]
        for number, (cut, kind) in enumerate(itertools.product(Cut, ways)):
            url = server.url(server.create_database())
            with (
                StandIn() as cloud,
                Line(url, late=given.late) as line,
                Program.open(
                    Place(Path(folder) / str(number), line.url, None).settings()
                ) as program,
            ):
                program.start()
                figure = _cut_everywhere(program, cloud, line, cut, given.points, kind)
            met &= figure.met
            say(
                f"{cut.value:10} | {kind[0]:9} | {'30/s' if kind[1] else 'none':5} | "
                f"{figure.cuts:4} | {figure.lost:4} | {figure.doubled:7} | "
                f"{figure.in_doubt:8} | {figure.slowest:.2f}"
            )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
