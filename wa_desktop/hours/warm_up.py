"""A warm-up plan: how many messages a new number may send on its first days.

A day is 24 hours from the start of the plan, so that it has the same length everywhere.
"""

from dataclasses import dataclass
from typing import Any

from wa_desktop.clock import SECOND
from wa_desktop.errors import InvalidInput, Problem

DAY = 24 * 3600 * SECOND
"""Microseconds in a day of the plan."""

_LONGEST = 366
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class WarmUp:
    """``caps[0]`` messages on day 1, ``caps[1]`` on day 2, …; no cap after the last."""

    caps: tuple[int, ...]

    @classmethod
    def from_json(cls, value: Any) -> "WarmUp":
        """From a list of whole numbers such as ``[50, 100, 200]``; ``InvalidInput`` otherwise."""
        if not isinstance(value, list) or not 1 <= len(value) <= _LONGEST:
            raise _invalid("warmUp", f"1 to {_LONGEST} whole numbers, one for each day")
        for place, cap in enumerate(value):
            if not isinstance(cap, int) or isinstance(cap, bool) or not 1 <= cap <= _MOST:
                raise _invalid(f"warmUp[{place}]", f"a whole number from 1 to {_MOST}")
        return cls(tuple(value))

    def to_json(self) -> list[int]:
        """As the API and the ledger write it."""
        return list(self.caps)

    def cap_on(self, day: int) -> int | None:
        """The most messages on that day (from 1); None: the plan has ended."""
        if day < 1:
            raise ValueError("the days of a plan count from 1")
        return self.caps[day - 1] if day <= len(self.caps) else None


def day_of(started_at: int, at: int) -> int:
    """The plan's day, from 1. A clock that was set back behind the start shows day 1."""
    return max(0, at - started_at) // DAY + 1


def until(started_at: int, at: int) -> int:
    """When the plan's present day ends."""
    return started_at + day_of(started_at, at) * DAY


def _invalid(at: str, allowed: str) -> InvalidInput:
    return InvalidInput(
        f"{at} is wrong: it takes {allowed}. Example: [50, 100, 200].",
        [Problem(at, f"must be {allowed}")],
    )
