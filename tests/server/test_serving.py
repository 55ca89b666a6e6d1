"""The server: its port, its threads, its end."""

import signal
import socket
import threading

import httpx
import pytest
from fastapi import FastAPI

from tests.waiting import wait_until
from wa_desktop.errors import SettingsError
from wa_desktop.server.serving import ApiServer


def hello() -> FastAPI:
    """An application with one path."""
    app = FastAPI()
    app.add_api_route("/", lambda: "hello", methods=["GET"])
    return app


def test_a_free_port_is_chosen_and_the_address_known() -> None:
    server = ApiServer(hello(), "127.0.0.1", 0)
    server.start()
    try:
        assert server.url == f"http://127.0.0.1:{server.port}"
        assert httpx.get(server.url, trust_env=False).json() == "hello"
    finally:
        server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url, trust_env=False)


def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SettingsError) as caught:
            ApiServer(hello(), "127.0.0.1", port)
    assert str(port) in str(caught.value)
    assert "set another PORT" in str(caught.value)


def test_a_port_is_free_again_at_once() -> None:
    first = ApiServer(hello(), "127.0.0.1", 0)
    first.start()
    httpx.get(first.url, trust_env=False)
    first.stop()
    second = ApiServer(hello(), "127.0.0.1", first.port)
    second.stop()
    assert second.port == first.port


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_an_address_of_another_computer_is_refused(host: str) -> None:
    with pytest.raises(SettingsError) as caught:
        ApiServer(hello(), host, 0)
    assert host in str(caught.value)


def test_localhost_is_reached_by_its_name_and_by_its_number() -> None:
    server = ApiServer(hello(), "localhost", 0)
    server.start()
    try:
        for host in ("localhost", "127.0.0.1"):
            assert httpx.get(f"http://{host}:{server.port}", trust_env=False).status_code == 200
    finally:
        server.stop()


def test_it_runs_in_the_foreground_and_leaves_signals_alone() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    during: list[object] = []
    server = ApiServer(hello(), "127.0.0.1", 0)

    def visit() -> None:
        assert httpx.get(server.url, trust_env=False).status_code == 200
        during.extend((signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)))
        server.stop()

    visitor = threading.Thread(target=visit)
    visitor.start()
    server.run()
    visitor.join()
    assert tuple(during) == before
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_stop_lets_a_call_under_way_finish() -> None:
    entered, released = threading.Event(), threading.Event()
    app = FastAPI()

    def slow() -> str:
        entered.set()
        released.wait(10)
        return "done"

    app.add_api_route("/", slow, methods=["GET"])
    server = ApiServer(app, "127.0.0.1", 0)
    server.start()
    answers: list[httpx.Response] = []
    caller = threading.Thread(target=lambda: answers.append(httpx.get(server.url, trust_env=False)))
    caller.start()
    assert entered.wait(10)
    stopper = threading.Thread(target=server.stop)
    stopper.start()

    def refuses() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", server.port)) != 0

    wait_until(refuses, "the server to take no more calls")
    released.set()
    caller.join()
    stopper.join()
    assert answers[0].json() == "done"


def test_stopping_twice_or_before_the_start_is_harmless() -> None:
    server = ApiServer(hello(), "127.0.0.1", 0)
    server.stop()
    server.stop()
