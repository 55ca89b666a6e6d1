"""Stops on a slow store: what begins after the answer, and how much is sent meanwhile.

    python -m tests.bench.slow_store [--delays 0 0.1 0.34 1 5] [--pauses 3] [--seconds 20]

A worker reaches PostgreSQL over a line that brings each answer so many seconds late. A desk on
a quick line pauses the campaign right after the server has got a commit that claims, again and
again. Counted at the far end. Ends with 1 when anything begins after an answer.
"""

import argparse
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import say
from tests.faults.scene import Scene, begin
from tests.line import Line, claims
from tests.programs import Place
from tests.services.postgres import PostgresServer
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program

TOLERANCE = 0.02
_AMOUNT = 20_000


def _stop_again_and_again(
    worker: Program, desk: Program, scene: Scene, line: Line, pauses: int, seconds: float
) -> tuple[float, float, int, float]:
    """Messages a second, the slowest answer to a pause, how many began after one, and how long
    after it the last of them."""
    before, began = scene.cloud.count(), time.monotonic()
    _wait(seconds)
    rate = (scene.cloud.count() - before) / (time.monotonic() - began)
    slowest, late, latest = 0.0, 0, 0.0
    for _ in range(pauses):
        line.wait_for(claims)
        asked = time.monotonic()
        desk.services.contracts.pause(scene.contract.id)
        answered = time.monotonic_ns()
        slowest = max(slowest, time.monotonic() - asked)
        _wait(2 * line.delay + 0.5)
        after = [
            (one.arrived_ns - answered) / 1e9
            for one in scene.cloud.accepted()
            if one.arrived_ns > answered
        ]
        late += sum(one > TOLERANCE for one in after)
        latest = max([latest, *after])
        desk.services.contracts.start(scene.contract.id)
        while desk.services.ledger.work.prepare_slice(scene.contract.id):
            pass
        worker._bell.account(scene.account.id)
    return rate, slowest, late, latest


def _wait(seconds: float) -> None:
    over = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > over, "the time to pass", seconds + 10)


def main() -> int:
    """Run the bench."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--delays", type=float, nargs="+", default=[0.0, 0.1, 0.34, 1.0, 5.0])
    parser.add_argument("--pauses", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    began_late = 0
    say("delay s | messages/s | pause answered s | began after it | the last, ms | doubled")
    with PostgresServer() as server, TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for number, delay in enumerate(given.delays):
            url = server.url(server.create_database())
            home = Path(folder) / str(number)
            with (
                StandIn() as cloud,
                Line(url) as line,
                Program.open(Place(home, url, None).settings()) as desk,
                Program.open(Place(home, line.url, None).settings()) as worker,
            ):
                worker.start()
                scene = begin(desk, cloud, _AMOUNT, rate=None, concurrency=50, start=False)
                worker.services.contracts.start(scene.contract.id)
                cloud.wait_for(50)
                line.delay = delay
                rate, slowest, late, latest = _stop_again_and_again(
                    worker, desk, scene, line, given.pauses, given.seconds
                )
                line.delay = 0.0
                began_late += late
                say(
                    f"{delay:7.2f} | {rate:10.1f} | {slowest:16.2f} | {late:14} | "
                    f"{latest * 1000:12.1f} | {cloud.summary().doubled}"
                )
    return 1 if began_late else 0


if __name__ == "__main__":
    sys.exit(main())
