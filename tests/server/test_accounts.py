"""Accounts over HTTP."""

from itertools import count
from typing import Any

import pytest

from tests.ledgers import execute
from tests.server.api import Api, places, problem
from tests.standin import Answer, Behaviour, StandIn
from tests.standin.test_standin import post_raw
from wa_desktop.ledger.records import AccountState

NUMBERS = count(106_540_352_242_922)


def cloud_api(**changes: str) -> dict[str, Any]:
    """The body of a Cloud API account with a phone number no other test's account has."""
    return {
        "name": "Отдел продаж",
        "kind": "cloud_api",
        "phoneNumberId": str(next(NUMBERS)),
        "wabaId": "1029384756",
        "accessToken": "EAAG-secret-token",
        "appSecret": "app-secret",
        "verifyToken": "verify-secret",
        **changes,
    }


def test_an_account_is_made_with_the_defaults(api: Api) -> None:
    answer = api.client.post("/api/accounts", json={"name": "Sandbox", "kind": "sandbox"})
    assert answer.status_code == 201
    made = answer.json()
    assert made["rateLimit"] == {"max": 20, "durationMs": 60000}
    assert made["concurrency"] == 1
    assert made["apiBaseUrl"] == "https://graph.facebook.com"
    assert made["apiVersion"] == "v25.0"
    assert made["dailyLimit"] is None
    assert made["status"] == "active"
    assert made["createdAt"].endswith("Z")
    assert api.get(f"/api/accounts/{made['id']}") == made
    assert made in api.get("/api/accounts")["items"]


def test_a_null_rate_limit_means_none(api: Api) -> None:
    account = api.account(rateLimit=None, concurrency=500)
    assert api.get(f"/api/accounts/{account}")["rateLimit"] is None


def test_secrets_go_in_and_never_come_out(api: Api) -> None:
    made = api.client.post("/api/accounts", json=cloud_api())
    assert made.status_code == 201
    path = f"/api/accounts/{made.json()['id']}"
    shown = [made.text, api.client.get(path).text, api.client.get("/api/accounts").text]
    shown.append(api.client.patch(path, json={"accessToken": "EAAG-secret-other"}).text)
    assert "secret" not in "".join(shown).replace("secretsSet", "").replace("appSecret", "")
    assert made.json()["secretsSet"] == ["accessToken", "appSecret", "verifyToken"]
    kept = api.services.ledger.accounts.for_sending(made.json()["id"]).secrets
    assert kept.access_token == "EAAG-secret-other"
    assert kept.app_secret == "app-secret"


@pytest.mark.parametrize(
    "move",
    [
        {"apiBaseUrl": "https://evil.example"},
        {"apiBaseUrl": "https://graph.facebook.com:8443"},
        {"phoneNumberId": "777"},
        {"apiBaseUrl": "https://evil.example", "accessToken": None},
        {"apiBaseUrl": "https://evil.example", "appSecret": "other"},
    ],
)
def test_another_address_needs_the_token_again(api: Api, move: dict[str, str | None]) -> None:
    account = api.account(**cloud_api())
    before = api.get(f"/api/accounts/{account}")
    answer = api.client.patch(f"/api/accounts/{account}", json=move)
    assert places(problem(answer, 422)) == {"accessToken"}
    assert api.get(f"/api/accounts/{account}") == before
    moved = api.client.patch(f"/api/accounts/{account}", json=move | {"accessToken": "EAAG-again"})
    assert moved.status_code == 200


def test_spellings_of_one_number_are_one_account(api: Api) -> None:
    body = cloud_api()
    account = api.account(**body)
    number = f"00{body['phoneNumberId']}"
    spelled = {"apiBaseUrl": "https://GRAPH.facebook.com.:443/", "phoneNumberId": number}
    edited = api.client.patch(f"/api/accounts/{account}", json=spelled).json()
    assert edited["apiBaseUrl"] == "https://graph.facebook.com"
    assert edited["phoneNumberId"] == body["phoneNumberId"]
    answer = api.client.post("/api/accounts", json=body | spelled)
    assert places(problem(answer, 422)) == {"phoneNumberId"}


def test_a_check_of_a_token_for_another_address_says_so(api: Api) -> None:
    account = api.account(**cloud_api())
    execute(
        api.services.ledger,
        "UPDATE accounts SET api_base_url = 'https://evil.example' WHERE id = ?",
        account,
    )
    checked = api.client.post(f"/api/accounts/{account}/check").json()
    assert checked["ok"] is False
    assert "enter the token again" in checked["detail"]
    api.client.delete(f"/api/accounts/{account}")


