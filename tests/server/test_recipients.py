"""More recipients for a draft: JSON, lines, tables and forms."""

import io
import json
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from tests.server.api import Api, places, problem

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NDJSON = "application/x-ndjson"
CSV = "Телефон;Имя\n+7 999 000-00-01;Аня\n12;Боря\n79990000001;Вася\n\n79990000002;Глеб\n"

JsonBody = Callable[[list[Any]], tuple[bytes, str]]


def as_object(rows: list[Any]) -> tuple[bytes, str]:
    return json.dumps({"recipients": rows}).encode(), "application/json"


def as_list(rows: list[Any]) -> tuple[bytes, str]:
    return json.dumps(rows).encode(), "application/json"


def as_lines(rows: list[Any]) -> tuple[bytes, str]:
    return "\n\n".join(map(json.dumps, rows)).encode(), NDJSON


def send(api: Api, contract: str, body: bytes, media: str, query: str = "") -> Any:
    return api.client.post(
        f"/api/contracts/{contract}/recipients{query}",
        content=body,
        headers={"Content-Type": media},
    )


def phones(api: Api, contract: str) -> list[str]:
    items = api.get(f"/api/contracts/{contract}/messages")["items"]
    return [one["phoneNumber"] for one in items]


def test_columns_further_numbers_and_possible_ones_are_told(api: Api) -> None:
    contract = api.contract("79990000009")
    table = (
        "phone,work,name\n"
        "+7 495 000-00-01 ::: +7 999 000-00-01,,Anna\n"
        "+79990000002,+79990000003,Ben\n"
        ",+79990000004,Cid\n"
        "+1 555 078 3881,,Dan\n"
    )
    query = "?phone=phone&secondPhone=work"
    answer = send(api, contract, table.encode(), "text/csv", query).json()
    assert (answer["accepted"], answer["moreNumbers"], answer["rejectedCount"]) == (3, 1, 1)
    assert "possible, but not valid" in answer["rejected"][0]["reason"]
    assert answer["columns"]["secondPhone"] == "work"
    assert answer["columns"]["otherPhones"] == [{"name": "work", "numbers": 2}]
    assert set(phones(api, contract)) > {"79990000001", "79990000002", "79990000004"}

    other = send(api, contract, table.encode(), "text/csv", query + "&possibleNumbers=true").json()
    assert (other["accepted"], other["rejectedCount"]) == (1, 0)


@pytest.mark.parametrize("written", [as_object, as_list, as_lines])
def test_json_numbers_follow_the_rule_about_possible_ones(api: Api, written: JsonBody) -> None:
    contract = api.contract("79990000009")
    body = written([{"phoneNumber": "15550783881"}])
    refused = send(api, contract, *body).json()
    assert "possible, but not valid" in refused["rejected"][0]["reason"]
    assert send(api, contract, *body, "?possibleNumbers=true").json()["accepted"] == 1


@pytest.mark.parametrize("written", [as_object, as_list, as_lines])
def test_json_rows_are_added_and_counted(api: Api, written: JsonBody) -> None:
    contract = api.contract("79990000001")
    rows = [{"phoneNumber": "79990000001"}, {"phoneNumber": "79990000002", "message": "Привет 🎉"},
            {"phoneNumber": "79990000002"}, {"phoneNumber": "1"}, {}]  # fmt: skip
    answer = send(api, contract, *written(rows))
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 1,
        "duplicates": 2,
        "optedOut": 0,
        "rejected": [
            {"line": 3, "phoneNumber": "1", "reason": "too short for a phone number"},
            {"line": 4, "phoneNumber": "", "reason": "phoneNumber is missing"},
        ],
        "rejectedCount": 2,
        "leftOut": {"hidden": 0, "undecodable": 0},
        "leftOutLines": {"hidden": [], "undecodable": []},
        "moreNumbers": 0,
        "columns": None,
        "encoding": None,
        "delimiter": None,
        "headerRow": None,
    }
    assert phones(api, contract) == ["79990000001", "79990000002"]
    assert api.get(f"/api/contracts/{contract}")["counts"]["total"] == 2


