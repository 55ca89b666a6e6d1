"""Long faults: how soon sending goes on after them, and what they cost.

    python -m tests.bench.faults [--seconds 60] [--only NAME ...]

Each fault lasts that long in the middle of a campaign of 100 messages a second. Counted at
the far end; ``again`` is the time from the end of the cause to the next message there.
"""

import argparse
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.scene import Scene, begin
from tests.programs import Place, Worker, is_completed, phone
from tests.services.postgres import PostgresServer
from tests.services.process import free_port
from tests.services.redis import RedisServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.states import MessageState

IN_FLIGHT = 20
RATE = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """What a fault cost. ``shown``: what the program or its worker said meanwhile."""

    again: float
    doubled: int
    lost: int
    in_doubt: int
    attempts: int
    shown: str


class Bench:
    """The parts of one measurement; everything ends with it."""

    def __init__(self, stack: ExitStack, seconds: float) -> None:
        self.stack = stack
        self.seconds = seconds
        self.home = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        self.file = self.home / "ledger.db"

    def scene(self, url: str, redis_url: str | None = None, port: int = 0) -> Scene:
        """A campaign that outlasts the fault, not yet sent by anybody."""
        self.place = Place(self.home, url, redis_url)
        program = self.stack.enter_context(Program.open(self.place.settings()))
        cloud = self.stack.enter_context(StandIn(port))
        cloud.behave(Behaviour(latency=0.1))
        return begin(program, cloud, round((self.seconds + 20) * RATE), concurrency=IN_FLIGHT)

    def figure(self, scene: Scene, again: float) -> Figure:
        """Wait for the end and reckon."""
        shown = next(iter(scene.program.health().problems), "")
        program, contract = scene.program, scene.contract
        wait_until(lambda: is_completed(program, contract), "the rest", 600)
        shown = next((one.detail for one in scene.notices if one.detail), shown)
        return reckoned(scene, again, shown)


def reckoned(scene: Scene, again: float, shown: str) -> Figure:
    """The account of a campaign that has ended."""
    accepted = Counter(one.to.lstrip("+") for one in scene.accepted)
    sent, failed, doubtful = (
        scene.phones(one) for one in (MessageState.SENT, MessageState.FAILED, MessageState.IN_DOUBT)
    )
    everyone = {phone(number) for number in range(scene.amount)}
    lost = len(everyone - sent - failed - doubtful) + len(sent - accepted.keys())
    doubled = sum(accepted.values()) - len(accepted)
    return Figure(again, doubled, lost, len(doubtful), max(scene.attempts()), shown)


def network(bench: Bench) -> Figure:
    """The provider's port is closed."""
    port = free_port()
    scene = bench.scene(f"sqlite:///{bench.file}", port=port)
    scene.program.start()
    scene.cloud.wait_for(300)
    scene.earlier = scene.cloud.accepted()
    scene.cloud.__exit__(None, None, None)
    time.sleep(bench.seconds)
    scene.cloud = bench.stack.enter_context(StandIn(port))
    return bench.figure(scene, scene.goes_on())


def redis_away(bench: Bench) -> Figure:
    """Redis is killed and comes back empty."""
    redis = bench.stack.enter_context(RedisServer())
    scene = bench.scene(f"sqlite:///{bench.file}", redis.url)
    scene.program.start()
    scene.cloud.wait_for(300)
    redis.kill()
    time.sleep(bench.seconds)
    redis.start()
    return bench.figure(scene, scene.goes_on())


def postgresql_away(bench: Bench) -> Figure:
    """PostgreSQL is killed and comes back."""
    server = bench.stack.enter_context(PostgresServer())
    scene = bench.scene(server.url(server.create_database()))
    scene.program.start()
    scene.cloud.wait_for(300)
    server.kill()
    time.sleep(bench.seconds)
    server.start()
    return bench.figure(scene, scene.goes_on())


def sqlite_locked(bench: Bench) -> Figure:
    """Another program holds the ledger's file locked."""
    scene = bench.scene(f"sqlite:///{bench.file}")
    scene.program.start()
    scene.cloud.wait_for(300)
    with closing(sqlite3.connect(bench.file, timeout=60, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(bench.seconds)
        other.execute("COMMIT")
    return bench.figure(scene, scene.goes_on())


def worker_stopped(bench: Bench) -> Figure:
    """One of two workers is stopped (SIGSTOP) and continued; ``again`` is the other's pause."""
    server = bench.stack.enter_context(PostgresServer())
    scene = bench.scene(server.url(server.create_database()))
    stopped = bench.stack.enter_context(Worker(bench.place))
    scene.cloud.wait_for(300)
    bench.stack.enter_context(Worker(bench.place))
    alive = scene.program.services.ledger.workers.alive
    wait_until(lambda: len(alive()) == 2, "the second worker", 30)
    stopped.send(signal.SIGSTOP)
    time.sleep(bench.seconds)
    stopped.send(signal.SIGCONT)
    return bench.figure(scene, scene.goes_on())


def mixture(bench: Bench) -> Figure:
    """5 % 131026, 10 % 131000, 10 % 130429 at random over 1,000 messages."""
    shares = {"131026": 0.05, "131000": 0.1, "130429": 0.1}
    bench.seconds = -10
    scene = bench.scene(f"sqlite:///{bench.file}")
    scene.cloud.behave(Behaviour(shares=shares, retry_after="1", seed=7))
    scene.program.start()
    return bench.figure(scene, scene.goes_on())


FAULTS: dict[str, Callable[[Bench], Figure]] = {
    "network": network,
    "redis": redis_away,
    "postgresql": postgresql_away,
    "sqlite": sqlite_locked,
    "stopped": worker_stopped,
    "mixture": mixture,
}


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=list(FAULTS))
    given = parser.parse_args()
    sys.stdout.write("fault         again  doubled  lost  in doubt  most attempts  shown\n")
    for name in given.only:
        with ExitStack() as stack:
            found = FAULTS[name](Bench(stack, given.seconds))
        sys.stdout.write(
            f"{name:11} {found.again:5.2f} s  {found.doubled:7}  {found.lost:4}  "
            f"{found.in_doubt:8}  {found.attempts:13}  {found.shown[:70]}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
