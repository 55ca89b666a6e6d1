"""Accounts in the ledger: made, read, edited, stopped and resumed."""

import json
from dataclasses import dataclass, replace
from typing import Any

import peewee

from wa_desktop.errors import (
    InvalidInput,
    MoveRefused,
    NotFound,
    Problem,
    TokenUnusable,
)
from wa_desktop.ledger.keys.ledger_key import LedgerKey
from wa_desktop.ledger.keys.sealed import MISSING, address_of, given_of
from wa_desktop.ledger.models import Account as AccountRow
from wa_desktop.ledger.models import Contract as ContractRow
from wa_desktop.ledger.records import (
    NO_SECRETS,
    Account,
    AccountKind,
    AccountSecrets,
    AccountState,
    CoolDown,
    RateLimit,
    SandboxBehaviour,
)
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.vitals import forget
from wa_desktop.number_address import normal_base_url, normal_number_id
from wa_desktop.pacing import distance
from wa_desktop.words import words

TOKEN_AGAIN = words(
    "must be entered again: the stored token is for another API address or phone number ID"
)


@dataclass(frozen=True, slots=True)
class SendingAccount:
    """An account with its secrets, for the engine that sends for it."""

    account: Account
    secrets: AccountSecrets


class Accounts:
    """Reads and writes accounts. Every edit raises ``revision``, so that engines notice."""

    def __init__(self, database: Database, key: LedgerKey) -> None:
        self._database = database
        self._key = key

    def add(self, account: Account, secrets: AccountSecrets) -> Account:
        """Store a new account; ``InvalidInput`` when its id is taken, ``WrongKey`` when secrets
        are given and this machine's key is not the ledger's."""
        has_secrets = bool(given_of(secrets))
        if has_secrets:
            self._key.settle()
        with self._database.write():
            if self._find(account.id) is not None:
                raise InvalidInput(
                    words(
                        "An account with the id {id} exists already. Choose another id.",
                        id=account.id,
                    ),
                    [Problem("id", words("taken"))],
                )
            self._database.fetch(
                AccountRow.insert(
                    id=account.id,
                    secrets=self._key.seal(secrets, address_of(account)) if has_secrets else None,
                    created_at=now(self._database),
                    **_columns(account),
                )
            )
        return self.get(account.id)

    def get(self, account_id: str) -> Account:
        """One account; ``NotFound`` when there is none of that id."""
        return self._record(self._known(account_id))

    def list(self) -> tuple[Account, ...]:
        """All accounts, oldest first."""
        with self._database.read():
            rows = list(
                self._database.fetch(
                    AccountRow.select().order_by(AccountRow.created_at, AccountRow.id)
                )
            )
        return tuple(self._record(row) for row in rows)

    def change(self, account: Account, secrets: AccountSecrets | None = None) -> Account:
        """Store an edited account; ``secrets`` replace those given (``None`` fields stay).

        Whether it may send is not edited here, see ``set_state``: an engine may have stopped
        it since the caller read it. ``InvalidInput`` when the address changes and the access
        token is not given again; ``WrongKey`` as for ``add``.
        """
        given = secrets if secrets is not None and given_of(secrets) else None
        if given is not None:
            self._key.settle()
        with self._database.write():
            row = self._find(account.id)
            if row is None:
                raise NotFound("account", account.id)
            columns = _columns(account)
            del columns["state"], columns["state_reason"]
            if columns["warm_up_from"] != row.warm_up_from:
                columns |= {"warm_up_day": None, "warm_up_sent": 0}  # of another plan
            if (wider := _interval(account.rate_limit, row) - _interval(_rate(row), row)) != 0:
                # The next slot stands one interval behind the last one: of the limit as it is.
                columns["next_slot_at"] = AccountRow.next_slot_at + wider
            if given is not None:
                columns["secrets"] = self._sealed_anew(row, account, given)
            elif row.secrets is not None and address_of(self._record(row)) != address_of(account):
                raise token_needed_again()
            self._update(account.id, **columns)
        return self.get(account.id)

    def set_state(self, account_id: str, state: AccountState, reason: str | None) -> Account:
        """Stop an account (with the reason in words) or let it send again."""
        with self._database.write():
            if self._find(account_id) is None:
                raise NotFound("account", account_id)
            self._update(account_id, state=state.value, state_reason=reason)
            self._database.run(
                "INSERT INTO events (at, kind, account_id, text) VALUES (?, ?, ?, ?)",
                (now(self._database), f"account_{state.value}", account_id, reason),
            )
        return self.get(account_id)

    def remove(self, account_id: str) -> None:
        """Delete an account; ``MoveRefused`` while contracts belong to it."""
        with self._database.write():
            if self._find(account_id) is None:
                raise NotFound("account", account_id)
            used = self._database.fetch(
                ContractRow.select(peewee.fn.COUNT(1))
                .where(ContractRow.account == account_id)
                .tuples()
            )
            if next(iter(used))[0]:
                raise MoveRefused(
                    words("The account still has campaigns. Delete them first, then the account."),
                    state="in use",
                )
            forget(self._database, account_id)
            self._database.fetch(AccountRow.delete().where(AccountRow.id == account_id))

    def for_sending(self, account_id: str) -> SendingAccount:
        """The account with its secrets opened.

        Raises ``TokenUnusable`` when they were stored for another address, cannot be opened or
        lack the token; ``WrongKey`` when this machine's key is not the ledger's.
        """
        row = self._known(account_id)
        if row.secrets is not None and self._key.settle():
            row = self._known(account_id)  # what an earlier version stored is sealed anew now
        account = self._record(row)
        secrets = NO_SECRETS
        if row.secrets is not None:
            secrets = self._key.open(row.secrets, address_of(account))
        if account.kind is AccountKind.CLOUD_API and secrets.access_token is None:
            raise TokenUnusable(MISSING)
        return SendingAccount(account, secrets)

    def _sealed_anew(self, row: Any, account: Account, given: AccountSecrets) -> str | None:
        """What is stored with what is given: without a token the old one stays where it was."""
        if given.access_token is not None or row.secrets is None:
            before = self._key.kept_beside_token(row.secrets)
        else:
            try:
                before = self._key.open(row.secrets, address_of(account))
            except TokenUnusable as error:
                raise token_needed_again() from error
        return self._key.seal(replace(before, **given_of(given)), address_of(account))

    def _known(self, account_id: str) -> Any:
        with self._database.read():
            row = self._find(account_id)
        if row is None:
            raise NotFound("account", account_id)
        return row

    def _find(self, account_id: str) -> Any:
        query = AccountRow.select().where(AccountRow.id == account_id)
        return next(iter(self._database.fetch(query)), None)

    def _update(self, account_id: str, **columns: Any) -> None:
        self._database.fetch(
            AccountRow.update(revision=AccountRow.revision + 1, **columns).where(
                AccountRow.id == account_id
            )
        )

    def _record(self, row: Any) -> Account:
        return Account(
            id=row.id,
            name=row.name,
            kind=AccountKind(row.kind),
            phone_number_id=row.phone_number_id and normal_number_id(row.phone_number_id),
            waba_id=row.waba_id,
            api_base_url=normal_base_url(row.api_base_url),
            api_version=row.api_version,
            rate_limit=_rate(row),
            concurrency=row.concurrency,
            daily_limit=row.daily_limit,
            portfolio_id=row.portfolio_id,
            cool_down=_cool_down(row),
            warm_up=tuple(json.loads(row.warm_up)) if row.warm_up else (),
            warm_up_from=row.warm_up_from,
            pace=row.pace,
            throttled_until=row.throttled_until,
            next_slot_at=row.next_slot_at,
            sandbox=SandboxBehaviour(row.sandbox_latency_ms, row.sandbox_failure_share),
            state=AccountState(row.state),
            state_reason=row.state_reason,
            secrets_set=self._key.names(row.secrets),
            revision=row.revision,
            created_at=row.created_at,
        )


