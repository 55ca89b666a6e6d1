"""How fast messages go out, beside a bare aiohttp loop that posts the same bodies.

    python -m tests.bench.throughput [--messages 10000] [--in-flight 50] [--latency-ms 0]
        [--stores sqlite postgresql+redis] [--workers 1] [--rounds 3]
    python -m tests.bench.throughput --table [--rows-up-to 100000] [--stores …]

The bare loop has no ledger and no queue: it is what the HTTP work alone costs. Both talk to
the stand-in Cloud API in a process of its own; every accepted message is counted there, and
a rate is that from the first to the last acceptance. Each is measured beside a bare loop just
before it and one just after, whose mean it is held to; of several ``--rounds`` all are printed
and the one in the middle is judged. ``--table`` measures rows, latencies and numbers of
workers. Ends with 1 when a figure that is asked for is missed.
"""

import argparse
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace

from tests.bench.bare import Bare, bare_loop
from tests.bench.figures import (
    PEAK_MB,
    SHARED,
    SQLITE,
    Asked,
    Verdict,
    cpu_seconds,
    is_over,
    peak_mb,
    say,
    stores,
)
from tests.programs import Worker, cloud_account, counts, filled_contract
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.records import Contract

YARDSTICK = 10_000
"""Messages of a bare loop at most; more would not change its rate."""

MANY = 1_000_000
_LOOK = 0.2


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent, and how. ``latency`` in milliseconds; ``own_texts``: one text for each."""

    stores: str
    messages: int
    latency: float = 0
    workers: int = 1
    in_flight: int = 50
    own_texts: bool = True

    @property
    def possible(self) -> bool:
        """One engine at a time works on a SQLite ledger."""
        return self.workers == 1 or self.stores != SQLITE

    def __str__(self) -> str:
        texts = "own" if self.own_texts else "shared"
        return (
            f"{self.stores:16}  {self.messages:9,}  {texts:6}  {self.latency:7g}  {self.workers:7}"
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """What came of it: messages a second; the workers' CPU milliseconds a message; the most
    memory one of them took, in MB; seconds from the start until all rows were prepared."""

    case: Case
    bare: Bare
    rate: float
    cpu_ms: float
    peak_mb: float
    missing: int
    doubled: int
    prepared: float

    @property
    def share(self) -> float:
        """Percent of the bare loop's rate."""
        return self.rate * 100 / self.bare.rate

    def asked(self) -> list[Asked]:
        """The bounds that this line is held to."""
        found = [
            Asked("doubled", self.doubled, 0),
            Asked("missing", self.missing, 0),
            Asked("peak", self.peak_mb, PEAK_MB, " MB"),
        ]
        case = self.case
        if (case.messages, case.workers, case.in_flight) == (YARDSTICK, 1, 50):
            if case.latency == 0:
                found.append(Asked("of bare", self.share, 40, " %", least=True))
            if case.latency == 50:
                found.append(Asked("of 1,000 possible", self.rate, 920, "/s", least=True))
        return found


def measured(case: Case) -> Figure:
    """Send a contract through real workers, between two bare loops beside the same stand-in."""
    behaviour = Behaviour(latency=case.latency / 1000, counting=True)
    with StandIn() as cloud:

        def bare() -> Bare:
            cloud.reset()
            cloud.behave(behaviour)
            amount = min(case.messages, YARDSTICK)
            return bare_loop(cloud, amount, case.in_flight, own_texts=case.own_texts)

        before = bare()
        cloud.reset()
        cloud.behave(behaviour)
        found = _campaign(case, cloud, before)
        after = bare()
    mean = Bare((before.rate + after.rate) / 2, (before.cpu_ms + after.cpu_ms) / 2)
    return replace(found, bare=mean)


def _campaign(case: Case, cloud: StandIn, bare: Bare) -> Figure:
    with (
        stores(case.stores) as place,
        Program.open(place.settings()) as program,
        ExitStack() as stack,
    ):
        account = cloud_account(program, cloud, concurrency=case.in_flight)
        contract = filled_contract(program, account, case.messages, own_texts=case.own_texts)
        running = [stack.enter_context(Worker(place)) for _ in range(case.workers)]
        alive = program.services.ledger.workers.alive
        wait_until(lambda: len(alive()) == case.workers, "the workers", 60)
        before = sum(cpu_seconds(worker.pid) for worker in running)
        program.services.contracts.start(contract.id)
        prepared = _sent(program, contract, 120 + case.messages / 50)
        used = sum(cpu_seconds(worker.pid) for worker in running) - before
        peak = max(peak_mb(worker.pid) for worker in running)
    summary = cloud.summary()
    return Figure(
        case,
        bare,
        rate=summary.accepted / summary.span,
        cpu_ms=used * 1000 / case.messages,
        peak_mb=peak,
        missing=case.messages - summary.distinct,
        doubled=summary.doubled,
        prepared=prepared,
    )


