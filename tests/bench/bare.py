"""The yardstick: an aiohttp loop that posts the same bodies, with no ledger and no queue.

    python -m tests.bench.bare URL --messages 10000 --in-flight 50 [--shared-text]

In a process of its own; prints ``[messages a second, CPU milliseconds a message]``.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass

import aiohttp

from tests.programs import SHARED_TEXT, phone, text
from tests.standin.client import StandIn


@dataclass(frozen=True, slots=True)
class Bare:
    """What the HTTP work alone does: messages a second, CPU milliseconds a message."""

    rate: float
    cpu_ms: float


def bare_loop(cloud: StandIn, messages: int, in_flight: int, *, own_texts: bool = True) -> Bare:
    """Post so many bodies to the stand-in."""
    out = subprocess.run(
        [
            *(sys.executable, "-m", "tests.bench.bare", cloud.base_url),
            *("--messages", str(messages), "--in-flight", str(in_flight)),
            *(() if own_texts else ("--shared-text",)),
        ],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    rate, cpu_ms = json.loads(out)
    return Bare(rate, cpu_ms)


async def _post_all(base: str, messages: int, in_flight: int, *, own_texts: bool) -> Bare:
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
                    "text": {"body": text(number) if own_texts else SHARED_TEXT},
                    "biz_opaque_callback_data": f"wa1:bare:{number}:1",
                }
                async with session.post(url, json=body) as answer:
                    found = await answer.json()
                    assert found["messages"][0]["id"]

        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(post_in_turn() for _ in range(in_flight)))
        rate = messages / (time.perf_counter() - began)
        return Bare(rate, (time.process_time() - used) * 1000 / messages)


def main() -> None:
    """Post and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--in-flight", type=int, default=50)
    parser.add_argument("--shared-text", action="store_true")
    given = parser.parse_args()
    posting = _post_all(given.url, given.messages, given.in_flight, own_texts=not given.shared_text)
    found = asyncio.run(posting)
    sys.stdout.write(json.dumps([found.rate, found.cpu_ms]))


if __name__ == "__main__":
    main()
