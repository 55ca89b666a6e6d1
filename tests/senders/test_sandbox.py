"""The sandbox answers like the provider, without one."""

import asyncio
import socket
import time
from collections.abc import Callable

import pytest

from wa_desktop.error_table import Reaction, reaction_for
from wa_desktop.senders.protocol import Accepted, Outgoing, Refused, SendResult
from wa_desktop.senders.sandbox import SandboxSender
from wa_desktop.senders.settings import SandboxSettings

Make = Callable[..., Outgoing]


def send_many(settings: SandboxSettings, make: Make, count: int) -> list[SendResult]:
    async def run() -> list[SendResult]:
        sender = SandboxSender(settings)
        results = await asyncio.gather(*(sender.send(make(number)) for number in range(count)))
        await sender.close()
        return results

    return asyncio.run(run())


def codes(results: list[SendResult]) -> list[int]:
    return [one.code if isinstance(one, Refused) else 0 for one in results]


def test_every_message_is_accepted_under_an_id_of_its_own(outgoing: Make) -> None:
    settings = SandboxSettings(latency=0)
    results = send_many(settings, outgoing, 500) + send_many(settings, outgoing, 500)
    ids = [one.provider_id for one in results if isinstance(one, Accepted)]
    assert len(set(ids)) == 1000
    assert all(one.startswith("wamid.sandbox.") for one in ids)


def test_the_share_of_failures_is_kept(outgoing: Make) -> None:
    failed = [code for code in codes(send_many(_seeded(0.25), outgoing, 4000)) if code]
    assert 850 < len(failed) < 1150
    assert len(set(failed)) == 5


def test_the_same_seed_fails_the_same_messages(outgoing: Make) -> None:
    first, second = (codes(send_many(_seeded(0.5), outgoing, 200)) for _ in range(2))
    assert first == second


def test_a_share_of_one_fails_everything(outgoing: Make) -> None:
    assert all(codes(send_many(_seeded(1.0), outgoing, 100)))


def test_no_failure_stops_a_first_try(outgoing: Make) -> None:
    for code in set(codes(send_many(_seeded(1.0), outgoing, 1000))):
        rule = reaction_for(code)
        assert rule.known
        assert rule.reaction not in (Reaction.STOP_ACCOUNT, Reaction.PAUSE_CONTRACT)
        assert rule.reaction is not Reaction.WAIT_LONG


def test_the_latency_is_taken(outgoing: Make) -> None:
    started = time.monotonic()
    send_many(SandboxSettings(latency=0.1), outgoing, 1)
    assert time.monotonic() - started >= 0.08


def test_the_network_is_never_touched(outgoing: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError("the sandbox went to the network")

    async def run() -> SendResult:
        monkeypatch.setattr(socket.socket, "connect", refuse)
        return await SandboxSender(SandboxSettings(latency=0)).send(outgoing())

    assert isinstance(asyncio.run(run()), Accepted)


def _seeded(share: float) -> SandboxSettings:
    return SandboxSettings(latency=0, failure_share=share, seed=7)
