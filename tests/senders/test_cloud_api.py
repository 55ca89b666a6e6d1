"""The Cloud API sender over loopback: what the wire does, and what is made of it."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.standin import Answer, Behaviour, StandIn
from wa_desktop.senders.cloud_api import CloudApiSender
from wa_desktop.senders.protocol import (
    Accepted,
    NotSent,
    Outgoing,
    Refused,
    SendResult,
    TemplateContent,
    TextContent,
    Unclear,
)
from wa_desktop.senders.settings import CloudApiSettings

Make = Callable[..., Outgoing]
TOKEN = "EAAsecretTOKEN123"
PHONE = "79990000001"


def send_all(base_url: str, *messages: Outgoing, timeout: float = 5.0) -> list[SendResult]:
    """Send one after the other through one sender."""

    async def run() -> list[SendResult]:
        settings = CloudApiSettings(
            "106540352242922", TOKEN, base_url, connect_timeout=timeout / 2, timeout=timeout
        )
        sender = CloudApiSender(settings)
        try:
            return [await sender.send(one) for one in messages]
        finally:
            await sender.close()

    return asyncio.run(run())


def send(base_url: str, message: Outgoing, timeout: float = 5.0) -> SendResult:
    return send_all(base_url, message, timeout=timeout)[0]


async def send_fifty_at_a_time(base_url: str, make: Make, count: int) -> list[SendResult]:
    """Send so many different messages, fifty in flight."""
    sender = CloudApiSender(CloudApiSettings("106", TOKEN, base_url))
    places = asyncio.Semaphore(50)

    async def one(number: int) -> SendResult:
        async with places:
            content = TextContent(f"Текст {number}")
            return await sender.send(make(number, content, phone=str(79990000000 + number)))

    results = await asyncio.gather(*(one(number) for number in range(count)))
    await sender.close()
    return results


def test_an_accepted_message_arrives_as_it_was_written(cloud: StandIn, outgoing: Make) -> None:
    result = send(cloud.base_url, outgoing(7))
    [message] = cloud.accepted()
    assert result == Accepted(message.wamid, known_as=message.to.lstrip("+"))
    assert message.to == f"+{PHONE}"
    assert message.content == "Здравствуйте, Анна! 🙂"
    assert message.tracking == "m7:a1"
    assert message.sender == "106540352242922"


def test_a_template_arrives_with_its_parameters(cloud: StandIn, outgoing: Make) -> None:
    content = TemplateContent("sale", "ru", {"1": "Анна", "2": "FALL25"})
    assert isinstance(send(cloud.base_url, outgoing(content=content)), Accepted)
    [message] = cloud.accepted()
    assert message.kind == "template"
    assert json.loads(message.content)["components"][0]["parameters"][0]["text"] == "Анна"


def test_one_connection_serves_message_after_message(cloud: StandIn, outgoing: Make) -> None:
    before = cloud.summary().connections
    send_all(cloud.base_url, *(outgoing(number) for number in range(20)))
    # The second summary opened one connection too.
    assert cloud.summary().connections - before - 1 == 1


def test_a_graph_error_is_refused_with_its_code_and_details(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(phones={PHONE: ("131026",)}))
    result = send(cloud.base_url, outgoing())
    assert result == Refused(131026, "The stand-in was told to answer 131026", 400)


def test_a_graph_error_under_a_server_error_is_refused(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(phones={PHONE: ("131016",)}))
    result = send(cloud.base_url, outgoing())
    assert isinstance(result, Refused)
    assert (result.code, result.http_status) == (131016, 503)


def test_a_throttled_message_tells_how_long_to_wait(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(shares={"130429": 1.0}, retry_after="7"))
    assert send(cloud.base_url, outgoing()) == Refused(
        130429, "The stand-in was told to answer 130429", 400, 7.0
    )


def test_the_time_to_regain_access_is_read_in_minutes(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(shares={"80007": 1.0}, regain_minutes=5))
    result = send(cloud.base_url, outgoing())
    assert isinstance(result, Refused)
    assert result.retry_after == 300.0


def test_a_429_without_a_body_is_refused(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(shares={Answer.BARE_429: 1.0}, retry_after="2"))
    assert send(cloud.base_url, outgoing()) == Refused(429, "Too many requests", 429, 2.0)


def test_a_wait_that_is_no_text_counts_as_not_told(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(shares={Answer.BARE_429: 1.0}, retry_after="позже"))
    assert send(cloud.base_url, outgoing()) == Refused(429, "Too many requests", 429, None)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer.DROP_AFTER, "connection was lost"),
        (Answer.RESET_AFTER, "connection was lost"),
        (Answer.DROP_BEFORE, "connection was lost"),
        (Answer.EMPTY_200, "200 with an empty body"),
        (Answer.NO_ID, "200 without a message id"),
        (Answer.CUT_BODY, "broke off"),
        (Answer.HTML_502, "502 with a web page"),
        (Answer.HTML_401, "401 with a web page"),
        (Answer.HTML_403, "403 with a web page"),
        (Answer.HTML_404, "404 with a web page"),
        (Answer.REDIRECT, "302"),
        (Answer.ENDLESS_CODE, "400 with a body that is no Graph answer"),
    ],
)
@pytest.mark.parametrize("kept_alive", [False, True])
def test_an_end_that_proves_nothing_is_unclear_and_sent_once(
    cloud: StandIn, outgoing: Make, answer: Answer, reason: str, kept_alive: bool
) -> None:
    cloud.behave(Behaviour(phones={PHONE: (answer,)}))
    other = outgoing(2, phone="79990000002")
    first = [other] if kept_alive else []
    result = send_all(cloud.base_url, *first, outgoing(1))[-1]
    assert isinstance(result, Unclear)
    assert reason in result.reason
    assert cloud.summary().answers[answer] == 1


def test_no_answer_in_time_is_unclear(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(phones={PHONE: (Answer.SILENT,)}))
    assert send(cloud.base_url, outgoing(), timeout=0.3) == Unclear("no answer within 0.3 s")
    assert cloud.count() == 1


def test_connections_that_close_unannounced_lose_and_double_nothing(
    cloud: StandIn, outgoing: Make
) -> None:
    cloud.behave(Behaviour(shares={Answer.OK_CLOSE: 0.5}, seed=1))
    results = asyncio.run(send_fifty_at_a_time(cloud.base_url, outgoing, 1000))
    counted = Counter(type(one) for one in results)
    summary = cloud.summary()
    assert set(counted) <= {Accepted, Unclear}
    assert counted[Accepted] <= summary.accepted <= counted[Accepted] + counted[Unclear]
    assert summary.doubled == 0


@contextmanager
def full_listener() -> Iterator[str]:
    """An address that takes no more connections, so that connecting never ends."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for one in waiting:
            one.close()


