"""What can be done with a contract: create, fill, start, pause, resume, cancel, delete."""

import contextlib
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from wa_desktop.clock import iso
from wa_desktop.content import MessageTemplate, is_storable
from wa_desktop.contracts.bell import Bell
from wa_desktop.contracts.filling import FillReport, fill
from wa_desktop.contracts.sendable import refuse_never_made
from wa_desktop.contracts.stopping import outlast_grants
from wa_desktop.contracts.timing import Timing, timing_problems
from wa_desktop.errors import InvalidInput, LedgerError, MoveRefused, Problem, listed
from wa_desktop.events import (
    ContractChanged,
    ContractDeleted,
    EventBus,
    Notice,
    NoticeKind,
    NoticeLevel,
    QueuesChanged,
)
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.contracts import NewContract, refuse_unless_at_rest
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Contract, DoubtPolicy, Limit
from wa_desktop.ledger.schedule import MISSED_START
from wa_desktop.ledger.states import AT_REST, WORKING, ContractState
from wa_desktop.recipients.rows import ReadRow
from wa_desktop.words import words

BY_USER = "user"
"""The reason of a state that a person chose."""

PRIORITY_RANGE = range(-1_000_000, 1_000_001)
ATTEMPTS_RANGE = range(1, 101)
HELD_RANGE = range(1, 1_000_001)
NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Paused:
    """A paused contract and how many messages were taken out of the queue."""

    contract: Contract
    removed: int


@dataclass(frozen=True, slots=True)
class ContractChanges:
    """What an edit may change; ``None`` leaves a field as it is.

    ``clear`` names fields to be emptied: ``start_at``, ``expires_at``, ``zone``,
    ``quiet_hours``, ``doubt_grace``, ``pause_after_held``.
    """

    name: str | None = None
    message: str | None = None
    template: MessageTemplate | None = None
    priority: int | None = None
    max_attempts: int | None = None
    start_at: int | None = None
    expires_at: int | None = None
    zone: str | None = None
    quiet_hours: QuietHours | None = None
    doubt_policy: DoubtPolicy | None = None
    doubt_grace: int | None = None
    pause_after_held: int | None = None
    clear: tuple[str, ...] = ()


