"""Bodies of a wrong form: too large, cut short, not JSON."""

import json
import logging
import socket
from collections.abc import Iterator

import pytest

from tests.server.api import Api, problem
from tests.waiting import wait_until
from wa_desktop.server.bodies import CONTRACT_LIMIT, SMALL_LIMIT

JSON = {"Content-Type": "application/json"}
DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b'{"name": ',
        b'{"name": "A"',
        b'{"name": "A",}',
        b'{"name": "A"} x',
        b"{'name': 'A'}",
        b'{"name": NaN}',
        b'{"name": -Infinity}',
        b'{"name": "A", "name": "B"}',
        b'{"name": {"a": 1, "a": 2}}',
        b'{"name": "\xff"}',
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "a\nb"}',
        b'\xff\xfe{"\x00"\x00',
        b"\x00",
        b'{"priority": ' + b"9" * 5000 + b"}",
        b'{"name": ' + DEEP,
        b'{"name": ' + b'{"a":' * 100_000,
        DEEP,
        b'{"recipients": [1, 2',
        b'{"recipients": [{"phoneNumber": "79991234567"}]',
        b'{"recipients": [], "recipients": []}',
        b'{"recipients": [{"phoneNumber": "1", "phoneNumber": "2"}]}',
        b'{"recipients": [1 2]}',
        b'{"recipients": [1,]}',
    ],
    ids=lambda body: repr(body[:40]),
)
@pytest.mark.parametrize("path", ["/api/contracts", "/api/accounts"])
def test_what_is_not_json_is_malformed(api: Api, path: str, body: bytes) -> None:
    problem(api.client.post(path, content=body, headers=JSON), 400)


@pytest.mark.parametrize("body", ["null", "5", '"x"', "[]", '[{"phoneNumber": "1"}]', "true"])
@pytest.mark.parametrize("path", ["/api/contracts", "/api/accounts", "/api/queues/clean"])
def test_json_that_is_no_object_is_a_wrong_value(api: Api, path: str, body: str) -> None:
    problem(api.client.post(path, content=body, headers=JSON), 422)


@pytest.mark.parametrize(
    "body",
    ['{"name": "\\ud800"}', '{"\\ud800": 1}', '{"name": "\\u0000"}', '{"\\u0000": "\\udfff"}',
     '{"priority": 1e999}', '{"priority": -1e999, "name": 1e999}', '{"message": "\\udc00"}',
     '{"template": {"name": "\\ud800", "language": "\\ud800", "components": [{"\\ud800": 1}]}}'],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/contracts", "/api/accounts", "/api/queues/clean"])
def test_values_that_nothing_can_hold_are_refused(api: Api, path: str, body: str) -> None:
    problem(api.client.post(path, content=body, headers=JSON), 422)


def test_a_byte_order_mark_is_passed_over(api: Api) -> None:
    body = json.dumps({"accountId": api.account(), "name": "Ё"}, ensure_ascii=False)
    for path, content in (
        ("/api/contracts", body),
        ("/api/accounts", '{"name": "Ё", "kind": "sandbox"}'),
    ):
        answer = api.client.post(path, content=content.encode("utf-8-sig"), headers=JSON)
        assert answer.status_code == 201, answer.text


@pytest.mark.long
def test_a_contract_of_nearly_the_limit_is_taken(api: Api) -> None:
    head = f'{{"accountId": "{api.account()}", "name": "A", "recipients": ['.encode()
    row = b'{"phoneNumber": "7999%07d", "message": "' + b"x" * 8_000 + b'"}'
    rows = b",".join(row % number for number in range(CONTRACT_LIMIT // (len(row) + 10)))
    body = head + rows + b"]}"
    padding = b" " * (CONTRACT_LIMIT - len(body))
    answer = api.client.post("/api/contracts", content=body + padding, headers=JSON, timeout=90)
    assert answer.status_code == 201, answer.text[:500]
    assert answer.json()["counts"]["total"] == rows.count(b"phoneNumber")


@pytest.mark.parametrize(
    ("path", "limit"), [("/api/contracts", CONTRACT_LIMIT), ("/api/accounts", SMALL_LIMIT)]
)
def test_a_body_beyond_the_limit_is_refused(api: Api, path: str, limit: int) -> None:
    problem(api.client.post(path, content=b" " * (limit + 1), headers=JSON), 413)


def test_a_body_beyond_the_limit_is_refused_when_its_length_is_not_known(api: Api) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(CONTRACT_LIMIT // 2**20 + 1):
            yield b" " * 2**20

    problem(api.client.post("/api/contracts", content=chunks(), headers=JSON), 413)


def test_a_length_beyond_the_limit_is_refused_before_the_body_comes(api: Api) -> None:
    head = (
        "POST /api/contracts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {CONTRACT_LIMIT * 1000}\r\nExpect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", api.port), timeout=10) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("/api/contracts", b'{"accountId": "sandbox", "name": "A", "recipients": [{"phoneNumber"'),
        ("/api/accounts", b'{"name": "A", "kind": "sand'),
        ("/api/contracts/{contract}/recipients", b'[{"phoneNumber": "79991234567"},'),
    ],
)
def test_a_body_cut_short_changes_nothing(
    fresh_api: Api, caplog: pytest.LogCaptureFixture, path: str, start: bytes
) -> None:
    contract = fresh_api.contract("79990000001")
    before = fresh_api.get("/api/contracts"), fresh_api.get("/api/accounts")
    head = (
        f"POST {path.format(contract=contract)} HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n"
    )
    with caplog.at_level(logging.INFO, logger="wa_desktop.server"):
        fresh_api.raw(head.encode() + start)
        wait_until(lambda: "broke off" in caplog.text, "the server to notice")
    assert (fresh_api.get("/api/contracts"), fresh_api.get("/api/accounts")) == before
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


def test_what_is_no_http_is_refused(api: Api) -> None:
    for request in (
        b"\x00\xff\x00\xff\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ):
        answer = api.raw(request)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in answer
