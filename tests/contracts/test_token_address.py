"""A token is sent to the address that it was entered for, and one number is one account."""

from dataclasses import replace
from typing import Any

import pytest

from tests.contracts.test_accounts import CLOUD, TOKEN, Desk, desk
from tests.ledgers import execute
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from wa_desktop.contracts.account_check import token_refused
from wa_desktop.errors import InvalidInput, TokenUnusable
from wa_desktop.ledger.keys.sealed import FORGOTTEN, MISSING, MOVED, UNREADABLE
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets, AccountState

__all__ = ["desk"]

AGAIN = "must be entered again"
NEW = AccountSecrets(access_token="NEW")

MOVES: list[dict[str, Any]] = [
    {"api_base_url": "https://evil.example"},
    {"api_base_url": "https://graph.facebook.com:8443"},
    {"api_base_url": "https://graph.facebook.com/proxy"},
    {"api_base_url": "https://graph.facebook.com.evil.example"},
    {"phone_number_id": "1056"},
    {"phone_number_id": "10550"},
]

SPELLINGS: list[dict[str, Any]] = [
    {"api_base_url": "https://graph.facebook.com/"},
    {"api_base_url": "https://graph.facebook.com:443"},
    {"api_base_url": "HTTPS://Graph.Facebook.Com"},
    {"api_base_url": "https://graph.facebook.com."},
    {"api_base_url": " https://graph.facebook.com"},
    {"phone_number_id": "01055"},
    {"phone_number_id": " 1055 "},
    {"phone_number_id": "10 55"},
    {"phone_number_id": "１０５５"},
]


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize(
    "given", [None, AccountSecrets(), AccountSecrets(app_secret="a", verify_token="v")]
)
def test_another_address_is_refused_without_the_token(
    desk: Desk, move: dict[str, Any], given: AccountSecrets | None
) -> None:
    stored = desk.service.add(CLOUD, TOKEN)
    edited = replace(stored, **move)
    for act in (desk.service.change, desk.service.mend, desk.service.try_out):
        with pytest.raises(InvalidInput, match=AGAIN) as refused:
            act(edited, given)
        assert [one.at for one in refused.value.problems] == ["accessToken"]
    with pytest.raises(InvalidInput, match=AGAIN):
        desk.ledger.accounts.change(edited, given)
    assert desk.ledger.accounts.get("shop") == stored
    assert desk.ledger.accounts.for_sending("shop").secrets == TOKEN


@pytest.mark.parametrize("move", MOVES)
def test_another_address_is_taken_with_the_token_and_keeps_the_other_secrets(
    desk: Desk, move: dict[str, Any]
) -> None:
    stored = desk.service.add(CLOUD, replace(TOKEN, app_secret="a", verify_token="v"))
    desk.service.change(replace(stored, **move), NEW)
    secrets = desk.ledger.accounts.for_sending("shop").secrets
    assert secrets == AccountSecrets("NEW", "a", "v")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_needs_no_token_and_is_stored_in_one_way(
    desk: Desk, spelling: dict[str, Any]
) -> None:
    stored = desk.service.add(CLOUD, TOKEN)
    edited = desk.service.change(replace(stored, **spelling))
    assert (edited.api_base_url, edited.phone_number_id) == (CLOUD.api_base_url, "1055")
    assert desk.ledger.accounts.for_sending("shop").secrets == TOKEN


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_is_the_same_number_and_not_a_second_account(
    desk: Desk, spelling: dict[str, Any]
) -> None:
    desk.service.add(CLOUD, TOKEN)
    with pytest.raises(InvalidInput, match="one number has one limit"):
        desk.service.add(replace(CLOUD, id="second", **spelling), TOKEN)
    second = desk.service.add(replace(CLOUD, id="second", phone_number_id="1056"), TOKEN)
    with pytest.raises(InvalidInput, match="one number has one limit"):
        desk.service.change(replace(second, **({"phone_number_id": "1055"} | spelling)), NEW)


def test_no_request_with_the_stored_token_reaches_another_address(
    desk: Desk, cloud: StandIn
) -> None:
    """Counted at the receiving end; the right token would be taken there."""
    cloud.behave(Behaviour(token=str(TOKEN.access_token)))
    stored = desk.service.add(CLOUD, TOKEN)
    edited = replace(stored, api_base_url=cloud.base_url)
    for act in (desk.service.change, desk.service.mend, desk.service.try_out):
        with pytest.raises(InvalidInput, match=AGAIN):
            act(edited)
    execute(desk.ledger, "UPDATE accounts SET api_base_url = ?", cloud.base_url)
    with pytest.raises(TokenUnusable):
        desk.service.check("shop")
    with pytest.raises(TokenUnusable):
        desk.service.try_out(desk.ledger.accounts.get("shop"))
    assert (cloud.count(), cloud.questions(), cloud.history_calls()) == (0, [], 0)


def test_an_address_edited_in_the_database_wants_the_token_again(desk: Desk) -> None:
    desk.service.add(CLOUD, replace(TOKEN, app_secret="a"))
    execute(desk.ledger, "UPDATE accounts SET api_base_url = 'https://evil.example'")
    moved = desk.ledger.accounts.get("shop")
    assert desk.service.change(replace(moved, name="Лавка")).name == "Лавка"
    with pytest.raises(InvalidInput, match=AGAIN):
        desk.service.change(moved, AccountSecrets(app_secret="b"))
    with pytest.raises(TokenUnusable):
        desk.ledger.accounts.for_sending("shop")
    desk.service.change(moved, NEW)
    assert desk.ledger.accounts.for_sending("shop").secrets == AccountSecrets("NEW", "a")


def test_a_sandbox_that_becomes_a_real_account_needs_a_token(desk: Desk) -> None:
    sandbox = Account("shop", "Магазин", AccountKind.SANDBOX, phone_number_id="1055")
    desk.service.add(sandbox, TOKEN)
    with pytest.raises(InvalidInput, match=AGAIN):
        desk.service.change(replace(sandbox, kind=AccountKind.CLOUD_API))


def test_two_accounts_of_one_number_from_before_go_on(desk: Desk) -> None:
    desk.service.add(CLOUD, TOKEN)
    desk.service.add(replace(CLOUD, id="second", phone_number_id="1056"), NEW)
    execute(desk.ledger, "UPDATE accounts SET phone_number_id = '01055' WHERE id = 'second'")
    twin = desk.ledger.accounts.get("second")
    assert twin.phone_number_id == "1055"
    desk.service.change(replace(twin, name="Лавка"), NEW)
    assert desk.ledger.accounts.for_sending("second").secrets == NEW
    assert desk.ledger.accounts.for_sending("shop").secrets == TOKEN


def test_an_account_without_a_usable_token_is_known_by_its_reason(desk: Desk) -> None:

    for reason in (FORGOTTEN, MISSING, MOVED, UNREADABLE):
        stopped = replace(CLOUD, state=AccountState.STOPPED, state_reason=str.__str__(reason))
        assert token_refused(stopped)
        assert not token_refused(replace(stopped, state=AccountState.ACTIVE))
