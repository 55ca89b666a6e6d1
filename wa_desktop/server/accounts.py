"""Routes of accounts: add, list, read, edit, delete, ask the provider, let send again."""

import re
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Response

from wa_desktop.errors import NotFound, ProviderError, TokenUnusable
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Account
from wa_desktop.server.account_bodies import (
    AccountChecked,
    AccountEdit,
    AccountList,
    AccountNew,
    AccountShown,
)
from wa_desktop.server.bodies import json_body, json_schema
from wa_desktop.server.state import Core

router = APIRouter(prefix="/api/accounts", tags=["Accounts"])

_ID = re.compile(r"[a-z0-9_.-]{1,64}")


@router.post("", status_code=201, openapi_extra=json_schema(AccountNew))
def add_account(core: Core, given: Annotated[AccountNew, json_body(AccountNew)]) -> AccountShown:
    """Add an account. Without an `id` one is made from the name."""
    return AccountShown.of(core.accounts.add(given.record(), given.secrets()), core.ledger.now())


@router.get("")
def list_accounts(core: Core) -> AccountList:
    """All accounts, oldest first."""
    at = core.ledger.now()
    return AccountList(items=[AccountShown.of(one, at) for one in core.ledger.accounts.list()])


@router.get("/{account_id}")
def get_account(core: Core, account_id: str) -> AccountShown:
    """One account."""
    return AccountShown.of(_known(core.ledger, account_id), core.ledger.now())


@router.patch("/{account_id}", openapi_extra=json_schema(AccountEdit))
def edit_account(
    core: Core, account_id: str, given: Annotated[AccountEdit, json_body(AccountEdit)]
) -> AccountShown:
    """Edit an account; fields that are absent stay, secrets that are null stay too.

    A change of `apiBaseUrl` or `phoneNumberId` needs the `accessToken` again: the stored one is
    sent to no other address.
    """
    changes: dict[str, Any] = given.changes()
    edited = replace(_known(core.ledger, account_id), **changes)
    return AccountShown.of(core.accounts.change(edited, given.secrets()), core.ledger.now())


@router.delete("/{account_id}", status_code=204)
def delete_account(core: Core, account_id: str) -> Response:
    """Delete an account that no contract uses."""
    core.accounts.remove(_known(core.ledger, account_id).id)
    return Response(status_code=204)


@router.post("/{account_id}/check")
def check_account(core: Core, account_id: str) -> AccountChecked:
    """Ask the provider for the number's name, quality and limits, and try the token."""
    account = _known(core.ledger, account_id)
    try:
        checked = core.accounts.check(account.id)
    except (ProviderError, TokenUnusable) as error:
        return AccountChecked(ok=False, detail=str(error))
    return AccountChecked.of(checked.number, checked.history)


@router.post("/{account_id}/resume")
def resume_account(core: Core, account_id: str) -> AccountShown:
    """Let a stopped account send again."""
    return AccountShown.of(
        core.accounts.resume(_known(core.ledger, account_id).id), core.ledger.now()
    )


def _known(ledger: Ledger, account_id: str) -> Account:
    """The account; ``NotFound`` also for a text that no id can be."""
    if not _ID.fullmatch(account_id):
        raise NotFound("account", account_id[:64])
    return ledger.accounts.get(account_id)
