"""The format of a queue entry: JSON with a job's name and one id. Everything else is refused.

A program with write access to the queue can therefore ask for a job that finds nothing to do,
and for nothing else: an entry cannot name other code, carry other arguments, or ask for a
time, a retry or a callback.
"""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST = 200
"""Maximum length of an entry in bytes. A longer one is refused before it is parsed."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class Job(StrEnum):
    """The jobs."""

    CONTRACT = "contract"
    """Carry a contract on."""

    ACCOUNT = "account"
    """Send for an account what is due."""

    PROBE = "probe"
    """Do nothing: the entry only tests whether the queue can be written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A job for one contract or account. The id holds letters, digits, ``_``, ``.`` and ``-``."""

    job: Job
    id: str


class Unreadable(ValueError):
    """An entry is refused. The error's text does not contain any of the entry."""


def can_be_rung_for(id: str) -> bool:
    """Whether an entry can carry this id."""
    return _ID.fullmatch(id) is not None


def encoded(entry: Entry) -> bytes:
    """The entry as bytes. Raises ``Unreadable`` if the id cannot be used."""
    if not can_be_rung_for(entry.id):
        raise Unreadable("its id cannot be used")
    return json.dumps({"job": entry.job.value, "id": entry.id}).encode("ascii")


def decoded(data: object, wanted: Job) -> Entry | None:
    """The entry in the bytes, ``None`` for a probe.

    Raises ``Unreadable`` for everything that is not exactly an entry of the wanted job.
    """
    if not isinstance(data, bytes):
        raise Unreadable(f"its type is {type(data).__name__}")
    if len(data) > LONGEST:
        raise Unreadable(f"it has {len(data)} bytes")
    try:
        found = json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise Unreadable("it is not JSON") from None
    if not isinstance(found, dict) or found.keys() != {"job", "id"}:
        raise Unreadable("it is not a job with an id")
    job, about = found["job"], found["id"]
    if not isinstance(about, str) or not can_be_rung_for(about):
        raise Unreadable("its id cannot be used")
    if job == Job.PROBE:
        return None
    if job != wanted:
        raise Unreadable("it is for another job")
    return Entry(wanted, about)