def test_a_wrong_secret_is_not_repeated_in_the_refusal(api: Api) -> None:
    answer = api.client.post("/api/accounts", json=cloud_api(accessToken="my secret value"))
    assert places(problem(answer, 422)) == {"accessToken"}
    assert "my secret" not in answer.text


def test_an_id_that_is_taken_is_refused(api: Api) -> None:
    account = api.account()
    answer = api.client.post("/api/accounts", json={"id": account, "name": "B", "kind": "sandbox"})
    assert places(problem(answer, 422)) == {"id"}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "a" * 201}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"id": "Not A Slug"}, "id"),
        ({"id": "../x"}, "id"),
        ({"kind": "telegram"}, "kind"),
        ({"concurrency": 0}, "concurrency"),
        ({"concurrency": 501}, "concurrency"),
        ({"concurrency": "5"}, "concurrency"),
        ({"concurrency": True}, "concurrency"),
        ({"rateLimit": {"max": 0, "durationMs": 1000}}, "rateLimit.max"),
        ({"rateLimit": {"max": 2000, "durationMs": 1000}}, "rateLimit"),
        ({"rateLimit": {"max": 20}}, "rateLimit.durationMs"),
        ({"rateLimit": 20}, "rateLimit"),
        ({"dailyLimit": 0}, "dailyLimit"),
        ({"dailyLimit": 10**30}, "dailyLimit"),
        ({"portfolioId": "two words"}, "portfolioId"),
        ({"coolDown": {"max": 0, "days": 7}}, "coolDown.max"),
        ({"coolDown": {"max": 1}}, "coolDown.days"),
        ({"warmUp": []}, "warmUp"),
        ({"warmUp": [50, 0]}, "warmUp[1]"),
        ({"apiBaseUrl": "http://["}, "apiBaseUrl"),
        ({"apiBaseUrl": "https://user:pass@graph.facebook.com"}, "apiBaseUrl"),
        ({"apiBaseUrl": "https://graph.facebook.com:99999"}, "apiBaseUrl"),
        ({"nickname": "x"}, "nickname"),
    ],
)
def test_a_wrong_value_is_named(api: Api, wrong: dict[str, Any], place: str) -> None:
    answer = api.client.post("/api/accounts", json={"name": "A", "kind": "sandbox"} | wrong)
    assert places(problem(answer, 422)) == {place}


def test_limits_are_set_shown_and_cleared(api: Api) -> None:
    limits = {"portfolioId": "shop", "coolDown": {"max": 2, "days": 7}, "warmUp": [50, 100]}
    account = api.account(**limits)
    shown = api.get(f"/api/accounts/{account}")
    assert {name: shown[name] for name in limits} == limits
    assert shown["pace"] is shown["throttledUntil"] is None
    began = api.services.ledger.accounts.get(account).warm_up_from
    assert began is not None
    path = f"/api/accounts/{account}"
    assert api.client.patch(path, json={"warmUp": [10, 20]}).json()["warmUp"] == [10, 20]
    assert api.services.ledger.accounts.get(account).warm_up_from == began
    cleared = api.client.patch(path, json=dict.fromkeys(limits)).json()
    assert [cleared[name] for name in limits] == [None, None, None]
    assert api.services.ledger.accounts.get(account).warm_up_from is None


@pytest.mark.parametrize("missing", ["phoneNumberId", "accessToken"])
def test_a_cloud_account_needs_its_number_and_token(api: Api, missing: str) -> None:
    body = {name: value for name, value in cloud_api().items() if name != missing}
    assert places(problem(api.client.post("/api/accounts", json=body), 422)) == {missing}


def test_a_token_never_goes_over_plain_http_to_another_machine(api: Api) -> None:
    body = cloud_api(apiBaseUrl="http://graph.example")
    assert places(problem(api.client.post("/api/accounts", json=body), 422)) == {"apiBaseUrl"}


def test_an_edit_changes_what_it_names_and_rings(api: Api) -> None:
    account = api.account(dailyLimit=250)
    edit = {"name": "Новое имя", "rateLimit": {"max": 80, "durationMs": 1000}, "dailyLimit": None}
    answer = api.client.patch(f"/api/accounts/{account}", json=edit)
    assert answer.status_code == 200
    changed = answer.json()
    assert changed["name"] == "Новое имя"
    assert changed["rateLimit"] == {"max": 80, "durationMs": 1000}
    assert changed["dailyLimit"] is None
    assert changed["concurrency"] == 1
    assert account in api.bell.accounts


