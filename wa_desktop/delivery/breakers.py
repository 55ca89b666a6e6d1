"""Breakers: what stops a contract or an account when its trouble is no longer single rows'.

An engine keeps, in memory, what happened lately to each contract and each account. Three
things trip: the same error several times in a row that is not the recipient's own, too many
failures among the last hundred, and too many in doubt among them. A contract is paused for
what it alone shows; an account is stopped only for what several of its contracts show.

Left out of the count, so that nothing is stopped which goes on by itself: throttling, waits
for one recipient, a network that cannot be reached, and errors that are still being tried
again. Lives on the engine's loop.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from enum import StrEnum

from wa_desktop.delivery.reactions import Halt
from wa_desktop.error_table import ErrorRule, Reaction, Scope, reaction_for
from wa_desktop.ledger.turns.settle import TAKEN, OutcomeKind
from wa_desktop.settings import Settings
from wa_desktop.words import words

WINDOW = 100
"""Messages whose end is remembered."""

FAILURES_FROM = 50
DOUBTS_FROM = 20
"""Ends that must have been seen before a share says anything."""

_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When breakers trip; 0 switches one off. Shares are whole percent."""

    equal_errors: int = 5
    failure_percent: int = 50
    doubt_percent: int = 20

    @classmethod
    def of(cls, settings: Settings) -> "Thresholds":
        """As the settings have them."""
        return cls(
            settings.breaker_equal_errors,
            settings.breaker_failure_percent,
            settings.breaker_doubt_percent,
        )


STANDARD = Thresholds()
"""What holds unless set otherwise."""


class TripCause(StrEnum):
    """What made a breaker trip."""

    EQUAL_ERRORS = "equal_errors"
    FAILURES = "failures"
    DOUBTS = "doubts"
    QUALITY = "quality"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Trip:
    """What must stop (``target`` is its id), why, and the reason in plain English."""

    halt: Halt
    target: str
    cause: TripCause
    reason: str
    code: int | None = None


@dataclass(slots=True)
class Subject:
    """A contract or an account. A newer ``revision`` (it was resumed, edited, paused by
    others) begins its count anew; ends that belong to an older one are not counted. A
    contract's count begins anew with its account's, too: what stopped that was seen to."""

    id: str
    revision: int


@dataclass(slots=True)
class Ended:
    """The end of one send. Moments are microseconds since the epoch."""

    kind: OutcomeKind
    code: int | None
    began_at: int
    at: int
    subcode: int | None = None

    @property
    def rule(self) -> ErrorRule | None:
        """The rule for its error."""
        return None if self.code is None else reaction_for(self.code, self.subcode)


class _Sort(StrEnum):
    SENT = "sent"
    FAILED = "failed"
    OWN_FAULT = "own_fault"
    DOUBT = "doubt"


@dataclass(slots=True)
class _Entry:
    sort: _Sort
    code: int | None
    contract: str


@dataclass(slots=True)
class _Record:
    """What happened lately to one subject. ``doubt_since``: the first of the doubts that no
    definite answer has come after."""

    revision: tuple[int, ...]
    tripped: bool = False
    entries: deque[_Entry] = field(default_factory=lambda: deque(maxlen=WINDOW))
    run_rule: ErrorRule | None = None
    run: list[str] = field(default_factory=list)
    doubt_since: int | None = None

    def count(self, *sorts: _Sort) -> int:
        return sum(entry.sort in sorts for entry in self.entries)

    def contracts(self, *sorts: _Sort) -> int:
        return len({entry.contract for entry in self.entries if entry.sort in sorts})

    def commonest(self) -> int | None:
        """The code of most failures."""
        codes = Counter(entry.code for entry in self.entries if entry.code is not None)
        return codes.most_common(1)[0][0] if codes else None

    def add(self, entry: _Entry, ended: Ended) -> None:
        """Note an end. Doubts that were on the wire together, with no answer between them,
        are one event (the network went) and count once."""
        if entry.sort is not _Sort.DOUBT:
            self.doubt_since = None
        elif self.doubt_since is None:
            self.doubt_since = ended.at
        elif ended.began_at <= self.doubt_since:
            return
        self.entries.append(entry)

    def add_error(self, rule: ErrorRule, contract: str) -> None:
        """Note an error that counts towards equal ones in a row."""
        known = self.run_rule
        if known is None or (rule.code, rule.subcode) != (known.code, known.subcode):
            self.run_rule, self.run = rule, []
        self.run.append(contract)

    def forget_contract(self, contract: str) -> None:
        """Take out what a contract brought that has just been paused for it."""
        kept = [entry for entry in self.entries if entry.contract != contract]
        self.entries = deque(kept, maxlen=WINDOW)
        self.run = [one for one in self.run if one != contract]


