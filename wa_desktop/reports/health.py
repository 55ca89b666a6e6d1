"""Whether a program can do its work, as one report for each thing that is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Level(IntEnum):
    """How grave a report is."""

    DEGRADED = 1
    """Something is stopped or missing, and other messages are still sent."""

    NOT_OK = 2
    """Nothing can be sent."""


class Source(StrEnum):
    """What a report is about."""

    LEDGER = "ledger"
    ENGINE = "engine"
    WORKERS = "workers"
    PROVIDER = "provider"
    QUEUE = "queue"
    ACCOUNT = "account"
    SWITCH = "switch"
    CONTRACT = "contract"


class Status(StrEnum):
    """The health in one word."""

    OK = "ok"
    DEGRADED = "degraded"
    NOT_OK = "not ok"


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that is wrong. ``text`` says what happened and what to do; ``about`` is the id
    of the thing where a source has several."""

    level: Level
    source: Source
    text: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """Everything that is wrong now, the gravest first; ``warnings`` say what should be set up
    in another way, though everything works."""

    reports: tuple[Report, ...] = ()
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, reports: Iterable[Report], warnings: Iterable[str] = ()) -> "Health":
        """The reports in the order of their gravity; those of one gravity keep theirs."""
        return cls(tuple(sorted(reports, key=lambda one: -one.level)), tuple(warnings))

    @property
    def status(self) -> Status:
        """The health in one word."""
        if not self.reports:
            return Status.OK
        return Status.NOT_OK if self.reports[0].level is Level.NOT_OK else Status.DEGRADED

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.reports

    @property
    def problems(self) -> tuple[str, ...]:
        """The sentences of all reports."""
        return tuple(one.text for one in self.reports)
