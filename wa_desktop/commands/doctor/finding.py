"""What a check finds, and in which words a failing check is told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import redis

from wa_desktop.clock import SECOND, now
from wa_desktop.errors import WaDesktopError

AT_FIRST = "is made at the first start"
"""What is said of a file that does not exist yet."""


class Level(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``advice`` says what to do unless all is well."""

    subject: str
    level: Level
    text: str
    advice: str = ""


def ok(subject: str, text: str) -> Finding:
    """All is well with it."""
    return Finding(subject, Level.OK, text)


def guarded(subject: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """The findings of a check; an error that it meets is a finding, too."""
    found: list[Finding] = []
    try:
        found.extend(check())
    except (WaDesktopError, redis.RedisError, OSError) as error:
        what, _, advice = str(error).partition(". ")
        found.append(Finding(subject, Level.ERROR, what.rstrip("."), advice))
    return found


def reason(error: BaseException) -> str:
    """The first line of an error's text, or its kind."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def ago(moment: int) -> str:
    """How long ago a moment (in microseconds) was, roughly."""
    seconds = max(0, now() - moment) // SECOND
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7_200:
        return f"{seconds // 60} min"
    return f"{seconds // 3_600} h"