def test_a_refused_connection_is_not_sent(outgoing: Make) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        result = send(address, outgoing())
    assert isinstance(result, NotSent)
    assert "refused" in result.reason


def test_a_name_that_does_not_resolve_is_not_sent(outgoing: Make) -> None:
    assert isinstance(send("http://no-such-name.invalid", outgoing()), NotSent)


def test_a_connection_that_is_not_made_in_time_is_not_sent(outgoing: Make) -> None:
    with full_listener() as address:
        assert send(address, outgoing(), timeout=0.6) == NotSent("no connection within 0.3 s")


def test_a_failed_tls_handshake_is_not_sent(outgoing: Make) -> None:
    async def run() -> SendResult:
        async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"this is no TLS\r\n\r\n")
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        sender = CloudApiSender(CloudApiSettings("106", TOKEN, f"https://127.0.0.1:{port}"))
        async with server:
            result = await sender.send(outgoing())
        await sender.close()
        return result

    assert isinstance(asyncio.run(run()), NotSent)


def test_a_cancelled_send_says_so_to_its_caller(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(phones={PHONE: (Answer.SILENT,)}))

    async def run() -> None:
        sender = CloudApiSender(CloudApiSettings("106", TOKEN, cloud.base_url))
        sending = asyncio.create_task(sender.send(outgoing()))
        await asyncio.to_thread(cloud.wait_for, 1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await sender.close()

    asyncio.run(run())


def test_the_proxy_of_the_environment_is_not_used(
    cloud: StandIn, outgoing: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert isinstance(send(cloud.base_url, outgoing()), Accepted)


def test_a_wrong_token_is_refused_and_not_repeated_in_words(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(token="another"))
    result = send(cloud.base_url, outgoing())
    assert isinstance(result, Refused)
    assert result.code == 190
    assert TOKEN not in str(result)


def test_fifty_in_flight_are_each_accepted_once(cloud: StandIn, outgoing: Make) -> None:
    cloud.behave(Behaviour(latency=0.005, jitter=0.01))
    results = asyncio.run(send_fifty_at_a_time(cloud.base_url, outgoing, 500))
    summary = cloud.summary()
    assert (summary.accepted, summary.doubled) == (500, 0)
    assert len({one.provider_id for one in results if isinstance(one, Accepted)}) == 500
