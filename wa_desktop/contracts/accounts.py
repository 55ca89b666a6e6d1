"""What can be done with an account: add, edit, remove, ask the provider about it, let it send."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from wa_desktop.clock import SECOND
from wa_desktop.contracts.account_check import Checked, ask_provider
from wa_desktop.contracts.bell import Bell
from wa_desktop.errors import InvalidInput, Problem, listed
from wa_desktop.events import AccountChanged, EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.accounts import TOKEN_AGAIN, token_needed_again
from wa_desktop.ledger.keys.sealed import address_of
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import (
    NO_SECRETS,
    Account,
    AccountKind,
    AccountSecrets,
    AccountState,
    Limit,
    RateLimit,
)
from wa_desktop.number_address import normal_base_url, normal_number_id
from wa_desktop.words import words

SANDBOX_ID = "sandbox"
"""The account every ledger is born with: needs no provider, sends nothing."""

SANDBOX_NAME = words("Sandbox")

MAX_CONCURRENCY = 500
MAX_RATE = 1_000
MAX_DAILY = 1_000_000_000
MAX_COOL_DOWN = 100
MAX_DAYS = 366
_SLUG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")
_TOKEN = re.compile(r"[\x21-\x7e]+")
_MEANWHILE = 60 * SECOND
"""More than a message needs from its claim to its end: one that was on the wire is seen again."""

_PORTFOLIO = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NUMBER_ID = re.compile(r"\d{1,32}")


class AccountService:
    """The verbs of an account. Secrets go in and never come out. Not for the GUI thread."""

    def __init__(self, ledger: Ledger, bell: Bell, events: EventBus) -> None:
        self._ledger = ledger
        self._bell = bell
        self._events = events

    def ensure_sandbox(self) -> Account:
        """The sandbox account, made when a ledger has no account at all."""
        accounts = self._ledger.accounts.list()
        if accounts:
            return accounts[0]
        return self.add(
            Account(
                id=SANDBOX_ID,
                name=SANDBOX_NAME,
                kind=AccountKind.SANDBOX,
                rate_limit=RateLimit(max=10, duration_ms=1_000),
                concurrency=10,
            )
        )

    def add(self, account: Account, given: AccountSecrets = NO_SECRETS) -> Account:
        """Store a new account; an empty id is chosen from the name. ``InvalidInput``."""
        if not account.id:
            account = replace(account, id=_slug(account.name))
        account = spelled(account)
        self._check(account, given, None)
        stored = self._ledger.accounts.add(_begun_warm_up(account, self._ledger.now()), given)
        self._events.post(AccountChanged(stored.id))
        return stored

    def change(
        self, account: Account, given: AccountSecrets | None = None, *, resume: bool = False
    ) -> Account:
        """Store an edited account; secrets that are not given stay. ``InvalidInput``, also where
        the address changes and the access token is not given again.

        ``resume``: let it send again if it has stopped.
        """
        before = self._ledger.accounts.get(account.id)
        account = spelled(account)
        self._check(account, given or NO_SECRETS, before)
        asks_more, began = _asks_more(before, account), self._ledger.now()
        if asks_more:
            self._ledger.reach_history.take_up(account)
        stored = self._ledger.accounts.change(_begun_warm_up(account, self._ledger.now()), given)
        if asks_more:  # for what was sent while this went on
            self._ledger.reach_history.take_up(stored, since=began - _MEANWHILE)
        changed = (stored.cool_down, stored.portfolio_id) != (
            before.cool_down,
            before.portfolio_id,
        )
        if before.cool_down is not None and changed:  # else none of its rows is held by one
            self._ledger.work.look_anew(Limit.COOL_DOWN, account_id=stored.id)
        self._events.post(AccountChanged(stored.id))
        self._bell.account(stored.id)
        if resume and stored.state is AccountState.STOPPED:
            return self.resume(stored.id)
        return stored

    def check(self, account_id: str) -> Checked:
        """Ask the provider about an account. ``NotFound``, ``ProviderError``.

        Blocks for up to a minute, as ``try_out`` does.
        """
        sending = self._ledger.accounts.for_sending(account_id)
        return ask_provider(sending.account, sending.secrets.access_token or "")

    def try_out(self, account: Account, given: AccountSecrets | None = None) -> Checked:
        """Ask the provider about an account as typed, new or edited, and store nothing.

        The stored token stands in for one that is not given, at the address that it is stored
        for. ``InvalidInput`` for what could not be stored, ``ProviderError`` where the account
        cannot send.
        """
        before = self._ledger.accounts.get(account.id) if account.id else None
        named = spelled(account if account.id else replace(account, id=_slug(account.name)))
        self._check(named, given or NO_SECRETS, before)
        token = given.access_token if given else None
        if token is None and before is not None and named.kind is AccountKind.CLOUD_API:
            stored = self._ledger.accounts.for_sending(account.id)
            if token_needed(stored.account, named):
                raise token_needed_again()
            token = stored.secrets.access_token
        return ask_provider(named, token or "")

    def mend(self, account: Account, given: AccountSecrets | None = None) -> Account:
        """Try an edited account out, store it and let it send again.

        Nothing is stored where the provider refuses it. ``InvalidInput``, ``ProviderError``.
        """
        self.try_out(account, given)
        return self.change(account, given, resume=True)

    def remove(self, account_id: str) -> None:
        """Delete an account that no contract uses. ``MoveRefused``, ``NotFound``."""
        self._ledger.accounts.remove(account_id)
        self._events.post(AccountChanged(account_id))

    def resume(self, account_id: str) -> Account:
        """Let a stopped account send again."""
        before = self._ledger.accounts.get(account_id)
        account = self._ledger.accounts.set_state(account_id, AccountState.ACTIVE, None)
        self._events.post(AccountChanged(account_id))
        if before.state is AccountState.STOPPED:
            self._events.post(
                Notice(
                    NoticeKind.ACCOUNT_RESUMED,
                    NoticeLevel.INFO,
                    subject=account.name,
                    account_id=account_id,
                )
            )
        self._bell.account(account_id)
        return account

    def _check(self, account: Account, given: AccountSecrets, before: Account | None) -> None:
        problems = [*_form_problems(account), *_limit_problems(account)]
        if account.kind is AccountKind.CLOUD_API:
            problems.extend(_cloud_problems(account))
            problems.extend(_token_problems(account, given.access_token, before))
            if before is None or address_of(before) != address_of(account):
                problems.extend(self._number_problems(account))
        if problems:
            raise InvalidInput(words("{problems}.", problems=listed(problems)), problems)

    def _number_problems(self, account: Account) -> Iterator[Problem]:
        """One number has one limit, so two accounts must not share it."""
        for other in self._ledger.accounts.list():
            if other.id != account.id and address_of(other) == address_of(account):
                yield Problem(
                    "phoneNumberId",
                    words(
                        "belongs to the account {other} already; one number has one limit",
                        other=other.name,
                    ),
                )


def _asks_more(before: Account, after: Account) -> bool:
    """Whether limits now ask about recipients that they did not ask about before."""
    if not _asks(after):
        return False
    moved = after.portfolio_id != before.portfolio_id
    cools_anew = after.cool_down is not None and after.cool_down != before.cool_down
    return moved or cools_anew or not _asks(before)


def _asks(account: Account) -> bool:
    """Whether a limit asks about an account's recipients: its own, or another's of its
    portfolio."""
    limited = account.daily_limit is not None or account.cool_down is not None
    return limited or account.portfolio_id is not None


def spelled(account: Account) -> Account:
    """The account with its address in the one spelling in which it is stored."""
    number = account.phone_number_id
    plain = account.api_base_url.isascii()  # others may look like an address that they are not
    return replace(
        account,
        phone_number_id=normal_number_id(number) if number else number,
        api_base_url=normal_base_url(account.api_base_url) if plain else account.api_base_url,
    )


def token_needed(before: Account, after: Account) -> bool:
    """Whether an edit needs the access token again: a stored one is only sent to the address
    that it was stored for."""
    return after.kind is AccountKind.CLOUD_API and (
        "access_token" not in before.secrets_set or address_of(before) != address_of(after)
    )


def _form_problems(account: Account) -> Iterator[Problem]:
    if not _SLUG.fullmatch(account.id):
        yield Problem(
            "id",
            words("must be 1 to 64 small Latin letters, digits, '-', '_' or '.', no '.' first"),
        )
    if not account.name.strip() or len(account.name) > 200:
        yield Problem("name", words("must have 1 to 200 characters"))


def _limit_problems(account: Account) -> Iterator[Problem]:
    if not 1 <= account.concurrency <= MAX_CONCURRENCY:
        yield Problem(
            "concurrency",
            words("must lie between 1 and {most}", most=MAX_CONCURRENCY),
        )
    rate = account.rate_limit
    if rate is not None:
        if rate.max < 1 or not 1 <= rate.duration_ms <= 86_400_000:
            yield Problem(
                "rateLimit", words("needs max of at least 1 and durationMs of 1 to 86400000")
            )
        elif rate.max * 1000 > MAX_RATE * rate.duration_ms:
            yield Problem(
                "rateLimit",
                words("must not exceed {most} messages a second", most=MAX_RATE),
            )
    if account.daily_limit is not None and not 1 <= account.daily_limit <= MAX_DAILY:
        yield Problem("dailyLimit", words("must lie between 1 and {most}", most=MAX_DAILY))
    yield from _reach_problems(account)
    sandbox = account.sandbox
    if not (0 <= sandbox.latency_ms <= 60_000 and 0 <= sandbox.failure_share <= 1):
        yield Problem("sandbox", words("needs a latency of 0 to 60000 ms and a share from 0 to 1"))


def _reach_problems(account: Account) -> Iterator[Problem]:
    portfolio = account.portfolio_id
    if portfolio is not None and not _PORTFOLIO.fullmatch(portfolio):
        yield Problem(
            "portfolioId", words("must be 1 to 64 Latin letters, digits, '-', '_' or '.'")
        )
    cool = account.cool_down
    if cool is not None and not (1 <= cool.most <= MAX_COOL_DOWN and 1 <= cool.days <= MAX_DAYS):
        yield Problem(
            "coolDown",
            words(
                "needs max of 1 to {most} and days of 1 to {max_days}",
                most=MAX_COOL_DOWN,
                max_days=MAX_DAYS,
            ),
        )
    if len(account.warm_up) > MAX_DAYS:
        yield Problem("warmUp", words("must have at most {max_days} days", max_days=MAX_DAYS))
    for place, cap in enumerate(account.warm_up):
        if not 1 <= cap <= MAX_DAILY:
            yield Problem(
                f"warmUp[{place}]", words("must lie between 1 and {most}", most=MAX_DAILY)
            )
            return


def _begun_warm_up(account: Account, at: int) -> Account:
    """A plan counts its days from when it was first set."""
    if not account.warm_up:
        return replace(account, warm_up_from=None)
    return account if account.warm_up_from is not None else replace(account, warm_up_from=at)


def _token_problems(
    account: Account, token: str | None, before: Account | None
) -> Iterator[Problem]:
    if token:
        if not _TOKEN.fullmatch(token):
            yield Problem("accessToken", words("holds blanks or marks that no token has"))
    elif before is None or token is not None or "access_token" not in before.secrets_set:
        yield Problem("accessToken", words("is needed to send through the Cloud API"))
    elif token_needed(before, account):
        yield Problem("accessToken", TOKEN_AGAIN)


def _cloud_problems(account: Account) -> Iterator[Problem]:
    if not account.phone_number_id or not _NUMBER_ID.fullmatch(account.phone_number_id):
        yield Problem("phoneNumberId", words("is needed: the digits shown in WhatsApp Manager"))
    if not _VERSION.fullmatch(account.api_version):
        yield Problem("apiVersion", words("must look like v25.0"))
    if not _is_safe_address(account.api_base_url):
        yield Problem(
            "apiBaseUrl", words("must be an https:// address (http:// only on this computer)")
        )
    elif _VERSION.fullmatch(account.api_base_url.rstrip("/").rpartition("/")[2]):
        yield Problem(
            "apiBaseUrl", words("must not end with the version, which belongs to apiVersion")
        )


def _is_safe_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is no number or out of range
    except ValueError:
        return False
    local = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    writable = bool(parts.hostname) and plain and re.fullmatch(r"[\x21-\x7e]+", url) is not None
    return writable and (parts.scheme == "https" or (parts.scheme == "http" and local))


def _slug(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    return f"{plain or 'account'}-{secrets.token_hex(2)}"
