"""Contracts as the API reads and writes them."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, Field

from wa_desktop.clock import iso
from wa_desktop.content import MessageTemplate
from wa_desktop.contracts.filling import FillReport
from wa_desktop.contracts.held_back import status_reason
from wa_desktop.contracts.outlooks import NO_OUTLOOK, Outlook
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import Contract, Counts, DoubtPolicy
from wa_desktop.ledger.states import ContractState
from wa_desktop.recipients.child import FileFacts
from wa_desktop.recipients.found_rows import LeftOutReason
from wa_desktop.recipients.rows import RejectedRow
from wa_desktop.server.fields import Given, ShortText, Shown, Text, storable
from wa_desktop.server.timing_bodies import (
    DoubtPolicyFields,
    DoubtPolicyShown,
    HeldBackShown,
    Moment,
    QuietHoursFields,
    QuietHoursShown,
    ZoneName,
    moment,
)

MESSAGE_LENGTH = 16_384
"""Characters of a shared text: its ``{{fields}}`` may be longer than what they stand for."""

_DEEPEST = 32

MessageText = Annotated[Text, Field(max_length=MESSAGE_LENGTH)]


def _plain_json(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Refuse components that could not be stored or sent; without recursion, they nest freely."""
    pending: list[tuple[object, int]] = [(value, 0)]
    while pending:
        one, depth = pending.pop()
        if depth > _DEEPEST:
            raise ValueError(f"is nested more than {_DEEPEST} deep")
        if isinstance(one, str):
            storable(one)
        elif isinstance(one, float) and not math.isfinite(one):
            raise ValueError("holds a number that is too large")
        elif isinstance(one, Mapping):
            pending.extend((inner, depth + 1) for pair in one.items() for inner in pair)
        elif isinstance(one, list):
            pending.extend((inner, depth + 1) for inner in one)
    return value


class TemplateFields(Given):
    """An approved template. Values of ``parameters`` may hold ``{{column}}`` fields."""

    name: Annotated[ShortText, Field(min_length=1)]
    language: Annotated[ShortText, Field(min_length=1)]
    parameters: dict[ShortText, MessageText] = Field(default_factory=dict)
    components: Annotated[list[dict[str, Any]], AfterValidator(_plain_json)] = Field(
        default_factory=list
    )

    def record(self) -> MessageTemplate:
        """As the core has it."""
        return MessageTemplate(self.name, self.language, self.parameters, tuple(self.components))


class ContractFields(Given):
    """A new contract without its recipients, which are read apart and may be many.

    ``pauseAfterHeld``: pause once the provider holds back so many messages; null: go on.
    """

    account_id: ShortText
    name: ShortText
    message: MessageText | None = None
    template: TemplateFields | None = None
    priority: int = 0
    start_at: Moment | None = None
    zone: ZoneName | None = None
    quiet_hours: QuietHoursFields | None = None
    expires_at: Moment | None = None
    doubt_policy: DoubtPolicyFields | None = None
    max_attempts: int = 3
    pause_after_held: int | None = None

    def record(self) -> NewContract:
        """As the core has it; a blank message is none. ``InvalidInput`` for wrong times."""
        doubts = self.doubt_policy
        return NewContract(
            account_id=self.account_id,
            name=self.name,
            message=self.message if self.message and self.message.strip() else None,
            template=self.template.record() if self.template else None,
            priority=self.priority,
            max_attempts=self.max_attempts,
            pause_after_held=self.pause_after_held,
            start_at=moment(self.start_at, self.zone, "startAt"),
            zone=self.zone,
            quiet_hours=self.quiet_hours.record() if self.quiet_hours else None,
            expires_at=moment(self.expires_at, self.zone, "expiresAt"),
            doubt_policy=doubts.policy() if doubts else DoubtPolicy.LEAVE,
            doubt_grace=doubts.grace() if doubts else None,
        )


class RecipientFields(Given):
    """A recipient: its own ``message``, or ``variables`` for the contract's.

    ``sendAt``: not before that moment (RFC 3339, or wall clock in the contract's zone).
    """

    phone_number: str
    message: str | None = None
    variables: dict[str, str | float | None] = Field(default_factory=dict)
    send_at: str | None = None


class ContractNew(ContractFields):
    """A new contract with its recipients; without any it is a draft to be filled later."""

    recipients: list[RecipientFields] | None = None


class RecipientList(Given):
    """More recipients for a draft (the list alone is taken too)."""

    recipients: list[RecipientFields]