def test_only_the_first_hundred_rejected_rows_are_listed(api: Api) -> None:
    answer = send(api, api.contract(), *as_list([{}] * 250)).json()
    assert (len(answer["rejected"]), answer["rejectedCount"]) == (100, 250)


def test_a_table_in_an_old_encoding_is_read(api: Api) -> None:
    contract = api.contract(message="Здравствуйте, {{Имя}}!")
    answer = send(api, contract, CSV.encode("windows-1251"), "text/csv")
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 2,
        "duplicates": 1,
        "optedOut": 0,
        "rejected": [{"line": 3, "phoneNumber": "12", "reason": "too short for a phone number"}],
        "rejectedCount": 1,
        "leftOut": {"hidden": 0, "undecodable": 0},
        "leftOutLines": {"hidden": [], "undecodable": []},
        "moreNumbers": 0,
        "columns": {
            "phone": "Телефон",
            "secondPhone": None,
            "message": None,
            "variables": ["Имя"],
            "otherPhones": [],
        },
        "encoding": "windows-1251",
        "delimiter": ";",
        "headerRow": 1,
    }
    first = api.get(f"/api/contracts/{contract}/messages")["items"][0]
    assert api.get(f"/api/messages/{first['id']}")["variables"] == {"Имя": "Аня"}


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["phone", "message"], [79990000001, "Привет"], ["+79990000002", "Пока 🎉"]):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_a_workbook_is_read(api: Api) -> None:
    contract = api.contract()
    answer = send(api, contract, workbook(), XLSX)
    assert answer.status_code == 200, answer.text
    assert answer.json()["columns"] == {
        "phone": "phone",
        "secondPhone": None,
        "message": "message",
        "variables": [],
        "otherPhones": [],
    }
    assert phones(api, contract) == ["79990000001", "79990000002"]


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("список.csv", CSV.encode(), "text/csv"),
        ("список.xlsx", workbook(), XLSX),
        ("without an ending", CSV.encode("utf-16"), "application/octet-stream"),
        ("../../etc/rows.json", as_list([{"phoneNumber": "79990000001"}])[0], "text/plain"),
        ("rows", as_lines([{"phoneNumber": "79990000001"}])[0], NDJSON),
        ("ж" * 300 + ".csv", CSV.encode(), "text/csv; charset=utf-8"),
    ],
)
def test_a_file_of_a_form_is_read(api: Api, name: str, content: bytes, media: str) -> None:
    contract = api.contract()
    answer = api.client.post(
        f"/api/contracts/{contract}/recipients",
        files={"file": (name, content, media)},
        data={"note": "x"},
    )
    assert answer.status_code == 200, answer.text
    assert "79990000001" in phones(api, contract)


def test_the_query_overrides_what_would_be_found(api: Api) -> None:
    contract = api.contract()
    table = "a|9990000001|Один\nb|9990000002|Два\n"
    query = "?phone=2&message=3&country=RU&encoding=koi8-r&delimiter=|&header=false"
    answer = send(api, contract, table.encode("koi8-r"), "text/csv", query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 2
    first = api.get(f"/api/contracts/{contract}/messages")["items"][0]
    assert first["phoneNumber"] == "79990000001"
    assert api.get(f"/api/messages/{first['id']}")["message"] == "Один"


def test_a_table_without_phones_is_refused_with_its_columns(api: Api) -> None:
    answer = send(api, api.contract(), b"name,city\nAnna,Omsk\n", "text/csv")
    assert problem(answer, 422)["columns"] == ["name", "city"]


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"", "text/csv", 422),
        (b"", XLSX, 422),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "text/csv", 422),
        (b"PK\x03\x04" + b"\0" * 500, XLSX, 422),
        (b"\0\0\0\0", "text/csv", 422),
        (b'phone\n"79990000002\n79990000003\n', "text/csv", 422),
        (b'[{"phoneNumber": "79990000009"}, {"pho', "application/json", 400),
        (b'{"phoneNumber": "79990000009"}\n{"pho', NDJSON, 400),
        (b'{"phoneNumber": "79990000009"}\n\xff', NDJSON, 400),
        (b'{"phoneNumber": "79990000009"}', "application/json", 422),
        (b'{"recipients": [], "name": "x"}', "application/json", 422),
        (b'{"recipients": null}', "application/json", 422),
        (b"5", "application/json", 422),
        (b"", "application/json", 400),
        (b"--x--", "multipart/form-data; boundary=x", 400),
        (b"nonsense", "multipart/form-data; boundary=x", 400),
        (b"nonsense", "multipart/form-data", 400),
        (b"x", "application/pdf", 415),
    ],
)
def test_a_body_that_cannot_be_used_leaves_the_draft_as_it_was(
    api: Api, body: bytes, media: str, status: int
) -> None:
    contract = api.contract("79990000001")
    problem(send(api, contract, body, media), status)
    assert phones(api, contract) == ["79990000001"]
    assert api.get(f"/api/contracts/{contract}")["counts"]["total"] == 1
    assert send(api, contract, *as_list([{"phoneNumber": "79990000002"}])).json()["accepted"] == 1


