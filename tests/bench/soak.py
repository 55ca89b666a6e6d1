"""An hour of steady sending while a worker is killed every minute.

    python -m tests.bench.soak [--minutes 60] [--rate 80] [--workers 2]

On PostgreSQL and Redis. Each minute one of the workers gets SIGKILL and a new one is
started. Every minute a row is printed; at the end what was lost, doubled and in doubt,
counted at the far end, and how the workers' memory went.
"""

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass

import psutil

from tests.bench.figures import SHARED, Asked, Verdict, say, stores
from tests.programs import Place, Worker, cloud_account, counts, filled_contract, phone
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Contract, RateLimit
from wa_desktop.ledger.states import MessageState

IN_FLIGHT = 20
LATENCY = 0.1


@dataclass(frozen=True, slots=True)
class Ended:
    """What an hour brought. ``lost``: neither accepted nor shown in doubt."""

    accepted: int
    doubled: int
    lost: int
    in_doubt: int
    kills: int
    worst_second: int
    memory_mb: tuple[float, ...]


def soak(minutes: int, rate: int, workers: int) -> Ended:
    """Send for so many minutes; returns the account of it."""
    rng = random.Random(7)
    memory: list[float] = []
    with StandIn() as cloud, stores(SHARED) as place, Program.open(place.settings()) as program:
        cloud.behave(Behaviour(latency=LATENCY, jitter=LATENCY / 2))
        account = cloud_account(program, cloud, rate=RateLimit(rate, 1_000), concurrency=IN_FLIGHT)
        contract = filled_contract(program, account, minutes * 60 * rate)
        running = [Worker(place).start() for _ in range(workers)]
        try:
            program.services.contracts.start(contract.id)
            _every_minute(minutes, place, program, contract, cloud, running, memory, rng)
            wait_until(lambda: counts(program, contract).remaining == 0, "the rest", 600)
        finally:
            for worker in running:
                if worker.running:
                    worker.kill()
        return _account(program, contract, cloud, minutes, memory)


def _every_minute(
    minutes: int,
    place: Place,
    program: Program,
    contract: Contract,
    cloud: StandIn,
    running: list[Worker],
    memory: list[float],
    rng: random.Random,
) -> None:
    began = time.monotonic()
    for minute in range(1, minutes + 1):
        time.sleep(max(0.0, began + minute * 60 - time.monotonic()))
        memory.append(max(_megabytes(worker.pid) for worker in running))
        victim = rng.randrange(len(running))
        running[victim].kill()
        running[victim] = Worker(place).start()
        stand = counts(program, contract)
        sys.stdout.write(
            f"{minute:3} min  accepted {cloud.count():7}  in doubt {stand.in_doubt:4}  "
            f"remaining {stand.remaining:7}  {memory[-1]:6.1f} MB\n"
        )
        sys.stdout.flush()


def _account(
    program: Program, contract: Contract, cloud: StandIn, minutes: int, memory: list[float]
) -> Ended:
    total = program.services.ledger.contracts.get(contract.id).counts.total
    accepted = Counter(one.to.lstrip("+") for one in cloud.accepted())
    messages = program.services.ledger.messages
    doubtful: set[str] = set()
    ids = messages.ids(contract.id, MessageFilter(states=(MessageState.IN_DOUBT,)))
    doubtful.update(one.phone for one in messages.of_ids(list(ids)))
    everybody = {phone(number) for number in range(total)}
    return Ended(
        accepted=sum(accepted.values()),
        doubled=sum(accepted.values()) - len(accepted),
        lost=len(everybody - accepted.keys() - doubtful),
        in_doubt=len(doubtful),
        kills=minutes,
        worst_second=cloud.summary().worst_window,
        memory_mb=tuple(memory),
    )


def _megabytes(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 2**20


def main() -> int:
    """Run it and print the account."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--rate", type=int, default=80)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    ended = soak(given.minutes, given.rate, given.workers)
    first, last = ended.memory_mb[:5], ended.memory_mb[-5:]
    sys.stdout.write(
        f"accepted {ended.accepted}, doubled {ended.doubled}, lost {ended.lost}, "
        f"in doubt {ended.in_doubt} after {ended.kills} kills; "
        f"worst second {ended.worst_second}; memory {max(first):.1f} MB at first, "
        f"{max(last):.1f} MB at last\n"
    )
    verdict = Verdict()
    asked = (
        Asked("lost", ended.lost, 0),
        Asked("doubled", ended.doubled, 0),
        Asked("in doubt", ended.in_doubt, ended.kills * IN_FLIGHT),
        Asked("of the memory at first", max(last) * 100 / max(first), 110, " %"),
    )
    say(verdict.on("soak", *asked))
    return verdict.finish()


if __name__ == "__main__":
    sys.exit(main())
