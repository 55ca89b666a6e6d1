"""The limits that look at the recipient, between the choice of rows and their claim.

A row that may not go now is made delayed until it may, with the name of what holds it; one
whose recipient is suppressed is skipped; a limit of the whole account ends the claim and leaves
the rows where they are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from wa_desktop.clock import SECOND
from wa_desktop.hours import warm_up
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.persons import PERSON
from wa_desktop.ledger.reach import DAY, Reach, Touch
from wa_desktop.ledger.records import Hold, Limit
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.suppressions import KnownSuppressions, Suppressed
from wa_desktop.ledger.turns.limits import AccountLimits

PAIR_INTERVAL = 6 * SECOND
"""One message in six seconds from a number to one user (Cloud API reference, section 5)."""

PAIR_BURST = 45
"""So many at once, borrowed from the quota to come (same source)."""

PAIR_RATE_CODE = 131056
PAIR_MEMORY = PAIR_BURST * PAIR_INTERVAL

ZonesOf = Callable[[str, str], tuple[str, ...]]
"""The time zones a phone number may lie in: ``(digits, fallback zone)``."""


@dataclass(frozen=True, slots=True)
class Row:
    """A waiting message that a claim looks at, and the key of its recipient's person."""

    id: int
    phone: str
    person: str


@dataclass(slots=True)
class Sifted:
    """Rows that may go, rows that wait each for its own hold, rows that never go, and what ends
    the claim."""

    passed: list[int] = field(default_factory=list)
    held: list[tuple[int, Hold]] = field(default_factory=list)
    left_out: list[tuple[int, Suppressed]] = field(default_factory=list)
    stop: Hold | None = None

    @property
    def all_passed(self) -> bool:
        """Whether no row is to be moved out of the way."""
        return not self.held and not self.left_out


@dataclass(frozen=True, slots=True)
class Night:
    """A contract's quiet hours and the zone of recipients whose own is unknown."""

    quiet: QuietHours
    zone: str


