"""The lives of campaigns whose workers the kill bench kills, and what is reckoned of them."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from tests.bench.kill_watch import Watched, watched
from tests.programs import Place, cloud_account, counts, filled_contract, phone
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from wa_desktop.app import Program
from wa_desktop.errors import NotFound
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Account, Contract, Counts, RateLimit
from wa_desktop.ledger.states import ContractState, MessageState

MESSAGES = 3_000
IN_FLIGHT = 20
LATENCY = 0.02
RATE = RateLimit(200, 1_000)
_WHOLE = 180.0


class Phase(StrEnum):
    """What a worker is at when it is killed."""

    STARTING = "starting"
    PREPARING = "preparing"
    SENDING = "sending"
    PACED = "paced"
    CANCELLING = "cancelling"
    DELETING = "deleting"
    MIGRATING = "migrating"
    RETRYING = "retrying"


@dataclass
class Reckoning:
    """What a pair of stores has seen. ``lost``: neither sent nor shown in doubt.

    ``on_the_wire`` is the sum of what stood ``sending`` at each kill, the most that may be in
    doubt; ``ahead`` of what stood ``claimed``. ``faults`` say which life broke a promise;
    sending that goes on after more than ``longest_pause`` seconds is one.
    """

    kills: Counter[Phase] = field(default_factory=Counter)
    doubled: int = 0
    lost: int = 0
    in_doubt: int = 0
    on_the_wire: int = 0
    ahead: int = 0
    pauses: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    longest_pause: float = 5.0


class Life:
    """Workers on one place that are killed, and the account of one life.

    ``name`` says in a fault which life it was.
    """

    def __init__(
        self,
        name: str,
        place: Place,
        program: Program,
        cloud: StandIn,
        rng: random.Random,
        found: Reckoning,
    ) -> None:
        self.name = name
        self.place = place
        self.program = program
        self.cloud = cloud
        self.rng = rng
        self.found = found
        self.database = program.services.ledger._database
        self.on_the_wire = 0

    def killed_while(
        self, phase: Phase, contract: Contract, begun: Callable[[], object], within: float
    ) -> None:
        """Start a worker and kill it at a random moment ``within`` seconds of the beginning."""
        with watched(self.place, self.database) as worker:
            if phase in (Phase.SENDING, Phase.PACED):
                self.sends_again(worker, contract)
            worker.wait_until(begun, f"{phase} to begin", _WHOLE)
            time.sleep(self.rng.uniform(0, within))
            worker.kill()
        self.note_kill(phase)

    def note_kill(self, phase: Phase) -> None:
        """Count a kill and what was on the wire at it."""
        with self.database.read():
            rows: dict[int, int] = dict(
                self.database.rows(
                    "SELECT state, COUNT(1) FROM messages WHERE state = 3 OR state = 4 "
                    "GROUP BY state"
                )
            )
        sending = rows.get(MessageState.SENDING, 0)
        self.found.kills[phase] += 1
        self.found.ahead += rows.get(MessageState.CLAIMED, 0)
        self.note_on_the_wire(sending)
        if sending > IN_FLIGHT:
            self.fault(f"{sending} were on the wire at once")

    def note_on_the_wire(self, amount: int) -> None:
        """So many may be in doubt: they were on the wire when their worker was killed."""
        self.found.on_the_wire += amount
        self.on_the_wire += amount

    def sends_again(self, worker: Watched, contract: Contract) -> None:
        """Wait until a message arrives, or nothing remains that could."""
        before = self.cloud.count()

        def goes_on() -> bool:
            return self.cloud.count() > before or not self.counts(contract).remaining

        worker.wait_until(goes_on, "sending to go on")
        if self.cloud.count() > before:
            self.note_pause(time.monotonic() - worker.began)

    def note_pause(self, pause: float) -> None:
        """How long it took from the start of a worker to what it sent first."""
        self.found.pauses.append(pause)
        if pause > self.found.longest_pause:
            self.fault(f"sending went on after {pause:.1f} s only")

    def carried_on(self, contract: Contract, done: Callable[[], object], what: str) -> None:
        """A worker that is not killed brings it to its end."""
        with watched(self.place, self.database) as worker:
            if self.counts(contract).remaining and what == "the rest":
                self.sends_again(worker, contract)
            worker.wait_until(done, what, _WHOLE)

    def reckon(
        self,
        everyone: Iterable[str],
        contracts: Iterable[Contract],
        *,
        before: Iterable[str] = (),
    ) -> None:
        """Each recipient got one message, or stands in doubt, or was skipped and got none.

        ``before``: who had one before this life began.
        """
        accepted = Counter(one.to.lstrip("+") for one in self.cloud.accepted())
        doubled = accepted.total() - len(accepted) + len(accepted.keys() & set(before))
        sent, doubtful, skipped = (
            {one for contract in contracts for one in self.phones(contract, state)} - set(before)
            for state in (MessageState.SENT, MessageState.IN_DOUBT, MessageState.SKIPPED)
        )
        found = self.found
        lost = len(set(everyone) - sent - doubtful - skipped) + len(sent - accepted.keys())
        found.doubled += doubled
        found.lost += lost
        found.in_doubt += len(doubtful)
        if doubled:
            self.fault(f"{doubled} doubled")
        if lost:
            self.fault(f"{lost} lost")
        if skipped & accepted.keys():
            self.fault(f"{len(skipped & accepted.keys())} shown as skipped were sent")
        if len(doubtful) > self.on_the_wire:
            self.fault(f"{len(doubtful)} in doubt, {self.on_the_wire} were on the wire")

    def fault(self, what: str) -> None:
        """Note a broken promise."""
        self.found.faults.append(f"{self.name}: {what}")

    def counts(self, contract: Contract) -> Counts:
        """The contract's counts now; none of one that is gone."""
        try:
            return counts(self.program, contract)
        except NotFound:
            return Counts()

    def state(self, contract: Contract) -> ContractState | None:
        """The contract's state now; ``None``: it is gone."""
        try:
            return self.program.services.ledger.contracts.get(contract.id).state
        except NotFound:
            return None

    def has_sent(self, goal: int) -> Callable[[], bool]:
        """Whether so many messages have arrived."""
        return lambda: self.cloud.count() >= goal

    def rows(self, number: int) -> int:
        """How many rows there still are of the contract of that number in the ledger."""
        with self.database.read():
            return int(
                self.database.scalar(
                    "SELECT (SELECT COUNT(1) FROM messages WHERE contract_id = ?) "
                    "+ (SELECT COUNT(1) FROM contracts WHERE id = ?)",
                    (number, number),
                )
            )

    def phones(self, contract: Contract, state: MessageState) -> set[str]:
        """Whose messages are in that state."""
        messages = self.program.services.ledger.messages
        ids = messages.ids(contract.id, MessageFilter(states=(state,)))
        return {one.phone for one in messages.of_ids(list(ids))}


