"""Everything at once on one ledger, from two programs; then all must end and add up.

    python -m tests.bench.stress [--seconds 30] [--seeds 1 2 3] [--stores sqlite postgresql]

Two connections to one ledger, each with an engine that claims and settles at random and now
and then is taken for dead, a person who uses every verb, and the jobs and the sweep. After
that everything is started, sent and ended. Exit code 1 when something raised that is no
refusal, when a campaign does not end, or when a kept count is not the real one.
"""

import argparse
import random
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import say
from tests.ledgers import (
    add_account,
    add_contract,
    counted,
    in_flight,
    outcome,
    turn,
    value,
)
from tests.opened import open_ledger
from tests.services.postgres import PostgresServer
from wa_desktop.clock import SECOND, now
from wa_desktop.contracts.advance import advance, finish
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.doubts import Doubts
from wa_desktop.contracts.service import ContractChanges, ContractService
from wa_desktop.errors import InvalidInput, MoveRefused, NotFound
from wa_desktop.events import EventBus
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.news import News, NewsKind
from wa_desktop.ledger.records import DoubtPolicy
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.settle import TAKEN, OutcomeKind
from wa_desktop.queues.sweep import Sweep

ACCOUNTS = ("a", "b")
STORES = ("sqlite", "postgresql")
_REFUSALS = (MoveRefused, NotFound, InvalidInput)
_ENDED = (ContractState.COMPLETED, ContractState.CANCELLED)
_FAR = 2**62
_ENDING_SECONDS = 60.0
_WRONGLY_CLEANED = (
    "SELECT COUNT(1) FROM counters k WHERE "
    "cleaned_failed <> (SELECT COUNT(1) FROM messages m "
    "WHERE m.contract_id = k.contract_id AND m.state = 8 AND NOT listed) "
    "OR cleaned_completed <> (SELECT COUNT(1) FROM messages m "
    "WHERE m.contract_id = k.contract_id AND m.state IN (5, 6, 7) AND NOT listed)"
)


@dataclass
class _Heard:
    """A bell that notes the contracts it was rung for."""

    contracts: list[str] = field(default_factory=list)

    def contract(self, contract_id: str) -> None:
        self.contracts.append(contract_id)

    def account(self, account_id: str) -> None:
        """Engines here look by themselves."""


@dataclass
class Tally:
    """What was done, and what must not have been."""

    acts: Counter[str] = field(default_factory=Counter)
    refusals: int = 0
    troubles: list[str] = field(default_factory=list)


