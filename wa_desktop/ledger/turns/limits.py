"""An account's limits as its locked row holds them, and how a turn changes them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from wa_desktop.clock import SECOND
from wa_desktop.ledger.reach import reach_scope
from wa_desktop.ledger.records import AccountState, CoolDown
from wa_desktop.ledger.sql.asked import Asked, Row
from wa_desktop.ledger.sql.database import Database
from wa_desktop.pacing import Pace, climbed, distance, throttled

_COLUMNS = (
    "id, state, rate_max, rate_ms, next_slot_at, concurrency, in_flight, revision, daily_limit, "
    "portfolio_id, cool_down_max, cool_down_days, warm_up, warm_up_from, warm_up_day, "
    "warm_up_sent, pace, pace_changed_at, throttled_until, throttles"
)


@dataclass(frozen=True, slots=True)
class Throttle:
    """The provider asked an account to slow down: for how many microseconds, and how many
    messages a second the engine measured just then."""

    account_id: str
    wait: int
    measured: float


NO_PACE = Pace()

_SKEW = 60 * SECOND
"""Clocks of several machines may differ by this much, and their common limit still holds."""


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """What holds an account. ``ceiling``: messages a second that its owner allows, ``None``
    without a rate limit; ``pace``: what the provider took lately, at most that."""

    id: str
    state: AccountState
    ceiling: float | None
    next_slot_at: int
    concurrency: int
    in_flight: int
    revision: int
    daily_limit: int | None = None
    portfolio_id: str | None = None
    cool_down: CoolDown | None = None
    warm_up: tuple[int, ...] = ()
    warm_up_from: int = 0
    warm_up_day: int | None = None
    warm_up_sent: int = 0
    pace: Pace = NO_PACE
    throttled_until: int = 0
    throttles: int = 0

    @property
    def interval(self) -> float:
        """The distance of two send slots in microseconds; 0 without any limit."""
        rates = [rate for rate in (self.ceiling, self.pace.per_second) if rate is not None]
        return distance(min(rates)) if rates else 0.0

    @property
    def reach_scope(self) -> str:
        """Whose recipients count together."""
        return reach_scope(self.id, self.portfolio_id)

    @property
    def counts_recipients(self) -> bool:
        """Whether it is written down to whom messages go.

        In a portfolio others' limits count them, where this account has none itself.
        """
        warms_up = len(self.warm_up) >= (self.warm_up_day or 1)
        limited = self.daily_limit is not None or self.cool_down is not None
        return limited or warms_up or self.portfolio_id is not None

    @property
    def places(self) -> int:
        """Free places in flight over all workers."""
        return max(0, self.concurrency - self.in_flight)

    def freed(self, amount: int) -> "AccountLimits":
        """With that many places in flight given back."""
        return replace(self, in_flight=max(0, self.in_flight - amount))

    def slowed(self, throttle: Throttle, at: int) -> "AccountLimits":
        """After the provider asked to slow down: half the pace, and nothing for a while."""
        slower = replace(
            self,
            pace=throttled(self.pace, self.ceiling, throttle.measured, at),
            throttled_until=max(self.throttled_until, at + throttle.wait),
            throttles=self.throttles + 1,
        )
        # The next slot stands one of the present intervals behind the last one: a climb brings
        # it nearer by as much again, and never nearer than the ceiling lets it.
        later = max(0, round(slower.interval - self.interval))
        return replace(slower, next_slot_at=self.next_slot_at + later)

    def recovering(self, at: int) -> "AccountLimits":
        """With the pace that it has climbed back to by now; while it is to wait it climbs not.

        Where the clock was set back, waits that were written down before are as long as ever.
        Nearer ahead it is another machine's clock, which must not cut them short.
        """
        ahead = self.pace.changed_at - at
        if ahead > _SKEW:
            until = self.throttled_until - ahead
            pace = replace(self.pace, changed_at=at)
            return replace(self, pace=pace, throttled_until=until)
        if self.pace.per_second is None or at < self.throttled_until or ahead > 0:
            return self
        since = max(self.pace.changed_at, self.throttled_until)
        pace = climbed(replace(self.pace, changed_at=since), self.ceiling, at)
        if pace.per_second == self.pace.per_second:
            return self
        faster = replace(self, pace=pace)
        # The next slot stands one of the old intervals behind the last one.
        sooner = max(0, round(self.interval - faster.interval))
        return replace(faster, next_slot_at=self.next_slot_at - sooner)

    def anew(self, at: int, reserved: int) -> "AccountLimits":
        """After the clock was set: the next slot one interval behind all that may be reserved.

        However often this is done, by however many workers, no slot comes too early or is
        further than that.
        """
        if not self.interval:
            return self
        return replace(self, next_slot_at=at + reserved + round(self.interval))

    def of_a_clock_set_back(self, at: int, reserved: int) -> bool:
        """Whether the next slot is further ahead than any clock would have put it that is right
        now."""
        return self.next_slot_at > at + reserved + self.interval + _SKEW


def lock_limits(database: Database, ids: Iterable[str]) -> Asked:
    """Lock the accounts' rows, in the order of their ids; ``read_limits`` reads the answer."""
    which, params = database.one_of("id", sorted(set(ids)))
    return database.ask(
        f"SELECT {_COLUMNS} FROM accounts WHERE {which} ORDER BY id" + database.for_change, params
    )


def read_limits(locked: Asked) -> dict[str, AccountLimits]:
    """The limits of the accounts that were locked, by their ids."""
    return {row[0]: _from_row(row) for row in locked.rows()}


def store_limits(database: Database, before: AccountLimits, limits: AccountLimits) -> None:
    """Write what a turn changed; nothing else changes these columns."""
    if limits == before:
        return
    database.run_later(
        "UPDATE accounts SET next_slot_at = ?, in_flight = ?, warm_up_day = ?, warm_up_sent = ?, "
        "pace = ?, pace_changed_at = ?, throttled_until = ?, throttles = ? WHERE id = ?",
        (
            limits.next_slot_at,
            limits.in_flight,
            limits.warm_up_day,
            limits.warm_up_sent,
            limits.pace.per_second,
            limits.pace.changed_at,
            limits.throttled_until,
            limits.throttles,
            limits.id,
        ),
    )


def _from_row(row: Row) -> AccountLimits:
    (account_id, state, rate_max, rate_ms, next_slot, concurrency, in_flight, revision) = row[:8]
    daily, portfolio, cool_max, cool_days, warm_up, warm_from, warm_day, warm_sent = row[8:16]
    pace, pace_changed, throttled_until, throttles = row[16:]
    return AccountLimits(
        id=account_id,
        state=AccountState(state),
        ceiling=rate_max * 1000 / rate_ms if rate_max else None,
        next_slot_at=next_slot,
        concurrency=concurrency,
        in_flight=in_flight,
        revision=revision,
        daily_limit=daily,
        portfolio_id=portfolio,
        cool_down=CoolDown(cool_max, cool_days) if cool_max and cool_days else None,
        warm_up=tuple(json.loads(warm_up)) if warm_up else (),
        warm_up_from=warm_from or 0,
        warm_up_day=warm_day,
        warm_up_sent=warm_sent,
        pace=Pace(pace, pace_changed),
        throttled_until=throttled_until,
        throttles=throttles,
    )
