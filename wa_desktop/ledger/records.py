"""Frozen records: the only shape in which rows leave the ledger.

All moments are microseconds since the epoch (see ``wa_desktop.clock``). Contract ids are
the public ones (text); message ids are numbers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from wa_desktop.content import MessageTemplate
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.pacing import distance


class AccountKind(StrEnum):
    """What sends for an account."""

    SANDBOX = "sandbox"
    CLOUD_API = "cloud_api"


class AccountState(StrEnum):
    """Whether an account may send."""

    ACTIVE = "active"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``max`` messages in each ``duration_ms`` milliseconds, evenly spaced."""

    max: int
    duration_ms: int

    @property
    def interval(self) -> float:
        """The distance of two send slots in microseconds."""
        return distance(self.max * 1000 / self.duration_ms)


DEFAULT_RATE = RateLimit(max=20, duration_ms=60_000)

DEFAULT_API_VERSION = "v25.0"
"""Of the provider's API; ``senders/versions.toml`` says when versions end."""


class Limit(StrEnum):
    """What may hold a contract back, in the API's words."""

    RATE = "rate"
    CONCURRENCY = "concurrency"
    PAIR_RATE = "pairRate"
    DAILY_LIMIT = "dailyLimit"
    WARM_UP = "warmUp"
    QUIET_HOURS = "quietHours"
    COOL_DOWN = "coolDown"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True)
class Hold:
    """What holds, and until when at the earliest."""

    by: Limit
    until: int


@dataclass(frozen=True, slots=True)
class CoolDown:
    """At most ``most`` messages to one recipient in ``days`` days, over all contracts."""

    most: int
    days: int


class DoubtPolicy(StrEnum):
    """What becomes of messages in doubt after a contract's grace time."""

    LEAVE = "leave"
    RESEND = "resend"
    TREAT_AS_SENT = "treatAsSent"


@dataclass(frozen=True, slots=True)
class SandboxBehaviour:
    """How the sandbox answers: latency in milliseconds, share of failures from 0 to 1."""

    latency_ms: int = 50
    failure_share: float = 0.0


@dataclass(frozen=True, slots=True)
class AccountSecrets:
    """What must never be shown: given to the sender and the webhook check only."""

    access_token: str | None = field(default=None, repr=False)
    app_secret: str | None = field(default=None, repr=False)
    verify_token: str | None = field(default=None, repr=False)


NO_SECRETS = AccountSecrets()


@dataclass(frozen=True, slots=True)
class Account:
    """One sender. ``rate_limit`` None: no limit but ``concurrency`` (requests in flight).

    ``warm_up``: most messages on the first, second… day since ``warm_up_from``. ``pace``:
    messages a second that the provider took lately, while below the limit. ``next_slot_at``:
    when the next message may go at the earliest.
    """

    id: str
    name: str
    kind: AccountKind
    phone_number_id: str | None = None
    waba_id: str | None = None
    api_base_url: str = "https://graph.facebook.com"
    api_version: str = DEFAULT_API_VERSION
    rate_limit: RateLimit | None = DEFAULT_RATE
    concurrency: int = 1
    daily_limit: int | None = None
    portfolio_id: str | None = None
    cool_down: CoolDown | None = None
    warm_up: tuple[int, ...] = ()
    warm_up_from: int | None = None
    pace: float | None = None
    throttled_until: int = 0
    next_slot_at: int = 0
    sandbox: SandboxBehaviour = SandboxBehaviour()
    state: AccountState = AccountState.ACTIVE
    state_reason: str | None = None
    secrets_set: tuple[str, ...] = ()
    revision: int = 0
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages of a contract (or of all) stand in each state. Kept, never counted.

    ``held``: those of ``sent`` that the provider took and holds back for now.
    """

    total: int = 0
    draft: int = 0
    waiting: int = 0
    delayed: int = 0
    claimed: int = 0
    sending: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    failed: int = 0
    skipped: int = 0
    in_doubt: int = 0
    held: int = 0

    @property
    def active(self) -> int:
        """On the wire or about to be."""
        return self.claimed + self.sending

    @property
    def completed(self) -> int:
        """Accepted by the provider, whatever came after."""
        return self.sent + self.delivered + self.read

    @property
    def remaining(self) -> int:
        """Not yet worked through."""
        return self.draft + self.waiting + self.delayed + self.active

    @property
    def progress(self) -> int:
        """Whole percent worked through; 100 only when nothing remains."""
        if not self.total:
            return 0
        return (self.total - self.remaining) * 100 // self.total


@dataclass(frozen=True, slots=True)
class Contract:
    """One campaign. ``message`` and ``template`` are shared by rows without their own text.

    ``held``: what a limit held back at the last claim. ``action``: what is being done to its
    rows as a whole (``retry``, ``copy``, …). ``doubt_grace`` is in microseconds.
    ``next_due_at``: when the next of its delayed messages is due. ``pause_after_held``: it is
    paused once the provider holds back so many of its messages; ``None``: it goes on.
    """

    id: str
    account_id: str
    name: str
    state: ContractState
    state_reason: str | None
    priority: int
    message: str | None
    template: MessageTemplate | None
    max_attempts: int
    start_at: int | None
    created_at: int
    started_at: int | None
    finished_at: int | None
    counts: Counts
    attempts_made: int = 0
    zone: str | None = None
    quiet_hours: QuietHours | None = None
    expires_at: int | None = None
    held: Hold | None = None
    doubt_policy: DoubtPolicy = DoubtPolicy.LEAVE
    doubt_grace: int | None = None
    action: str | None = None
    next_due_at: int | None = None
    pause_after_held: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One row of a contract as tables and the API show it.

    ``phone`` is E.164 without plus, as it is dialled; ``written``: the number as its source had
    it, where that has other digits. ``held``: the provider took it and holds it back.
    ``held_by``: the limit that puts it off.
    """

    id: int
    contract_id: str
    phone: str
    state: MessageState
    attempts: int
    provider_id: str | None
    error_code: int | None
    error_text: str | None
    due_at: int | None
    sent_at: int | None
    delivered_at: int | None
    read_at: int | None
    updated_at: int
    held_by: Limit | None = None
    written: str | None = None
    held: bool = False
    error_subcode: int | None = None


@dataclass(frozen=True, slots=True)
class MessageContents:
    """What a row brings of its own: a text, fields for the shared text, or neither."""

    body: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One line of history."""

    at: int
    kind: str
    code: int | None
    text: str | None
    subcode: int | None = None


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """One engine at work, as its heartbeat shows it."""

    id: int
    host: str
    pid: int
    started_at: int
    last_seen: int
    last_claim: int | None
    last_send: int | None


@dataclass(frozen=True, slots=True)
class MinuteFigures:
    """What one minute brought; ``minute`` is its first microsecond."""

    minute: int
    sent: int
    failed: int
    retried: int
    in_doubt: int


@dataclass(frozen=True, slots=True)
class ActiveMessage:
    """A message on the wire or about to be, for the queue page."""

    id: int
    contract_id: str
    phone: str
    attempts: int


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """One queue as BullMQ's words have it; ``listed`` figures leave out what was cleaned."""

    waiting: int
    active: int
    completed: int
    failed: int
    delayed: int
    skipped: int
    in_doubt: int
    paused: bool


@dataclass(frozen=True, slots=True)
class QueuesStatus:
    """Both queues, what is active now, and who works."""

    contracts: QueueFigures
    messages: QueueFigures
    active_contracts: tuple[Contract, ...]
    active_messages: tuple[ActiveMessage, ...]
    workers: tuple[WorkerRecord, ...]
