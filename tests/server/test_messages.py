"""Messages over HTTP."""

import pytest

from tests.ledgers import outcome, turn
from tests.server.api import Api, places, problem
from wa_desktop.ledger.turns.settle import OutcomeKind

PHONES = [f"799912345{number:02}" for number in range(7)]


def test_messages_are_paged_in_their_order(api: Api) -> None:
    contract = api.contract(*PHONES)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = api.get(f"/api/contracts/{contract}/messages?limit=3{more}")
        assert len(page["items"]) <= 3
        seen += [one["phoneNumber"] for one in page["items"]]
        cursor = page["nextCursor"]
    assert seen == PHONES


def test_a_message_has_the_fields_of_the_contract(api: Api) -> None:
    contract = api.started(PHONES[0])
    (item,) = api.get(f"/api/contracts/{contract}/messages")["items"]
    assert set(item) == {
        "id", "phoneNumber", "state", "attempts", "providerId", "errorCode", "errorSubcode",
        "errorText",
        "held", "dueAt",
        "sentAt", "deliveredAt", "readAt", "updatedAt",
    }  # fmt: skip
    assert (item["state"], item["attempts"]) == ("waiting", 0)
    assert item["dueAt"].endswith("Z")


def test_messages_are_narrowed_by_state_number_and_code(api: Api) -> None:
    contract = api.started(*PHONES)
    path = f"/api/contracts/{contract}/messages"
    assert len(api.get(f"{path}?state=waiting")["items"]) == 7
    assert len(api.get(f"{path}?state=waiting,inDoubt")["items"]) == 7
    assert api.get(f"{path}?state=completed,active,failed")["items"] == []
    assert [one["phoneNumber"] for one in api.get(f"{path}?search=34503")["items"]] == [PHONES[3]]
    assert api.get(f"{path}?search=nobody")["items"] == []
    assert api.get(f"{path}?errorCode=131026")["items"] == []


def test_messages_that_the_provider_holds_back_are_a_list_of_their_own(api: Api) -> None:
    account = api.account(rateLimit=None, concurrency=10)
    contract = api.started(*PHONES[:3], accountId=account)
    ledger = api.services.ledger
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=3, account=account).granted
    kinds = (OutcomeKind.HELD, OutcomeKind.SENT, OutcomeKind.FAILED)
    ends = [outcome(one, kind) for one, kind in zip(granted, kinds, strict=True)]
    turn(ledger, worker, outcomes=ends, account=account)
    ledger.workers.leave(worker)
    path = f"/api/contracts/{contract}/messages"
    (item,) = api.get(f"{path}?held=true")["items"]
    assert (item["phoneNumber"], item["state"], item["held"]) == (PHONES[0], "sent", True)
    assert len(api.get(f"{path}?held=false")["items"]) == 2
    assert api.get(f"/api/contracts/{contract}")["counts"]["held"] == 1
    whole = api.get(f"/api/messages/{item['id']}")
    assert [one["kind"] for one in whole["history"]] == ["held"]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("held=perhaps", "held"),
        ("state=asleep", "state"),
        ("state=%00", "state"),
        ("errorCode=x", "errorCode"),
        ("errorCode=99999999999", "errorCode"),
        ("limit=-1", "limit"),
        ("search=%00", "search"),
        ("cursor=%20", "cursor"),
    ],
)
def test_a_wrong_query_is_named(api: Api, query: str, place: str) -> None:
    answer = api.client.get(f"/api/contracts/{api.contract()}/messages?{query}")
    assert places(problem(answer, 422)) == {place}


def test_a_message_is_shown_with_what_it_brought(api: Api) -> None:
    contract = api.contract()
    rows = [{"phoneNumber": PHONES[0], "variables": {"имя": "Анна", "цена": 5}}]
    api.client.post(f"/api/contracts/{contract}/recipients", json=rows)
    (item,) = api.get(f"/api/contracts/{contract}/messages")["items"]
    shown = api.get(f"/api/messages/{item['id']}")
    assert item.items() <= shown.items()
    assert shown["contractId"] == contract
    assert shown["message"] is None
    assert shown["variables"] == {"имя": "Анна", "цена": "5"}
    assert isinstance(shown["history"], list)


@pytest.mark.parametrize(
    "message", ["0", "999999999", "9" * 18, "9" * 400, "x", "-1", "%00", "1.0"]
)
def test_an_unknown_message_is_not_found(api: Api, message: str) -> None:
    problem(api.client.get(f"/api/messages/{message}"), 404)
