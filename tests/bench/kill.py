"""SIGKILL at random points of a contract's whole life, on the four pairs of stores.

    python -m tests.bench.kill [--kills 200] [--seed 7] [--only sqlite+redis …]

Three kinds of life take turns: a campaign at full speed that is prepared, sent and deleted;
one with a rate, that is cancelled; a ledger of the first schema that is migrated, goes on, and
whose failures are retried. In each phase the worker is killed at a random moment and another
one goes on. Everything is counted at the far end. Exit code 1 when anything was lost, doubled
or more in doubt than was on the wire, or when sending took over 5 s to go on; then it says in
which life, and of a worker that sends nothing everything there is to know.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.kill_lives import (
    IN_FLIGHT,
    Life,
    Phase,
    Reckoning,
    accounts,
    begin_anew,
    paced_life,
    plain_life,
)
from tests.bench.kill_migrating import migrating_life
from tests.bench.kill_watch import Stuck
from tests.programs import Place
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.standin.client import StandIn
from wa_desktop.app import Program

PAIRS = tuple(
    (ledger, queue) for ledger in ("sqlite", "postgresql") for queue in ("sqlite", "redis")
)
NewPlace = Callable[[], Place]


@contextmanager
def pair(ledger: str, queue: str) -> Iterator[NewPlace]:
    """Makes places on that pair of stores, each with a ledger of its own."""
    with ExitStack() as stack:
        server = stack.enter_context(PostgresServer()) if ledger == "postgresql" else None
        redis = stack.enter_context(RedisServer()) if queue == "redis" else None

        def new_place() -> Place:
            home = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
            url = f"sqlite:///{home / 'ledger.db'}"
            if server is not None:
                url = server.url(server.create_database())
            return Place(home, url, redis.url if redis else None)

        yield new_place


def run(name: str, new_place: NewPlace, kills: int, seed: int) -> Reckoning:
    """Live through lives until so many kills were survived, or a worker is stuck."""
    found = Reckoning()
    place = new_place()
    with StandIn() as cloud, Program.open(place.settings()) as program:
        plain, paced = accounts(program, cloud)
        for number in count(1):
            if found.kills.total() >= kills:
                break
            called = f"{name}, seed {seed}, life {number}"
            rng = random.Random(f"{seed} {name} {number}")
            life = Life(called, place, program, cloud, rng, found)
            begin_anew(cloud)
            try:
                match number % 3:
                    case 1:
                        plain_life(life, plain)
                    case 2:
                        paced_life(life, paced)
                    case _:
                        migrating_life(called, new_place(), cloud, rng, found)
            except Stuck as stuck:
                life.fault(str(stuck))
                break
            except Exception as error:
                error.add_note(called)
                raise
    return found


def main() -> int:
    """Kill and print the table; returns the exit code."""
    names = [f"{ledger}+{queue}" for ledger, queue in PAIRS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    given = parser.parse_args()
    began = time.monotonic()
    phases = "  ".join(one.value for one in Phase)
    sys.stdout.write(
        f"{'stores':17}  {phases}  kills  doubled  lost  in doubt  (on the wire)  "
        "claimed ahead  longest pause\n"
    )
    faults: list[str] = []
    for ledger, queue in PAIRS:
        name = f"{ledger}+{queue}"
        if name not in given.only:
            continue
        with pair(ledger, queue) as new_place:
            found = run(name, new_place, -(-given.kills // len(given.only)), given.seed)
        faults += found.faults
        sys.stdout.write(_row(name, found))
        sys.stdout.flush()
    sys.stdout.write(
        f"\n{time.monotonic() - began:.0f} s. Up to {IN_FLIGHT} may be on the wire at a kill.\n"
    )
    for fault in faults:
        sys.stdout.write(f"FAULT {fault}\n")
    return 1 if faults else 0


def _row(name: str, found: Reckoning) -> str:
    kills = "  ".join(f"{found.kills[one]:{len(one.value)}}" for one in Phase)
    pause = f"{max(found.pauses, default=0.0):.2f} s"
    return (
        f"{name:17}  {kills}  {found.kills.total():5}  {found.doubled:7}  {found.lost:4}  "
        f"{found.in_doubt:8}  {found.on_the_wire:13}  {found.ahead:13}  {pause:>13}\n"
    )


if __name__ == "__main__":
    sys.exit(main())
