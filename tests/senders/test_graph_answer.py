"""Sorting of answers, without a wire."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.senders.graph_answer import retry_after, sort_answer
from wa_desktop.senders.protocol import Accepted, Refused, Unclear

NO_HEADERS: Mapping[str, str] = {}
DAY = 86_400.0


def error_body(**error: object) -> bytes:
    return json.dumps({"error": error}).encode()


def refused(status: int, body: bytes, *private: str) -> Refused:
    result = sort_answer(status, body, NO_HEADERS.get, private)
    assert isinstance(result, Refused)
    return result


def test_details_are_preferred_to_the_message() -> None:
    body = error_body(code=131000, message="(#131000)", error_data={"details": "Why it failed"})
    assert refused(400, body).text == "Why it failed"


def test_error_data_may_be_a_plain_text() -> None:
    assert refused(400, error_body(code=100, message="m", error_data="Why")).text == "Why"


def test_without_details_the_message_is_the_text() -> None:
    assert refused(400, error_body(code=100, message="Bad", error_data={})).text == "Bad"


def test_a_code_written_as_text_is_read() -> None:
    assert refused(400, error_body(code="190", message="m")).code == 190


@pytest.mark.parametrize(
    ("error", "subcode"),
    [
        ({"code": 100, "error_subcode": 33}, 33),
        ({"code": 190, "error_subcode": "463"}, 463),
        ({"code": 190, "error_subcode": 0}, None),
        ({"code": 190, "error_subcode": None}, None),
        ({"code": 190, "error_subcode": "many"}, None),
        ({"code": 190, "error_subcode": True}, None),
        ({"code": 190, "error_subcode": 10**12}, None),
        ({"code": 190}, None),
        ({"code": 100, "type": "GraphMethodException"}, 33),
        ({"code": 100, "type": "OAuthException"}, None),
        ({"code": 131000, "type": "GraphMethodException"}, None),
    ],
)
def test_a_subcode_is_read_where_there_is_one(
    error: dict[str, object], subcode: int | None
) -> None:
    assert refused(400, error_body(message="m", **error)).subcode == subcode


@pytest.mark.parametrize(
    ("message", "held"),
    [
        ({"message_status": "accepted"}, False),
        ({"message_status": "held_for_quality_assessment"}, True),
        ({"message_status": "HELD_FOR_QUALITY_ASSESSMENT"}, True),
        ({"message_status": "paused"}, True),
        ({"message_status": "something new"}, False),
        ({"message_status": None}, False),
        ({"message_status": ["paused"]}, False),
        ({}, False),
    ],
)
def test_a_message_that_is_held_back_is_told_from_one_that_goes_out(
    message: dict[str, object], held: bool
) -> None:
    body = json.dumps({"messages": [{"id": "wamid.1", **message}]}).encode()
    assert sort_answer(200, body, NO_HEADERS.get, ()) == Accepted("wamid.1", held=held)


@pytest.mark.parametrize("code", [2**31, -(2**31) - 1, 10**30, "9" * 10, "9" * 5_000])
def test_a_code_that_no_graph_has_makes_the_answer_unclear(code: object) -> None:
    body = error_body(code=code, message="m")
    assert isinstance(sort_answer(400, body, NO_HEADERS.get, ()), Unclear)
    assert refused(429, body).code == 429


def test_words_and_ids_are_such_as_a_store_can_keep() -> None:
    assert refused(400, error_body(code=1, message="a\0b\ud800c")).text == "ab?c"
    assert refused(400, error_body(code=1, error_data="\0", message="m")).text == "m"
    body = json.dumps({"messages": [{"id": "wamid.\0\udfff1"}]}).encode()
    assert sort_answer(200, body, NO_HEADERS.get, ()) == Accepted("wamid.?1")


@pytest.mark.parametrize(
    ("contacts", "known_as"),
    [
        ([{"input": "+5511987654321", "wa_id": "551187654321"}], "551187654321"),
        ([{"input": "+5511987654321", "user_id": "BR.13491208655302741918"}], None),
        ([{"wa_id": "BR.13491208655302741918"}], None),
        ([{"wa_id": 551187654321}], None),
        ([{"wa_id": "٥٥"}], None),
        ([{}], None),
        ([[]], None),
        ([], None),
        ("551187654321", None),
        (None, None),
    ],
)
def test_the_number_that_the_provider_knows_is_read_if_it_is_one(
    contacts: object, known_as: str | None
) -> None:
    body = json.dumps({"contacts": contacts, "messages": [{"id": "wamid.1"}]}).encode()
    assert sort_answer(200, body, NO_HEADERS.get, ()) == Accepted("wamid.1", known_as=known_as)


def test_a_429_with_a_graph_code_keeps_the_code() -> None:
    assert refused(429, error_body(code=130429, message="m")).code == 130429


def test_a_429_with_a_web_page_is_refused_as_429() -> None:
    assert refused(429, b"<html>slow down</html>").code == 429


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"messages":[]}'),
        (200, b'{"messages":[{"id":""}]}'),
        (200, b'{"messages":{"id":"wamid.1"}}'),
        (200, b'{"error":{"code":131000,"message":"m"}}'),
        (200, b"[]"),
        (204, b""),
        (307, b""),
        (400, b'{"error":"bad"}'),
        (400, b'{"error":{"message":"no code"}}'),
        (400, b'{"error":{"code":true}}'),
        (500, b"[" * 100_000),
        (503, b""),
        (504, b"<html>gateway</html>"),
    ],
)
def test_what_is_no_graph_answer_is_unclear(status: int, body: bytes) -> None:
    assert isinstance(sort_answer(status, body, NO_HEADERS.get, ()), Unclear)


@given(status=st.integers(100, 599), body=st.binary(max_size=200))
def test_no_bytes_make_the_sorting_fail_or_guess(status: int, body: bytes) -> None:
    result = sort_answer(status, body, NO_HEADERS.get, ())
    assert isinstance(result, Unclear | Refused | Accepted)
    assert not isinstance(result, Accepted)


def test_an_error_never_repeats_token_number_or_text() -> None:
    said = "Malformed access token EAAtoken: cannot send 'Привет, Анна' to 79990000001"
    text = refused(
        401, error_body(code=190, message=said), "EAAtoken", "79990000001", "Привет, Анна"
    ).text
    assert text == "Malformed access token …: cannot send '…' to …"


def test_a_long_error_is_cut() -> None:
    assert len(refused(400, error_body(code=1, message="x" * 9000)).text) == 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": " 0 "}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "1e30"}, 86_400.0),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, 86_400.0),
        (
            {
                "X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":1'
                + "0" * 400
                + "}]}"
            },
            86_400.0,
        ),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:30 GMT",
                "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"Retry-After": "86400"}, DAY),
        ({"Retry-After": "86401"}, DAY),
        ({"Retry-After": "1e300"}, DAY),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, DAY),
        (
            {
                "X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":1'
                + "0" * 400
                + "}]}"
            },
            DAY,
        ),
        ({"X-Business-Use-Case-Usage": "not json"}, None),
        ({"X-Business-Use-Case-Usage": '{"1":[{"call_count":3}]}'}, None),
        ({"X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":0}]}'}, None),
        (
            {
                "X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":2}],'
                '"2":[{"estimated_time_to_regain_access":9}]}'
            },
            540.0,
        ),
        (
            {
                "Retry-After": "4",
                "X-Business-Use-Case-Usage": '{"1":[{"estimated_time_to_regain_access":9}]}',
            },
            4.0,
        ),
    ],
)
def test_the_wait_the_provider_asks_for_is_read(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers.get) == seconds
