"""Retry, duplicate, doubts and paused queues over HTTP."""

from typing import Any

import pytest

from tests.ledgers import outcome, turn
from tests.server.api import Api, places, problem
from wa_desktop.ledger.turns.settle import OutcomeKind

PHONES = tuple(f"7999123450{number}" for number in range(4))


def worked(api: Api, *more: str, **fields: Any) -> str:
    """A contract of four: sent, failed (131026), failed (131000), in doubt; ``more`` wait."""
    account = api.account(rateLimit=None, concurrency=10)
    contract = api.started(*PHONES, *more, accountId=account, **fields)
    ledger = api.services.ledger
    worker = ledger.workers.register()
    sent, first, second, doubtful = turn(ledger, worker, free=4, account=account).granted
    outcomes = [
        outcome(sent),
        outcome(first, OutcomeKind.FAILED, code=131026, text="no"),
        outcome(second, OutcomeKind.FAILED, code=131000, text="no"),
        outcome(doubtful, OutcomeKind.IN_DOUBT),
    ]
    turn(ledger, worker, outcomes=outcomes, account=account)
    ledger.workers.leave(worker)
    return contract


def counts(api: Api, contract: str) -> Any:
    return api.get(f"/api/contracts/{contract}")["counts"]


def requeued(amount: int) -> dict[str, Any]:
    """The answer to a retry that leaves nobody out."""
    return {"requeued": amount, "leftOut": 0, "leftOutReasons": [], "hint": None}


@pytest.mark.parametrize(
    ("body", "amount"),
    [
        ({}, 2),
        ({"states": ["failed", "inDoubt"]}, 3),
        ({"states": ["failed"], "codes": [131000]}, 1),
        ({"ids": []}, 2),
    ],
)
def test_messages_are_sent_again(fresh_api: Api, body: dict[str, Any], amount: int) -> None:
    contract = worked(fresh_api)
    answer = fresh_api.client.post(f"/api/contracts/{contract}/retry", json=body)
    assert answer.status_code == 202
    assert answer.json() == requeued(amount)
    fresh_api.advance(contract)
    assert counts(fresh_api, contract)["waiting"] == amount


@pytest.mark.parametrize("path", ["/api/contracts/{contract}/retry", "/api/queues/messages/retry"])
def test_a_retry_without_a_body_sends_all_failed_messages_again(fresh_api: Api, path: str) -> None:
    contract = worked(fresh_api)
    answer = fresh_api.client.post(path.format(contract=contract))
    assert (answer.status_code, answer.json()) == (202, requeued(2))


def test_no_call_without_needed_values_asks_for_a_body(fresh_api: Api) -> None:
    """The earlier system's scripts post without one."""
    contract = fresh_api.contract("79991234501")
    for path, status in (
        (f"/api/contracts/{contract}/start", 202),
        (f"/api/contracts/{contract}/pause", 200),
        (f"/api/contracts/{contract}/start", 202),
        (f"/api/contracts/{contract}/retry", 202),
        (f"/api/contracts/{contract}/duplicate", 201),
        (f"/api/contracts/{contract}/cancel", 200),
        ("/api/queues/messages/pause", 200),
        ("/api/queues/messages/resume", 200),
        ("/api/queues/messages/retry", 202),
    ):
        for headers in ({}, {"Content-Type": "application/json"}):
            answer = fresh_api.client.post(path, headers=headers)
            if headers and answer.status_code == 409:
                continue  # done by the first call; what counts is that no body is missed
            assert answer.status_code == status, (path, answer.text)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/contracts/{id}/retry", {}),
        ("/api/contracts/{id}/retry", {"dryRun": True}),
        ("/api/queues/messages/retry", {"contractId": "{id}"}),
        ("/api/contracts/{id}/doubts", {"choice": "resend"}),
    ],
)
def test_what_goes_back_into_the_queue_of_a_paused_contract_says_that_it_must_be_started(
    fresh_api: Api, path: str, body: dict[str, Any]
) -> None:
    contract = worked(fresh_api, "79991234504")
    fresh_api.client.post(f"/api/contracts/{contract}/pause").raise_for_status()
    if "contractId" in body:
        body = {"contractId": contract}
    answer = fresh_api.client.post(path.format(id=contract), json=body)
    assert answer.status_code == 202, answer.text
    assert f"wa-desktop contracts start {contract}" in answer.json()["hint"]
    none = fresh_api.client.post(f"/api/contracts/{contract}/retry", json={"codes": [1]})
    assert none.status_code == 409 or none.json()["hint"] is None


def test_single_messages_are_sent_again(fresh_api: Api) -> None:
    contract = worked(fresh_api)
    messages = fresh_api.get(f"/api/contracts/{contract}/messages?state=failed")["items"]
    answer = fresh_api.client.post(
        f"/api/contracts/{contract}/retry", json={"ids": [messages[0]["id"]]}
    )
    assert answer.json() == requeued(1)