class ContractService:
    """The verbs of a contract. Safe from any thread but the GUI's; each answers in a moment."""

    def __init__(self, ledger: Ledger, bell: Bell, events: EventBus) -> None:
        self._ledger = ledger
        self._bell = bell
        self._events = events

    def create(self, new: NewContract) -> Contract:
        """Make a draft without recipients. ``InvalidInput``, ``NotFound`` (account)."""
        _check(new.name, new.priority, new.max_attempts, new.message, new.pause_after_held)
        _check_timing(
            Timing(new.zone, new.quiet_hours, new.start_at, new.expires_at, new.doubt_grace),
            self._ledger.now(),
        )
        contract = self._ledger.contracts.add(new)
        self._changed(contract.id)
        return contract

    def create_filled(
        self, new: NewContract, rows: Iterable[ReadRow]
    ) -> tuple[Contract, FillReport]:
        """Make a draft with recipients; ``InvalidInput`` and no draft when none is valid."""
        contract = self.create(new)
        try:
            report = fill(self._ledger, contract.id, rows)
            if report.rejected_count and not report.accepted:
                raise InvalidInput(
                    words("None of the recipients can be used."),
                    [
                        Problem(f"recipients[{row.line}].phoneNumber", row.reason)
                        for row in report.rejected
                    ],
                )
        except BaseException:
            with contextlib.suppress(LedgerError, MoveRefused):  # the first error is what is told
                self._remove_now(contract.id)
            raise
        self._changed(contract.id)
        return self._ledger.contracts.get(contract.id), report

    def add_rows(self, contract_id: str, rows: Iterable[ReadRow]) -> FillReport:
        """Add recipients to a draft, all or nothing. ``MoveRefused`` for anything but a draft."""
        report = fill(self._ledger, contract_id, rows)
        self._changed(contract_id)
        return report

    def change(self, contract_id: str, changes: ContractChanges) -> Contract:
        """Edit a draft, scheduled or paused contract; its priority at any time.

        A scheduled contract that loses its start time is paused: it waits to be started. One
        that missed its start asks no longer once that is changed or cleared.
        """
        contract = self._ledger.contracts.get(contract_id)
        columns = _columns(changes)
        edited = bool(set(columns) - {"priority"})
        if edited:
            refuse_unless_at_rest(contract.state)
        _check(
            changes.name if changes.name is not None else contract.name,
            changes.priority if changes.priority is not None else contract.priority,
            changes.max_attempts if changes.max_attempts is not None else contract.max_attempts,
            changes.message,
            changes.pause_after_held,
        )
        if set(columns) & _TIMES:
            _check_timing(_timing_after(contract, changes), self._ledger.now())
        if "start_at" in columns and contract.state_reason == MISSED_START:
            columns["state_reason"] = BY_USER
        scheduled = contract.state is ContractState.SCHEDULED
        if scheduled and columns.get("start_at", contract.start_at) is None:
            self._ledger.contracts.move(
                contract_id,
                ContractState.PAUSED,
                reason=BY_USER,
                only_from=(ContractState.SCHEDULED,),
                **columns,
            )
            contract = self._ledger.contracts.get(contract_id)
        elif columns:
            contract = self._ledger.contracts.change(contract_id, only_at_rest=edited, **columns)
        if {"quiet_hours", "zone"} & set(columns):
            self._ledger.work.look_anew(Limit.QUIET_HOURS, contract_id=contract_id)
        self._changed(contract_id)
        return contract

    def start(self, contract_id: str, *, at_once: bool = False) -> Contract:
        """Start a draft, or resume a paused contract; one with a start ahead is scheduled.

        ``at_once`` starts it now; a start time that lies ahead is given up.
        ``MoveRefused`` for a contract in any other state, one without recipients, one whose
        recipients are still being added, one whose time is over and one whose message can be
        made for none of them.
        """
        contract = self._ledger.contracts.get(contract_id)
        if contract.state not in AT_REST:
            raise MoveRefused(
                words(
                    "The campaign is {state} already and cannot be started.",
                    state=contract.state.said,
                ),
                state=contract.state.value,
                allowed=[state.value for state in AT_REST],
            )
        self._refuse_unready(contract)
        ahead = contract.start_at is not None and contract.start_at > self._ledger.now()
        if ahead and not at_once:
            _refuse_scheduled_again(contract)
            self._ledger.contracts.move(contract_id, ContractState.SCHEDULED, only_from=AT_REST)
            self._changed(contract_id)
            return self._ledger.contracts.get(contract_id)
        # A plan that was overtaken must not hold the campaign back when it is next resumed.
        given_up: dict[str, None] = {"start_at": None} if ahead else {}
        self._ledger.contracts.move(
            contract_id, ContractState.QUEUED, only_from=AT_REST, **given_up
        )
        self._bell.contract(contract_id)
        began = contract.started_at is not None
        self._notice(NoticeKind.RESUMED if began else NoticeKind.STARTED, contract)
        return self._ledger.contracts.get(contract_id)

    def pause(self, contract_id: str, reason: str = BY_USER) -> Paused:
        """Stop a contract where it stands; once this returns nothing of it starts.

        What is on the wire finishes. ``MoveRefused`` for a draft or an ended contract.
        """
        contract = self._ledger.contracts.get(contract_id)
        if contract.state is ContractState.PAUSED:  # it may have been paused a moment ago
            self._outlast_grants(contract_id, time.monotonic())
        if contract.state in (ContractState.DRAFT, ContractState.PAUSED):
            raise MoveRefused(
                words(
                    "The campaign is {state}; there is nothing to pause.",
                    state=contract.state.said,
                ),
                state=contract.state.value,
                allowed=["start", "delete"],
            )
        self._ledger.contracts.move(contract_id, ContractState.PAUSED, reason=reason)
        stopped_at = time.monotonic()
        self._ledger.work.release_claims(contract_id)
        self._outlast_grants(contract_id, stopped_at)
        paused = self._ledger.contracts.get(contract_id)
        self._notice(NoticeKind.PAUSED, paused)
        return Paused(paused, paused.counts.waiting + paused.counts.delayed)

    def cancel(self, contract_id: str) -> Contract:
        """End a contract for good; what was not sent is skipped, and once this returns nothing
        of it starts. ``MoveRefused`` if it ended."""
        self._ledger.contracts.move(contract_id, ContractState.CANCELLED, reason=BY_USER)
        stopped_at = time.monotonic()
        self._ledger.work.release_claims(contract_id)
        self._bell.contract(contract_id)
        self._outlast_grants(contract_id, stopped_at)
        self._changed(contract_id)
        return self._ledger.contracts.get(contract_id)

    def delete(self, contract_id: str, *, force: bool = False) -> None:
        """Delete a contract with all its rows; gone from every list at once.

        ``MoveRefused`` for a running one, unless ``force``, which pauses it first, and for one
        that is being copied.
        """
        contract = self._ledger.contracts.get(contract_id)
        self._ledger.actions.refuse_being_copied(contract_id)
        if contract.state in WORKING:
            if not force:
                raise MoveRefused(
                    words(
                        "The campaign is {state}. Pause it first, or force it.",
                        state=contract.state.said,
                    ),
                    state=contract.state.value,
                    allowed=["pause", "cancel"],
                )
            with contextlib.suppress(MoveRefused):  # it may just have been completed
                self.pause(contract_id)
        self._ledger.actions.begin_deleting(contract_id)
        self._bell.contract(contract_id)
        self._events.post(ContractDeleted(contract_id))
        self._events.post(QueuesChanged())

    def _outlast_grants(self, contract_id: str, stopped_at: float) -> None:
        contracts = self._ledger.contracts
        outlast_grants(self._ledger, stopped_at, lambda: contracts.get(contract_id).counts.active)

    def _refuse_unready(self, contract: Contract) -> None:
        self._ledger.imports.refuse_under_way(contract.id)
        if not contract.counts.total:
            raise MoveRefused(
                words("The campaign has no recipients. Add some, then start it."),
                state=contract.state.value,
                allowed=["add recipients", "delete"],
            )
        counts, expires = contract.counts, contract.expires_at
        unsent = counts.draft + counts.waiting + counts.delayed
        if unsent and expires is not None and expires <= self._ledger.now():
            raise MoveRefused(
                words(
                    "The campaign's time is over, so its messages would be skipped at once. Let "
                    "it end later, or never, then start it."
                ),
                state=contract.state.value,
                allowed=["edit", "delete"],
            )
        refuse_never_made(self._ledger, contract)

    def _remove_now(self, contract_id: str) -> None:
        self._ledger.contracts.move(contract_id, ContractState.DELETING)
        while self._ledger.deleting.slice(contract_id):
            pass
        self._events.post(ContractDeleted(contract_id))

    def _changed(self, contract_id: str) -> None:
        self._events.post(ContractChanged(contract_id))
        self._events.post(QueuesChanged())

    def _notice(self, kind: NoticeKind, contract: Contract) -> None:
        self._changed(contract.id)
        self._events.post(
            Notice(kind, NoticeLevel.INFO, subject=contract.name, contract_id=contract.id)
        )


