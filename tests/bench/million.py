"""A contract of a million: what its verbs take, and what a small one beside it waits.

    python -m tests.bench.million [--rows 1000000] [--stores sqlite postgresql+redis]

Against the stand-in Cloud API at 100 messages a second, through a real worker. Prints how
long each verb took to answer and to be worked through, and the worker's peak memory.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from tests.bench.throughput import SHARED, SQLITE, stores
from tests.programs import (
    Worker,
    cloud_account,
    counts,
    filled_contract,
    is_completed,
    phone,
)
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import Account, Contract, RateLimit
from wa_desktop.recipients.rows import RecipientRow

SMALL = 20
A_HUNDRED_A_SECOND = RateLimit(100, 1_000)


def measure(kind: str, rows: int) -> None:
    """Run every verb on a contract of so many rows and print what it took."""
    with StandIn() as cloud, stores(kind) as place, Program.open(place.settings()) as program:
        account = cloud_account(program, cloud, rate=A_HUNDRED_A_SECOND, concurrency=20)
        with timed("filling"):
            contract = _shared_text(program, account, rows)
        with Worker(place) as worker:
            wait_until(lambda: program.services.ledger.workers.alive(), "the worker", 30)
            _verbs(program, cloud, account, contract)
            peak = psutil.Process(worker.pid).memory_info().rss / 2**20
            sys.stdout.write(f"  worker's memory {peak:.0f} MB\n")


def _verbs(program: Program, cloud: StandIn, account: Account, contract: Contract) -> None:
    services = program.services
    with timed("start to first message"):
        services.contracts.start(contract.id)
        cloud.wait_for(1)
    with timed("a contract of 20 beside it"):
        small = filled_contract(program, account, SMALL)
        services.contracts.start(small.id)
        wait_until(lambda: is_completed(program, small), "the small contract", 60)
    with timed("prepared"):
        wait_until(lambda: not counts(program, contract).draft, "preparing", 600)
    _answered("change of priority", lambda: _change_priority(program, contract))
    _answered("pause", lambda: services.contracts.pause(contract.id))
    _answered("resume", lambda: services.contracts.start(contract.id))
    before = cloud.count()
    with timed("resume to next message"):
        cloud.wait_for(before + 1)
    with timed("copy answered"):
        copy = services.again.duplicate(contract.id)
    _answered("cancel", lambda: services.contracts.cancel(contract.id))
    with timed("cancelled, worked through"):
        wait_until(lambda: not counts(program, contract).remaining, "cancelling", 600)
    with timed("copied, worked through"):
        wait_until(lambda: services.ledger.contracts.get(copy.id).action is None, "copying", 900)
    _answered("delete", lambda: services.contracts.delete(contract.id))
    with timed("deleted, worked through"):
        wait_until(lambda: contract.id not in services.ledger.work.unfinished(0), "deleting", 900)


def _change_priority(program: Program, contract: Contract) -> None:
    program.services.contracts.change(contract.id, ContractChanges(priority=5))


def _shared_text(program: Program, account: Account, rows: int) -> Contract:
    recipients = (RecipientRow(number, phone(number + SMALL)) for number in range(rows))
    contract, report = program.services.contracts.create_filled(
        NewContract(account.id, "A million", message="Здравствуйте! 🎉"), recipients
    )
    assert report.accepted == rows
    return contract


def _answered(name: str, verb: Callable[[], object]) -> None:
    with timed(f"{name} answered"):
        verb()


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how long the block took."""
    began = time.perf_counter()
    yield
    sys.stdout.write(f"  {name:32} {time.perf_counter() - began:8.3f} s\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--stores", nargs="+", default=[SQLITE, SHARED])
    given = parser.parse_args()
    for kind in given.stores:
        sys.stdout.write(f"{given.rows} rows on {kind}\n")
        measure(kind, given.rows)


if __name__ == "__main__":
    main()