def test_the_failed_of_all_contracts_are_sent_again(fresh_api: Api) -> None:
    first, second = worked(fresh_api), worked(fresh_api)
    one = {"state": "failed", "contractId": first}
    answer = fresh_api.client.post("/api/queues/messages/retry", json=one)
    assert answer.json() == requeued(2)
    fresh_api.advance(first)
    answer = fresh_api.client.post("/api/queues/messages/retry", json={"state": "failed"})
    assert (answer.status_code, answer.json()) == (202, requeued(2))
    fresh_api.advance(second)
    assert counts(fresh_api, second)["waiting"] == 2


@pytest.mark.parametrize(
    ("body", "settled", "left"),
    [
        ({"choice": "resend"}, 1, {"waiting": 1, "inDoubt": 0}),
        ({"choice": "treatAsSent"}, 1, {"sent": 2, "inDoubt": 0}),
        ({"choice": "leave"}, 0, {"inDoubt": 1}),
        ({"choice": "resend", "ids": [10**9]}, 0, {"inDoubt": 1}),
    ],
)
def test_doubts_are_settled(
    fresh_api: Api, body: dict[str, Any], settled: int, left: dict[str, int]
) -> None:
    contract = worked(fresh_api)
    answer = fresh_api.client.post(f"/api/contracts/{contract}/doubts", json=body)
    assert (answer.status_code, answer.json()) == (
        202,
        {"settled": settled, "hint": None},
    )
    fresh_api.advance(contract)
    assert counts(fresh_api, contract).items() >= left.items()


def test_a_copy_is_a_draft_of_its_own(fresh_api: Api) -> None:
    contract = worked(fresh_api, zone="Europe/Berlin")
    whole = fresh_api.client.post(f"/api/contracts/{contract}/duplicate")
    assert whole.status_code == 201
    assert (whole.json()["status"], whole.json()["action"]) == ("draft", "copy")
    some = {"only": ["failed", "inDoubt"], "name": "Ещё раз"}
    follow_up = fresh_api.client.post(f"/api/contracts/{contract}/duplicate", json=some).json()
    assert (follow_up["name"], follow_up["zone"]) == ("Ещё раз", "Europe/Berlin")
    for copy, total in ((whole.json(), 4), (follow_up, 3)):
        fresh_api.advance(copy["id"])
        shown = fresh_api.get(f"/api/contracts/{copy['id']}")
        assert (shown["counts"]["total"], shown["action"]) == (total, None)


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("retry", {"states": ["sent"]}, "states[0]"),
        ("retry", {"states": []}, "states"),
        ("retry", {"codes": ["x"]}, "codes[0]"),
        ("retry", {"ids": [0]}, "ids[0]"),
        ("retry", {"ids": [1] * 5001}, "ids"),
        ("duplicate", {"only": ["draft"]}, "only[0]"),
        ("duplicate", {"name": " "}, "name"),
        ("doubts", {}, "choice"),
        ("doubts", {"choice": "guess"}, "choice"),
        ("start", {"now": 1}, "now"),
    ],
)
def test_a_wrong_action_is_refused(api: Api, path: str, body: dict[str, Any], place: str) -> None:
    answer = api.client.post(f"/api/contracts/{api.contract()}/{path}", json=body)
    assert places(problem(answer, 422)) == {place}


def test_an_action_under_way_refuses_another(fresh_api: Api) -> None:
    contract = worked(fresh_api)
    fresh_api.client.post(f"/api/contracts/{contract}/retry", json={})
    found = problem(fresh_api.client.post(f"/api/contracts/{contract}/retry", json={}), 409)
    assert found["state"] == "busy"


def test_queues_are_paused_and_resumed(fresh_api: Api) -> None:
    contract = fresh_api.contract(*PHONES)
    for queue in ("contracts", "messages"):
        answer = fresh_api.client.post(f"/api/queues/{queue}/pause")
        assert answer.json() == {"queue": queue, "paused": True}
        assert fresh_api.get("/api/queues/status")[queue]["paused"] is True
    fresh_api.client.post(f"/api/contracts/{contract}/start")
    fresh_api.advance(contract)
    assert fresh_api.get(f"/api/contracts/{contract}")["status"] == "queued"
    fresh_api.bell.contracts.clear()
    for queue in ("contracts", "messages"):
        answer = fresh_api.client.post(f"/api/queues/{queue}/resume")
        assert answer.json() == {"queue": queue, "paused": False}
        assert fresh_api.get("/api/queues/status")[queue]["paused"] is False
    assert fresh_api.bell.contracts == [contract]
    problem(fresh_api.client.post("/api/queues/mails/pause"), 404)


def test_the_queue_s_retry_knows_failed_only(api: Api) -> None:
    path = "/api/queues/messages/retry"
    assert places(problem(api.client.post(path, json={"state": "sent"}), 422)) == {"state"}
    unknown = {"contractId": "nothing"}
    assert places(problem(api.client.post(path, json=unknown), 422)) == {"contractId"}
