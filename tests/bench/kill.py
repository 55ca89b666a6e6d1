"""SIGKILL at random points of a contract's whole life, on the four pairs of stores.

    python -m tests.bench.kill [--kills 200] [--seed 7]

A life is a contract that is prepared, sent and deleted; in each phase its worker is killed
at a random moment and another one goes on. Everything is counted at the far end.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.programs import Place, Worker, cloud_account, filled_contract, is_completed, phone
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.errors import NotFound
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState, MessageState

PAIRS = tuple(
    (ledger, queue) for ledger in ("sqlite", "postgresql") for queue in ("sqlite", "redis")
)
MESSAGES = 3_000
IN_FLIGHT = 20
LATENCY = 0.02
SENDING_KILLS = 3


@dataclass
class Reckoning:
    """What a pair of stores has seen. ``lost``: neither sent nor shown in doubt."""

    kills: Counter[str] = field(default_factory=Counter)
    doubled: int = 0
    lost: int = 0
    in_doubt: int = 0
    pauses: list[float] = field(default_factory=list)


@contextmanager
def pair(ledger: str, queue: str) -> Iterator[Place]:
    """A place on that pair of stores."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        url, redis_url = f"sqlite:///{home / 'ledger.db'}", None
        if ledger == "postgresql":
            server = stack.enter_context(PostgresServer())
            url = server.url(server.create_database())
        if queue == "redis":
            redis_url = stack.enter_context(RedisServer()).url
        yield Place(home, url, redis_url)


class Life:
    """One contract from its start to its end, with a worker that is killed again and again."""

    def __init__(
        self, place: Place, program: Program, cloud: StandIn, rng: random.Random, found: Reckoning
    ) -> None:
        self._place = place
        self._program = program
        self._cloud = cloud
        self._rng = rng
        self._found = found

    def live(self, contract: Contract) -> None:
        """Prepare, send, reckon and delete it."""
        self._program.services.contracts.start(contract.id)
        self._killed_while("preparing", lambda: self._state(contract) is not ContractState.QUEUED)
        goals = sorted(self._rng.randrange(1, MESSAGES - 100) for _ in range(SENDING_KILLS))
        for goal in goals:
            if goal > self._cloud.count():
                self._killed_while("sending", partial(self._has_arrived, goal))
        with Worker(self._place):
            self._sends_again()
            wait_until(lambda: is_completed(self._program, contract), "the rest", 120)
        self._reckon(contract)
        self._program.services.contracts.delete(contract.id)
        self._killed_while("deleting", lambda: self._is_shrinking(contract))
        with Worker(self._place):
            wait_until(lambda: self._is_gone(contract), "the contract to be gone", 60)

    def _killed_while(self, phase: str, begun: Callable[[], object]) -> None:
        with Worker(self._place) as worker:
            if phase == "sending":
                self._sends_again()
            wait_until(begun, phase, 60)
            time.sleep(self._rng.uniform(0, 0.15))
            worker.kill()
            self._found.kills[phase] += 1

    def _sends_again(self) -> None:
        before, began = self._cloud.count(), time.monotonic()
        if before >= MESSAGES - IN_FLIGHT:
            return
        self._cloud.wait_for(before + 1)
        self._found.pauses.append(time.monotonic() - began)

    def _has_arrived(self, amount: int) -> bool:
        return self._cloud.count() >= amount

    def _state(self, contract: Contract) -> ContractState:
        return self._program.services.ledger.contracts.get(contract.id).state

    def _is_shrinking(self, contract: Contract) -> bool:
        try:
            rows = self._program.services.ledger.messages.ids(contract.id, MessageFilter())
        except NotFound:
            return True
        return len(rows) < MESSAGES

    def _is_gone(self, contract: Contract) -> bool:
        try:
            self._program.services.ledger.contracts.get(contract.id)
        except NotFound:
            return True
        return False

    def _reckon(self, contract: Contract) -> None:
        accepted = Counter(one.to.lstrip("+") for one in self._cloud.accepted())
        sent = self._phones(contract, MessageState.SENT)
        doubtful = self._phones(contract, MessageState.IN_DOUBT)
        everyone = {phone(number) for number in range(MESSAGES)}
        found = self._found
        found.doubled += sum(accepted.values()) - len(accepted)
        found.lost += len(everyone - sent - doubtful) + len(sent - accepted.keys())
        found.in_doubt += len(doubtful)

    def _phones(self, contract: Contract, state: MessageState) -> set[str]:
        messages = self._program.services.ledger.messages
        ids = messages.ids(contract.id, MessageFilter(states=(state,)))
        return {one.phone for one in messages.of_ids(list(ids))}


def run(place: Place, kills: int, rng: random.Random) -> Reckoning:
    """Live through contracts until so many kills were survived."""
    found = Reckoning()
    with StandIn() as cloud, Program.open(place.settings()) as program:
        account = cloud_account(program, cloud, concurrency=IN_FLIGHT)
        while found.kills.total() < kills:
            cloud.reset()
            cloud.behave(Behaviour(latency=LATENCY))
            contract = filled_contract(program, account, MESSAGES)
            Life(place, program, cloud, rng, found).live(contract)
    return found


def main() -> None:
    """Kill and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    sys.stdout.write(
        "stores               kills  (preparing, sending, deleting)  doubled  lost  "
        "in doubt (at most)  longest pause\n"
    )
    for ledger, queue in PAIRS:
        with pair(ledger, queue) as place:
            found = run(place, -(-given.kills // len(PAIRS)), rng)
        phases = ", ".join(f"{found.kills[one]}" for one in ("preparing", "sending", "deleting"))
        on_the_wire = found.kills.total() - found.kills["deleting"]
        doubt = f"{found.in_doubt} ({on_the_wire * IN_FLIGHT})"
        sys.stdout.write(
            f"{ledger + ' + ' + queue:20} {found.kills.total():5}  {phases:>30}  "
            f"{found.doubled:7}  {found.lost:4}  {doubt:>18}  {max(found.pauses):11.2f} s\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
