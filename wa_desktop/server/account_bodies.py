"""Accounts as the API reads and writes them. Secrets go in and never come out."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from wa_desktop.clock import iso
from wa_desktop.contracts.accounts import MAX_COOL_DOWN, MAX_DAILY, MAX_DAYS
from wa_desktop.ledger.records import (
    DEFAULT_RATE,
    Account,
    AccountKind,
    AccountSecrets,
    CoolDown,
    RateLimit,
    SandboxBehaviour,
)
from wa_desktop.senders.provider import ProviderNumber
from wa_desktop.server.fields import Given, ShortText, Shown

_MOST = 1_000_000_000
_SECRET_NAMES = {
    "access_token": "accessToken",
    "app_secret": "appSecret",
    "verify_token": "verifyToken",
}
_SECRET_LENGTH = 4_096


def _bare_address(text: str) -> str:
    """Refuse an address that cannot be read, or that holds more than a place."""
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://graph.facebook.com")
    return text


BaseUrl = Annotated[ShortText, AfterValidator(_bare_address)]
Secret = Annotated[str, Field(pattern=r"^[\x21-\x7e]+$", max_length=_SECRET_LENGTH)]
Kind = Literal["cloud_api", "sandbox"]
DailyLimit = Annotated[int, Field(ge=1, le=MAX_DAILY)]
WarmUpPlan = Annotated[
    list[Annotated[int, Field(ge=1, le=1_000_000)]], Field(min_length=1, max_length=MAX_DAYS)
]
"""Most messages on the first, second… day."""

Concurrency = Annotated[int, Field(ge=1, le=500)]


class RateLimitFields(Given):
    """At most ``max`` messages in each ``durationMs`` milliseconds, evenly spaced."""

    max: Annotated[int, Field(ge=1, le=_MOST)]
    duration_ms: Annotated[int, Field(ge=1, le=86_400_000)]

    def record(self) -> RateLimit:
        """As the core has it."""
        return RateLimit(self.max, self.duration_ms)


class SandboxFields(Given):
    """How the sandbox answers: latency in milliseconds, share of failures from 0 to 1."""

    latency_ms: Annotated[int, Field(ge=0, le=60_000)] = 50
    failure_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0

    def record(self) -> SandboxBehaviour:
        """As the core has it."""
        return SandboxBehaviour(self.latency_ms, self.failure_share)


class CoolDownFields(Given):
    """At most ``max`` messages to one recipient in ``days`` days, over all contracts."""

    max: Annotated[int, Field(ge=1, le=MAX_COOL_DOWN)]
    days: Annotated[int, Field(ge=1, le=MAX_DAYS)]

    def record(self) -> CoolDown:
        """As the core has it."""
        return CoolDown(self.max, self.days)


class AccountNew(Given):
    """A new account. ``rateLimit`` absent: 20 messages a minute; null: no limit."""

    id: ShortText | None = None
    name: ShortText
    kind: Kind
    phone_number_id: ShortText | None = None
    waba_id: ShortText | None = None
    access_token: Secret | None = Field(default=None, repr=False)
    app_secret: Secret | None = Field(default=None, repr=False)
    verify_token: Secret | None = Field(default=None, repr=False)
    api_base_url: BaseUrl = "https://graph.facebook.com"
    api_version: ShortText = "v25.0"
    rate_limit: RateLimitFields | None = RateLimitFields.model_validate(
        {"max": DEFAULT_RATE.max, "durationMs": DEFAULT_RATE.duration_ms}
    )
    concurrency: Concurrency = 1
    daily_limit: DailyLimit | None = None
    portfolio_id: ShortText | None = None
    cool_down: CoolDownFields | None = None
    warm_up: WarmUpPlan | None = None
    sandbox: SandboxFields = SandboxFields()

    def record(self) -> Account:
        """The account without its secrets."""
        return Account(
            id=self.id or "",
            name=self.name,
            kind=AccountKind(self.kind),
            phone_number_id=self.phone_number_id,
            waba_id=self.waba_id,
            api_base_url=self.api_base_url,
            api_version=self.api_version,
            rate_limit=self.rate_limit.record() if self.rate_limit else None,
            concurrency=self.concurrency,
            daily_limit=self.daily_limit,
            portfolio_id=self.portfolio_id,
            cool_down=self.cool_down.record() if self.cool_down else None,
            warm_up=tuple(self.warm_up or ()),
            sandbox=self.sandbox.record(),
        )

    def secrets(self) -> AccountSecrets:
        """The secrets given."""
        return AccountSecrets(self.access_token, self.app_secret, self.verify_token)


class AccountEdit(Given):
    """What an edit may change; an absent field stays as it is."""

    name: ShortText = ""
    phone_number_id: ShortText | None = None
    waba_id: ShortText | None = None
    access_token: Secret | None = Field(default=None, repr=False)
    app_secret: Secret | None = Field(default=None, repr=False)
    verify_token: Secret | None = Field(default=None, repr=False)
    api_base_url: BaseUrl = ""
    api_version: ShortText = ""
    rate_limit: RateLimitFields | None = None
    concurrency: Concurrency = 1
    daily_limit: DailyLimit | None = None
    portfolio_id: ShortText | None = None
    cool_down: CoolDownFields | None = None
    warm_up: WarmUpPlan | None = None
    sandbox: SandboxFields = SandboxFields()

    def changes(self) -> dict[str, object]:
        """The given fields of the account itself, as the core has them."""
        given = {name: getattr(self, name) for name in self.model_fields_set - _SECRET_NAMES.keys()}
        if "warm_up" in given:
            given["warm_up"] = tuple(self.warm_up or ())
        return {
            name: value.record() if isinstance(value, _RECORDED) else value
            for name, value in given.items()
        }

    def secrets(self) -> AccountSecrets | None:
        """The secrets given, ``None`` when none is."""
        if not self.model_fields_set & _SECRET_NAMES.keys():
            return None
        return AccountSecrets(self.access_token, self.app_secret, self.verify_token)


_RECORDED = RateLimitFields | SandboxFields | CoolDownFields


class CoolDownShown(Shown):
    """At most ``max`` messages to one recipient in ``days`` days."""

    max: int
    days: int


class RateLimitShown(Shown):
    """An account's limit: ``max`` messages in each ``durationMs`` milliseconds."""

    max: int
    duration_ms: int