def begin_anew(cloud: StandIn) -> None:
    """The stand-in forgets the life before."""
    cloud.reset()
    cloud.behave(Behaviour(latency=LATENCY))


def plain_life(life: Life, account: Account) -> None:
    """A campaign at full speed: started, prepared, sent and deleted."""
    contract = filled_contract(life.program, account, MESSAGES)
    life.program.services.contracts.start(contract.id)
    life.killed_while(Phase.STARTING, contract, lambda: True, within=1.5)
    life.killed_while(
        Phase.PREPARING,
        contract,
        lambda: life.state(contract) is not ContractState.QUEUED,
        within=0.1,
    )
    for goal in sorted(life.rng.randrange(1, MESSAGES - 100) for _ in range(3)):
        if goal > life.cloud.count():
            life.killed_while(Phase.SENDING, contract, life.has_sent(goal), within=0.15)
    life.carried_on(contract, lambda: life.state(contract) is ContractState.COMPLETED, "the rest")
    everyone = {phone(number) for number in range(MESSAGES)}
    life.reckon(everyone, [contract])
    number = life.program.services.ledger.contracts.number(contract.id)
    whole = life.rows(number)
    life.program.services.contracts.delete(contract.id)
    life.killed_while(Phase.DELETING, contract, lambda: life.rows(number) < whole, within=0.1)
    life.carried_on(contract, lambda: not life.rows(number), "the contract to be gone")


def paced_life(life: Life, account: Account) -> None:
    """A campaign whose account has a rate, so that messages stand claimed ahead of their slots;
    then it is cancelled."""
    contract = filled_contract(life.program, account, MESSAGES)
    life.program.services.contracts.start(contract.id)
    for goal in sorted(life.rng.randrange(1, MESSAGES // 5) for _ in range(2)):
        life.killed_while(Phase.PACED, contract, life.has_sent(goal), within=0.15)
    life.program.services.contracts.cancel(contract.id)
    life.killed_while(Phase.CANCELLING, contract, lambda: life.counts(contract).skipped, within=0.1)
    life.carried_on(contract, lambda: not life.counts(contract).remaining, "the rest to be skipped")
    everyone = {phone(number) for number in range(MESSAGES)}
    life.reckon(everyone, [contract])


def accounts(program: Program, cloud: StandIn) -> tuple[Account, Account]:
    """An account that sends as fast as it can, and one with a rate."""
    return (
        cloud_account(program, cloud, concurrency=IN_FLIGHT, name="plain"),
        cloud_account(program, cloud, concurrency=IN_FLIGHT, rate=RATE, name="paced"),
    )
