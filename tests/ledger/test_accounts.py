"""Accounts are stored, edited and removed; their tokens are unreadable in the ledger."""

from pathlib import Path

import pytest

from tests.ledgers import add_account, add_contract, in_flight, running, turn
from tests.opened import open_ledger
from wa_desktop.errors import InvalidInput, MoveRefused, NotFound
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import (
    Account,
    AccountKind,
    AccountSecrets,
    AccountState,
    RateLimit,
    SandboxBehaviour,
)

TOKEN = "EAAG-a-token-that-nobody-may-read"
CLOUD = Account(
    id="shop",
    name="Магазин",
    kind=AccountKind.CLOUD_API,
    phone_number_id="1055",
    waba_id="77",
    api_base_url="http://127.0.0.1:9",
    rate_limit=RateLimit(5, 1_000),
    concurrency=4,
    daily_limit=250,
    portfolio_id="p",
    sandbox=SandboxBehaviour(7, 0.5),
)
SECRETS = AccountSecrets(access_token=TOKEN, app_secret="app")


def test_an_account_comes_back_as_it_was_stored_without_its_secrets(ledger: Ledger) -> None:
    stored = ledger.accounts.add(CLOUD, SECRETS)
    found = ledger.accounts.get("shop")
    assert found == stored
    assert found.secrets_set == ("access_token", "app_secret")
    assert (found.name, found.rate_limit, found.daily_limit) == (
        "Магазин",
        RateLimit(5, 1_000),
        250,
    )
    assert found.sandbox == SandboxBehaviour(7, 0.5)
    assert TOKEN not in repr(found)


def test_the_one_who_sends_gets_the_secrets(ledger: Ledger) -> None:
    ledger.accounts.add(CLOUD, SECRETS)
    sending = ledger.accounts.for_sending("shop")
    assert sending.secrets == SECRETS
    assert TOKEN not in repr(sending)


def test_an_id_is_taken_once(ledger: Ledger) -> None:
    ledger.accounts.add(CLOUD, SECRETS)
    with pytest.raises(InvalidInput, match="exists already"):
        ledger.accounts.add(CLOUD, SECRETS)


def test_secrets_that_are_not_given_stay(ledger: Ledger) -> None:
    ledger.accounts.add(CLOUD, SECRETS)
    ledger.accounts.change(CLOUD)
    ledger.accounts.change(CLOUD, AccountSecrets(verify_token="v"))
    secrets = ledger.accounts.for_sending("shop").secrets
    assert secrets == AccountSecrets(access_token=TOKEN, app_secret="app", verify_token="v")


def test_an_edit_does_not_let_a_stopped_account_send_again(ledger: Ledger) -> None:
    seen_before = ledger.accounts.add(CLOUD, SECRETS)
    ledger.accounts.set_state("shop", AccountState.STOPPED, "No money.")
    after = ledger.accounts.change(seen_before)
    assert (after.state, after.state_reason) == (AccountState.STOPPED, "No money.")


def test_an_edit_leaves_the_places_in_flight_and_the_next_slot(ledger: Ledger) -> None:
    account = add_account(ledger, rate=RateLimit(1, 60_000))
    running(ledger, 3)
    worker = ledger.workers.register()
    assert len(turn(ledger, worker, free=5).granted) == 1
    ledger.accounts.change(account)
    assert in_flight(ledger) == 1
    assert turn(ledger, worker, free=5).granted == ()


def test_an_account_with_contracts_is_not_removed(ledger: Ledger) -> None:
    add_account(ledger)
    add_contract(ledger)
    with pytest.raises(MoveRefused, match="Delete them first"):
        ledger.accounts.remove("acc")
    add_account(ledger, "free")
    ledger.accounts.remove("free")
    assert [one.id for one in ledger.accounts.list()] == ["acc"]


def test_an_unknown_account_is_not_found(ledger: Ledger) -> None:
    accounts = ledger.accounts
    for call in (accounts.get, accounts.remove, accounts.for_sending):
        with pytest.raises(NotFound, match="no account with the id nobody"):
            call("nobody")
    with pytest.raises(NotFound):
        accounts.set_state("nobody", AccountState.ACTIVE, None)
    with pytest.raises(NotFound):
        accounts.change(Account("nobody", "n", AccountKind.SANDBOX))


def test_tokens_cannot_be_read_in_the_ledgers_files(sqlite_url: str, tmp_path: Path) -> None:
    ledger = open_ledger(sqlite_url)
    ledger.accounts.add(CLOUD, SECRETS)
    files = list(tmp_path.glob("ledger.db*"))
    assert any("Магазин".encode() in file.read_bytes() for file in files)
    assert not any(TOKEN.encode() in file.read_bytes() for file in files)
    ledger.close()