class Breakers:
    """Watches how sends end, and says when more than a message must stop."""

    def __init__(self, thresholds: Thresholds = STANDARD) -> None:
        self._thresholds = thresholds
        self._contracts: dict[str, _Record] = {}
        self._accounts: dict[str, _Record] = {}

    def note(self, contract: Subject, account: Subject, ended: Ended) -> Trip | None:
        """Take note of an end; a trip when it was one too many.

        What has tripped is silent until a newer revision of it is seen.
        """
        if ended.kind in TAKEN:
            self.note_taken(contract, account)
            return None
        ours, theirs = self._records(contract, account)
        if ours is None:
            return None
        limit = self._run_limit(ended)
        sort = _sort(ended)
        for record in (ours, theirs) if theirs is not None else (ours,):
            if sort is not None:
                record.add(_Entry(sort, ended.code, contract.id), ended)
            if limit is not None and ended.rule is not None:
                record.add_error(ended.rule, contract.id)
        trip = self._contract_trip(contract.id, ours, ended, limit)
        if trip is not None:
            ours.tripped = True
            if theirs is not None:
                theirs.forget_contract(contract.id)
        elif theirs is not None:
            trip = self._account_trip(account.id, theirs, ended, limit)
            theirs.tripped = trip is not None
        return trip

    def note_taken(self, contract: Subject, account: Subject) -> None:
        """Take note that the provider took a message: all runs of errors end, nothing trips."""
        ours, theirs = self._records(contract, account)
        if ours is None:
            return
        entry = _Entry(_Sort.SENT, None, contract.id)
        for record in (ours, theirs) if theirs is not None else (ours,):
            record.doubt_since = None
            record.entries.append(entry)
            record.run.clear()

    def _records(
        self, contract: Subject, account: Subject
    ) -> tuple["_Record | None", "_Record | None"]:
        ours = _record(self._contracts, contract.id, (contract.revision, account.revision))
        return ours, _record(self._accounts, account.id, (account.revision,))

    def forget(self, contract_id: str) -> None:
        """Forget a contract: it has ended, or is to be counted anew."""
        self._contracts.pop(contract_id, None)

    def _run_limit(self, ended: Ended) -> int | None:
        """How many such errors in a row are too many; None where the end is no such error."""
        failed = ended.kind is OutcomeKind.FAILED
        rule = ended.rule
        if not self._thresholds.equal_errors or rule is None:
            return None
        if not failed and ended.kind is not OutcomeKind.RETRY:
            return None
        if rule.reaction is Reaction.RETRY:
            counts = failed or rule.pause_after is not None
        else:
            counts = failed and not _is_recipients_own(rule)
        return (rule.pause_after or self._thresholds.equal_errors) if counts else None

    def _contract_trip(
        self, contract_id: str, record: _Record, ended: Ended, limit: int | None
    ) -> Trip | None:
        def trip(cause: TripCause, reason: str, code: int | None = None) -> Trip:
            return Trip(Halt.CONTRACT, contract_id, cause, reason, code)

        if limit is not None and len(record.run) >= limit:
            return trip(TripCause.EQUAL_ERRORS, _run_words(record), ended.code)
        failures = record.count(_Sort.FAILED, _Sort.OWN_FAULT)
        if self._too_many_failures(failures, len(record.entries)):
            code = record.commonest()
            return trip(TripCause.FAILURES, _failure_words(record, failures, code), code)
        doubts = record.count(_Sort.DOUBT)
        if self._too_many_doubts(doubts, len(record.entries)):
            return trip(TripCause.DOUBTS, _doubt_words(record, doubts))
        return None

    def _account_trip(
        self, account_id: str, record: _Record, ended: Ended, limit: int | None
    ) -> Trip | None:
        """Like a contract's, for several contracts together; bad numbers do not stop it."""

        def trip(cause: TripCause, reason: str, code: int | None = None) -> Trip:
            reason = words("In several campaigns: {reason}", reason=reason)
            return Trip(Halt.ACCOUNT, account_id, cause, reason, code)

        several = len(set(record.run)) >= _SEVERAL
        if limit is not None and several and len(record.run) >= _SEVERAL * limit:
            return trip(TripCause.EQUAL_ERRORS, _run_words(record), ended.code)
        failures = record.count(_Sort.FAILED)
        several = record.contracts(_Sort.FAILED) >= _SEVERAL
        if several and self._too_many_failures(failures, len(record.entries)):
            code = record.commonest()
            return trip(TripCause.FAILURES, _failure_words(record, failures, code), code)
        doubts = record.count(_Sort.DOUBT)
        several = record.contracts(_Sort.DOUBT) >= _SEVERAL
        if several and self._too_many_doubts(doubts, len(record.entries)):
            return trip(TripCause.DOUBTS, _doubt_words(record, doubts))
        return None

    def _too_many_failures(self, failures: int, seen: int) -> bool:
        return seen >= FAILURES_FROM and _reaches(failures, seen, self._thresholds.failure_percent)

    def _too_many_doubts(self, doubts: int, seen: int) -> bool:
        return seen >= DOUBTS_FROM and _reaches(doubts, seen, self._thresholds.doubt_percent)


