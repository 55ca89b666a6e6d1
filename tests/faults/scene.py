"""A campaign that is being sent while something goes wrong, and the reckoning at its end."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.programs import cloud_account, counts, filled_contract, is_completed, phone, text
from tests.standin.client import StandIn
from tests.standin.record import AcceptedMessage
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import Event, Notice, NoticeKind
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Account, Contract, Counts, RateLimit
from wa_desktop.ledger.states import MessageState

HUNDRED_A_SECOND = RateLimit(100, 1_000)

_SOON = 5.0


def soon() -> float:
    """Seconds within which sending must go on: five, more where others keep the machine busy."""
    return _SOON * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


@dataclass
class Scene:
    """One contract on its way to a stand-in. ``earlier``: what a stand-in that is gone took."""

    program: Program
    cloud: StandIn
    account: Account
    contract: Contract
    amount: int
    notices: list[Notice]
    earlier: list[AcceptedMessage] = field(default_factory=list)

    @property
    def accepted(self) -> list[AcceptedMessage]:
        """What arrived at the far end so far."""
        return [*self.earlier, *self.cloud.accepted()]

    def wait_for_share(self, share: float) -> None:
        """Wait until this share of the messages (0 to 1) has arrived."""
        goal = round(self.amount * share) - len(self.earlier)
        self.cloud.wait_for(goal, 60)

    def goes_on(self) -> float:
        """Wait until a further message arrives; returns the seconds. The cause ends now."""
        before, began = self.cloud.count(), time.monotonic()
        wait_until(lambda: self.cloud.count() > before, "sending to go on", soon())
        return time.monotonic() - began

    def shows(self, *words: str) -> None:
        """Wait until the program itself says what is wrong."""
        wait_until(
            lambda: any(
                all(one in line for one in words) for line in self.program.health().problems
            ),
            f"the trouble to be shown ({', '.join(words)})",
            20,
        )

    def is_well(self) -> None:
        """Wait until the program says that nothing is wrong."""
        wait_until(lambda: self.program.health().ok, "the trouble to be over", soon())

    def told(self, kind: NoticeKind) -> list[Notice]:
        """What a person was told of a kind."""
        return [one for one in self.notices if one.kind is kind]

    def finish(self, *, most_in_doubt: int = 0, seconds: float = 60) -> None:
        """Wait for the end; then nothing is lost, nothing doubled, and doubt is as small."""
        wait_until(
            lambda: is_completed(self.program, self.contract), "the campaign to be done", seconds
        )
        self.reckon(most_in_doubt=most_in_doubt)

    def reckon(self, *, most_in_doubt: int = 0) -> None:
        """Each recipient got its own text once, or stands in doubt."""
        arrived = Counter((one.to.lstrip("+"), one.content) for one in self.accepted)
        everyone = {(phone(number), text(number)) for number in range(self.amount)}
        assert max(arrived.values()) == 1
        assert arrived.keys() <= everyone
        sent, doubtful = (self.phones(one) for one in (MessageState.SENT, MessageState.IN_DOUBT))
        assert sent <= {to for to, _ in arrived}
        assert sent | doubtful == {to for to, _ in everyone}
        assert len(doubtful) <= most_in_doubt

    def counts(self) -> Counts:
        """The contract's counts now."""
        return counts(self.program, self.contract)

    def phones(self, state: MessageState) -> set[str]:
        """Whose messages are in that state."""
        messages = self.program.services.ledger.messages
        ids = messages.ids(self.contract.id, MessageFilter(states=(state,)))
        return {one.phone for one in messages.of_ids(list(ids))}

    def attempts(self) -> set[int]:
        """How many attempts the messages cost."""
        messages = self.program.services.ledger.messages
        ids = messages.ids(self.contract.id, MessageFilter())
        return {one.attempts for one in messages.of_ids(list(ids))}


def begin(
    program: Program,
    cloud: StandIn,
    amount: int,
    *,
    rate: RateLimit | None = HUNDRED_A_SECOND,
    concurrency: int = 20,
    start: bool = True,
) -> Scene:
    """A contract of that many, started unless said otherwise."""
    notices: list[Notice] = []

    def listen(event: Event) -> None:
        if isinstance(event, Notice):
            notices.append(event)

    program.events.subscribe(listen)
    account = cloud_account(program, cloud, rate=rate, concurrency=concurrency)
    contract = filled_contract(program, account, amount)
    if start:
        program.services.contracts.start(contract.id)
    return Scene(program, cloud, account, contract, amount, notices)


@contextmanager
def after(*ends: Callable[[], object]) -> Iterator[None]:
    """Whatever happens in the block, the causes of trouble end with it."""
    try:
        yield
    finally:
        for end in ends:
            end()


def worst_second(messages: Sequence[AcceptedMessage]) -> int:
    """The most that arrived within any second, by the machine's own steady clock."""
    worst = first = 0
    for last, one in enumerate(messages):
        while one.arrived_ns - messages[first].arrived_ns >= 1_000_000_000:
            first += 1
        worst = max(worst, last - first + 1)
    return worst
