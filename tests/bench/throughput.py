"""How fast messages go out, beside a bare aiohttp loop that posts the same bodies.

    python -m tests.bench.throughput [--messages 10000] [--in-flight 50] [--latency-ms 0]
        [--stores sqlite postgresql+redis] [--workers 1]

The bare loop has no ledger and no queue: it is what the HTTP work alone costs. Both talk to
the stand-in Cloud API in a process of its own; every accepted message is counted there.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from tests.programs import (
    Place,
    Worker,
    cloud_account,
    filled_contract,
    is_completed,
    phone,
    text,
)
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program

SQLITE = "sqlite"
SHARED = "postgresql+redis"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: messages a second, CPU milliseconds a message (sender's side)."""

    name: str
    rate: float
    cpu_ms: float
    doubled: int = 0


def bare_loop(cloud: StandIn, messages: int, in_flight: int) -> Figure:
    """Post the bodies with aiohttp alone, in a process of its own."""
    out = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.throughput", "--bare", cloud.base_url),
            *("--messages", str(messages), "--in-flight", str(in_flight)),
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    rate, cpu = json.loads(out)
    return Figure("bare aiohttp loop", rate, cpu)


async def _post_all(base: str, messages: int, in_flight: int) -> float:
    url = f"{base}/v23.0/1055/messages"
    numbers = iter(range(messages))
    headers = {"Authorization": "Bearer a-token-of-the-tests"}
    connector = aiohttp.TCPConnector(limit=in_flight)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def post_in_turn() -> None:
            for number in numbers:
                body = {
                    "messaging_product": "whatsapp",
                    "recipient_type": "individual",
                    "to": f"+{phone(number)}",
                    "type": "text",
                    "text": {"body": text(number)},
                    "biz_opaque_callback_data": f"wa1:bare:{number}:1",
                }
                async with session.post(url, json=body) as answer:
                    found = await answer.json()
                    assert found["messages"][0]["id"]

        began = time.perf_counter()
        await asyncio.gather(*(post_in_turn() for _ in range(in_flight)))
        return time.perf_counter() - began


def run_bare(base: str, messages: int, in_flight: int) -> None:
    """The bare loop's own process: prints its rate and CPU a message."""
    seconds = asyncio.run(_post_all(base, messages, in_flight))
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = (used.ru_utime + used.ru_stime) * 1000 / messages
    sys.stdout.write(json.dumps([messages / seconds, cpu]))


@contextmanager
def stores(kind: str) -> Iterator[Place]:
    """A place on the given stores, empty, for as long as the block lasts."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        if kind == SQLITE:
            yield Place(home, f"sqlite:///{home / 'ledger.db'}", None)
            return
        postgres = stack.enter_context(PostgresServer(durable=True))
        redis = stack.enter_context(RedisServer())
        yield Place(home, postgres.url(postgres.create_database()), redis.url)


def campaign(
    kind: str,
    cloud: StandIn,
    behaviour: Behaviour,
    messages: int,
    in_flight: int,
    workers: int = 1,
) -> Figure:
    """Send a contract through real workers; timed from the first to the last acceptance."""
    cloud.reset()
    cloud.behave(behaviour)
    with stores(kind) as place, Program.open(place.settings()) as program, ExitStack() as stack:
        account = cloud_account(program, cloud, concurrency=in_flight)
        contract = filled_contract(program, account, messages)
        running = [stack.enter_context(Worker(place)) for _ in range(workers)]
        wait_until(
            lambda: len(program.services.ledger.workers.alive()) == workers, "the workers", 30
        )
        before = [_cpu_seconds(worker.pid) for worker in running]
        program.services.contracts.start(contract.id)
        wait_until(lambda: is_completed(program, contract), "all to be sent", 120 + messages / 50)
        after = [_cpu_seconds(worker.pid) for worker in running]
    summary = cloud.summary()
    assert summary.distinct == messages, summary
    used = sum(after) - sum(before)
    return Figure(
        kind, messages / summary.span, used * 1000 / messages, summary.accepted - summary.distinct
    )


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--in-flight", type=int, default=50)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--stores", nargs="+", default=[SQLITE, SHARED])
    parser.add_argument("--bare", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bare:
        run_bare(given.bare, given.messages, given.in_flight)
        return
    with StandIn() as cloud:
        behaviour = Behaviour(latency=given.latency_ms / 1000)
        cloud.behave(behaviour)
        rows = [bare_loop(cloud, given.messages, given.in_flight)]
        rows.extend(
            campaign(kind, cloud, behaviour, given.messages, given.in_flight, given.workers)
            for kind in given.stores
        )
    sys.stdout.write(
        f"{given.messages} messages, {given.in_flight} in flight, "
        f"{given.latency_ms:g} ms latency, {given.workers} worker(s)\n"
    )
    for row in rows:
        sys.stdout.write(
            f"{row.name:20} {row.rate:9.0f} /s {row.rate / rows[0].rate:7.1%} of bare "
            f"{row.cpu_ms:7.3f} ms CPU a message  doubled: {row.doubled}\n"
        )


if __name__ == "__main__":
    main()
