"""Contracts over HTTP."""

import sqlite3
from typing import Any

import pytest

from tests.server.api import Api, places, problem

PHONES = ("79991234501", "79991234502", "79991234503")


def test_a_thousand_recipients_with_their_own_texts_come_back_unchanged(api: Api) -> None:
    texts = {f"7999{number:07}": f"Привет №{number}! 🎉👩‍👩‍👧 «ёжик» \u202e{'я' * (number % 7)}\n"
             for number in range(1000)}  # fmt: skip
    answer = api.client.post(
        "/api/contracts",
        json={
            "accountId": api.account(),
            "name": "Рассылка на 1000 человек",
            "recipients": [{"phoneNumber": f"+{p}", "message": t} for p, t in texts.items()],
        },
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["name"] == "Рассылка на 1000 человек"
    assert made["counts"]["total"] == 1000
    assert made["rejected"] == []
    items = api.get(f"/api/contracts/{made['id']}/messages?limit=1000")["items"]
    assert [one["phoneNumber"] for one in items] == list(texts)
    for one in items[::101]:
        shown = api.get(f"/api/messages/{one['id']}")
        assert shown["message"] == texts[one["phoneNumber"]]


def test_a_new_contract_answers_in_the_words_of_the_contract(api: Api) -> None:
    account = api.account()
    answer = api.client.post(
        "/api/contracts",
        json={
            "accountId": account,
            "name": "Новость",
            "message": "Здравствуйте, {{name}}!",
            "recipients": [
                {"phoneNumber": "79991234567", "message": "Привет!"},
                {"phoneNumber": "12"},
                {"phoneNumber": "+7 999 765-43-21", "variables": {"name": "Анна"}},
                {"phoneNumber": "7 (999) 123-45-67"},
            ],
            "template": None,
            "priority": 5,
            "startAt": None,
            "quietHours": None,
            "maxAttempts": 7,
        },
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made["accountId"] == account
    assert made["status"] == "draft"
    assert made["statusReason"] is None
    assert (made["priority"], made["maxAttempts"], made["progress"]) == (5, 7, 0)
    assert made["createdAt"].endswith("Z")
    assert made["startAt"] is made["startedAt"] is made["finishedAt"] is None
    assert made["counts"] == {"total": 2} | dict.fromkeys(
        ["waiting", "delayed", "active", "completed", "failed", "skipped", "inDoubt", "sent",
         "delivered", "read", "held"], 0)  # fmt: skip
    assert made["rejected"] == [
        {"index": 1, "phoneNumber": "12", "reason": "too short for a phone number"}
    ]
    assert (made["rejectedCount"], made["duplicates"]) == (1, 1)
    shown = api.get(f"/api/contracts/{made['id']}")
    assert shown == {name: made[name] for name in shown}


def test_every_rejected_recipient_is_listed(api: Api) -> None:
    recipients: list[Any] = [{"phoneNumber": "79991234567"}] + [{"phoneNumber": "1"}] * 500
    made = api.client.post(
        "/api/contracts",
        json={"accountId": api.account(), "name": "A", "recipients": recipients},
    ).json()
    assert [one["index"] for one in made["rejected"]] == list(range(1, 501))


def test_recipients_of_any_odd_shape_are_listed_with_their_reason(api: Api) -> None:
    odd: list[Any] = [None, 5, "79991234567", [], {}, {"phoneNumber": None},
           {"phoneNumber": {"a": 1}}, {"phoneNumber": "7" * 200},
           {"phoneNumber": "79991234568", "message": 5},
           {"phoneNumber": "79991234568", "variables": [1]},
           {"phoneNumber": "79991234568", "variables": {"a": {"b": 1}}},
           {"phoneNumber": "79991234568", "message": "a\0b"}]  # fmt: skip
    body = {"accountId": api.account(), "name": "A",
            "recipients": [*odd, {"phoneNumber": 79991234567}]}  # fmt: skip
    made = api.client.post("/api/contracts", json=body).json()
    assert made["counts"]["total"] == 1
    assert [one["index"] for one in made["rejected"]] == list(range(len(odd)))
    assert all(one["reason"] for one in made["rejected"])


def test_half_a_character_spoils_its_own_recipient_only(api: Api) -> None:
    rows = (
        '{"phoneNumber": "79991234567", "message": "\\ud83d\\ude00"},'
        '{"phoneNumber": "79991234568", "message": "\\ud83d"}'
    )
    answer = api.client.post(
        "/api/contracts",
        content=f'{{"recipients": [{rows}], "name": "A", "accountId": "{api.account()}"}}',
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 201
    assert [one["index"] for one in answer.json()["rejected"]] == [1]


def test_if_no_recipient_is_valid_nothing_is_made(fresh_api: Api) -> None:
    body = {"accountId": fresh_api.account(), "name": "A",
            "recipients": [{"phoneNumber": "12"}, {}]}  # fmt: skip
    found = problem(fresh_api.client.post("/api/contracts", json=body), 422)
    assert places(found) == {"recipients[0].phoneNumber", "recipients[1].phoneNumber"}
    assert fresh_api.get("/api/contracts")["items"] == []


@pytest.mark.parametrize("more", [{}, {"recipients": []}, {"recipients": None}])
def test_a_draft_may_be_empty_but_not_started_so(api: Api, more: dict[str, Any]) -> None:
    answer = api.client.post(
        "/api/contracts", json={"accountId": api.account(), "name": "A"} | more
    )
    assert answer.status_code == 201
    found = problem(api.client.post(f"/api/contracts/{answer.json()['id']}/start"), 409)
    assert found["state"] == "draft"
    assert "add recipients" in found["allowed"]


def test_an_unknown_account_is_a_wrong_value(api: Api) -> None:
    body = {"accountId": "nobody", "name": "A", "recipients": [{"phoneNumber": PHONES[0]}]}
    found = problem(api.client.post("/api/contracts", json=body), 422)
    assert places(found) == {"accountId"}
    assert "nobody" in found["detail"]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "a\0"}, "name"),
        ({"accountId": None}, "accountId"),
        ({"message": 5}, "message"),
        ({"message": "\0"}, "message"),
        ({"message": "x" * 20_000}, "message"),
        ({"template": "hello"}, "template"),
        ({"template": {"name": "hello"}}, "template.language"),
        ({"template": {"name": "a", "language": "ru", "parameters": {"1": 5}}},
         "template.parameters.1"),
        ({"template": {"name": "a", "language": "ru", "components": [{"a": "\0"}]}},
         "template.components"),
        ({"priority": 10**40}, "priority"),
        ({"priority": 1.5}, "priority"),
        ({"priority": "1"}, "priority"),
        ({"maxAttempts": 0}, "maxAttempts"),
        ({"pauseAfterHeld": 0}, "pauseAfterHeld"),
        ({"pauseAfterHeld": -1}, "pauseAfterHeld"),
        ({"pauseAfterHeld": 10**7}, "pauseAfterHeld"),
        ({"pauseAfterHeld": "many"}, "pauseAfterHeld"),
        ({"maxAttempts": None}, "maxAttempts"),
        ({"startAt": "tomorrow"}, "startAt"),
        ({"startAt": "2030-01-01T10:00:00"}, "startAt"),
        ({"startAt": 5}, "startAt"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"quietHours": {"from": "21:00"}}, "quietHours.to"),
        ({"quietHours": {"from": "25:00", "to": "09:00"}}, "quietHours.from"),
        ({"quietHours": {"from": "21:00", "to": "09:00", "zone": "x"}}, "quietHours.zone"),
        ({"expiresAt": "2020-01-01T10:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2030-01-01T10:00", "zone": "UTC", "startAt": "2030-01-01T10:00"},
         "expiresAt"),
        ({"doubtPolicy": {"after": -1, "then": "resend"}}, "doubtPolicy.after"),
        ({"doubtPolicy": {"after": 60, "then": "guess"}}, "doubtPolicy.then"),
        ({"recipients": {"phoneNumber": "1"}}, "recipients"),
        ({"recipients": "79991234567"}, "recipients"),
        ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(api: Api, wrong: dict[str, Any], place: str) -> None:
    body = {"accountId": api.account(), "name": "A"} | wrong
    assert places(problem(api.client.post("/api/contracts", json=body), 422)) == {place}