def _refuse_scheduled_again(contract: Contract) -> None:
    if contract.state is ContractState.SCHEDULED and contract.start_at is not None:
        raise MoveRefused(
            words(
                "The campaign is scheduled for {when} already. To start it now, say so: "
                "`--now`, or `now` over HTTP.",
                when=iso(contract.start_at),
            ),
            state=contract.state.value,
            allowed=["pause", "cancel", "delete"],
        )


def _check(
    name: str,
    priority: int,
    max_attempts: int,
    message: str | None,
    pause_after_held: int | None,
) -> None:
    problems = []
    if not name.strip() or len(name) > NAME_LENGTH:
        problems.append(
            Problem("name", words("must have 1 to {most} characters", most=NAME_LENGTH))
        )
    problems.extend(
        Problem(at, words("holds a character that cannot be stored (a zero or half a pair)"))
        for at, text in (("name", name), ("message", message or ""))
        if not is_storable(text)
    )
    if priority not in PRIORITY_RANGE:
        problems.append(Problem("priority", words("must lie between -1000000 and 1000000")))
    if max_attempts not in ATTEMPTS_RANGE:
        problems.append(Problem("maxAttempts", words("must lie between 1 and 100")))
    if pause_after_held is not None and pause_after_held not in HELD_RANGE:
        problems.append(Problem("pauseAfterHeld", words("must lie between 1 and 1000000")))
    _refuse(problems)


_TIMES = {"zone", "quiet_hours", "start_at", "expires_at", "doubt_grace"}


def _timing_after(contract: Contract, changes: ContractChanges) -> Timing:
    """The contract's times as the changes would make them."""

    def kept(name: str) -> bool:
        return getattr(changes, name) is None and name not in changes.clear

    return Timing(
        zone=contract.zone if kept("zone") else changes.zone,
        quiet_hours=contract.quiet_hours if kept("quiet_hours") else changes.quiet_hours,
        start_at=contract.start_at if kept("start_at") else changes.start_at,
        expires_at=contract.expires_at if kept("expires_at") else changes.expires_at,
        doubt_grace=contract.doubt_grace if kept("doubt_grace") else changes.doubt_grace,
    )


def _check_timing(timing: Timing, at: int) -> None:
    _refuse(list(timing_problems(timing, at)))


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InvalidInput(words("{problems}.", problems=listed(problems)), problems)


def _columns(changes: ContractChanges) -> dict[str, Any]:
    given: dict[str, object | None] = {
        "name": changes.name,
        "body": changes.message,
        "template": changes.template.to_json() if changes.template else None,
        "priority": changes.priority,
        "max_attempts": changes.max_attempts,
        "start_at": changes.start_at,
        "expires_at": changes.expires_at,
        "zone": changes.zone,
        "quiet_hours": json.dumps(changes.quiet_hours.to_json()) if changes.quiet_hours else None,
        "doubt_policy": changes.doubt_policy.value if changes.doubt_policy else None,
        "doubt_grace": changes.doubt_grace,
        "pause_after_held": changes.pause_after_held,
    }
    cleared: dict[str, object | None] = dict.fromkeys(changes.clear)
    return cleared | {name: value for name, value in given.items() if value is not None}
