"""All sorts of refusals mixed into one campaign, and whether every recipient is accounted for.

Of the recipients, 5 % are undeliverable (131026), 10 % meet a fault of the provider (131000)
and 10 % are throttled once (130429). As if each try were drawn anew, a tenth of those with a
fault meet it twice, and a hundredth always. Who meets what comes from a seed, so that what
each message must have cost is known.
"""

import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Asked, is_over
from tests.faults.scene import Scene, begin
from tests.programs import Place, phone
from tests.standin.behaviour import Answer, Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Message, RateLimit
from wa_desktop.ledger.states import MessageState

_ATTEMPTS = 3
_CODES = {131026, 131000}


@dataclass(frozen=True, slots=True)
class Mixture:
    """Who meets what; everybody else is accepted at once."""

    undeliverable: frozenset[str]
    unlucky: frozenset[str]
    unluckier: frozenset[str]
    hopeless: frozenset[str]
    throttled: frozenset[str]

    @classmethod
    def drawn(cls, amount: int, seed: int = 7) -> "Mixture":
        """A draw over that many recipients."""
        drawn = random.Random(seed).sample([phone(number) for number in range(amount)], amount // 4)
        share = amount // 20
        unlucky = drawn[share : 3 * share]
        thrice, twice = max(1, share // 50), max(2, share // 5)
        return cls(
            frozenset(drawn[:share]),
            frozenset(unlucky[twice:]),
            frozenset(unlucky[thrice:twice]),
            frozenset(unlucky[:thrice]),
            frozenset(drawn[3 * share :]),
        )

    def answers(self) -> dict[str, tuple[str, ...]]:
        """What the stand-in tells each of them in turn."""
        turns: tuple[tuple[frozenset[str], tuple[str, ...]], ...] = (
            (self.undeliverable, ("131026",)),
            (self.unlucky, ("131000", Answer.OK)),
            (self.unluckier, ("131000", "131000", Answer.OK)),
            (self.hopeless, ("131000",)),
            (self.throttled, ("130429", Answer.OK)),
        )
        return {one: answers for phones, answers in turns for one in phones}

    def attempts(self, to: str) -> int:
        """What a message to that number must cost."""
        if to in self.hopeless | self.unluckier:
            return _ATTEMPTS
        return 2 if to in self.unlucky else 1


@dataclass(frozen=True, slots=True)
class Account:
    """How the campaign ended. ``spent``: attempts that throttling cost; ``odd``: messages that
    cost another number of attempts than they were refused; ``dumb``: failures without a code
    or without a reason."""

    total: int
    sent: int
    failed: int
    in_doubt: int
    throttlings: int
    spent: int
    odd: int
    dumb: int
    doubled: int
    lost: int
    unexpected: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"mixture of {self.total} in {self.seconds:.1f} s: sent {self.sent}, failed "
            f"{self.failed}, in doubt {self.in_doubt}, accounted for "
            f"{self.sent + self.failed + self.in_doubt}; throttled {self.throttlings} times, "
            f"attempts spent on that {self.spent}, other odd attempts {self.odd}; failures "
            f"without code or reason {self.dumb}, wrongly failed {self.unexpected}; "
            f"doubled {self.doubled}, lost {self.lost}"
        )

    def asked(self) -> list[Asked]:
        """What it is held to."""
        unaccounted = self.total - self.sent - self.failed - self.in_doubt
        return [
            Asked("not accounted for", unaccounted, 0),
            Asked("attempts spent on throttling", self.spent, 0),
            Asked("odd attempts", self.odd, 0),
            Asked("failures without code or reason", self.dumb, 0),
            Asked("wrongly failed", self.unexpected, 0),
            Asked("doubled", self.doubled, 0),
            Asked("lost", self.lost, 0),
            Asked("in doubt", self.in_doubt, 0),
        ]


def mixed(amount: int, in_flight: int = 50, seconds: float = 900) -> Account:
    """Send so many through the mixture.

    ``TimeoutError`` when it is not over in time, ``RuntimeError`` when it was stopped.
    """
    mixture = Mixture.drawn(amount)
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        place = Place(home, f"sqlite:///{home / 'ledger.db'}", None)
        program = stack.enter_context(Program.open(place.settings()))
        cloud = stack.enter_context(StandIn())
        cloud.behave(Behaviour(latency=0.01, retry_after="1", phones=mixture.answers()))
        began = time.monotonic()
        scene = begin(program, cloud, amount, rate=RateLimit(500, 1_000), concurrency=in_flight)
        program.start()
        wait_until(lambda: is_over(program, scene.contract), "all to be over", seconds)
        return _reckoned(scene, mixture, time.monotonic() - began)


def _reckoned(scene: Scene, mixture: Mixture, seconds: float) -> Account:
    messages = scene.program.services.ledger.messages
    found = messages.of_ids(list(messages.ids(scene.contract.id, MessageFilter())))
    states = Counter(one.state for one in found)
    arrived = Counter(one.to.lstrip("+") for one in scene.accepted)
    failed = [one for one in found if one.state is MessageState.FAILED]
    sent = {one.phone for one in found if one.state is MessageState.SENT}
    everyone = {phone(number) for number in range(scene.amount)}
    odd = [one for one in found if one.attempts != mixture.attempts(one.phone)]
    throttled = [one for one in odd if one.phone in mixture.throttled]
    hopeless = mixture.undeliverable | mixture.hopeless
    return Account(
        total=scene.amount,
        sent=len(sent),
        failed=len(failed),
        in_doubt=states[MessageState.IN_DOUBT],
        throttlings=scene.cloud.summary().answers.get("130429", 0),
        spent=sum(one.attempts - 1 for one in throttled),
        odd=len(odd) - len(throttled),
        dumb=sum(_is_dumb(one) for one in failed),
        doubled=sum(arrived.values()) - len(arrived),
        lost=len(everyone - {one.phone for one in found}) + len(sent - arrived.keys()),
        unexpected=len({one.phone for one in failed} ^ hopeless),
        seconds=seconds,
    )


def _is_dumb(message: Message) -> bool:
    return message.error_code not in _CODES or not message.error_text
