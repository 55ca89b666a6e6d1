"""The queues over HTTP."""

from typing import Any

import pytest

from tests.server.api import Api, places, problem
from wa_desktop.ledger.states import MessageState


def claimed(api: Api, contract: str, worker: int, state: MessageState) -> int:
    """Put a contract's first message on its way, as an engine would leave it for a moment."""
    (first, *_) = api.get(f"/api/contracts/{contract}/messages")["items"]
    database = api.services.ledger._database
    with database.write():
        database.run(
            "UPDATE messages SET state = ?, claimed_by = ? WHERE id = ?",
            (int(state), worker, first["id"]),
        )
        database.run(
            "UPDATE counters SET waiting = waiting - 1, sending = 1 WHERE contract_id = ?",
            (api.services.ledger.contracts.number(contract),),
        )
    return int(first["id"])


def test_the_status_has_both_queues_in_their_words(fresh_api: Api) -> None:
    phones = [f"799912345{number:02}" for number in range(4)]
    running = fresh_api.started(*phones)
    queued = fresh_api.contract(phones[0])
    fresh_api.client.post(f"/api/contracts/{queued}/start")
    worker = fresh_api.services.ledger.workers.register()
    message = claimed(fresh_api, running, worker, MessageState.SENDING)
    status = fresh_api.get("/api/queues/status")
    job = {"id": f"contract-{running}", "data": {"contractId": running}, "progress": 0,
           "attemptsMade": 1}  # fmt: skip
    assert status["contracts"] == {
        "waiting": 1, "active": 1, "completed": 0, "failed": 0, "delayed": 0, "paused": False,
        "activeJobs": [job],
    }  # fmt: skip
    sending = {
        "id": f"message-{message}",
        "data": {"contractId": running, "phoneNumber": "…4500"},
        "progress": 0,
        "attemptsMade": 0,
    }
    assert status["messages"] == {
        "waiting": 3, "active": 1, "completed": 0, "failed": 0, "delayed": 0, "skipped": 0,
        "inDoubt": 0, "paused": False, "activeJobs": [sending],
    }  # fmt: skip
    assert status["backend"] == {"queue": "sqlite", "ledger": "sqlite"}
    (shown,) = status["workers"]
    assert shown["id"] == worker
    assert shown["startedAt"].endswith("Z")
    assert set(shown) == {"id", "host", "pid", "startedAt", "lastSeen", "lastSend"}
    fresh_api.services.ledger.workers.leave(worker)


def finished(api: Api) -> tuple[str, str]:
    """A completed and a cancelled contract; of the first, one message was sent and one failed."""
    done, cancelled = api.started("79991234501", "79991234502"), api.started("79991234503")
    api.client.post(f"/api/contracts/{cancelled}/cancel")
    api.advance(cancelled)
    ledger = api.services.ledger
    database, number = ledger._database, ledger.contracts.number(done)
    with database.write():
        database.run("UPDATE messages SET state = 5 WHERE phone = '79991234501'")
        database.run("UPDATE messages SET state = 8 WHERE phone = '79991234502'")
        database.run(
            "UPDATE counters SET waiting = 0, sent = 1, failed = 1 WHERE contract_id = ?", (number,)
        )
    assert ledger.contracts.complete_if_done(number) == done
    return done, cancelled


@pytest.mark.parametrize(
    ("body", "contracts", "messages"),
    [
        ({}, 1, 1),
        ({"state": "completed"}, 1, 1),
        ({"state": "failed"}, 1, 1),
        ({"queue": None, "state": "failed", "graceMs": 0, "limit": 1000}, 1, 1),
        ({"queue": "messages", "state": "failed"}, 0, 1),
        ({"queue": "contracts", "state": "completed"}, 1, 0),
        ({"state": "failed", "graceMs": 3_600_000}, 0, 0),
    ],
)
def test_cleaning_forgets_finished_jobs_and_keeps_the_contract(
    fresh_api: Api, body: dict[str, Any], contracts: int, messages: int
) -> None:
    done, _ = finished(fresh_api)
    before = fresh_api.get(f"/api/contracts/{done}")
    status = fresh_api.get("/api/queues/status")
    answer = fresh_api.client.post("/api/queues/clean", json=body)
    assert answer.status_code == 200
    removed = {"contracts": contracts, "messages": messages}
    assert answer.json() == {"success": True, "removed": removed}
    left = fresh_api.get("/api/queues/status")
    state = body.get("state", "failed")
    for queue, amount in removed.items():
        assert left[queue][state] == status[queue][state] - amount
    assert fresh_api.get(f"/api/contracts/{done}") == before
    again = fresh_api.client.post("/api/queues/clean", json=body).json()
    assert again["removed"] == {"contracts": 0, "messages": 0}


@pytest.mark.parametrize("content", [None, b"", b"{}"])
@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}])
def test_cleaning_without_a_body_forgets_the_failed_jobs_of_both_queues(
    fresh_api: Api, content: bytes | None, headers: dict[str, str]
) -> None:
    finished(fresh_api)
    before = fresh_api.get("/api/queues/status")
    if content == b"{}":
        headers = {"Content-Type": "application/json"}
    answer = fresh_api.client.post("/api/queues/clean", content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"success": True, "removed": {"contracts": 1, "messages": 1}}
    after = fresh_api.get("/api/queues/status")
    for queue in ("contracts", "messages"):
        assert after[queue]["failed"] == before[queue]["failed"] - 1
        assert after[queue]["completed"] == before[queue]["completed"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"queue": "mails"}, "queue"),
        ({"state": "waiting"}, "state"),
        ({"graceMs": -1}, "graceMs"),
        ({"graceMs": 10**30}, "graceMs"),
        ({"limit": 0}, "limit"),
        ({"limit": 10**30}, "limit"),
        ({"force": True}, "force"),
    ],
)
def test_a_wrong_cleaning_is_refused(api: Api, body: dict[str, Any], place: str) -> None:
    assert places(problem(api.client.post("/api/queues/clean", json=body), 422)) == {place}


def test_a_ledger_that_went_back_is_confirmed_once(fresh_api: Api) -> None:
    database = fresh_api.services.ledger._database
    with database.write():
        database.run(
            "INSERT INTO ledger_info (name, value) VALUES ('went_back', ?)",
            ('{"since": 1, "host": "h", "seconds": 2.5}',),
        )
    answer = {"confirmed": True, "messagesInDoubt": 0}
    assert fresh_api.client.post("/api/ledger/confirm").json() == answer
    again = fresh_api.client.post("/api/ledger/confirm").json()
    assert again == answer | {"confirmed": False}