def token_needed_again() -> InvalidInput:
    """A token that is stored for one address is not sent to another one."""
    return InvalidInput(
        words("accessToken {reason}.", reason=TOKEN_AGAIN), [Problem("accessToken", TOKEN_AGAIN)]
    )


def _columns(account: Account) -> dict[str, Any]:
    rate = account.rate_limit
    return {
        "name": account.name,
        "kind": account.kind.value,
        "phone_number_id": account.phone_number_id and normal_number_id(account.phone_number_id),
        "waba_id": account.waba_id,
        "api_base_url": normal_base_url(account.api_base_url),
        "api_version": account.api_version,
        "rate_max": rate.max if rate else None,
        "rate_ms": rate.duration_ms if rate else None,
        "concurrency": account.concurrency,
        "daily_limit": account.daily_limit,
        "portfolio_id": account.portfolio_id,
        "cool_down_max": account.cool_down.most if account.cool_down else None,
        "cool_down_days": account.cool_down.days if account.cool_down else None,
        "warm_up": json.dumps(account.warm_up) if account.warm_up else None,
        "warm_up_from": account.warm_up_from,
        "sandbox_latency_ms": account.sandbox.latency_ms,
        "sandbox_failure_share": account.sandbox.failure_share,
        "state": account.state.value,
        "state_reason": account.state_reason,
    }


def _rate(row: Any) -> RateLimit | None:
    return None if row.rate_max is None else RateLimit(row.rate_max, row.rate_ms)


def _interval(rate: RateLimit | None, row: Any) -> int:
    """The distance of two slots under a limit, at the account's present pace."""
    paced = distance(row.pace) if row.pace else 0.0
    return round(max(rate.interval if rate else 0.0, paced))


def _cool_down(row: Any) -> CoolDown | None:
    if row.cool_down_max is None or row.cool_down_days is None:
        return None
    return CoolDown(row.cool_down_max, row.cool_down_days)
