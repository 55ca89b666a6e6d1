"""When a contract will be done, by every limit that holds it back.

A small simulation that jumps from event to event: a quiet night begins or ends, a warm-up
day is over, messages of the last 24 hours leave the daily limit, the slowed rate climbs, a
group of recipients is done. Between two events the rate is constant. Moments are
microseconds, rates messages a second. What other contracts of the account take is the
caller's to subtract.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from wa_desktop.clock import SECOND
from wa_desktop.hours.local_time import to_wall
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.hours.warm_up import DAY, WarmUp, day_of, until
from wa_desktop.pacing import CLIMB_EVERY, FASTEST, UNSLOWED, Pace, climbed

_Zones = tuple[str, ...]

_STEPS = 250
"""Events looked at one by one; what then remains is reckoned at the mean rate so far."""

_ONE_DAY = timedelta(days=1)

_ENOUGH = 1e-6
"""Messages: less than this is a rounding error."""


@dataclass(frozen=True, slots=True)
class Spent:
    """So many recipients counted against the daily limit at that moment."""

    at: int
    amount: int


@dataclass(frozen=True, slots=True)
class ZoneShare:
    """The part of the recipients (from 0 to 1) who live by one zone's clock, or by the clock
    of one of several (``others``): these are written to while it is night in none."""

    zone: str
    share: float
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PaceFacts:
    """What holds a contract back. None: no such limit.

    ``per_second`` is the user's rate limit, ``pace`` what throttling made of it;
    ``concurrency`` requests in flight of ``latency`` mean seconds each (0: not known);
    ``spent`` what the last 24 hours took of ``daily_limit``; ``warm_up_sent`` what the plan's
    present day has had; ``zones`` whose clocks the quiet hours are read by.
    """

    per_second: float | None = None
    pace: Pace = UNSLOWED
    concurrency: int = 1
    latency: float = 0.0
    daily_limit: int | None = None
    spent: tuple[Spent, ...] = ()
    warm_up: WarmUp | None = None
    warm_up_from: int = 0
    warm_up_sent: int = 0
    quiet_hours: QuietHours | None = None
    zones: tuple[ZoneShare, ...] = ()
    start_at: int | None = None
    held_until: int | None = None


def eta(remaining: int, facts: PaceFacts, at: int) -> int | None:
    """When the last of the remaining messages is sent; None when that will never be."""
    if remaining <= 0:
        return at
    if facts.daily_limit == 0 or facts.per_second == 0 or facts.concurrency <= 0:
        return None
    return _Course(remaining, facts, at).run()


class _Course:
    """The simulation: where it stands, and what is left."""

    def __init__(self, remaining: int, facts: PaceFacts, at: int) -> None:
        self._facts = facts
        self._at = self._began = max(at, facts.start_at or at, facts.held_until or at)
        self._pace = facts.pace
        self._groups = _groups(remaining, facts)
        self._clocks = _clocks(facts.quiet_hours, self._groups, at)
        self._remaining = float(remaining)
        self._spent = deque(sorted((one.at, float(one.amount)) for one in facts.spent))
        self._in_day = float(sum(one.amount for one in facts.spent))
        self._day = day_of(facts.warm_up_from, at)
        self._day_sent = float(facts.warm_up_sent)

    def run(self) -> int | None:
        total = self._remaining
        for _ in range(_STEPS):
            if self._remaining <= _ENOUGH:
                return self._at
            if not self._step():
                return None
        done = total - self._remaining
        if done <= 0:
            return None
        return self._at + round((self._at - self._began) * self._remaining / done)

    def _step(self) -> bool:
        """Go on to the next event; False when nothing can change any more."""
        self._renew()
        open_groups = [
            zone for zone, left in self._groups.items() if left > _ENOUGH and not self._quiet(zone)
        ]
        allowed = min(self._daily_left(), self._warm_up_left())
        waiting = sum(self._groups[zone] for zone in open_groups)
        rate = self._rate() if allowed > _ENOUGH and waiting > _ENOUGH else 0.0
        next_event = self._next_event()
        if rate <= 0:
            if next_event is None:
                return False
            self._at = next_event
            return True
        share = min(1.0, allowed / waiting)
        finish = self._at + max(1, round(waiting * share / rate * SECOND))
        moment = finish if next_event is None else min(finish, next_event)
        sent = waiting * share if moment == finish else rate * (moment - self._at) / SECOND
        self._send(sent, open_groups, waiting, moment)
        return True

    def _send(self, sent: float, zones: Sequence[_Zones], waiting: float, moment: int) -> None:
        for zone in zones:
            self._groups[zone] *= max(0.0, 1 - sent / waiting)
        self._remaining = sum(self._groups.values())
        self._at = moment
        self._day_sent += sent
        if self._facts.daily_limit is not None:
            self._in_day += sent
            self._spent.append((moment, sent))

    def _renew(self) -> None:
        """Let go of what lies behind: yesterday's messages, a warm-up day, a slow rate."""
        while self._spent and self._spent[0][0] + DAY <= self._at:
            self._in_day -= self._spent.popleft()[1]
        day = day_of(self._facts.warm_up_from, self._at)
        if day != self._day:
            self._day, self._day_sent = day, 0.0
        self._pace = climbed(self._pace, self._facts.per_second, self._at)

    def _rate(self) -> float:
        facts = self._facts
        by_latency = facts.concurrency / facts.latency if facts.latency > 0 else FASTEST
        limit = self._pace.within(facts.per_second)
        return by_latency if limit is None else min(limit, by_latency)

    def _daily_left(self) -> float:
        limit = self._facts.daily_limit
        return float("inf") if limit is None else limit - self._in_day

    def _warm_up_left(self) -> float:
        plan = self._facts.warm_up
        cap = plan.cap_on(self._day) if plan else None
        return float("inf") if cap is None else cap - self._day_sent

    def _quiet(self, zone: _Zones) -> bool:
        clock = self._clocks.get(zone)
        return clock is not None and clock.quiet(self._at)

    def _next_event(self) -> int | None:
        """When something may change by itself."""
        events = [
            clock.changes_at(self._at)
            for zone, clock in self._clocks.items()
            if self._groups[zone] > _ENOUGH
        ]
        if self._spent and self._facts.daily_limit is not None:
            events.append(self._spent[0][0] + DAY)
        plan = self._facts.warm_up
        if plan is not None and plan.cap_on(self._day) is not None:
            events.append(until(self._facts.warm_up_from, self._at))
        if self._pace.per_second is not None:
            events.append(self._pace.changed_at + CLIMB_EVERY)
        return min((one for one in events if one > self._at), default=None)