def test_components_that_nest_too_deeply_are_refused(api: Api) -> None:
    nested: dict[str, Any] = {}
    for _ in range(300):
        nested = {"a": nested}
    template = {"name": "a", "language": "ru", "components": [nested]}
    body = {"accountId": api.account(), "name": "A", "template": template}
    assert places(problem(api.client.post("/api/contracts", json=body), 422)) == {
        "template.components"
    }


def test_a_template_is_kept(api: Api) -> None:
    template = {
        "name": "order_update",
        "language": "ru",
        "parameters": {"1": "{{имя}}"},
        "components": [{"type": "header", "parameters": [{"type": "text", "text": "Да"}]}],
    }
    contract = api.contract("79991234567", template=template, message=None)
    assert api.get(f"/api/contracts/{contract}")["template"] == template


def test_a_start_is_queued_and_rings(api: Api) -> None:
    contract = api.contract(*PHONES)
    answer = api.client.post(f"/api/contracts/{contract}/start")
    assert answer.status_code == 202
    assert answer.json() == {"id": contract, "status": "queued"}
    assert contract in api.bell.contracts
    api.advance(contract)
    shown = api.get(f"/api/contracts/{contract}")
    assert shown["status"] == "running"
    assert shown["counts"]["waiting"] == 3
    assert shown["startedAt"].endswith("Z")


