"""Suppressions over HTTP."""

from typing import Any

import pytest

from tests.ledgers import outcome, turn
from tests.server.api import Api, problem
from wa_desktop.ledger.records import NO_SECRETS, Account, AccountKind
from wa_desktop.ledger.turns.settle import OutcomeKind

PHONE = "79991234567"
GERMAN = "4915112345678"


def _refused(api: Api, phone: str, code: int) -> str:
    """A contract to the number, which was answered with the code."""
    ledger = api.services.ledger
    if all(one.id != "real" for one in ledger.accounts.list()):
        ledger.accounts.add(
            Account("real", "Real", AccountKind.CLOUD_API, "1055", rate_limit=None), NO_SECRETS
        )
    contract = api.started(phone, accountId="real")
    worker = ledger.workers.register()
    (granted,) = turn(ledger, worker, free=1, account="real").granted
    answer = outcome(granted, OutcomeKind.FAILED, code=code, text="no")
    turn(ledger, worker, outcomes=[answer])
    return contract


def test_who_is_left_out_is_listed_with_the_reason(fresh_api: Api) -> None:
    assert fresh_api.get("/api/suppressions") == {"items": [], "nextCursor": None}
    contract = _refused(fresh_api, PHONE, 131026)
    (item,) = fresh_api.get("/api/suppressions")["items"]
    assert set(item) == {
        "phoneNumber", "country", "whose", "accountId", "errorCode", "reason", "since", "until",
        "contractId", "messageId",
    }  # fmt: skip
    assert (item["phoneNumber"], item["country"], item["whose"]) == (PHONE, None, "everyone")
    assert (item["accountId"], item["errorCode"], item["contractId"]) == (None, 131026, contract)
    assert item["reason"].startswith("The message cannot be delivered")
    assert item["until"] > item["since"]


def test_a_skipped_message_says_so_over_http(fresh_api: Api) -> None:
    _refused(fresh_api, PHONE, 131026)
    contract = fresh_api.started(PHONE, accountId="real")
    (item,) = fresh_api.get(f"/api/contracts/{contract}/messages?state=skipped")["items"]
    assert (item["errorCode"], item["errorText"][:9]) == (131026, "Not sent:")
    assert fresh_api.get(f"/api/contracts/{contract}")["counts"]["skipped"] == 1


def test_a_country_is_listed_by_its_code_and_lifted_by_it(fresh_api: Api) -> None:
    _refused(fresh_api, GERMAN, 130497)
    (item,) = fresh_api.get("/api/suppressions")["items"]
    assert (item["phoneNumber"], item["country"]) == (None, "DE")
    assert (item["whose"], item["accountId"], item["until"]) == ("account", "real", None)
    assert fresh_api.client.delete("/api/suppressions/DE").status_code == 204
    assert fresh_api.get("/api/suppressions")["items"] == []


def test_a_lifted_number_is_written_to_again(fresh_api: Api) -> None:
    _refused(fresh_api, PHONE, 131026)
    assert fresh_api.client.delete(f"/api/suppressions/%2B{PHONE}").status_code == 204
    contract = fresh_api.started(PHONE, accountId="real")
    assert fresh_api.get(f"/api/contracts/{contract}")["counts"]["waiting"] == 1


def test_what_is_not_suppressed_is_not_found(fresh_api: Api) -> None:
    for who in (PHONE, "DE", "nobody", "%00"):
        problem(fresh_api.client.delete(f"/api/suppressions/{who}"), 404)


def test_they_are_paged(fresh_api: Api) -> None:
    for last in (7, 8, 9):
        _refused(fresh_api, PHONE[:-1] + str(last), 131026)
    first = fresh_api.get("/api/suppressions?limit=2")
    rest = fresh_api.get(f"/api/suppressions?limit=2&cursor={first['nextCursor']}")
    assert [len(one["items"]) for one in (first, rest)] == [2, 1]
    assert rest["nextCursor"] is None


def test_a_retry_says_how_many_are_left_out_and_why(fresh_api: Api) -> None:
    contract = _refused(fresh_api, PHONE, 131026)
    path = f"/api/contracts/{contract}/retry"
    for body in ({"dryRun": True}, {"codes": [131026]}):
        answer = fresh_api.client.post(path, json=body)
        assert answer.status_code == 202
        found = answer.json()
        assert (found["requeued"], found["leftOut"]) == (0, 1)
        [why] = found["leftOutReasons"]
        assert (why["errorCode"], why["count"], len(why["until"])) == (131026, 1, 10)
        assert why["reason"].startswith("The message cannot be delivered")
    [message] = fresh_api.get(f"/api/contracts/{contract}/messages")["items"]
    assert (message["state"], message["errorCode"]) == ("failed", 131026)


def test_a_dry_run_puts_nothing_back(fresh_api: Api) -> None:
    contract = _refused(fresh_api, PHONE, 131000)
    answer = fresh_api.client.post(f"/api/contracts/{contract}/retry", json={"dryRun": True})
    assert answer.json()["requeued"] == 1
    assert fresh_api.get(f"/api/contracts/{contract}")["action"] is None


def test_many_are_lifted_in_one_call(fresh_api: Api) -> None:
    contract = _refused(fresh_api, PHONE, 131026)
    _refused(fresh_api, GERMAN, 131026)
    lift = "/api/suppressions/lift"
    answer = fresh_api.client.post(lift, json={"contractId": contract, "codes": [131026]})
    assert (answer.status_code, answer.json()) == (200, {"lifted": 1})
    [left] = fresh_api.get("/api/suppressions")["items"]
    assert left["phoneNumber"] == GERMAN
    answer = fresh_api.client.post(lift, json={"phoneNumbers": [f"+{GERMAN}"]})
    assert answer.json() == {"lifted": 1}
    retried = fresh_api.client.post(f"/api/contracts/{contract}/retry")
    assert (retried.json()["requeued"], retried.json()["leftOut"]) == (1, 0)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"codes": [131050]}, 422),
        ({"phoneNumbers": ["nobody"]}, 422),
        ({"contractId": "nothing"}, 404),
        ({"code": 131026}, 422),
    ],
)
def test_a_lift_of_nothing_in_particular_or_of_who_said_stop_is_refused(
    fresh_api: Api, body: dict[str, Any], status: int
) -> None:
    _refused(fresh_api, PHONE, 131050)
    problem(fresh_api.client.post("/api/suppressions/lift", json=body), status)
    assert len(fresh_api.get("/api/suppressions")["items"]) == 1


def test_the_queues_retry_takes_codes_and_passes_over_what_was_cleaned(fresh_api: Api) -> None:
    _refused(fresh_api, PHONE, 131000)
    cleaned = fresh_api.client.post("/api/queues/clean", json={})
    assert cleaned.json()["removed"]["messages"] == 1
    _refused(fresh_api, GERMAN, 131000)
    retry = "/api/queues/messages/retry"
    assert fresh_api.client.post(retry, json={"codes": [131005]}).json()["requeued"] == 0
    assert fresh_api.client.post(retry, json={"codes": [131000]}).json()["requeued"] == 1