def test_a_broken_line_is_named(api: Api) -> None:
    answer = send(api, api.contract(), b'\n{"phoneNumber": "79990000001"}\n{"x"\n', NDJSON)
    assert "line 3" in problem(answer, 400)["detail"]


@pytest.mark.parametrize(
    ("query", "place"),
    [("header=maybe", "header"), ("phone=%00", "phone"), ("sheet=" + "x" * 300, "sheet")],
)
def test_a_wrong_option_is_named(api: Api, query: str, place: str) -> None:
    answer = send(api, api.contract(), CSV.encode(), "text/csv", f"?{query}")
    assert places(problem(answer, 422)) == {place}


@pytest.mark.parametrize(
    "query", ["country=XX", "encoding=nope", "encoding=%00", "delimiter=ab", "phone=nope"]
)
def test_an_option_that_fits_nothing_is_refused(api: Api, query: str) -> None:
    problem(send(api, api.contract(), CSV.encode(), "text/csv", f"?{query}"), 422)


def test_a_person_is_added_once_in_all_spellings_and_the_first_is_kept_as_written(
    api: Api,
) -> None:
    contract = api.contract()
    rows = ["0052 1 55 1234 5678", "+52 55 1234 5678", "+54 11 2345-6789", "+54 9 11 2345-6789"]
    answer = send(api, contract, *as_list([{"phoneNumber": one} for one in rows])).json()
    assert (answer["accepted"], answer["duplicates"], answer["rejectedCount"]) == (2, 2, 0)
    shown = api.get(f"/api/contracts/{contract}/messages")["items"]
    written = [api.get(f"/api/messages/{one['id']}")["writtenAs"] for one in shown]
    assert written == ["0052 1 55 1234 5678", None]
    for search in ("5215512345678", "525512345678"):
        found = api.get(f"/api/contracts/{contract}/messages?search={search}")["items"]
        assert [one["id"] for one in found] == [shown[0]["id"]]


def test_recipients_are_added_to_a_draft_only(api: Api) -> None:
    contract = api.started("79990000001")
    found = problem(send(api, contract, *as_list([{"phoneNumber": "79990000002"}])), 409)
    assert found["state"] == "running"


def test_a_call_without_a_body_is_told_so(api: Api) -> None:
    answer = api.client.post(f"/api/contracts/{api.contract()}/recipients")
    assert "empty" in problem(answer, 400)["detail"]


def test_twenty_thousand_lines_are_added_as_a_stream(fresh_api: Api) -> None:
    contract = fresh_api.contract()
    lines = (b'{"phoneNumber": "7999%07d"}\n' % number for number in range(20_000))
    answer = fresh_api.client.post(
        f"/api/contracts/{contract}/recipients",
        content=lines,
        headers={"Content-Type": NDJSON},
        timeout=60,
    )
    assert answer.json()["accepted"] == 20_000