def test_a_second_start_is_refused_with_the_state(api: Api) -> None:
    contract = api.contract(*PHONES)
    assert api.client.post(f"/api/contracts/{contract}/start").status_code == 202
    found = problem(api.client.post(f"/api/contracts/{contract}/start"), 409)
    assert found["state"] == "queued"
    assert found["allowed"]


def test_a_draft_cannot_be_paused(api: Api) -> None:
    found = problem(api.client.post(f"/api/contracts/{api.contract(*PHONES)}/pause"), 409)
    assert found["state"] == "draft"
    assert "start" in found["allowed"]


def test_a_pause_says_how_many_were_taken_out_and_a_start_resumes(api: Api) -> None:
    contract = api.started(*PHONES)
    answer = api.client.post(f"/api/contracts/{contract}/pause")
    assert answer.status_code == 200
    assert answer.json() == {"id": contract, "status": "paused", "removed": 3}
    assert api.get(f"/api/contracts/{contract}")["statusReason"] == "user"
    assert api.client.post(f"/api/contracts/{contract}/start").status_code == 202
    api.advance(contract)
    assert api.get(f"/api/contracts/{contract}")["status"] == "running"


def test_a_cancelled_contract_skips_what_was_not_sent(api: Api) -> None:
    contract = api.started(*PHONES)
    answer = api.client.post(f"/api/contracts/{contract}/cancel")
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"
    api.advance(contract)
    assert api.get(f"/api/contracts/{contract}")["counts"]["skipped"] == 3
    problem(api.client.post(f"/api/contracts/{contract}/cancel"), 409)
    problem(api.client.post(f"/api/contracts/{contract}/start"), 409)


def test_a_running_contract_is_deleted_by_force_only(api: Api) -> None:
    contract = api.started(*PHONES)
    found = problem(api.client.delete(f"/api/contracts/{contract}"), 409)
    assert found["state"] == "running"
    assert api.client.delete(f"/api/contracts/{contract}?force=true").status_code == 204
    problem(api.client.get(f"/api/contracts/{contract}"), 404)
    for verb in ("start", "pause", "cancel", "recipients"):
        problem(api.client.post(f"/api/contracts/{contract}/{verb}", json=[]), 404)
    problem(api.client.get(f"/api/contracts/{contract}/messages"), 404)
    problem(api.client.delete(f"/api/contracts/{contract}"), 404)


def test_a_draft_is_edited(api: Api) -> None:
    contract = api.contract(*PHONES)
    template = {"name": "a", "language": "ru"}
    edit = {"name": "Б", "message": "Новый", "priority": -3, "maxAttempts": 1,
            "template": template, "startAt": None}  # fmt: skip
    answer = api.client.patch(f"/api/contracts/{contract}", json=edit)
    assert answer.status_code == 200
    shown = api.get(f"/api/contracts/{contract}")
    assert (shown["name"], shown["message"], shown["priority"]) == ("Б", "Новый", -3)
    assert shown["maxAttempts"] == 1
    assert shown["template"]["name"] == "a"
    assert answer.json() == shown


def test_an_empty_edit_changes_nothing(api: Api) -> None:
    contract = api.contract(*PHONES)
    before = api.get(f"/api/contracts/{contract}")
    assert api.client.patch(f"/api/contracts/{contract}", json={}).json() == before


def test_of_a_running_contract_only_the_priority_changes(api: Api) -> None:
    contract = api.started(*PHONES)
    found = problem(api.client.patch(f"/api/contracts/{contract}", json={"name": "B"}), 409)
    assert found["allowed"] == ["priority"]
    answer = api.client.patch(f"/api/contracts/{contract}", json={"priority": 9})
    assert answer.json()["priority"] == 9


@pytest.mark.parametrize(
    "edit",
    [{"name": None}, {"message": None}, {"message": ""}, {"template": None}, {"status": "paused"},
     {"startAt": "soon"}, {"doubtPolicy": {"after": 1}}, {"accountId": "x"}, {"priority": None},
     [], "x"],
)  # fmt: skip
def test_an_edit_that_cannot_be_made_is_refused(api: Api, edit: Any) -> None:
    problem(api.client.patch(f"/api/contracts/{api.contract()}", json=edit), 422)


@pytest.mark.parametrize("contract", ["nothing", "A", "%00", "%ED%A0%80", "x" * 3000, "1'--"])
@pytest.mark.parametrize(
    ("method", "more"),
    [("GET", ""), ("DELETE", ""), ("PATCH", ""), ("POST", "/start"), ("POST", "/pause"),
     ("POST", "/cancel"), ("GET", "/messages"), ("POST", "/recipients")],
)  # fmt: skip
def test_an_unknown_contract_is_not_found(api: Api, contract: str, method: str, more: str) -> None:
    body: Any = {"PATCH": {}, "POST": []}.get(method)
    problem(api.client.request(method, f"/api/contracts/{contract}{more}", json=body), 404)