class Gates:
    """The gates of one account during one claim, whose slots lie from ``at`` to ``until``."""

    def __init__(
        self, database: Database, limits: AccountLimits, zones_of: ZonesOf, at: int, until: int
    ) -> None:
        self._database = database
        self._zones_of = zones_of
        self._at = at
        self._until = until
        self.limits = _with_warm_up_day(limits, at)
        self._reach: Reach | None = None
        self._stamps_kept = 0
        self._daily_left: int | None = None
        self._daily_over = 0
        self._quiet: dict[tuple[Night, tuple[str, ...]], int | None] = {}
        self._recent: tuple[int, ...] = ()
        self._suppressions = KnownSuppressions(database, limits.id, limits.portfolio_id)
        if limits.counts_recipients:
            self._reach = Reach(database, limits.reach_scope)
            self._stamps_kept = self._most_to_a_recipient()
            reached = self._reach.reached(at)
            if limits.daily_limit is not None:
                self._daily_left = max(0, limits.daily_limit - reached)
                self._daily_over = max(0, reached - limits.daily_limit)

    def watch_pairs(self, contracts: Sequence[int]) -> None:
        """Contracts of the account that wrote to somebody within the pair rate's memory, or may
        have been told to leave somebody alone for longer."""
        self._recent = tuple(contracts)

    def gave(self, contract: int) -> None:
        """The contract gave out messages in this claim."""
        if contract not in self._recent:
            self._recent = (*self._recent, contract)

    def needed_for(self, contract: int, night: Night | None, *, unseen: bool) -> bool:
        """Whether any gate stands before this contract's rows. ``unseen``: there may be
        suppressed recipients among them."""
        return (
            unseen
            or night is not None
            or self._reach is not None
            or bool(self.limits.warm_up)
            or any(one != contract for one in self._recent)
        )

    def sift(
        self, contract: int, night: Night | None, rows: Sequence[Row], *, most: int, unseen: bool
    ) -> Sifted:
        """Sort rows of one contract, in their order; those that pass, ``most`` of them at the
        most, count as sent."""
        persons = [row.person for row in rows]
        known = self._reach.touches(persons) if self._reach else {}
        pairs = self._pairs(contract, persons)
        suppressed = self._suppressions.of(persons, self._at) if unseen else {}
        sifted = Sifted()
        passed: list[tuple[int, str]] = []
        for row in rows:
            if len(passed) >= most:
                break
            if row.person in suppressed:
                sifted.left_out.append((row.id, suppressed[row.person]))
                continue
            hold = self._held(row, night, known, pairs)
            if hold is not None:
                sifted.held.append((row.id, hold))
                continue
            sifted.stop = self._stopped(row.person, known)
            if sifted.stop is not None:
                break
            sifted.passed.append(row.id)
            passed.append((row.id, row.person))
            self._spend(row.person, known)
        if self._reach is not None:
            self._reach.record(passed, known, self._at, stamps_kept=self._stamps_kept)
        return sifted

    def _held(
        self,
        row: Row,
        night: Night | None,
        known: dict[str, Touch],
        pairs: dict[str, int],
    ) -> Hold | None:
        person = row.person
        if night is not None:
            until = self._quiet_until(night, self._zones_of(row.phone, night.zone))
            if until is not None:
                return Hold(Limit.QUIET_HOURS, until)
        cool = self.limits.cool_down
        if cool is not None and person in known:
            others = (one.at for one in known[person].of_others(row.id))
            recent = [one for one in others if one > self._at - cool.days * DAY]
            if len(recent) >= cool.most:
                return Hold(Limit.COOL_DOWN, recent[-cool.most] + cool.days * DAY)
        if pairs.get(person, 0) > self._at:
            return Hold(Limit.PAIR_RATE, pairs[person])
        return None

    def _stopped(self, person: str, known: dict[str, Touch]) -> Hold | None:
        if self._daily_left == 0 and self._is_new(person, known):
            freed = self._reach.next_freed_at(self._daily_over) if self._reach else None
            return Hold(Limit.DAILY_LIMIT, freed or self._at + DAY)
        limits = self.limits
        if limits.warm_up and limits.warm_up_day is not None:
            cap = warm_up.WarmUp(limits.warm_up).cap_on(limits.warm_up_day)
            if cap is not None and limits.warm_up_sent >= cap:
                return Hold(Limit.WARM_UP, warm_up.until(limits.warm_up_from, self._at))
        return None

    def _spend(self, person: str, known: dict[str, Touch]) -> None:
        if self._daily_left and self._is_new(person, known):
            self._daily_left -= 1
        if self.limits.warm_up:
            self.limits = replace(self.limits, warm_up_sent=self.limits.warm_up_sent + 1)

    def _most_to_a_recipient(self) -> int:
        """The most that a cool-down of the account, or of another of its portfolio, looks at."""
        if self.limits.portfolio_id is None:
            return self.limits.cool_down.most if self.limits.cool_down else 0
        most = self._database.scalar(
            "SELECT MAX(cool_down_max) FROM accounts WHERE portfolio_id = ?",
            (self.limits.portfolio_id,),
        )
        return int(most or 0)

    def _is_new(self, person: str, known: dict[str, Touch]) -> bool:
        return person not in known or not known[person].counted

    def _quiet_until(self, night: Night, zones: tuple[str, ...]) -> int | None:
        """When the quiet ends that holds at the first of the claim's slots, or at the last."""
        key = (night, zones)
        if key not in self._quiet:
            first, last = (
                night.quiet.quiet_until_any(one, zones) for one in (self._at, self._until)
            )
            self._quiet[key] = first or last
        return self._quiet[key]

    def _pairs(self, contract: int, persons: Sequence[str]) -> dict[str, int]:
        """When each recipient may be written to again, by what other contracts did lately.

        Within one contract a person stands once, so the pair rate can only be broken
        across contracts; what was sent lately is read from their own rows.
        """
        others = [one for one in self._recent if one != contract]
        if not others or not persons:
            return {}
        in_contracts, first = self._database.one_of("contract_id", others)
        of_persons, second = self._database.one_of(PERSON, persons)
        rows = self._database.rows(
            f"SELECT {PERSON}, sent_at, CASE WHEN error_code = ? AND state = 2 THEN due_at END, "
            f"updated_at, state FROM messages WHERE {in_contracts} AND {of_persons} "
            "AND (updated_at > ? OR (state = 2 AND error_code = ?)) "
            "AND state IN (2, 3, 4, 5, 6, 7, 10)",
            [PAIR_RATE_CODE, *first, *second, self._at - PAIR_MEMORY, PAIR_RATE_CODE],
        )
        allowed: dict[str, int] = {}
        sent: dict[str, list[int]] = {}
        for person, sent_at, asked, updated, state in rows:
            if asked is not None:
                allowed[person] = max(allowed.get(person, 0), asked)
            elif state != _DELAYED:
                sent.setdefault(person, []).append(sent_at or updated)
        for person, moments in sent.items():
            allowed[person] = max(allowed.get(person, 0), pair_allowed_at(moments))
        return allowed


_DELAYED = 2


def pair_allowed_at(moments: Sequence[int]) -> int:
    """When a recipient may be written to again after messages at these moments.

    Each takes six seconds of quota; up to 45 may be borrowed from the time to come.
    """
    quota_used_until = 0
    for moment in sorted(moments):
        quota_used_until = max(quota_used_until, moment) + PAIR_INTERVAL
    return quota_used_until - PAIR_BURST * PAIR_INTERVAL + PAIR_INTERVAL


def _with_warm_up_day(limits: AccountLimits, at: int) -> AccountLimits:
    if not limits.warm_up:
        return limits
    day = warm_up.day_of(limits.warm_up_from, at)
    known = limits.warm_up_day
    if known is not None and known - 1 <= day <= known:
        return limits  # a clock set back gives nobody the same day twice
    return replace(limits, warm_up_day=day, warm_up_sent=0)
