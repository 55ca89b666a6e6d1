"""Accounts are checked before they are stored; what is wrong is named."""

from dataclasses import replace

import pytest

from tests.server.bell import RememberingBell
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from wa_desktop.contracts.account_check import token_refused
from wa_desktop.contracts.accounts import AccountService
from wa_desktop.errors import InvalidInput, MoveRefused, ProviderError
from wa_desktop.events import AccountChanged, Event, EventBus
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import (
    Account,
    AccountKind,
    AccountSecrets,
    AccountState,
    RateLimit,
    SandboxBehaviour,
)

SANDBOX = Account("sandbox-2", "Проба", AccountKind.SANDBOX)
CLOUD = Account("shop", "Магазин", AccountKind.CLOUD_API, phone_number_id="1055")
TOKEN = AccountSecrets(access_token="EAAG")


class Desk:
    """The service, who was rung for, and the news."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.bell = RememberingBell()
        self.news: list[Event] = []
        events = EventBus()
        events.subscribe(self.news.append)
        self.service = AccountService(ledger, self.bell, events)


@pytest.fixture
def desk(sqlite_ledger: Ledger) -> Desk:
    return Desk(sqlite_ledger)


def test_a_ledger_without_accounts_gets_the_sandbox_once(desk: Desk) -> None:
    first = desk.service.ensure_sandbox()
    assert (first.id, first.kind) == ("sandbox", AccountKind.SANDBOX)
    assert desk.service.ensure_sandbox() == first
    assert len(desk.ledger.accounts.list()) == 1


def test_an_id_is_made_from_the_name_when_none_is_given(desk: Desk) -> None:
    first = desk.service.add(replace(SANDBOX, id="", name="My Shop №1"))
    second = desk.service.add(replace(SANDBOX, id="", name="Магазин"))
    assert first.id.startswith("my-shop-1-")
    assert second.id.startswith("account-")


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"id": "Большой"}, "id"),
        ({"id": "."}, "id"),
        ({"id": "a" * 65}, "id"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 501}, "concurrency"),
        ({"rate_limit": RateLimit(0, 1_000)}, "rateLimit"),
        ({"rate_limit": RateLimit(1, 0)}, "rateLimit"),
        ({"rate_limit": RateLimit(1_001, 1_000)}, "rateLimit"),
        ({"rate_limit": RateLimit(1, 86_400_001)}, "rateLimit"),
        ({"daily_limit": 0}, "dailyLimit"),
        ({"daily_limit": 10**12}, "dailyLimit"),
        ({"sandbox": SandboxBehaviour(-1)}, "sandbox"),
        ({"sandbox": SandboxBehaviour(60_001)}, "sandbox"),
        ({"sandbox": SandboxBehaviour(0, 1.1)}, "sandbox"),
        ({"phone_number_id": None}, "phoneNumberId"),
        ({"phone_number_id": "1055/../9"}, "phoneNumberId"),
        ({"api_version": "latest"}, "apiVersion"),
        ({"api_base_url": "http://graph.example.com"}, "apiBaseUrl"),
        ({"api_base_url": "https://[half"}, "apiBaseUrl"),
        ({"api_base_url": "ftp://127.0.0.1"}, "apiBaseUrl"),
        ({"api_base_url": ""}, "apiBaseUrl"),
    ],
)
def test_what_is_wrong_with_an_account_is_named(
    desk: Desk, change: dict[str, object], at: str
) -> None:
    with pytest.raises(InvalidInput) as told:
        desk.service.add(replace(CLOUD, **change), TOKEN)  # type: ignore[arg-type]
    assert [one.at for one in told.value.problems] == [at]
    assert desk.ledger.accounts.list() == ()


@pytest.mark.parametrize("token", [None, "", "two words", "line\nbreak", "токен"])
def test_a_cloud_account_needs_a_token_that_can_be_sent(desk: Desk, token: str | None) -> None:
    with pytest.raises(InvalidInput, match="accessToken") as told:
        desk.service.add(CLOUD, AccountSecrets(access_token=token))
    assert not token or token not in str(told.value)


@pytest.mark.parametrize(
    "url", ["https://graph.facebook.com", "http://127.0.0.1:9000", "http://localhost"]
)
def test_an_address_that_is_safe_is_taken(desk: Desk, url: str) -> None:
    assert desk.service.add(replace(CLOUD, api_base_url=url), TOKEN).api_base_url == url


def test_a_number_has_one_account_and_so_one_limit(desk: Desk) -> None:
    desk.service.add(CLOUD, TOKEN)
    with pytest.raises(InvalidInput, match="Магазин already") as told:
        desk.service.add(replace(CLOUD, id="second"), TOKEN)
    assert [one.at for one in told.value.problems] == ["phoneNumberId"]
    desk.service.add(replace(CLOUD, id="second", phone_number_id="1056"), TOKEN)
    with pytest.raises(InvalidInput, match="Магазин already"):
        desk.service.change(replace(CLOUD, id="second"))
    assert desk.service.change(replace(CLOUD, name="Лавка")).name == "Лавка"


def test_an_edit_keeps_the_token_and_rings(desk: Desk) -> None:
    stored = desk.service.add(CLOUD, TOKEN)
    after = desk.service.change(replace(stored, concurrency=9))
    assert after.concurrency == 9
    assert desk.ledger.accounts.for_sending("shop").secrets == TOKEN
    assert desk.bell.accounts == ["shop"]
    with pytest.raises(InvalidInput, match="accessToken"):
        desk.service.change(stored, AccountSecrets(access_token=""))


def test_a_stopped_account_is_resumed_and_rung_for(desk: Desk) -> None:
    desk.service.add(SANDBOX)
    desk.ledger.accounts.set_state(SANDBOX.id, AccountState.STOPPED, "No money.")
    after = desk.service.resume(SANDBOX.id)
    assert (after.state, after.state_reason) == (AccountState.ACTIVE, None)
    assert desk.bell.accounts == [SANDBOX.id]


def test_an_account_goes_only_when_no_contract_needs_it(desk: Desk) -> None:
    desk.service.add(SANDBOX)
    contract = desk.ledger.contracts.add(NewContract(SANDBOX.id, "c", "x"))
    with pytest.raises(MoveRefused, match="still has campaigns"):
        desk.service.remove(SANDBOX.id)
    desk.ledger.contracts.move(contract.id, desk.ledger.contracts.get(contract.id).state.DELETING)
    desk.ledger.deleting.slice(contract.id)
    desk.ledger.deleting.slice(contract.id)
    desk.service.remove(SANDBOX.id)
    assert desk.news[-1] == AccountChanged(SANDBOX.id)


@pytest.mark.parametrize(
    "address",
    [
        "https//graph.facebook.com",
        "htps://graph.facebook.com",
        "graph.facebook.com",
        "https://graph.facebook.com/v23.0",
        "https://graph.facebook.com/v23.0/",
        "https://graph.facebook.com?a=b",
        "https://graph.facebook.com#a",
        "https://user:word@graph.facebook.com",
        "https://graph .facebook.com",
        "https://gräph.facebook.com",
        "https://graph.facebook.com:port",
    ],
)
def test_an_address_with_a_typo_is_refused(desk: Desk, address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        desk.service.add(replace(CLOUD, api_base_url=address), TOKEN)
    assert [one.at for one in refused.value.problems] == ["apiBaseUrl"]


def test_one_number_is_one_account_also_where_its_address_is_written_in_another_way(
    desk: Desk,
) -> None:
    desk.service.add(CLOUD, TOKEN)
    for address in ("https://graph.facebook.com/", "https://Graph.Facebook.com"):
        with pytest.raises(InvalidInput) as refused:
            desk.service.add(replace(CLOUD, id="other", api_base_url=address), TOKEN)
        assert refused.value.problems[0].at == "phoneNumberId"


@pytest.mark.parametrize(
    ("state", "reason", "refused"),
    [
        (AccountState.STOPPED, "The access token has expired. (code 190)", True),
        (AccountState.STOPPED, "The access token was not accepted. (code 0)", True),
        (AccountState.STOPPED, "In several campaigns: … (code 131042)", False),
        (AccountState.STOPPED, None, False),
        (AccountState.ACTIVE, "The access token has expired. (code 190)", False),
    ],
)
def test_an_account_that_waits_for_a_new_token_is_known(
    state: AccountState, reason: str | None, refused: bool
) -> None:
    assert token_refused(replace(CLOUD, state=state, state_reason=reason)) is refused


def test_what_is_typed_is_tried_out_before_anything_is_stored(desk: Desk, cloud: StandIn) -> None:
    cloud.behave(Behaviour(token="new"))
    typed = replace(CLOUD, id="", api_base_url=cloud.base_url)
    assert desk.service.try_out(typed, AccountSecrets("new")).number.status == "CONNECTED"
    with pytest.raises(ProviderError):
        desk.service.try_out(typed, AccountSecrets("old"))
    with pytest.raises(InvalidInput):
        desk.service.try_out(typed)
    assert desk.ledger.accounts.list() == ()


def test_a_stored_token_stands_in_for_one_that_is_not_typed(desk: Desk, cloud: StandIn) -> None:
    cloud.behave(Behaviour(token="kept"))
    stored = desk.service.add(
        replace(CLOUD, api_base_url=cloud.base_url), AccountSecrets(access_token="kept")
    )
    renamed = replace(stored, name="Another")
    assert desk.service.try_out(renamed).number.status == "CONNECTED"
    assert desk.ledger.accounts.get(stored.id).name == CLOUD.name


def test_a_stopped_account_is_mended_in_one_go_and_only_if_the_provider_agrees(
    desk: Desk, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(token="new"))
    account = desk.service.add(replace(CLOUD, api_base_url=cloud.base_url), AccountSecrets("old"))
    desk.ledger.accounts.set_state(account.id, AccountState.STOPPED, "… (code 190)")
    renamed = replace(account, name="Another")
    with pytest.raises(ProviderError):
        desk.service.mend(renamed, AccountSecrets("wrong"))
    assert desk.ledger.accounts.get(account.id).name == CLOUD.name
    mended = desk.service.mend(renamed, AccountSecrets("new"))
    assert (mended.name, mended.state, mended.state_reason) == (
        "Another",
        AccountState.ACTIVE,
        None,
    )
    assert desk.bell.accounts[-1] == account.id
    assert desk.service.check(account.id).number.status == "CONNECTED"
