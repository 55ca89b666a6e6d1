"""Start times, quiet hours, expiry and what holds a contract back, over HTTP."""

from typing import Any

from tests.server.api import Api, places, problem
from wa_desktop.clock import iso, now
from wa_desktop.ledger.schedule import LATE
from wa_desktop.ledger.states import ContractState

PHONES = ("79991234501", "79991234502")
TIMES = {
    "startAt": "2030-03-31T09:00",
    "zone": "Europe/Berlin",
    "quietHours": {"from": "21:00", "to": "09:00", "zone": None},
    "expiresAt": "2030-04-01T00:00:00+02:00",
    "doubtPolicy": {"after": 3600, "then": "treatAsSent"},
}


def held(api: Api, contract: str) -> Any:
    return api.get(f"/api/contracts/{contract}")["heldBack"]


def test_times_are_read_in_their_zone_and_shown(api: Api) -> None:
    shown = api.get(f"/api/contracts/{api.contract(*PHONES, **TIMES)}")
    assert shown["startAt"] == "2030-03-31T07:00:00.000Z"  # summer time began that night
    assert shown["expiresAt"] == "2030-03-31T22:00:00.000Z"
    assert [shown[one] for one in ("zone", "quietHours", "doubtPolicy")] == [
        TIMES[one] for one in ("zone", "quietHours", "doubtPolicy")
    ]
    assert shown["heldBack"] is shown["eta"] is shown["action"] is None


def test_null_clears_what_was_set(api: Api) -> None:
    contract = api.contract(*PHONES, **TIMES)
    shown = api.client.patch(f"/api/contracts/{contract}", json=dict.fromkeys(TIMES)).json()
    assert [shown[name] for name in TIMES] == [None] * len(TIMES)


def test_an_edit_reads_a_wall_clock_in_the_zone_that_is_there(api: Api) -> None:
    contract = api.contract(*PHONES, zone="Asia/Kolkata")
    path = f"/api/contracts/{contract}"
    shown = api.client.patch(path, json={"startAt": "2030-01-01T09:00"}).json()
    assert shown["startAt"] == "2030-01-01T03:30:00.000Z"
    early = {"expiresAt": "2030-01-01T08:00"}
    assert places(problem(api.client.patch(path, json=early), 422)) == {"expiresAt"}


def test_a_start_ahead_is_scheduled_and_may_be_had_at_once(api: Api) -> None:
    contract = api.contract(*PHONES, **TIMES)
    answer = api.client.post(f"/api/contracts/{contract}/start")
    assert answer.json() == {"id": contract, "status": "scheduled"}
    shown = api.get(f"/api/contracts/{contract}")
    assert shown["heldBack"]["by"] == "schedule"
    assert shown["heldBack"]["until"] == shown["startAt"] < shown["eta"]
    answer = api.client.post(f"/api/contracts/{contract}/start", json={"now": True})
    assert answer.json() == {"id": contract, "status": "queued"}


def test_a_scheduled_contract_that_loses_its_time_waits_to_be_started(api: Api) -> None:
    contract = api.contract(*PHONES, **TIMES)
    api.client.post(f"/api/contracts/{contract}/start")
    edited = api.client.patch(f"/api/contracts/{contract}", json={"startAt": None})
    assert edited.json()["status"] == "paused"


def test_a_missed_start_is_told_in_words_and_can_be_had_late(api: Api) -> None:
    contract = api.contract(*PHONES, **TIMES)
    api.client.post(f"/api/contracts/{contract}/start")
    missed = now() - LATE - 1
    api.services.ledger.contracts.change(contract, start_at=missed)
    api.services.ledger.schedule.start_due(now())
    shown = api.get(f"/api/contracts/{contract}")
    assert (shown["status"], shown["statusReason"]) == ("paused", "missed_start")
    assert str(iso(missed)) in shown["heldBack"]["reason"]
    assert api.client.post(f"/api/contracts/{contract}/start").status_code == 202
    assert api.get(f"/api/contracts/{contract}")["status"] == "queued"


def test_recipients_may_have_a_time_of_their_own(api: Api) -> None:
    body = {
        "accountId": api.account(),
        "name": "A",
        "message": "Привет",
        "zone": "Europe/Berlin",
        "recipients": [
            {"phoneNumber": PHONES[0]},
            {"phoneNumber": PHONES[1], "sendAt": "2030-01-01T09:00"},
            {"phoneNumber": "79991234503", "sendAt": "in a while"},
        ],
    }
    made = api.client.post("/api/contracts", json=body).json()
    assert [one["index"] for one in made["rejected"]] == [2]
    more = [{"phoneNumber": "79991234504", "sendAt": "2031-01-01T09:00"}]
    api.client.post(f"/api/contracts/{made['id']}/recipients", json=more)
    api.client.post(f"/api/contracts/{made['id']}/start")
    api.advance(made["id"])
    messages = api.get(f"/api/contracts/{made['id']}/messages")["items"]
    assert [one["state"] for one in messages] == ["waiting", "delayed", "delayed"]
    assert messages[2]["dueAt"] == "2031-01-01T08:00:00.000Z"


def test_what_holds_a_contract_back_is_told(fresh_api: Api) -> None:
    contract = fresh_api.started(*PHONES)
    account = fresh_api.get(f"/api/contracts/{contract}")["accountId"]
    assert held(fresh_api, contract)["by"] == "noWorker"
    worker = fresh_api.services.ledger.workers.register()
    shown = fresh_api.get(f"/api/contracts/{contract}")
    assert shown["heldBack"] is None
    assert shown["eta"] is not None
    assert fresh_api.get("/api/contracts")["items"][0]["eta"] is not None
    fresh_api.client.post("/api/queues/messages/pause")
    assert held(fresh_api, contract)["by"] == "paused"
    fresh_api.client.post("/api/queues/messages/resume")
    fresh_api.client.post(f"/api/contracts/{contract}/pause")
    assert held(fresh_api, contract)["by"] == "paused"
    assert fresh_api.services.ledger.accounts.get(account).id == account
    assert fresh_api.services.ledger.contracts.get(contract).state is ContractState.PAUSED
    fresh_api.services.ledger.workers.leave(worker)
