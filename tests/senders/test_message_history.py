"""A message's id gives its recipient away, and nothing that reads otherwise does; pages as they
may come."""

import base64
import json

import httpx
import pytest

from tests.standin import Answer, Behaviour, StandIn
from tests.standin.history import wamid_of
from tests.standin.test_standin import post_raw
from wa_desktop.clock import SECOND
from wa_desktop.senders.message_history import (
    Delivery,
    HistoryPage,
    NotGiven,
    NotNow,
    gives_history,
    read_page,
    recipient_of,
)
from wa_desktop.senders.settings import CloudApiSettings


@pytest.mark.parametrize(
    ("provider_id", "phone"),
    [
        # Of Meta's documentation: what a business sent.
        ("wamid.HBgLMTY0NjcwNDM1OTUVAgARGBI1RjQyNUE3NEYxMzAzMzQ5MkEA", "16467043595"),
        ("wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJBRkJENzExMTRFRjk2NTI1OTEA", "16503879439"),
        # With and without the filling at the end.
        (wamid_of("+4915112345678", 7), "4915112345678"),
        (wamid_of("+4915112345678", 7).rstrip("="), "4915112345678"),
    ],
)
def test_the_id_of_what_a_business_sent_holds_the_recipient(provider_id: str, phone: str) -> None:
    assert recipient_of(provider_id) == phone


@pytest.mark.parametrize(
    "provider_id",
    [
        "",
        "wamid.",
        "wamid.sandbox.1",
        "wamid.%%%",
        "wamid.кириллица",
        "gBEGkYiEB1VXAglK1ZEqA1YKPrU",
        wamid_of("+16505551234", 1).removeprefix("wamid."),
        # Of Meta's documentation: what a business received.
        "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
        wamid_of("+16505551234", 1, received=True),
        # A user without a number.
        "wamid.HBgTQ08uMTExMjk0NzY4NzcyNjk2NRUUABEYEjVGNDI1QTc0RjEzMDMzNDkyQQA=",
        # A length that is not the number's.
        "wamid." + base64.b64encode(b"\x1c\x18\x0a16505551234\x15\x02\x00\x11\x18\x00").decode(),
        "wamid." + base64.b64encode(b"\x1c\x18\x0b16505551234\x15\x02\x00\x11").decode(),
    ],
)
def test_an_id_that_reads_otherwise_has_no_recipient(provider_id: str) -> None:
    assert recipient_of(provider_id) is None


def of(body: object, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Client:
    """A client whose every call is answered so."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = httpx.Response(status, content=content, headers=headers)
    return httpx.Client(transport=httpx.MockTransport(lambda _: answer))


SETTINGS = CloudApiSettings("106", "a-token")


def entry(*events: object, message_id: object = "wamid.1") -> dict[str, object]:
    return {"id": "1", "message_id": message_id, "events": {"data": list(events)}}


def test_moments_may_be_numbers_their_texts_or_dates_and_the_first_of_each_counts() -> None:
    events = [
        {"delivery_status": "READ", "timestamp": "2022-01-01T00:00:09+00:00"},
        {"delivery_status": "SENT", "timestamp": 1640995201},
        {"delivery_status": "SENT", "timestamp": "1640995200"},
        {"delivery_status": "DELETED", "timestamp": 1640995199},
        {"delivery_status": "DELIVERED", "timestamp": None},
        "no event",
    ]
    with of({"data": [entry(*events)]}) as client:
        page = read_page(client, SETTINGS)
    assert isinstance(page, HistoryPage)
    [found] = page.entries
    start = 1640995200 * SECOND
    assert found.events == {Delivery.SENT: start, Delivery.READ: start + 9 * SECOND}
    assert (found.first_at, found.last_at) == (start - SECOND, start + 9 * SECOND)


@pytest.mark.parametrize(
    "row",
    [
        None,
        7,
        {},
        {"message_id": "wamid.1"},
        entry(),
        entry({"delivery_status": "SENT"}),
        entry({"delivery_status": "SENT", "timestamp": "soon"}),
        entry({"delivery_status": "SENT", "timestamp": "2022-01-01T00:00:00"}),
        entry({"delivery_status": "SENT", "timestamp": True}),
        entry({"delivery_status": "SENT", "timestamp": -1}),
        entry({"delivery_status": "SENT", "timestamp": 1e300}),
        entry({"delivery_status": "SENT", "timestamp": 1640995200}, message_id=None),
    ],
)
def test_a_row_that_tells_nothing_is_passed_over(row: object) -> None:
    with of({"data": [row]}) as client:
        page = read_page(client, SETTINGS)
    assert isinstance(page, HistoryPage)
    assert page.entries == ()


@pytest.mark.parametrize(
    ("paging", "after"),
    [
        (None, None),
        ({}, None),
        ({"cursors": {"after": "B"}}, None),
        ({"cursors": {"after": "B"}, "next": "https://x"}, "B"),
        ({"cursors": {"after": "A"}, "next": "https://x"}, None),  # it leads nowhere new
        ({"cursors": {"after": 5}, "next": "https://x"}, None),
        ({"next": "https://x"}, None),
    ],
)
def test_the_walk_goes_on_where_the_provider_says_so(paging: object, after: str | None) -> None:
    with of({"data": [], "paging": paging}) as client:
        assert read_page(client, SETTINGS, "A") == HistoryPage((), after)


def graph(code: int, text: str = "no") -> dict[str, object]:
    return {"error": {"code": code, "message": text}}


@pytest.mark.parametrize(
    ("status", "body", "given"),
    [
        (400, graph(100), NotGiven("100: no")),
        (400, graph(100, "a-token is bad"), NotGiven("100: … is bad")),
        (401, graph(190), NotGiven("190: no")),
        (404, b"<html>", NotGiven("HTTP 404")),
        (500, graph(2), NotNow("2: no")),
        (400, graph(80007), NotNow("80007: no", 900.0)),
        (429, b"", NotNow("HTTP 429", 900.0)),
        (429, graph(100), NotNow("100: no", 900.0)),
        (502, b"<html>", NotNow("HTTP 502")),
        (302, b"", NotNow("HTTP 302")),
        (200, b"<html>", NotNow("no answer of the Cloud API")),
        (200, {"data": {}}, NotNow("no answer of the Cloud API")),
    ],
)
def test_a_refusal_is_told_from_trouble_that_passes(
    status: int, body: object, given: NotGiven | NotNow
) -> None:
    with of(body, status) as client:
        assert read_page(client, SETTINGS) == given


def test_the_provider_says_for_how_long_not_to_ask() -> None:
    with of(graph(4), 400, {"Retry-After": "7"}) as client:
        assert read_page(client, SETTINGS) == NotNow("4: no", 7.0)


@pytest.fixture
def settings(cloud: StandIn) -> CloudApiSettings:
    return CloudApiSettings("106", "a-token", api_base_url=cloud.base_url)


def test_a_history_is_given_once_there_is_something_in_it(
    cloud: StandIn, settings: CloudApiSettings
) -> None:
    assert gives_history(settings) is None
    post_raw(cloud, '{"to":"+16505551234","type":"text","text":{"body":"x"}}')
    assert gives_history(settings) is True
    for answer, given in (("100", False), (Answer.HTML_502, None), (Answer.EMPTY_200, None)):
        cloud.behave(Behaviour(history=answer))
        assert gives_history(settings) is given


def test_a_provider_that_cannot_be_reached_may_be_asked_later() -> None:
    gone = CloudApiSettings("106", "a-token", api_base_url="http://127.0.0.1:9")
    assert gives_history(gone) is None
