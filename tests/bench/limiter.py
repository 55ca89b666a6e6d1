"""Whether the rate holds to the message, and is reached, as the far end sees it.

    python -m tests.bench.limiter [--seconds 60]

On PostgreSQL and Redis. Three runs: 80 a second with three workers, 1,000 a second with 200
in flight, 10 a second over a quarter of a minute. Means are over the time from the first to
the last message; a window is any second, wherever it begins. Ends with 1 when a figure that
is asked for is missed.
"""

import argparse
import sys
from contextlib import ExitStack
from dataclasses import dataclass

from tests.bench.figures import SHARED, Asked, Verdict, is_over, say, stores
from tests.programs import Worker, cloud_account, filled_contract
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.records import RateLimit


@dataclass(frozen=True, slots=True)
class Run:
    """What is asked of the limiter. ``at_least`` is the mean, ``at_most`` the worst window;
    ``None`` where a millisecond between slots is less than a busy machine's own jitter."""

    rate: int
    seconds: int
    workers: int
    in_flight: int
    latency: float
    at_least: float
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Figure:
    """What came of it."""

    run: Run
    mean: float
    worst: int
    doubled: int

    def asked(self) -> list[Asked]:
        """What the run is held to."""
        found = [
            Asked("mean", self.mean, self.run.at_least, "/s", least=True),
            Asked("doubled", self.doubled, 0),
        ]
        if self.run.at_most is not None:
            found.insert(1, Asked("in any second", self.worst, self.run.at_most))
        return found


def measure(run: Run) -> Figure:
    """Send for so many seconds at that rate."""
    amount = run.rate * run.seconds
    with StandIn() as cloud, stores(SHARED) as place, Program.open(place.settings()) as program:
        cloud.behave(Behaviour(latency=run.latency))
        limit = RateLimit(run.rate, 1_000)
        account = cloud_account(program, cloud, rate=limit, concurrency=run.in_flight)
        contract = filled_contract(program, account, amount)
        with ExitStack() as stack:
            for _ in range(run.workers):
                stack.enter_context(Worker(place))
            alive = program.services.ledger.workers.alive
            wait_until(lambda: len(alive()) == run.workers, "the workers", 60)
            program.services.contracts.start(contract.id)
            wait_until(lambda: is_over(program, contract), "all to be sent", 300)
        summary = cloud.summary(1_000)
    assert summary.distinct == amount, summary
    mean = (summary.accepted - 1) / summary.span
    return Figure(run, mean, summary.worst_window, summary.doubled)


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="of the first run")
    given = parser.parse_args()
    runs = (
        Run(80, given.seconds, 3, 40, 0.1, 79, 81),
        Run(1_000, 15, 1, 200, 0.05, 950, None),
        Run(10, 15, 1, 10, 0.1, 9.5, 11),
    )
    verdict = Verdict()
    say(" rate  workers  in flight  seconds      mean  worst  asked")
    for run in runs:
        found = measure(run)
        said = verdict.on(f"{run.rate} a second", *found.asked())
        say(
            f"{run.rate:5}  {run.workers:7}  {run.in_flight:9}  {run.seconds:7}  "
            f"{found.mean:8.2f}  {found.worst:5}  {said}"
        )
    return verdict.finish()


if __name__ == "__main__":
    sys.exit(main())