class SandboxShown(Shown):
    """How the sandbox answers."""

    latency_ms: int
    failure_share: float


class AccountShown(Shown):
    """An account; ``secretsSet`` names the secrets it has.

    ``pace``: messages a second that the provider takes at present, null: as many as allowed;
    ``throttledUntil``: when it may be asked again after it refused.
    """

    id: str
    name: str
    kind: Kind
    phone_number_id: str | None
    waba_id: str | None
    api_base_url: str
    api_version: str
    rate_limit: RateLimitShown | None
    concurrency: int
    daily_limit: int | None
    portfolio_id: str | None
    cool_down: CoolDownShown | None
    warm_up: list[int] | None
    pace: float | None
    throttled_until: str | None
    sandbox: SandboxShown | None
    status: Literal["active", "stopped"]
    status_reason: str | None
    secrets_set: list[str]
    created_at: str

    @classmethod
    def of(cls, account: Account, at: int) -> Self:
        """An account as the API shows it at that moment of the ledger's clock."""
        rate, sandbox, cool = account.rate_limit, account.sandbox, account.cool_down
        throttled = account.throttled_until > at
        is_sandbox = account.kind is AccountKind.SANDBOX
        return cls(
            id=account.id,
            name=account.name,
            kind=account.kind.value,
            phone_number_id=account.phone_number_id,
            waba_id=account.waba_id,
            api_base_url=account.api_base_url,
            api_version=account.api_version,
            rate_limit=RateLimitShown(max=rate.max, duration_ms=rate.duration_ms) if rate else None,
            concurrency=account.concurrency,
            daily_limit=account.daily_limit,
            portfolio_id=account.portfolio_id,
            cool_down=CoolDownShown(max=cool.most, days=cool.days) if cool else None,
            warm_up=list(account.warm_up) or None,
            pace=account.pace,
            throttled_until=iso(account.throttled_until) if throttled else None,
            sandbox=SandboxShown(latency_ms=sandbox.latency_ms, failure_share=sandbox.failure_share)
            if is_sandbox
            else None,
            status=account.state.value,
            status_reason=account.state_reason,
            secrets_set=[_SECRET_NAMES[name] for name in account.secrets_set],
            created_at=iso(account.created_at) or "",
        )


class AccountList(Shown):
    """All accounts, oldest first."""

    items: list[AccountShown]


class AccountChecked(Shown):
    """What the provider said of the account; ``detail`` is what is wrong when not ``ok``, else
    what to beware of: the quality RED.

    ``message_history``: whether it gives the number's message history, by which doubts are
    settled; null where it holds nothing yet.
    """

    ok: bool
    detail: str | None = None
    phone_number: str | None = None
    display_name: str | None = None
    quality: str | None = None
    messaging_limit: str | None = None
    throughput: str | None = None
    status: str | None = None
    message_history: bool | None = None

    @classmethod
    def of(cls, number: ProviderNumber, history: bool | None = None) -> Self:
        """The provider's answer as the API shows it."""
        return cls(
            ok=True,
            detail=number.warning,
            phone_number=number.phone,
            display_name=number.display_name,
            quality=number.quality,
            messaging_limit=number.tier,
            throughput=number.throughput,
            status=number.status,
            message_history=history,
        )
