"""Until when the provider answers a version of its API (``versions.toml``)."""

import re
import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

WARN_BEFORE = timedelta(days=120)

_FORM = re.compile(r"v(\d{1,3})\.(\d{1,2})")


def end_of(version: str) -> date | None:
    """The last day of a version such as ``v25.0``; ``None`` for one that is newer than the list.

    One that is older than the list has ended, at the latest with the oldest version listed.
    """
    ends = _ends()
    number = _number(version)
    if number is None or number in ends:
        return None if number is None else ends[number]
    return ends[min(ends)] if number < min(ends) else None


def ends_soon(version: str, today: date) -> bool:
    """Whether a version has ended, or will within 120 days."""
    end = end_of(version)
    return end is not None and today > end - WARN_BEFORE


@cache
def _ends() -> dict[tuple[int, int], date]:
    text = (files(__package__) / "versions.toml").read_text("utf-8")
    found: dict[tuple[int, int], date] = {}
    for name, end in tomllib.loads(text)["ends"].items():
        number = _number(name)
        assert number is not None, f"{name} is no version"
        found[number] = end
    return found


def _number(version: str) -> tuple[int, int] | None:
    found = _FORM.fullmatch(version)
    return (int(found[1]), int(found[2])) if found else None
