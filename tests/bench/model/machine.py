"""A hypothesis machine that does everything twice: with the ledger and with the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis.stateful import RuleBasedStateMachine

from tests.bench.model.compare import check_all
from tests.bench.model.jobs import Jobs
from tests.bench.model.plain import (
    HELD,
    Gone,
    Invalid,
    Lost,
    Plain,
    PlainAccount,
    PlainContract,
    Refused,
)
from tests.bench.model.stage import (
    ROWS_IN_A_SLICE,
    HandClock,
    OpenLedger,
    Stage,
    Tally,
    hand_driven,
)
from tests.bench.model.turns import End, Grant, Turns
from tests.limits.desk import NOON
from wa_desktop.contracts.advance import advance, finish
from wa_desktop.errors import InvalidInput, MoveRefused, NotFound
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import (
    NO_SECRETS,
    Account,
    AccountKind,
    DoubtPolicy,
    RateLimit,
)
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import TAKEN, Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import CycleResult, Turn, Want
from wa_desktop.ledger.workers import LeaseLost
from wa_desktop.recipients.rows import RecipientRow

ACCOUNTS = ("paced", "unpaced")
PER_SECOND = 40
CONCURRENCY = 6
WORKERS = 3
MOST_CONTRACTS = 6
_ENDS: dict[type[Exception], str] = {
    Refused: "refused",
    MoveRefused: "refused",
    Invalid: "invalid",
    InvalidInput: "invalid",
    Gone: "not found",
    NotFound: "not found",
    Lost: "lease lost",
    LeaseLost: "lease lost",
}


@dataclass(frozen=True)
class Ended:
    """How a verb ended: ``done`` with a value, or refused in some way."""

    how: str
    value: object = None


def ended(verb: Callable[[], object]) -> Ended:
    """Carry a verb out. An error that is none of the known refusals is passed on."""
    try:
        return Ended("done", verb())
    except tuple(_ENDS) as error:
        return Ended(next(how for kind, how in _ENDS.items() if isinstance(error, kind)))


class Machine(RuleBasedStateMachine):
    """Both sides, and what the rules do with them. ``plain`` holds what is to be."""

    def __init__(self, opened: OpenLedger, tally: Tally) -> None:
        super().__init__()
        self.tally = tally
        self.tally.examples += 1
        self.clock = HandClock(NOON)
        self._patched = hand_driven(self.clock)
        self._patched.__enter__()
        self.stage = Stage(opened())
        self.ledger = self.stage.ledger
        self.plain = Plain(self.clock.at, [self._account(name) for name in ACCOUNTS])
        self.jobs = Jobs(self.plain, ROWS_IN_A_SLICE)
        self.turns = Turns(self.plain)
        self.uids: list[str] = []
        self.numbers: dict[int, str] = {}
        self.workers = [self.ledger.workers.register() for _ in range(WORKERS)]
        self.held: dict[int, dict[int, Granted]] = {one: {} for one in self.workers}
        self.late: list[tuple[int, int]] = []
        self.slots: dict[str, int] = {}
        self.out: set[int] = set()
        for place, account in enumerate(ACCOUNTS):
            uid = self.create(account, 0, None, DoubtPolicy.LEAVE, 0)
            self.add_rows(uid, range(4 + 2 * place), None)
            self.start_and_prepare(uid)

    def _account(self, name: str) -> PlainAccount:
        rate = RateLimit(PER_SECOND, 1_000) if name == "paced" else None
        account = Account(name, name, AccountKind.SANDBOX, rate_limit=rate, concurrency=CONCURRENCY)
        self.ledger.accounts.add(account, NO_SECRETS)
        return PlainAccount(name, 1_005_000 // PER_SECOND if rate else 0, CONCURRENCY)

    def both(self, what: str, model: Callable[[], object], real: Callable[[], object]) -> Ended:
        """Do it with the ledger and with the model; both must end alike, and stand alike."""
        self.clock.move()
        self.plain.at = self.clock.at
        found, expected = ended(real), ended(model)
        assert found == expected, f"{what}: the ledger {found}, the model {expected}"
        self.tally.acts[what] += 1
        if found.how != "done":
            self.tally.refusals[f"{what}: {found.how}"] += 1
        self._learn_ids()
        check_all(self.ledger, self.plain)
        self.out &= {row.id for one in self.plain.here() for row in one.of(*HELD)}
        return found

    def create(
        self,
        account: str,
        priority: int,
        expires_in: int | None,
        policy: DoubtPolicy,
        grace: int,
    ) -> str:
        """A new draft on both sides; returns its id."""
        self.clock.move()
        self.plain.at = at = self.clock.at
        expires = None if expires_in is None else at + expires_in
        new = NewContract(
            *(account, "c", "Привет"),
            priority=priority,
            expires_at=expires,
            doubt_policy=policy,
            doubt_grace=grace,
        )
        uid = self.stage.contracts.create(new).id
        self.plain.create(
            PlainContract(
                *(uid, account, len(self.plain.contracts), priority, expires),
                policy=policy.value,
                grace=grace,
            )
        )
        self.know(uid)
        self.tally.acts["create"] += 1
        return uid

    def pick(self, which: int) -> str:
        """One of the contracts that are there; seldom one that is gone."""
        there = [one.uid for one in self.plain.here()]
        gone = [uid for uid in self.uids if uid not in there]
        chosen = [*there, *gone[-1:]]
        return chosen[which % len(chosen)]

    def any_in(self, *states: str) -> bool:
        """Whether any message stands in one of the states."""
        return any(one.of(*states) for one in self.plain.here())

    def holder(self, who: int) -> int:
        """The place of a worker, one that holds something if any does."""
        places = range(len(self.workers))
        holding = [place for place in places if self.held[self.workers[place]]]
        chosen = holding or list(places)
        return chosen[who % len(chosen)]

    def know(self, uid: str) -> None:
        """Keep in mind a contract that was made."""
        self.uids.append(uid)
        self.numbers[self.ledger.contracts.number(uid)] = uid

    def add_rows(self, uid: str, numbers: Sequence[int], due_in: int | None) -> None:
        """Add recipients; the first of them with a due time of its own, if one is given."""
        due = None if due_in is None else self.clock.at + due_in
        rows = [
            (str(79_991_000_000 + number), None if place else due)
            for place, number in enumerate(numbers)
        ]
        read = [
            RecipientRow(line, phone, due_at=moment) for line, (phone, moment) in enumerate(rows)
        ]
        self.both(
            "add",
            lambda: self.plain.add(uid, rows),
            lambda: self.stage.contracts.add_rows(uid, read).accepted,
        )

    def start_and_prepare(self, uid: str) -> None:
        """As a user and the contracts queue do."""
        self.both(
            "start",
            lambda: self.plain.start(uid, at_once=True),
            lambda: nothing(self.stage.contracts.start(uid, at_once=True)),
        )
        self.advance(uid)

    def advance(self, uid: str) -> None:
        """A whole job of the contracts queue."""
        self.both(
            "advance",
            lambda: self.jobs.advance(uid),
            lambda: advance(self.ledger, self.stage.bell, self.stage.events, uid),
        )

    def turn(
        self,
        what: str,
        who: int,
        ends: Sequence[End] = (),
        begin: Sequence[int] = (),
        wants: Sequence[tuple[str, int]] = (),
    ) -> None:
        """One turn of a worker, with the engine's own book of what it was granted."""
        worker = self.workers[who]
        results: list[CycleResult] = []

        def real() -> object:
            results.append(self.ledger.cycle.run(self._turn(worker, ends, begin, wants)))
            granted = [Grant(one.message_id, one.slot_at, one.begun) for one in results[0].granted]
            return granted, results[0].begun

        self.both(what, lambda: self.turns.run(worker, ends, begin, wants), real)
        left = {one.message for one in ends} | (set(begin) - results[0].begun)
        self.out -= left
        for message in left:
            self.held[worker].pop(message, None)
        for one in results[0].granted:
            self._check_grant(one)
            self.held[worker][one.message_id] = one
        for number in results[0].drained:
            self._finish(number)

    def _turn(
        self,
        worker: int,
        ends: Sequence[End],
        begin: Sequence[int],
        wants: Sequence[tuple[str, int]],
    ) -> Turn:
        outcomes = [self._outcome(one) for one in ends]
        asked = [Want(account, free) for account, free in wants]
        return Turn(worker, self.clock.at, outcomes, begin, asked)

    def _outcome(self, end: End) -> Outcome:
        kind = OutcomeKind(end.kind)
        return Outcome(
            end.message,
            self.account_of(end.message),
            kind,
            self.clock.at,
            provider_id=f"wamid.{end.message}" if kind in TAKEN else None,
            error_code=end.code,
            due_at=end.due,
            costs_attempt=end.costs,
            late_for=end.late_for,
        )

    def account_of(self, message: int) -> str:
        """The account of a message, known or gone."""
        for contract in self.plain.here():
            if any(one.id == message for one in contract.messages):
                return contract.account
        return ACCOUNTS[0]

    def _check_grant(self, one: Granted) -> None:
        """Said once more from outside, by what the engines were told alone."""
        account = self.plain.accounts[one.account_id]
        assert self.plain.in_flight(account.id) <= account.concurrency
        before = self.slots.get(account.id)
        if account.interval and before is not None:
            assert one.slot_at - before >= account.interval, "two slots too close"
        self.slots[account.id] = one.slot_at
        holders = [worker for worker, held in self.held.items() if one.message_id in held]
        assert one.message_id not in self.out, f"granted twice, last to {holders}"
        self.out.add(one.message_id)
        self.tally.granted += 1

    def _finish(self, number: int) -> None:
        contract = self.plain.contracts[self.numbers[number]]
        self.both(
            "finish",
            lambda: self.jobs.complete(contract),
            lambda: finish(self.ledger, self.stage.events, number),
        )

    def _learn_ids(self) -> None:
        """What the ledger alone can say: the ids of new rows."""
        unknown = [one for one in self.plain.here() if any(not row.id for row in one.messages)]
        for contract in unknown:
            with self.ledger._database.read():
                rows = self.ledger._database.rows(
                    "SELECT m.phone, m.id FROM messages m JOIN contracts c "
                    "ON c.id = m.contract_id WHERE c.uid = ?",
                    (contract.uid,),
                )
            ids: dict[str, int] = dict(rows)
            for one in contract.messages:
                one.id = ids.get(one.phone, 0)

    def teardown(self) -> None:
        """Close the ledger and let the clock go."""
        self.ledger.close()
        self._patched.__exit__(None, None, None)


def nothing(_: object) -> None:
    """Forget an answer that is compared elsewhere."""
