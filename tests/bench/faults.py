"""Long faults: how soon sending goes on after them, and what they cost.

    python -m tests.bench.faults [--seconds 60] [--messages 2000] [--only NAME ...]

Each fault lasts that long in the middle of a campaign of 100 messages a second. Counted at
the far end; ``again`` is the time from the end of the cause to the next message there.
``mixture`` (see ``mixture.py``) is a campaign of so many messages of which a quarter is
refused in some way. Ends with 1 when a figure that is asked for is missed.
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

from tests.bench.figures import Asked, Verdict, is_over, say
from tests.bench.mixture import mixed
from tests.faults.scene import Scene, begin
from tests.programs import Place, Worker, phone
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
AGAIN = 5.0
"""Seconds within which sending goes on once the cause has ended."""

_LONGEST = 60.0
_MIXTURE = "mixture"
_HOLDS_UP_NOTHING = {"stopped"}
"""Another worker goes on meanwhile, so there is no trouble to show."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What a fault cost. ``shown``: what the program or its worker said meanwhile."""

    again: float
    doubled: int
    lost: int
    in_doubt: int
    attempts: int
    shown: str

    def asked(self, *, shown: bool) -> list[Asked]:
        """What it is held to: no attempt is spent on a fault, and trouble is to be ``shown``."""
        found = [
            Asked("again", self.again, AGAIN, " s"),
            Asked("doubled", self.doubled, 0),
            Asked("lost", self.lost, 0),
            Asked("in doubt", self.in_doubt, IN_FLIGHT),
            Asked("attempts", self.attempts, 1),
        ]
        return [*found, Asked("trouble not shown", not self.shown, 0)] if shown else found


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

    def last(self, scene: Scene) -> None:
        """Let the fault last, and keep what the program says meanwhile."""
        began = time.monotonic()
        self._shown = ""
        while (left := began + self.seconds - time.monotonic()) > 0:
            time.sleep(min(1.0, left))
            self._shown = next(iter(scene.program.health().problems), self._shown)

    def figure(self, scene: Scene) -> Figure:
        """The cause has ended: wait for the next message, then for the end, and reckon."""
        before, began = scene.cloud.count(), time.monotonic()
        wait_until(lambda: scene.cloud.count() > before, "sending to go on", _LONGEST)
        again = time.monotonic() - began
        program, contract = scene.program, scene.contract
        wait_until(lambda: is_over(program, contract), "the rest", 600)
        shown = next((one.detail for one in scene.notices if one.detail), self._shown)
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
    bench.last(scene)
    scene.cloud = bench.stack.enter_context(StandIn(port))
    return bench.figure(scene)


def redis_away(bench: Bench) -> Figure:
    """Redis is killed and comes back empty."""
    redis = bench.stack.enter_context(RedisServer())
    scene = bench.scene(f"sqlite:///{bench.file}", redis.url)
    scene.program.start()
    scene.cloud.wait_for(300)
    redis.kill()
    bench.last(scene)
    redis.start()
    return bench.figure(scene)


def postgresql_away(bench: Bench) -> Figure:
    """PostgreSQL is killed and comes back."""
    server = bench.stack.enter_context(PostgresServer())
    scene = bench.scene(server.url(server.create_database()))
    scene.program.start()
    scene.cloud.wait_for(300)
    server.kill()
    bench.last(scene)
    server.start()
    return bench.figure(scene)


def sqlite_locked(bench: Bench) -> Figure:
    """Another program holds the ledger's file locked."""
    scene = bench.scene(f"sqlite:///{bench.file}")
    scene.program.start()
    scene.cloud.wait_for(300)
    with closing(sqlite3.connect(bench.file, timeout=60, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        bench.last(scene)
        other.execute("COMMIT")
    return bench.figure(scene)


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
    bench.last(scene)
    stopped.send(signal.SIGCONT)
    return bench.figure(scene)


FAULTS: dict[str, Callable[[Bench], Figure]] = {
    "network": network,
    "redis": redis_away,
    "postgresql": postgresql_away,
    "sqlite": sqlite_locked,
    "stopped": worker_stopped,
}


def faults(names: list[str], seconds: float, verdict: Verdict) -> None:
    """Measure these and print the table."""
    say("fault         again  doubled  lost  in doubt  most attempts  asked")
    for name in names:
        try:
            with ExitStack() as stack:
                found = FAULTS[name](Bench(stack, seconds))
        except (TimeoutError, RuntimeError, AssertionError) as error:
            say(f"{name:11} {verdict.broken(name, error)}")
            continue
        asked = found.asked(shown=name not in _HOLDS_UP_NOTHING)
        say(
            f"{name:11} {found.again:5.2f} s  {found.doubled:7}  {found.lost:4}  "
            f"{found.in_doubt:8}  {found.attempts:13}  {verdict.on(name, *asked)}"
        )
        say(f"{'':13} shown: {found.shown or '-'}")


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--messages", type=int, default=2_000, help="of the mixture")
    parser.add_argument("--only", nargs="+", choices=[*FAULTS, _MIXTURE])
    given = parser.parse_args()
    verdict = Verdict()
    chosen = given.only or [*FAULTS, _MIXTURE]
    if names := [one for one in chosen if one != _MIXTURE]:
        faults(names, given.seconds, verdict)
    if _MIXTURE in chosen:
        try:
            account = mixed(given.messages)
        except (TimeoutError, RuntimeError) as error:
            say(f"{_MIXTURE}: {verdict.broken(_MIXTURE, error)}")
        else:
            say(f"{account}\n  {verdict.on(_MIXTURE, *account.asked())}")
    return verdict.finish()


if __name__ == "__main__":
    sys.exit(main())
