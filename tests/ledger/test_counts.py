"""Whatever is done to a ledger in whatever order, its kept counts are real counts."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from tests.ledgers import add_account, check_counts, fill, outcome, turn
from tests.opened import open_ledger
from wa_desktop.clock import MILLISECOND, SECOND, now
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.claim import Granted
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import RateLimit
from wa_desktop.ledger.settle import OutcomeKind
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.workers import LeaseLost

CONCURRENCY = 8
SHARES = st.integers(0, 1)
SELDOM = st.sampled_from([True, False, False, False])
PASSED = (0, 5 * MILLISECOND, 100 * MILLISECOND, 2 * SECOND)


class LedgerMachine(RuleBasedStateMachine):
    """Two contracts of one account and two workers, driven at random."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()
        self.ledger = ledger
        add_account(ledger, rate=RateLimit(max=100, duration_ms=1_000), concurrency=CONCURRENCY)
        self.phones = 0
        self.contracts = [self._draft() for _ in range(2)]
        self.workers = [ledger.workers.register() for _ in range(2)]
        self.held: dict[int, list[Granted]] = {worker: [] for worker in self.workers}
        self.at = int(now())
        self.sent: set[int] = set()
        for which in range(2):
            self.start(which, prepared=True)

    def _draft(self) -> str:
        contract_id = self.ledger.contracts.add(NewContract("acc", "c", "Привет")).id
        self._fill(contract_id, 15)
        return contract_id

    def _fill(self, contract_id: str, amount: int) -> None:
        phones = [str(10_000 + self.phones + number) for number in range(amount)]
        self.phones += amount
        fill(self.ledger, contract_id, phones)

    @rule(which=SHARES, amount=st.integers(1, 6))
    def add(self, which: int, amount: int) -> None:
        with suppress(MoveRefused):
            self._fill(self.contracts[which], amount)

    @rule(which=SHARES, prepared=st.sampled_from([True, True, False]))
    def start(self, which: int, prepared: bool) -> None:
        with suppress(MoveRefused):
            self.ledger.contracts.move(self.contracts[which], ContractState.QUEUED)
        if prepared:
            self.prepare(which)

    @rule(which=SHARES)
    def prepare(self, which: int) -> None:
        self.ledger.work.prepare_slice(self.contracts[which])

    @rule(which=SHARES)
    def pause(self, which: int) -> None:
        with suppress(MoveRefused):
            self.ledger.contracts.move(self.contracts[which], ContractState.PAUSED)
            self.ledger.work.release_claims(self.contracts[which])

    @rule(which=SHARES, really=SELDOM)
    def cancel(self, which: int, really: bool) -> None:
        if not really:
            return
        with suppress(MoveRefused):
            self.ledger.contracts.move(self.contracts[which], ContractState.CANCELLED)
            self.ledger.work.release_claims(self.contracts[which])

    @rule(which=SHARES)
    def skip(self, which: int) -> None:
        self.ledger.work.skip_slice(self.contracts[which])

    @rule(which=SHARES, really=SELDOM)
    def delete(self, which: int, really: bool) -> None:
        if not really:
            return
        with suppress(MoveRefused):
            self.ledger.contracts.move(self.contracts[which], ContractState.DELETING)
            while self.ledger.work.delete_slice(self.contracts[which]):
                pass
            self.contracts[which] = self._draft()
            self.start(which, prepared=True)

    @rule(who=SHARES, free=st.integers(1, 5), passed=st.sampled_from(PASSED))
    def claim(self, who: int, free: int, passed: int) -> None:
        worker = self.workers[who]
        self.at += passed
        granted = turn(self.ledger, worker, free=free, at=self.at).granted
        assert len(granted) <= free
        assert not self.sent & {one.message_id for one in granted}
        self.held[worker].extend(granted)

    @rule(who=SHARES)
    def begin(self, who: int) -> None:
        worker = self.workers[who]
        asked = [one.message_id for one in self.held[worker]]
        turn(self.ledger, worker, begin=asked, at=self.at)

    @precondition(lambda self: any(self.held.values()))
    @rule(who=SHARES, kind=st.sampled_from(OutcomeKind), amount=st.integers(1, 5))
    def settle(self, who: int, kind: OutcomeKind, amount: int) -> None:
        worker = self.workers[who]
        ended, self.held[worker] = self.held[worker][:amount], self.held[worker][amount:]
        due = self.at + SECOND if kind is OutcomeKind.RETRY else None
        outcomes = [outcome(one, kind, at=self.at, due_at=due) for one in ended]
        turn(self.ledger, worker, outcomes=outcomes, at=self.at, free=1)
        shown = self.ledger.messages.of_ids([one.message_id for one in ended])
        self.sent |= {one.id for one in shown if one.state is MessageState.SENT}
        # A message settled together with a claim may be granted in the same turn.
        self.held[worker] = [
            one for one in self.held[worker] if one.message_id in self.ledger.cycle.held(worker)
        ]

    @rule(who=SHARES)
    def die(self, who: int) -> None:
        worker = self.workers[who]
        self.ledger.workers.bury(worker)
        with pytest.raises(LeaseLost):
            turn(self.ledger, worker, free=1)
        del self.held[worker]
        self.workers[who] = self.ledger.workers.register()
        self.held[self.workers[who]] = []

    @rule(which=SHARES)
    def complete(self, which: int) -> None:
        self.ledger.contracts.complete_if_done(self.ledger.contracts.number(self.contracts[which]))

    @invariant()
    def counts_are_real(self) -> None:
        check_counts(self.ledger, *self.contracts)
        totals = self.ledger.statistics.totals()
        shown = [self.ledger.contracts.get(one).counts for one in self.contracts]
        assert totals.total == sum(one.total for one in shown)
        assert totals.active == sum(one.active for one in shown)

    @invariant()
    def no_account_exceeds_its_places(self) -> None:
        held = [one for worker in self.workers for one in self.ledger.cycle.held(worker)]
        assert len(held) == len(set(held)) <= CONCURRENCY

    def teardown(self) -> None:
        self.ledger.close()


def test_counts_stay_true_on_sqlite() -> None:
    with _folder() as folder:
        names = iter(range(10_000))

        def machine() -> LedgerMachine:
            return LedgerMachine(open_ledger(f"sqlite:///{folder / str(next(names))}.db"))

        check_machine(machine, examples=20)


def test_counts_stay_true_on_postgresql(postgres_databases: Callable[[], str]) -> None:
    def machine() -> LedgerMachine:
        return LedgerMachine(open_ledger(postgres_databases()))

    check_machine(machine, examples=3)


def check_machine(machine: Callable[[], LedgerMachine], *, examples: int) -> None:
    """Run the machine so many times, forty steps each."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=40,
        deadline=None,
        # Without making failures smaller, which takes minutes here.
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_machine(cast("type[RuleBasedStateMachine]", machine), settings=chosen)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="wa-ledgers-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
