"""Starts at a time: what is due is started, what is late says so, what is too late asks.

A start is late when nothing that sends ran at its time, the computer slept, or its clock was
set. The ledger is looked at every few seconds, so that a start by the clock is never late by
as much as ``NOTICED``.
"""

import contextlib
from dataclasses import dataclass

from wa_desktop.clock import SECOND, iso
from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import ContractState
from wa_desktop.words import Words, words

NOTICED = 60 * SECOND
"""A start that is later than this is reported."""

LATE = 30 * 60 * SECOND
"""A start missed by more than this asks instead of sending at an hour nobody chose."""

MISSED_START = "missed_start"
"""The reason of a contract that was to start while nothing ran."""


@dataclass(frozen=True, slots=True)
class DueStart:
    """A start whose time has come; ``planned`` and ``late`` in microseconds.

    ``started`` is false for one that came too late: the contract is paused and asks.
    """

    contract_id: str
    started: bool
    planned: int
    late: int

    @property
    def is_late(self) -> bool:
        """Whether it is late enough to be reported."""
        return self.late > NOTICED


class Schedule:
    """Starts contracts at their time."""

    def __init__(self, database: Database, contracts: Contracts) -> None:
        self._database = database
        self._contracts = contracts

    def start_due(self, at: int) -> tuple[DueStart, ...]:
        """Start what is due at that moment; one that is too late is paused and asks."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT uid FROM contracts WHERE state = 'scheduled' AND start_at <= ? "
                "ORDER BY start_at, id",
                (at,),
            )
        found = (self._start(contract_id, at) for (contract_id,) in rows)
        return tuple(one for one in found if one is not None)

    def _start(self, contract_id: str, at: int) -> DueStart | None:
        """``None``: it was put off, started or deleted in this very moment."""
        with contextlib.suppress(MoveRefused, NotFound), self._database.write():
            number, _ = self._contracts.locked_state(contract_id)
            planned = self._database.scalar(
                "SELECT start_at FROM contracts WHERE id = ?", (number,)
            )
            if planned is None or planned > at:
                return None
            due = DueStart(contract_id, at - planned <= LATE, planned, at - planned)
            self._contracts.move(
                contract_id,
                ContractState.QUEUED if due.started else ContractState.PAUSED,
                reason=None if due.started else MISSED_START,
                note=_history_line(due),
                only_from=(ContractState.SCHEDULED,),
            )
            return due
        return None


def late_by(contract: Contract) -> int | None:
    """How late the contract began, in microseconds; ``None`` where it began in time."""
    if contract.start_at is None or contract.started_at is None:
        return None
    late = contract.started_at - contract.start_at
    return late if late > NOTICED else None


def how_long(duration: int) -> Words:
    """A lateness in words, such as "12 min", "3 h 5 min" or "2 d 4 h"."""
    minutes = duration // (60 * SECOND)
    hours, days = minutes // 60, minutes // (24 * 60)
    if days:
        return words("{days} d {hours} h", days=days, hours=hours % 24)
    if hours:
        return words("{hours} h {minutes} min", hours=hours, minutes=minutes % 60)
    return words("{minutes} min", minutes=minutes)


def _history_line(due: DueStart) -> str | None:
    if not due.is_late:
        return None
    if due.started:
        return words(
            "Started {late} late. At {when} the program was not running or the computer was "
            "asleep.",
            late=how_long(due.late),
            when=iso(due.planned),
        )
    return words(
        "Not started: its start at {when} was missed by {late}.",
        late=how_long(due.late),
        when=iso(due.planned),
    )