def _sent(program: Program, contract: Contract, seconds: float) -> float:
    """Wait until the contract is over; returns when it was prepared, in seconds.

    Looks seldom: each look costs the ledger and the machine what it measures.
    """
    began = time.monotonic()
    prepared = 0.0
    while time.monotonic() - began < seconds:
        if not prepared and not counts(program, contract).draft:
            prepared = time.monotonic() - began
        if is_over(program, contract):
            return prepared
        time.sleep(_LOOK)
    raise TimeoutError(f"not all was sent within {seconds:.0f} s")


def cases(kinds: list[str], rows_up_to: int) -> list[Case]:
    """The lines of the table: rows, then latencies, then numbers of workers.

    The text is shared where rows are compared, so that a million are filled quickly.
    """
    amounts = [one for one in (1_000, 10_000, 100_000, MANY) if one <= rows_up_to]
    listed = [Case(kind, rows, own_texts=False) for kind in kinds for rows in amounts]
    listed += [
        Case(kind, rows, latency)
        for kind in kinds
        for latency, rows in ((0, 10_000), (50, 10_000), (200, 4_000))
    ]
    listed += [
        Case(kind, 10_000, latency, workers)
        for kind in kinds
        for latency in (0, 50)
        for workers in (2, 3)
    ]
    return [one for one in listed if one.messages <= rows_up_to]


def table(listed: list[Case]) -> int:
    """Measure and print the table, line by line; returns the exit code."""
    verdict = Verdict()
    base: dict[str, float] = {}
    say(
        "stores             messages  texts   latency  workers   bare/s        /s  % of bare"
        "  CPU ms  peak MB  doubled  prepared s  asked"
    )
    for case in listed:
        if not case.possible:
            say(f"{case}  {'-':>7}  {'-':>8}  -  (one engine at a time works on a SQLite ledger)")
            continue
        where = " ".join(str(case).split())
        try:
            found = measured(case)
        except (TimeoutError, RuntimeError, OSError, ArithmeticError) as error:
            say(f"{case}  {verdict.broken(where, error)}")
            continue
        asked = found.asked()
        if not case.own_texts and case.messages == YARDSTICK:
            base[case.stores] = found.rate
        if case.messages == MANY and case.stores in base:
            share = found.rate * 100 / base[case.stores]
            asked.append(Asked("of the rate at 10,000", share, 90, " %", least=True))
        say(
            f"{case}  {found.bare.rate:7,.0f}  {found.rate:8,.0f}  {found.share:7.1f} %  "
            f"{found.cpu_ms:6.3f}  {found.peak_mb:7.0f}  {found.doubled:7}  "
            f"{found.prepared:10.2f}  {verdict.on(where, *asked)}"
        )
    return verdict.finish()


def single(given: argparse.Namespace) -> int:
    """Measure one case on each of the stores and print it; returns the exit code."""
    verdict = Verdict()
    say(
        f"{given.messages} messages, {given.in_flight} in flight, "
        f"{given.latency_ms:g} ms latency, {given.workers} worker(s)"
    )
    for kind in given.stores:
        case = Case(kind, given.messages, given.latency_ms, given.workers, given.in_flight)
        rounds = []
        for _ in range(given.rounds):
            found = measured(case)
            rounds.append(found)
            say(
                f"{'bare aiohttp loop':20} {found.bare.rate:9.0f} /s "
                f"{found.bare.cpu_ms:25.3f} ms CPU a message"
            )
            say(
                f"{kind:20} {found.rate:9.0f} /s {found.share:7.1f}% of bare "
                f"{found.cpu_ms:7.3f} ms CPU a message  peak: {found.peak_mb:.0f} MB  "
                f"doubled: {found.doubled}"
            )
        middle = sorted(rounds, key=lambda one: one.share)[len(rounds) // 2]
        worst = [
            Asked("doubled or missing in any", max(one.doubled + one.missing for one in rounds), 0)
        ]
        say(f"{kind:20} {verdict.on(kind, *middle.asked(), *worst)}")
    return verdict.finish()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=YARDSTICK)
    parser.add_argument("--in-flight", type=int, default=50)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="of which the middle is judged")
    parser.add_argument("--stores", nargs="+", choices=[SQLITE, SHARED], default=[SQLITE, SHARED])
    parser.add_argument("--table", action="store_true", help="the whole table")
    parser.add_argument("--rows-up-to", type=int, default=MANY, help="of the table")
    given = parser.parse_args()
    if given.table:
        return table(cases(given.stores, given.rows_up_to))
    return single(given)


if __name__ == "__main__":
    sys.exit(main())