class _Clock(Protocol):
    """Quiet nights, asked about moments that only go forward."""

    def quiet(self, at: int) -> bool: ...

    def changes_at(self, at: int) -> int: ...


class _OneZone:
    """One zone's quiet nights, asked about moments that only go forward."""

    def __init__(self, hours: QuietHours, zone: str, at: int) -> None:
        self._hours = hours
        self._zone = zone
        self._day = to_wall(at, zone).date() - _ONE_DAY
        self._night = hours.night(self._day, zone)

    def quiet(self, at: int) -> bool:
        self._advance(at)
        return self._night[0] <= at

    def changes_at(self, at: int) -> int:
        self._advance(at)
        begin, end = self._night
        return end if begin <= at else begin

    def _advance(self, at: int) -> None:
        while self._night[1] <= at:
            self._day += _ONE_DAY
            self._night = self._hours.night(self._day, self._zone)


class _SeveralZones:
    """The nights of recipients who may be in any of several zones."""

    def __init__(self, hours: QuietHours, zones: _Zones) -> None:
        self._hours = hours
        self._zones = zones

    def quiet(self, at: int) -> bool:
        return self._hours.quiet_until_any(at, self._zones) is not None

    def changes_at(self, at: int) -> int:
        until = self._hours.quiet_until_any(at, self._zones)
        if until is not None:
            return until
        nights = (night for zone in self._zones for night in self._hours.nights(at, zone))
        return min(moment for night in nights for moment in night if moment > at)


def _clocks(hours: QuietHours | None, groups: Iterable[_Zones], at: int) -> dict[_Zones, _Clock]:
    if hours is None or hours.start == hours.end:
        return {}
    return {
        zones: _SeveralZones(hours, zones) if zones[1:] else _OneZone(hours, zones[0], at)
        for zones in groups
    }


def _groups(remaining: int, facts: PaceFacts) -> dict[_Zones, float]:
    """The remaining messages by the zones of their recipients; one group without zones."""
    total = sum(one.share for one in facts.zones)
    if facts.quiet_hours is None or total <= 0:
        return {((facts.quiet_hours and facts.quiet_hours.zone) or "UTC",): float(remaining)}
    groups: dict[_Zones, float] = {}
    for one in facts.zones:
        zones = (one.zone, *one.others)
        groups[zones] = groups.get(zones, 0.0) + remaining * one.share / total
    return groups