@pytest.mark.parametrize(
    "edit", [{"name": None}, {"concurrency": None}, {"id": "x"}, {"kind": "x"}]
)
def test_an_edit_of_what_cannot_be_edited_is_refused(api: Api, edit: dict[str, Any]) -> None:
    problem(api.client.patch(f"/api/accounts/{api.account()}", json=edit), 422)


def test_an_account_is_deleted_once_no_contract_uses_it(api: Api) -> None:
    account = api.account()
    contract = api.contract(accountId=account)
    assert problem(api.client.delete(f"/api/accounts/{account}"), 409)["state"] == "in use"
    assert api.client.delete(f"/api/contracts/{contract}").status_code == 204
    api.advance(contract)
    assert api.client.delete(f"/api/accounts/{account}").status_code == 204
    problem(api.client.get(f"/api/accounts/{account}"), 404)


@pytest.mark.parametrize("account", ["nobody", "Nobody", "%00", "%ED%A0%80", "a" * 3000])
@pytest.mark.parametrize(
    ("method", "more"), [("GET", ""), ("DELETE", ""), ("POST", "/check"), ("POST", "/resume")]
)
def test_an_unknown_account_is_not_found(api: Api, account: str, method: str, more: str) -> None:
    problem(api.client.request(method, f"/api/accounts/{account}{more}"), 404)


def test_a_check_of_the_sandbox_needs_no_network(api: Api) -> None:
    answer = api.client.post(f"/api/accounts/{api.account()}/check")
    assert answer.status_code == 200
    assert answer.json()["ok"] is True


def test_a_check_asks_the_provider(api: Api, cloud: StandIn) -> None:
    account = api.account(**cloud_api(apiBaseUrl=cloud.base_url))
    answer = api.client.post(f"/api/accounts/{account}/check")
    assert answer.status_code == 200
    checked = answer.json()
    assert checked["ok"] is True
    assert checked["displayName"]
    assert checked["quality"]


@pytest.mark.parametrize(("answer", "given"), [(Answer.OK, True), ("100", False)])
def test_a_check_says_whether_the_message_history_is_given(
    api: Api, cloud: StandIn, answer: str, *, given: bool
) -> None:
    number = str(next(NUMBERS))
    account = api.account(**cloud_api(apiBaseUrl=cloud.base_url, phoneNumberId=number))
    path = f"/api/accounts/{account}/check"
    assert api.client.post(path).json()["messageHistory"] is None
    post_raw(cloud, '{"to":"+16505551234","type":"text","text":{"body":"x"}}', sender=number)
    cloud.behave(Behaviour(history=answer))
    assert api.client.post(path).json()["messageHistory"] is given


def test_a_check_warns_of_a_red_number_and_stops_nothing(api: Api, cloud: StandIn) -> None:
    account = api.account(**cloud_api(apiBaseUrl=cloud.base_url))
    fair = api.client.post(f"/api/accounts/{account}/check").json()
    cloud.behave(Behaviour(quality="RED"))
    red = api.client.post(f"/api/accounts/{account}/check").json()
    assert (fair["ok"], fair["detail"]) == (True, None)
    assert (red["ok"], red["quality"]) == (True, "RED")
    assert "too many people blocked or reported it" in red["detail"]
    assert api.get(f"/api/accounts/{account}")["status"] == "active"


def test_a_check_says_what_is_wrong(api: Api) -> None:
    account = api.account(**cloud_api(apiBaseUrl="http://127.0.0.1:1"))
    answer = api.client.post(f"/api/accounts/{account}/check")
    assert answer.status_code == 200
    assert answer.json()["ok"] is False
    assert "connection" in answer.json()["detail"].lower()


def test_a_stopped_account_is_resumed(api: Api) -> None:
    account = api.account()
    api.services.ledger.accounts.set_state(account, AccountState.STOPPED, "The token expired.")
    stopped = api.get(f"/api/accounts/{account}")
    assert (stopped["status"], stopped["statusReason"]) == ("stopped", "The token expired.")
    answer = api.client.post(f"/api/accounts/{account}/resume")
    assert answer.status_code == 200
    assert answer.json()["status"] == "active"
    assert account in api.bell.accounts
