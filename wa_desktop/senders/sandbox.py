"""A sender without an account: answers like the Cloud API and never touches the network."""

import asyncio
import itertools
import random
import secrets

from wa_desktop.senders.protocol import Accepted, Outgoing, Refused, SendResult
from wa_desktop.senders.settings import SandboxSettings

_JITTER = 0.2
"""Answers take the set latency, give or take this share of it."""

_FAILURES: tuple[tuple[int, int, Refused], ...] = (
    (131026, 55, Refused(131026, "Message undeliverable (made up by the sandbox)", 400)),
    (131000, 20, Refused(131000, "Something went wrong (made up by the sandbox)", 500)),
    (130472, 10, Refused(130472, "Number is part of an experiment (made up by the sandbox)", 400)),
    (131016, 10, Refused(131016, "Service unavailable (made up by the sandbox)", 503)),
    (130429, 5, Refused(130429, "Rate limit hit (made up by the sandbox)", 400, 1.0)),
)
"""Code, weight, answer: mostly numbers without WhatsApp, then faults that pass by themselves."""

_ANSWERS = [answer for _code, _weight, answer in _FAILURES]
_WEIGHTS = [weight for _code, weight, _answer in _FAILURES]


class SandboxSender:
    """Accepts messages after a settable time and fails a settable share of them."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._rng = random.Random(settings.seed)  # noqa: S311 - no secret
        self._run = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    async def send(self, outgoing: Outgoing) -> SendResult:
        """Answer after the latency; the fate is drawn first, so a seed fixes the order."""
        fails = self._rng.random() < self._settings.failure_share
        answer = self._rng.choices(_ANSWERS, _WEIGHTS)[0] if fails else None
        await asyncio.sleep(self._settings.latency * self._rng.uniform(1 - _JITTER, 1 + _JITTER))
        wamid = f"wamid.sandbox.{self._run}.{outgoing.message_id}.{next(self._numbers)}"
        return answer or Accepted(wamid)

    async def close(self) -> None:
        """Nothing is held open."""