class ContractEdit(Given):
    """What an edit may change; an absent field stays as it is, null clears a time."""

    name: ShortText = ""
    message: Annotated[MessageText, Field(min_length=1)] = ""
    template: TemplateFields = TemplateFields(name="-", language="-")
    priority: int = 0
    start_at: Moment | None = None
    zone: ZoneName | None = None
    quiet_hours: QuietHoursFields | None = None
    expires_at: Moment | None = None
    doubt_policy: DoubtPolicyFields | None = None
    max_attempts: int = 3
    pause_after_held: int | None = None

    def changes(self, zone: str | None) -> ContractChanges:
        """The given fields as the core has them; ``zone`` is the contract's so far.

        ``InvalidInput`` for wrong times.
        """
        given = {name: getattr(self, name) for name in self.model_fields_set - {"doubt_policy"}}
        cleared = [name for name in _CLEARABLE if name in given and given[name] is None]
        place = self.zone if "zone" in given else zone
        for name, field in (("start_at", "startAt"), ("expires_at", "expiresAt")):
            if name in given:
                given[name] = moment(given[name], place, field)
        if "template" in given:
            given["template"] = self.template.record()
        if self.quiet_hours is not None:
            given["quiet_hours"] = self.quiet_hours.record()
        if self.doubt_policy is not None:
            given["doubt_policy"] = self.doubt_policy.policy()
            given["doubt_grace"] = self.doubt_policy.grace()
        elif "doubt_policy" in self.model_fields_set:
            given["doubt_policy"] = DoubtPolicy.LEAVE
            cleared.append("doubt_grace")
        return ContractChanges(**given, clear=tuple(cleared))


_CLEARABLE = ("start_at", "zone", "quiet_hours", "expires_at", "pause_after_held")


ContractStatus = Literal[
    "draft", "scheduled", "queued", "preparing", "running", "paused", "completed", "cancelled"
]


class CountsShown(Shown):
    """Messages by state; ``completed`` = sent + delivered + read.

    ``held``: those of ``sent`` that the provider took and holds back for now; it sends or drops
    them by itself.
    """

    total: int
    waiting: int
    delayed: int
    active: int
    completed: int
    failed: int
    skipped: int
    in_doubt: int
    sent: int
    delivered: int
    read: int
    held: int

    @classmethod
    def of(cls, counts: Counts) -> Self:
        """Kept counts as the API shows them."""
        return cls(**{name: getattr(counts, name) for name in cls.model_fields})


class TemplateShown(Shown):
    """A contract's template."""

    name: str
    language: str
    parameters: dict[str, str]
    components: list[dict[str, Any]]


class ContractShown(Shown):
    """A contract."""

    id: str
    account_id: str
    name: str
    status: ContractStatus
    status_reason: str | None
    priority: int
    max_attempts: int
    pause_after_held: int | None
    message: str | None
    template: TemplateShown | None
    start_at: str | None
    zone: str | None
    quiet_hours: QuietHoursShown | None
    expires_at: str | None
    doubt_policy: DoubtPolicyShown | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    progress: int
    counts: CountsShown
    action: Annotated[
        str | None, Field(description="What is being done to its messages as a whole")
    ]
    held_back: HeldBackShown | None
    eta: Annotated[str | None, Field(description="When the last message goes out")]

    @classmethod
    def of(cls, contract: Contract, outlook: Outlook = NO_OUTLOOK, **more: Any) -> Self:
        """A contract as the API shows it."""
        return cls(
            id=contract.id,
            account_id=contract.account_id,
            name=contract.name,
            status=cast("ContractStatus", contract.state.value),
            status_reason=status_reason(contract, outlook.held_back),
            priority=contract.priority,
            max_attempts=contract.max_attempts,
            pause_after_held=contract.pause_after_held,
            message=contract.message,
            template=_template(contract.template),
            start_at=iso(contract.start_at),
            zone=contract.zone,
            quiet_hours=QuietHoursShown.of(contract.quiet_hours),
            expires_at=iso(contract.expires_at),
            doubt_policy=DoubtPolicyShown.of(contract),
            created_at=iso(contract.created_at) or "",
            started_at=iso(contract.started_at),
            finished_at=iso(contract.finished_at),
            progress=contract.counts.progress,
            counts=CountsShown.of(contract.counts),
            action=contract.action,
            held_back=HeldBackShown.of(outlook.held_back),
            eta=iso(outlook.eta),
            **more,
        )


class RejectedItem(Shown):
    """A recipient that was left out; ``index`` is its place in the list, from 0."""

    index: int
    phone_number: str
    reason: str