def trip_for_quality(account_id: str, quality: str | None) -> Trip | None:
    """A trip when the provider rates a number RED (its field ``quality_rating``)."""
    if quality is None or quality.upper() != "RED":
        return None
    return Trip(
        Halt.ACCOUNT,
        account_id,
        TripCause.QUALITY,
        words(
            "The provider rates the quality of this number RED: too many people blocked or "
            "reported it. Write to people who expect it, wait until the rating rises, then resume."
        ),
    )


_TEMPLATE_STATES = {
    "PAUSED": words("was paused by the provider for its quality. Wait until it is approved again"),
    "DISABLED": words("was disabled by the provider for good. Choose another template"),
    "REJECTED": words("was rejected by the provider. Correct it or choose another template"),
    "PENDING": words("is still being reviewed by the provider. Wait until it is approved"),
    "IN_APPEAL": words("is being reviewed again by the provider. Wait until it is approved"),
    "PENDING_DELETION": words("is being deleted. Choose another template"),
    "DELETED": words("was deleted. Choose another template"),
    "ARCHIVED": words("was archived. Restore it or choose another template"),
    "LOCKED": words("is locked by the provider. Choose another template"),
    "LIMIT_EXCEEDED": words("is over the provider's limit of templates. Choose another template"),
}


def trip_for_template(contract_id: str, template: str, status: str) -> Trip | None:
    """A trip when a contract's template is in a state that cannot be sent.

    Source: Cloud API, template statuses (2025-12). A state that is not known here stops
    nothing: the answer to a send will tell.
    """
    fault = _TEMPLATE_STATES.get(status.upper())
    if fault is None:
        return None
    reason = words(
        "The template {template} {fault}, then start the campaign again.",
        template=template,
        fault=fault,
    )
    return Trip(Halt.CONTRACT, contract_id, TripCause.TEMPLATE, reason)


def _record(records: dict[str, _Record], id: str, revision: tuple[int, ...]) -> _Record | None:
    """The record of that id; None: this end is not to be counted."""
    found = records.get(id)
    if found is None or revision > found.revision:
        found = records[id] = _Record(revision)
    return None if found.tripped or revision < found.revision else found


def _sort(ended: Ended) -> _Sort | None:
    if ended.kind is OutcomeKind.IN_DOUBT:
        return _Sort.DOUBT
    if ended.kind is not OutcomeKind.FAILED:
        return None
    own = ended.rule is not None and _is_recipients_own(ended.rule)
    return _Sort.OWN_FAULT if own else _Sort.FAILED


def _is_recipients_own(rule: ErrorRule) -> bool:
    """Whether the error is about one recipient, however often it comes."""
    about_a_row = (Reaction.FAIL, Reaction.SUPPRESS_RECIPIENT, Reaction.WAIT_LONG)
    return (
        rule.reaction in about_a_row and rule.scope is Scope.RECIPIENT and rule.pause_after is None
    )


def _reaches(part: int, whole: int, percent: int) -> bool:
    return bool(percent) and part * 100 >= percent * whole


def _run_words(record: _Record) -> str:
    return words(
        "The same error came {times} times in a row. {cause}",
        times=len(record.run),
        cause=record.run_rule.said if record.run_rule else "",
    )


def _failure_words(record: _Record, failures: int, code: int | None) -> str:
    seen = len(record.entries)
    if code is None:
        return words("{failures} of the last {seen} messages failed.", failures=failures, seen=seen)
    return words(
        "{failures} of the last {seen} messages failed. Most often: {cause}",
        failures=failures,
        seen=seen,
        cause=reaction_for(code).said,
    )


def _doubt_words(record: _Record, doubts: int) -> str:
    return words(
        "Of {doubts} of the last {seen} messages it is unknown whether they were sent. Check the "
        "connection to the provider, settle what is in doubt, then go on.",
        doubts=doubts,
        seen=len(record.entries),
    )