def test_a_list_is_paged_from_the_newest(fresh_api: Api) -> None:
    account = fresh_api.account()
    made = [fresh_api.contract(accountId=account, name=f"№{place}") for place in range(5)]
    seen: list[str] = []
    path = "/api/contracts?limit=2"
    page = fresh_api.get(path)
    while True:
        seen += [one["id"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        page = fresh_api.get(f"{path}&cursor={page['nextCursor']}")
    assert seen == made[::-1]


def test_a_list_is_narrowed_by_state_account_and_name(fresh_api: Api) -> None:
    first, second = fresh_api.account(), fresh_api.account()
    a = fresh_api.contract(*PHONES, accountId=first, name="Весенняя Рассылка")
    b = fresh_api.started(*PHONES, accountId=second, name="Осень")
    c = fresh_api.contract(accountId=second, name="100 % скидка")

    def ids(**query: str) -> list[str]:
        answer = fresh_api.client.get("/api/contracts", params=query)
        assert answer.status_code == 200, answer.text
        return [one["id"] for one in answer.json()["items"]]

    assert ids(status="draft") == [c, a]
    assert ids(status="running,paused") == [b]
    assert ids(accountId=second) == [c, b]
    assert ids(accountId="nobody") == []
    assert ids(search="рассылка") == [a]
    assert ids(search="%") == [c]


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=x", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("status=asleep", "status"),
        ("status=deleting", "status"),
        ("status=%00", "status"),
        ("search=%00", "search"),
        ("accountId=%00", "accountId"),
        ("cursor=%21", "cursor"),
        ("search=" + "x" * 300, "search"),
    ],
)
def test_a_wrong_query_is_named(api: Api, query: str, place: str) -> None:
    assert places(problem(api.client.get(f"/api/contracts?{query}"), 422)) == {place}


@pytest.mark.parametrize("cursor", ["AAAA", "bm9wZQ", "LTE", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "_"])
def test_a_cursor_that_was_never_given_out_is_refused(api: Api, cursor: str) -> None:
    problem(api.client.get(f"/api/contracts?cursor={cursor}"), 422)


def test_a_ledger_out_of_reach_is_said_with_a_time_to_retry(fresh_api: Api) -> None:
    contract = fresh_api.contract(*PHONES)
    other = sqlite3.connect(fresh_api.ledger_file)
    with other:
        other.execute("ALTER TABLE counters RENAME TO hidden")
    answer = fresh_api.client.get(f"/api/contracts/{contract}")
    problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0
    with other:
        other.execute("ALTER TABLE hidden RENAME TO counters")
    other.close()
    assert fresh_api.get(f"/api/contracts/{contract}")["id"] == contract


def test_a_contract_whose_message_can_be_made_for_nobody_is_a_draft_that_does_not_start(
    api: Api,
) -> None:
    body = {
        "accountId": api.account(),
        "name": "A",
        "message": "Здравствуйте, {{имя}}!",
        "recipients": [{"phoneNumber": one, "variables": {"name": "Анна"}} for one in PHONES],
    }
    made = api.client.post("/api/contracts", json=body)
    assert made.status_code == 201
    path = f"/api/contracts/{made.json()['id']}"
    refused = problem(api.client.post(f"{path}/start"), 409)
    assert refused["errors"] == [{"at": "message", "reason": "There is no value for {{имя}}."}]
    assert (refused["state"], refused["allowed"]) == ("draft", ["edit", "delete"])
    assert api.get(path)["status"] == "draft"
    api.client.patch(path, json={"message": "Здравствуйте, {{имя|друг}}!"})
    assert api.client.post(f"{path}/start").status_code == 202


def test_a_contract_may_pause_after_held_messages(api: Api) -> None:
    contract = api.contract("79991234567", pauseAfterHeld=25)
    path = f"/api/contracts/{contract}"
    assert api.get(path)["pauseAfterHeld"] == 25
    assert api.get(path)["counts"]["held"] == 0
    changed = api.client.patch(path, json={"pauseAfterHeld": 3}).json()
    assert changed["pauseAfterHeld"] == 3
    copied = api.client.post(f"{path}/duplicate", json={}).json()
    assert copied["pauseAfterHeld"] == 3
    assert api.client.patch(path, json={"name": "other"}).json()["pauseAfterHeld"] == 3
    assert api.client.patch(path, json={"pauseAfterHeld": None}).json()["pauseAfterHeld"] is None
    assert api.get(f"/api/contracts/{api.contract('79991234567')}")["pauseAfterHeld"] is None
    refused = api.client.patch(path, json={"pauseAfterHeld": 0})
    assert places(problem(refused, 422)) == {"pauseAfterHeld"}