class Program:
    """One program's side of the ledger, driven by a random source of its own."""

    def __init__(self, ledger: Ledger, seed: int, tally: Tally) -> None:
        self.ledger = ledger
        self.tally = tally
        self._bell, self._events = _Heard(), EventBus()
        given = (ledger, self._bell, self._events)
        self._contracts, self._again = ContractService(*given), Again(*given)
        self._doubts, self._sweep = Doubts(*given), Sweep(*given)
        self._luck = {name: random.Random(f"{seed} {name}") for name in ("engine", "person", "job")}
        self._worker = ledger.workers.register()

    def ids(self) -> list[str]:
        """The contracts that a list shows."""
        return [one.id for one in self.ledger.contracts.page(limit=1_000).items]

    def engine(self) -> None:
        """Claim and settle for both accounts; seldom be buried and begin anew."""
        luck = self._luck["engine"]
        for name in luck.sample(ACCOUNTS, 2):
            granted = turn(self.ledger, self._worker, free=luck.randint(1, 20), account=name)
            ends = []
            for one in granted.granted:
                kind = luck.choice(list(OutcomeKind))
                if luck.random() < 0.9:  # else its end is never told
                    code = None if kind in TAKEN else 131000
                    due = now() + luck.randint(0, 300_000) if kind is OutcomeKind.RETRY else None
                    ends.append(outcome(one, kind, due_at=due, code=code))
            self._end(turn(self.ledger, self._worker, outcomes=ends).drained)
        self.tally.acts["turns"] += 2
        if luck.random() < 0.05:
            self.ledger.workers.bury(self._worker)
            self._worker = self.ledger.workers.register()
            self.tally.acts["burials"] += 1

    def job(self) -> None:
        """The sweep and what it rings for, each job now and then broken off."""
        luck = self._luck["job"]
        self._bell.contracts.clear()
        self._sweep.once()
        rung = list(self._bell.contracts)
        luck.shuffle(rung)
        for contract_id in rung:
            advance(self.ledger, self._bell, self._events, contract_id, lambda: luck.random() < 0.1)
        self.tally.acts["sweeps"] += 1

    def person(self) -> None:
        """One verb on one contract."""
        luck, ids = self._luck["person"], self.ids()
        verbs = self._verbs(luck, len(ids))
        name = luck.choice(list(verbs))
        if ids:
            verbs[name](luck.choice(ids))
            self.tally.acts[name] += 1

    def _verbs(self, luck: random.Random, amount: int) -> dict[str, Callable[[str], object]]:
        contracts, again, clean = self._contracts, self._again, self.ledger.statistics
        few = [MessageState.FAILED, MessageState.SKIPPED]
        verbs: dict[str, Callable[[str], object]] = {
            "pause": contracts.pause,
            "start": contracts.start,
            "start at once": lambda one: contracts.start(one, at_once=True),
            "retry": lambda one: again.retry(one, few),
            "retry some": lambda one: again.retry(one, ids=self._some(one, luck)),
            "retry failed": lambda _: again.retry_listed(),
            "edit": lambda one: contracts.change(one, _edit(luck)),
            "settle doubts": lambda one: self._doubts.settle(one, luck.choice(list(DoubtPolicy))),
            "clean messages": lambda _: clean.clean_messages(
                failed=luck.random() < 0.5, before=_FAR, limit=luck.randint(1, 50)
            ),
            "clean contracts": lambda _: clean.clean_contracts(failed=False, before=_FAR, limit=3),
            "news": lambda one: self._news(one, luck),
        }
        if luck.random() < 0.1:
            verbs = {"cancel": contracts.cancel}
        elif amount > 8:
            verbs["delete"] = lambda one: contracts.delete(one, force=True)
        else:
            verbs["duplicate"] = again.duplicate
        return verbs

    def _some(self, contract_id: str, luck: random.Random) -> list[int]:
        return list(self.ledger.messages.ids(contract_id))[: luck.randint(1, 9)] or [1]

    def _news(self, contract_id: str, luck: random.Random) -> None:
        ids = self.ledger.messages.ids(contract_id)
        for _ in range(5 if ids else 0):
            tracking = f"wa1:{contract_id}:{luck.choice(ids)}:1"
            self.ledger.news.record_news(News(tracking, luck.choice(list(NewsKind)), now()))

    def leave(self) -> None:
        """The engine is gone."""
        self.ledger.workers.bury(self._worker)

    def wind_down(self) -> None:
        """Start whatever can be started and send it, until nothing is left or time is up."""
        worker = self.ledger.workers.register()
        end = time.monotonic() + _ENDING_SECONDS
        while time.monotonic() < end and not self._all_ended():
            for contract_id in self.ids():
                for verb in (self._at_any_time, self._contracts.start):
                    with suppress(*_REFUSALS):
                        verb(contract_id)
            self.job()
            for name in ACCOUNTS:
                granted = turn(self.ledger, worker, free=50, account=name).granted
                sent = [outcome(one) for one in granted]
                self._end(turn(self.ledger, worker, outcomes=sent).drained)

    def _at_any_time(self, contract_id: str) -> None:
        self._contracts.change(contract_id, ContractChanges(clear=("start_at", "expires_at")))

    def _all_ended(self) -> bool:
        states = {self.ledger.contracts.get(one).state for one in self.ids()}
        return states <= {*_ENDED} and not self.ledger.work.unfinished(now())

    def _end(self, drained: tuple[int, ...]) -> None:
        for number in drained:
            finish(self.ledger, self._events, number)

    def differences(self) -> list[str]:
        """What does not add up now that all should have ended."""
        found = []
        for contract_id in self.ids():
            one = self.ledger.contracts.get(contract_id)
            if one.counts != counted(self.ledger, contract_id):
                found.append(f"{contract_id} counts {one.counts}")
            if one.state not in _ENDED or one.counts.remaining:
                found.append(f"{contract_id} is {one.state} with {one.counts.remaining} left")
        found += [f"{name} has places taken" for name in ACCOUNTS if in_flight(self.ledger, name)]
        if wrong := value(self.ledger, _WRONGLY_CLEANED):
            found.append(f"{wrong} contracts count what was cleaned wrongly")
        return found


