"""``wa-desktop accounts limits``, and how limits are written on the command line."""

import logging
import re
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from wa_desktop.app import Program
from wa_desktop.clock import now
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import print_fields, print_json
from wa_desktop.ledger.records import Account, CoolDown, RateLimit
from wa_desktop.server.account_bodies import AccountShown

_UNITS_MS = {"": 1_000, "ms": 1, "s": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000}
_RATE = re.compile(r"(\d{1,9})\s*/\s*(\d{0,8})\s*(ms|s|min|m|h|)")
_COOL_DOWN = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})\s*d?")

DailyLimit = Annotated[
    str | None,
    typer.Option(metavar="N", help="Most recipients in 24 hours, such as 250; or none."),
]
Portfolio = Annotated[
    str | None,
    typer.Option(metavar="ID", help="Accounts of one portfolio share --daily-limit; or none."),
]
CoolDownText = Annotated[
    str | None,
    typer.Option(
        "--cool-down", metavar="N/DAYS", help="Most messages to one recipient, as 2/7d; or none."
    ),
]
WarmUpText = Annotated[
    str | None,
    typer.Option(
        "--warm-up",
        metavar="N,N,…",
        help="Most messages on the first days, as 50,100,200; or none.",
    ),
]


@dataclass(frozen=True, slots=True)
class GivenLimits:
    """Limits as they were typed; ``None``: not given."""

    daily_limit: str | None = None
    portfolio: str | None = None
    cool_down: str | None = None
    warm_up: str | None = None

    def on(self, account: Account) -> Account:
        """The account with these limits. ``typer.BadParameter`` for one that cannot be read."""
        changes: dict[str, Any] = {}
        if self.daily_limit is not None:
            changes["daily_limit"] = _number(self.daily_limit)
        if self.portfolio is not None:
            changes["portfolio_id"] = None if _is_none(self.portfolio) else self.portfolio
        if self.cool_down is not None:
            changes["cool_down"] = _cool_down(self.cool_down)
        if self.warm_up is not None:
            changes["warm_up"] = _warm_up(self.warm_up)
        return replace(account, **changes)


def limits(
    account_id: Annotated[str, typer.Argument(metavar="ID", help="The account's id.")],
    rate: Annotated[
        str | None, typer.Option(help="Messages a time, such as 20/60s or 80/s; or none.")
    ] = None,
    concurrency: Annotated[int | None, typer.Option(help="Requests in flight at most.")] = None,
    daily_limit: DailyLimit = None,
    portfolio: Portfolio = None,
    cool_down: CoolDownText = None,
    warm_up: WarmUpText = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Show an account's limits, and change those that are given; none takes one away."""
    given = GivenLimits(daily_limit, portfolio, cool_down, warm_up)
    with Program.open(settings_for(least=logging.WARNING)) as program:
        before = program.services.ledger.accounts.get(account_id)
        account = given.on(before)
        if rate is not None:
            account = replace(account, rate_limit=rate_limit(rate))
        if concurrency is not None:
            account = replace(account, concurrency=concurrency)
        if account != before:
            account = program.services.accounts.change(account)
    if as_json:
        print_json(AccountShown.of(account, now()).model_dump(by_alias=True))
    else:
        print_fields(limit_fields(account))


def limit_fields(account: Account) -> dict[str, object]:
    """The limits of an account as names and values."""
    cool = account.cool_down
    return {
        "limit": rate_text(account.rate_limit),
        "present pace": f"{account.pace:g} a second" if account.pace is not None else None,
        "in flight": f"{account.concurrency} at most",
        "daily limit": f"{account.daily_limit} recipients" if account.daily_limit else None,
        "portfolio": account.portfolio_id,
        "cool-down": f"{cool.most} in {cool.days} days for each recipient" if cool else None,
        "warm-up": ", ".join(map(str, account.warm_up)) or None,
    }


def rate_limit(text: str) -> RateLimit | None:
    """A rate such as ``20/60s``. ``typer.BadParameter``."""
    if _is_none(text):
        return None
    found = _RATE.fullmatch(text.strip().lower())
    duration = int(found[2] or 1) * _UNITS_MS[found[3]] if found else 0
    if not found or not int(found[1]) or not duration:
        raise typer.BadParameter("must look like 20/60s or 80/s, or be none", param_hint="--rate")
    return RateLimit(int(found[1]), duration)


def rate_text(rate: RateLimit | None) -> str:
    """A rate as it is typed."""
    return f"{rate.max}/{rate.duration_ms / 1000:g}s" if rate else "none"


def _is_none(text: str) -> bool:
    return text.strip().lower() == "none"


def _number(text: str) -> int | None:
    if _is_none(text):
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise typer.BadParameter(
            "must be a number such as 250, or none", param_hint="--daily-limit"
        )
    return int(text)


def _cool_down(text: str) -> CoolDown | None:
    if _is_none(text):
        return None
    found = _COOL_DOWN.fullmatch(text.strip().lower())
    if found is None:
        raise typer.BadParameter("must look like 2/7d, or be none", param_hint="--cool-down")
    return CoolDown(int(found[1]), int(found[2]))


def _warm_up(text: str) -> tuple[int, ...]:
    if _is_none(text):
        return ()
    caps = [one.strip() for one in text.split(",")]
    if not all(one.isascii() and one.isdigit() and len(one) < 12 for one in caps):
        raise typer.BadParameter("must look like 50,100,200, or be none", param_hint="--warm-up")
    return tuple(map(int, caps))
