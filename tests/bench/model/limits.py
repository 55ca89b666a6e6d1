"""A hypothesis machine for the limits: whatever is done in whatever order, none is exceeded.

It keeps a book of what engines were told to send, in its own words, and holds each new grant
against it: the recipients of the last 24 hours over a portfolio, the cool-down, the warm-up's
day, the pair rate, the night. It also asks that what is held back says so, and that all ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from unittest.mock import patch

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.bench.model.stage import HandClock, OpenLedger, Stage, Tally, hand_driven
from tests.limits.desk import DAY, HOUR, NOON
from wa_desktop.clock import SECOND
from wa_desktop.contracts.advance import advance
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import NO_SECRETS, Account, AccountKind, CoolDown
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns import gates
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import CycleResult, Turn, Want
from wa_desktop.recipients.rows import RecipientRow

NAMES = ("one", "two", "three")
BURST = 3
"""Of the pair rate, instead of 45: few messages must do to reach it."""

MOST_CONTRACTS = 8
MOST_ROUNDS = 400
EAST = ("905321234500", 3)
CENTRE = ("4915112345600", 2)
PHONES = [
    (str(int(first) + number), hours) for first, hours in (EAST, CENTRE) for number in range(4)
]
"""Numbers in Istanbul and Berlin with their hours ahead of UTC in the summer of these stories."""

NOT_SENT = (OutcomeKind.RETURNED, OutcomeKind.RETRY, OutcomeKind.FAILED)
NAME = st.sampled_from(NAMES)
WHO = st.sampled_from([0, 0, 1])
NUMBERS = st.lists(st.integers(0, len(PHONES) - 1), min_size=1, max_size=6, unique=True)
PASSED = st.sampled_from([SECOND, 7 * SECOND, 60 * SECOND, HOUR, 5 * HOUR, DAY, DAY + SECOND])
NIGHTS = st.sampled_from([None, None, None, (21, 9), (12, 13), (0, 23)])
DAILY = st.sampled_from([None, None, 1, 2, 4])
COOL = st.sampled_from([None, None, CoolDown(1, 1), CoolDown(1, 3), CoolDown(2, 2)])
WARM = st.sampled_from([(), (), (1, 2), (3,)])
PORTFOLIO = st.sampled_from([None, None, "shop"])
KINDS = st.lists(
    st.sampled_from([OutcomeKind.SENT, OutcomeKind.SENT, OutcomeKind.IN_DOUBT, *NOT_SENT]),
    min_size=1,
    max_size=6,
)


@dataclass
class Noted:
    """One grant, as the book has it. ``sent``: false once it is sure that nothing went out."""

    account: str
    phone: str
    message: int
    at: int
    portfolio: str | None
    sent: bool = True


class LimitsMachine(RuleBasedStateMachine):
    """Three accounts whose limits are changed at any time, and two engines."""

    def __init__(self, opened: OpenLedger, tally: Tally) -> None:
        super().__init__()
        self.tally = tally
        self.tally.examples += 1
        self.clock = HandClock(NOON)
        self._hand = hand_driven(self.clock)
        self._hand.__enter__()
        self._burst = patch.multiple(
            gates, PAIR_BURST=BURST, PAIR_MEMORY=BURST * gates.PAIR_INTERVAL
        )
        self._burst.start()
        self.stage = Stage(opened())
        self.ledger = self.stage.ledger
        for name in NAMES:
            account = Account(name, name, AccountKind.SANDBOX, rate_limit=None, concurrency=500)
            self.ledger.accounts.add(account, NO_SECRETS)
        self.workers = [self.ledger.workers.register() for _ in range(2)]
        self.held: dict[int, dict[int, Granted]] = {one: {} for one in self.workers}
        self.book: list[Noted] = []
        self.contracts: list[str] = []
        self.nights: dict[int, QuietHours | None] = {}
        self.write_to(NAMES[0], [0, 1, 4], None)

    @rule(by=PASSED)
    def time_passes(self, by: int) -> None:
        """No send lasts an hour."""
        if by >= HOUR:
            self.settle_all()
        self.clock.move(by)

    @rule(name=NAME, daily=DAILY, cool=COOL, warm=WARM, portfolio=PORTFOLIO)
    def limit(
        self,
        name: str,
        daily: int | None,
        cool: CoolDown | None,
        warm: tuple[int, ...],
        portfolio: str | None,
    ) -> None:
        """Nothing is on its way while an account changes its portfolio: it might count in both."""
        self.clock.move()
        account = self.ledger.accounts.get(name)
        if portfolio != account.portfolio_id:
            self.settle_all()
        self.stage.accounts.change(
            replace(
                account, daily_limit=daily, cool_down=cool, warm_up=warm, portfolio_id=portfolio
            )
        )
        self.tally.acts["limit"] += 1

    @rule()
    def sweep(self) -> None:
        self.clock.move()
        self.stage.sweep.once()

    @precondition(lambda self: len(self.contracts) < MOST_CONTRACTS)
    @rule(name=NAME, numbers=NUMBERS, night=NIGHTS)
    def write_to(self, name: str, numbers: list[int], night: tuple[int, int] | None) -> None:
        """A campaign of the account, started."""
        self.clock.move()
        quiet = QuietHours(time(night[0]), time(night[1])) if night else None
        new = NewContract(name, "c", "Привет", quiet_hours=quiet, max_attempts=100)
        uid = self.stage.contracts.create(new).id
        rows = [RecipientRow(line, PHONES[number][0]) for line, number in enumerate(numbers)]
        self.stage.contracts.add_rows(uid, rows)
        self.stage.contracts.start(uid)
        advance(self.ledger, self.stage.bell, self.stage.events, uid)
        self.contracts.append(uid)
        self.nights[self.ledger.contracts.number(uid)] = quiet
        self.tally.acts["write to"] += 1

    @rule(who=WHO, names=st.permutations(NAMES), free=st.integers(1, 5))
    def claim(self, who: int, names: Sequence[str], free: int) -> None:
        self.clock.move()
        self.turn(who, [Want(name, free) for name in names])

    @precondition(lambda self: any(self.held.values()))
    @rule(who=WHO, kinds=KINDS)
    def settle(self, who: int, kinds: list[OutcomeKind]) -> None:
        self.clock.move()
        self.turn(who, [], self.ends(who, kinds))

    @rule(who=WHO, kinds=KINDS, name=NAME, free=st.integers(1, 5))
    def settle_and_claim(self, who: int, kinds: list[OutcomeKind], name: str, free: int) -> None:
        self.clock.move()
        self.turn(who, [Want(name, free)], self.ends(who, kinds))

    def ends(self, who: int, kinds: Sequence[OutcomeKind]) -> list[Outcome]:
        """How sends ended that the engine was granted first."""
        held = list(self.held[self.workers[who]].values())
        return [
            Outcome(
                *(one.message_id, one.account_id, kind, self.clock.at),
                provider_id="w",
                due_at=self.clock.at + SECOND if kind is OutcomeKind.RETRY else None,
            )
            for one, kind in zip(held, kinds, strict=False)
        ]

    def settle_all(self) -> None:
        """All that is on its way is sent."""
        for who, worker in enumerate(self.workers):
            self.turn(who, [], self.ends(who, [OutcomeKind.SENT] * len(self.held[worker])))

    def noted(self, message: int) -> Noted:
        """What the book says of the message's last grant."""
        return next(one for one in reversed(self.book) if one.message == message)

    def turn(self, who: int, wants: Sequence[Want], ends: Sequence[Outcome] = ()) -> CycleResult:
        """A turn, its ends and grants entered in the book, each grant held against it."""
        worker = self.workers[who]
        result = self.ledger.cycle.run(Turn(worker, self.clock.at, ends, wants=wants))
        for end in ends:
            del self.held[worker][end.message_id]
            if end.kind in NOT_SENT:
                self.noted(end.message_id).sent = False
        for granted in result.granted:
            self.check(granted)
            self.held[worker][granted.message_id] = granted
            portfolio = self.ledger.accounts.get(granted.account_id).portfolio_id
            self.book.append(
                Noted(
                    *(granted.account_id, granted.phone, granted.message_id),
                    *(self.clock.at, portfolio),
                )
            )
        self.tally.granted += len(result.granted)
        self.tally.acts["turn"] += 1
        self.check_told(result)
        return result

    def check(self, new: Granted) -> None:
        """No limit that stands now is exceeded by this one."""
        at, account = self.clock.at, self.ledger.accounts.get(new.account_id)
        told = [one for one in self.book if one.sent]
        of_scope = [one for one in told if self.shares(account, one)]
        if account.daily_limit is not None:
            reached = {one.phone for one in of_scope if one.at > at - DAY}
            fits = new.phone in reached or len(reached) < account.daily_limit
            assert fits, f"{len(reached)} recipients in 24 hours, and {new.phone}"
        cool = account.cool_down
        if cool is not None:
            others = [
                one
                for one in of_scope
                if one.phone == new.phone
                and one.message != new.message_id
                and one.at > at - cool.days * DAY
            ]
            assert len(others) < cool.most, f"{new.phone} was written to {len(others)} times"
        if account.warm_up and account.warm_up_from is not None:
            day = (at - account.warm_up_from) // DAY
            begin = account.warm_up_from + day * DAY
            today = sum(one.account == account.id and one.at >= begin for one in told)
            cap = account.warm_up[day] if day < len(account.warm_up) else today + 1
            assert today < cap, f"{today} messages on day {day + 1} of the warm-up"
        lately = [
            one.at
            for one in told
            if (one.account, one.phone) == (account.id, new.phone) and one.message != new.message_id
        ]
        for place, first in enumerate(sorted(lately)):
            amount = len(lately) - place + 1
            allowed = BURST + (at - first) // gates.PAIR_INTERVAL
            assert amount <= allowed, f"{amount} messages to {new.phone} at once"
        self.check_night(new)

    def shares(self, account: Account, one: Noted) -> bool:
        """Whether a message counts for the account: its own, or one of its portfolio, of an
        account that is in it now or was then."""
        if account.portfolio_id is None:
            return one.account == account.id
        present = self.ledger.accounts.get(one.account).portfolio_id
        return account.portfolio_id in (one.portfolio, present)

    def check_night(self, new: Granted) -> None:
        """It is not night where the recipient lives."""
        quiet = self.nights[new.contract]
        if quiet is None:
            return
        hours = next(hours for phone, hours in PHONES if phone == new.phone)
        minute = (self.clock.at // (60 * SECOND) + hours * 60) % 1_440
        start, end = quiet.start.hour * 60, quiet.end.hour * 60
        night = start <= minute < end if start < end else minute >= start or minute < end
        assert not night, f"{new.phone} at {minute // 60}:{minute % 60:02}"

    def check_told(self, result: CycleResult) -> None:
        """What is not given out though places are free says what holds it, until later."""
        for outlook in result.outlooks:
            granted = [one for one in result.granted if one.account_id == outlook.account_id]
            waiting = [
                one
                for one in map(self.ledger.contracts.get, self.contracts)
                if one.account_id == outlook.account_id
                and one.state is ContractState.RUNNING
                and one.counts.waiting + one.counts.delayed
            ]
            if not waiting or granted:
                continue
            assert outlook.next_try_at is not None, "nobody would look again"
            for one in waiting:
                assert one.counts.delayed or one.held is not None, "held by nothing"
                assert one.held is None or one.held.until > self.clock.at, "held until the past"

    def teardown(self) -> None:
        """Everything ends, if nothing is changed any more; then the ledger is closed."""
        try:
            self.finish()
        finally:
            self.ledger.close()
            self._burst.stop()
            self._hand.__exit__(None, None, None)

    def finish(self) -> None:
        """Go from one moment that was told to the next, until nothing is left."""
        self.settle_all()
        for _ in range(MOST_ROUNDS):
            self.sweep()
            result = self.turn(0, [Want(name, 500) for name in NAMES])
            if result.granted:
                self.settle_all()
                continue
            moments = [one.next_try_at for one in result.outlooks if one.next_try_at is not None]
            if not moments:
                break
            self.clock.at = max(self.clock.at, min(moments))
        left = [self.ledger.contracts.get(uid).counts.remaining for uid in self.contracts]
        assert not any(left), f"never sent: {left}"