def _edit(luck: random.Random) -> ContractChanges:
    at = now()
    return luck.choice(
        [
            ContractChanges(priority=luck.randint(-1, 1)),
            ContractChanges(priority=luck.randint(-1, 1)),
            ContractChanges(expires_at=at + luck.choice([200_000, 3 * SECOND, 600 * SECOND])),
            ContractChanges(start_at=at + luck.choice([100_000, 500_000])),
            ContractChanges(clear=("start_at",)),
            ContractChanges(clear=("expires_at",)),
            ContractChanges(clear=("start_at", "expires_at"), message="x"),
        ]
    )


def stress(url: str, seed: int, seconds: float) -> Tally:
    """Let two programs at one empty ledger; ``troubles`` says what was wrong after it."""
    tally = Tally()
    with closing(open_ledger(url)) as ledger, closing(open_ledger(url)) as other:
        for name in ACCOUNTS:
            add_account(ledger, name, concurrency=50)
        for number in range(6):
            add_contract(ledger, 400, account=ACCOUNTS[number % 2], priority=number % 3)
        programs = [Program(ledger, seed, tally), Program(other, seed + 1, tally)]
        for contract_id in programs[0].ids():
            ledger.contracts.move(contract_id, ContractState.QUEUED)
        _together(
            [act for one in programs for act in (one.engine, one.person, one.job)], seconds, tally
        )
        for one in programs:
            one.leave()
        if not tally.troubles:
            programs[0].wind_down()
            tally.troubles += programs[0].differences()
    return tally


def _together(acts: list[Callable[[], None]], seconds: float, tally: Tally) -> None:
    """Do each over and over on a thread of its own; the first that raises ends it."""
    stop = threading.Event()

    def over_and_over(act: Callable[[], None]) -> None:
        while not stop.is_set():
            try:
                act()
            except _REFUSALS:
                tally.refusals += 1
            except BaseException:
                tally.troubles.append(traceback.format_exc())
                stop.set()

    threads = [threading.Thread(target=over_and_over, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    stop.wait(seconds)
    stop.set()
    for one in threads:
        one.join()


def main() -> int:
    """Print a line for each seed on each engine."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.stress", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--stores", nargs="+", choices=STORES, default=list(STORES))
    given = parser.parse_args()
    say("store       seed   turns   verbs  refusals  burials  troubles")
    troubles = 0
    for store in given.stores:
        with _addresses(store) as fresh:
            for seed in given.seeds:
                tally = stress(fresh(), seed, given.seconds)
                _tell(store, seed, tally)
                troubles += len(tally.troubles)
    return 1 if troubles else 0


@contextmanager
def _addresses(store: str) -> Iterator[Callable[[], str]]:
    """Gives the address of an empty ledger at each call."""
    if store == "postgresql":
        with PostgresServer() as server:
            yield lambda: server.url(server.create_database())
        return
    with TemporaryDirectory() as folder:
        numbers = count()
        yield lambda: f"sqlite:///{Path(folder) / str(next(numbers))}.db"


def _tell(store: str, seed: int, tally: Tally) -> None:
    acts = tally.acts
    verbs = acts.total() - sum(acts[one] for one in ("turns", "sweeps", "burials"))
    say(
        f"{store:10}  {seed:4}  {acts['turns']:6}  {verbs:6}  {tally.refusals:8}  "
        f"{acts['burials']:7}  {len(tally.troubles):8}"
    )
    for one in tally.troubles:
        say(one)


if __name__ == "__main__":
    sys.exit(main())