class ContractMade(ContractShown):
    """A new contract and what became of its recipients.

    ``rejected`` lists the first 10,000 of ``rejectedCount``; ``duplicates`` were taken once.
    """

    duplicates: int = 0
    rejected_count: int = 0
    rejected: list[RejectedItem] = Field(default_factory=list)

    @classmethod
    def filled(cls, contract: Contract, report: FillReport, rejected: list[RejectedRow]) -> Self:
        """A contract that was made with recipients."""
        return cls.of(
            contract,
            duplicates=report.duplicates,
            rejected_count=report.rejected_count,
            rejected=[
                RejectedItem(index=row.line, phone_number=row.phone_text, reason=row.reason)
                for row in rejected
            ],
        )


class ContractList(Shown):
    """A page of contracts, newest first; ``nextCursor`` is null on the last one."""

    items: list[ContractShown]
    next_cursor: str | None


class Started(Shown):
    """A contract on its way, or scheduled for its start time."""

    id: str
    status: Literal["queued", "scheduled"] = "queued"

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """A started contract as the API shows it; workers may have taken it up already."""
        scheduled = contract.state is ContractState.SCHEDULED
        return cls(id=contract.id, status="scheduled" if scheduled else "queued")


class PausedShown(Shown):
    """A paused contract; ``removed`` messages were taken out of the queue."""

    id: str
    status: Literal["paused"] = "paused"
    removed: int


class RejectedLine(Shown):
    """A row that was left out; ``line`` is its line in the file, or its place in a list."""

    line: int
    phone_number: str
    reason: str


class PhoneColumnShown(Shown):
    """Another column that holds phone numbers: how many good ones in the file's first rows."""

    name: str
    numbers: int


class ColumnsShown(Shown):
    """Which columns of a file were taken for what."""

    phone: str
    second_phone: str | None
    message: str | None
    variables: list[str]
    other_phones: list[PhoneColumnShown]


class LeftOutShown(Shown):
    """Rows that get no message although nothing is wrong with their numbers, by reason.

    ``hidden``: the workbook hides them. ``undecodable``: they hold bytes that do not fit the
    file's encoding.
    """

    hidden: int
    undecodable: int


class LeftOutLines(Shown):
    """The lines of the first 100 rows that were left out, by reason."""

    hidden: list[int]
    undecodable: list[int]


class FillShown(Shown):
    """What became of rows.

    accepted + duplicates + optedOut + rejectedCount + leftOut.hidden + leftOut.undecodable =
    data rows. ``rejected`` lists the first 100. ``columns``, ``encoding``, ``delimiter`` and
    ``headerRow`` are those of a file, null for JSON. ``moreNumbers`` counts the rows with
    further numbers beside the one that was taken.
    """

    accepted: int
    duplicates: int
    opted_out: int
    rejected: list[RejectedLine]
    rejected_count: int
    left_out: LeftOutShown
    left_out_lines: LeftOutLines
    more_numbers: int = 0
    columns: ColumnsShown | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None

    @classmethod
    def of(cls, report: FillReport, file: FileFacts | None = None) -> Self:
        """A report as the API shows it."""
        return cls(
            accepted=report.accepted,
            duplicates=report.duplicates,
            opted_out=report.opted_out,
            rejected=[
                RejectedLine(line=row.line, phone_number=row.phone_text, reason=row.reason)
                for row in report.rejected
            ],
            rejected_count=report.rejected_count,
            left_out=LeftOutShown(
                hidden=report.left_out.get(LeftOutReason.HIDDEN, 0),
                undecodable=report.left_out.get(LeftOutReason.UNDECODABLE, 0),
            ),
            left_out_lines=LeftOutLines(
                hidden=list(report.left_out_lines.get(LeftOutReason.HIDDEN, ())),
                undecodable=list(report.left_out_lines.get(LeftOutReason.UNDECODABLE, ())),
            ),
            more_numbers=report.more_numbers,
            columns=_columns(file) if file else None,
            encoding=file.encoding if file else None,
            delimiter=file.delimiter if file else None,
            header_row=file.header_row if file else None,
        )


def _columns(file: FileFacts) -> ColumnsShown:
    plan = file.plan
    return ColumnsShown(
        phone=file.columns[plan.phone],
        second_phone=None if plan.second_phone is None else file.columns[plan.second_phone],
        message=None if plan.message is None else file.columns[plan.message],
        variables=[name for name, _ in plan.variables],
        other_phones=[
            PhoneColumnShown(name=name, numbers=good) for name, good in plan.other_phones
        ],
    )


def _template(template: MessageTemplate | None) -> TemplateShown | None:
    if template is None:
        return None
    return TemplateShown(
        name=template.name,
        language=template.language,
        parameters=dict(template.parameters),
        components=[dict(one) for one in template.components],
    )
