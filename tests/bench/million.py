"""A contract of a million: what its verbs take, and what a small one beside it waits.

    python -m tests.bench.million [--rows 1000000] [--stores sqlite postgresql+redis]

Against the stand-in Cloud API at 100 messages a second, through a real worker. Prints how
long each verb took to answer and to be worked through, the longest that anybody held a lock
of the ledger meanwhile, and the worker's peak memory, each beside what is asked. Ends with 1
when a figure is missed.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bench.figures import (
    PEAK_MB,
    SHARED,
    SQLITE,
    Asked,
    Verdict,
    peak_mb,
    say,
    stores,
)
from tests.bench.holds import LONGEST_MS, Holds
from tests.programs import Worker, cloud_account, counts, filled_contract, is_completed
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.clock import now
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.records import Account, Contract, RateLimit
from wa_desktop.ledger.states import MessageState

SMALL = 20
A_HUNDRED_A_SECOND = RateLimit(100, 1_000)
AT_ONCE = 1.0
"""Seconds within which every verb answers, and the first message goes out."""

SMALL_DONE = 2.0
"""Seconds within which a contract of 20 beside the million is done."""

_LONG = 3_600
_FAILED_AT_ONCE = 5_000


class Bench:
    """The million on its stores, with a worker that sends; prints a line for each step."""

    def __init__(self, kind: str, program: Program, cloud: StandIn, holds: Holds) -> None:
        self.verdict = Verdict()
        self._kind = kind
        self._program = program
        self._cloud = cloud
        self._holds = holds

    @contextmanager
    def step(self, name: str, at_most: float | None = None) -> Iterator[None]:
        """Time a block that is to take so many seconds at most, and watch the locks."""
        self._holds.take()
        began = time.perf_counter()
        yield
        took = time.perf_counter() - began
        held = self._holds.take()
        asked = [Asked("held", held.longest, LONGEST_MS, " ms")]
        if at_most is not None:
            asked.insert(0, Asked("", took, at_most, " s"))
        said = self.verdict.on(f"{self._kind}, {name}", *asked)
        say(f"  {name:30} {took:9.3f} s  {held}  {said}")

    def fill(self, account: Account, rows: int) -> Contract:
        """A draft of so many rows that share a text."""
        with self.step("filling"):
            return filled_contract(self._program, account, rows, own_texts=False, first=2 * SMALL)

    def start(self, account: Account, contract: Contract) -> None:
        """Start it, and small ones beside it while it is prepared and afterwards."""
        small = filled_contract(self._program, account, SMALL)
        second = filled_contract(self._program, account, SMALL, first=SMALL)
        with self.step("start to first message", AT_ONCE):
            self._program.services.contracts.start(contract.id)
            self._cloud.wait_for(1)
        self._small("20 beside it, being prepared", small)
        with self.step("prepared"):
            self._wait(lambda: not counts(self._program, contract).draft, "preparing")
        self._small("20 beside it, prepared", second)

    def switch(self, contract: Contract) -> None:
        """Change its priority, pause and resume it."""
        contracts = self._program.services.contracts
        with self.step("priority answered", AT_ONCE):
            contracts.change(contract.id, ContractChanges(priority=5))
        self._next_message("next message after it")
        with self.step("pause answered", AT_ONCE):
            contracts.pause(contract.id)
        with self.step("resume answered", AT_ONCE):
            contracts.start(contract.id)
        self._next_message("resume to next message")

    def copy(self, contract: Contract) -> Contract:
        """Duplicate it while it is being sent."""
        with self.step("copy answered", AT_ONCE):
            copy = self._program.services.again.duplicate(contract.id)
        with self.step("copied, worked through"):
            self._wait(lambda: not self._busy(copy), "copying")
        return copy

    def cancel(self, contract: Contract) -> None:
        """Cancel it: what is left is skipped."""
        with self.step("cancel answered", AT_ONCE):
            self._program.services.contracts.cancel(contract.id)
        with self.step("cancelled, worked through"):
            self._wait(lambda: not counts(self._program, contract).remaining, "cancelling")

    def retry(self, contract: Contract) -> None:
        """Start it, pause it once it is prepared, let all that waits have failed, retry that."""
        contracts = self._program.services.contracts
        contracts.start(contract.id)
        self._wait(lambda: not counts(self._program, contract).draft, "preparing")
        contracts.pause(contract.id)
        self._wait(lambda: not counts(self._program, contract).active, "what is on the wire")
        failed = _fail_all(self._program, contract)
        with self.step("retry of failed answered", AT_ONCE):
            amount = self._program.services.again.retry(contract.id).rows
        assert amount == failed, (amount, failed)
        with self.step("retried, worked through"):
            self._wait(lambda: not self._busy(contract), "retrying")
        assert not counts(self._program, contract).failed

    def delete(self, contract: Contract) -> None:
        """Delete it with all its rows."""
        with self.step("delete answered", AT_ONCE):
            self._program.services.contracts.delete(contract.id)
        unfinished = self._program.services.ledger.work.unfinished
        with self.step("deleted, worked through"):
            self._wait(lambda: contract.id not in unfinished(0), "deleting")

    def memory(self, worker: Worker) -> None:
        """The most memory that the worker ever took."""
        peak = peak_mb(worker.pid)
        said = self.verdict.on(f"{self._kind}, worker", Asked("", peak, PEAK_MB, " MB"))
        say(f"  {'worker, peak memory':30} {peak:8.0f} MB  {said}")

    def _small(self, name: str, small: Contract) -> None:
        with self.step(name, SMALL_DONE):
            self._program.services.contracts.start(small.id)
            wait_until(lambda: is_completed(self._program, small), "the small contract", 60)

    def _next_message(self, name: str) -> None:
        before = self._cloud.count()
        with self.step(name):
            self._cloud.wait_for(before + 1)

    def _busy(self, contract: Contract) -> bool:
        return self._program.services.ledger.contracts.get(contract.id).action is not None

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        wait_until(condition, what, _LONG)


def _fail_all(program: Program, contract: Contract) -> int:
    """Write all that waits down as failed, as a provider's refusals would; returns how many.

    Sending a million to be refused would take hours at 100 a second.
    """
    ledger = program.services.ledger
    database, number = ledger._database, ledger.contracts.number(contract.id)
    failed = 0
    while True:
        with database.write():
            amount = database.touched(
                f"UPDATE messages SET state = {int(MessageState.FAILED)}, attempts = 3, "
                "updated_at = ?, error_code = 131000, error_text = 'Something went wrong' "
                "WHERE id IN (SELECT id FROM messages WHERE contract_id = ? "
                f"AND state = {int(MessageState.WAITING)} ORDER BY id LIMIT ?)",
                (now(), number, _FAILED_AT_ONCE),
            )
            changes = CountChanges()
            changes.moved(number, MessageState.WAITING, MessageState.FAILED, amount)
            changes.apply(database)
        if not amount:
            return failed
        failed += amount


def measure(kind: str, rows: int) -> int:
    """Run every verb on a contract of so many rows; returns how the run ended."""
    with (
        StandIn() as cloud,
        stores(kind) as place,
        Program.open(place.settings()) as program,
        Holds(place) as holds,
    ):
        cloud.behave(Behaviour(counting=True))
        bench = Bench(kind, program, cloud, holds)
        account = cloud_account(program, cloud, rate=A_HUNDRED_A_SECOND, concurrency=20)
        contract = bench.fill(account, rows)
        with Worker(place) as worker:
            wait_until(lambda: program.services.ledger.workers.alive(), "the worker", 30)
            bench.start(account, contract)
            bench.switch(contract)
            copy = bench.copy(contract)
            bench.cancel(contract)
            bench.retry(copy)
            bench.delete(contract)
            bench.memory(worker)
        return bench.verdict.finish()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--stores", nargs="+", choices=[SQLITE, SHARED], default=[SQLITE, SHARED])
    given = parser.parse_args()
    ends = []
    for kind in given.stores:
        say(f"{given.rows:,} rows on {kind}")
        ends.append(measure(kind, given.rows))
    return max(ends)


if __name__ == "__main__":
    sys.exit(main())
