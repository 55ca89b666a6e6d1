"""An operator's problems, each caused for real: health and log tell of it and of its end.

The server is ``wa-desktop serve`` as a process, asked over HTTP. Each report must come within
five seconds and say what to do; each must end within five seconds once the cause is gone.
"""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
import psutil
import pytest

from tests.faults.disk import DiskRefused, SmallDisk
from tests.faults.scene import soon
from tests.programs import Place, Worker, phone
from tests.services.postgres import PostgresServer
from tests.services.process import free_port
from tests.services.redis import RedisServer
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.switches import QueueName

RATE = {"max": 5, "durationMs": 1000}


class Serve(Protocol):
    """Starts a server on a place, with an engine unless told not to."""

    def __call__(self, place: Place, *, engine: bool = True) -> "Server": ...


class Server:
    """A ``wa-desktop serve`` of the test's own: its health, its log, its API."""

    def __init__(self, place: Place, log: Path, port: int) -> None:
        self.place = place
        self.log = log
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False)
        self._read = 0

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call that must succeed; its JSON."""
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def health(self) -> tuple[int, str]:
        """Status code and text of the health; it must answer within a second or so."""
        began = time.monotonic()
        answer = self.client.get("/health")
        assert time.monotonic() - began < soon() / 5 + 0.5
        return answer.status_code, answer.text

    def is_alive(self) -> bool:
        """Whether the process answers that it lives, whatever is wrong."""
        return self.client.get("/health/live").status_code == 200

    def sends(self, cloud: StandIn, amount: int = 400) -> str:
        """A running campaign through the stand-in, a few messages a second; its id."""
        self.call(
            "POST",
            "/api/accounts",
            {
                "id": "acc",
                "name": "acc",
                "kind": "cloud_api",
                "phoneNumberId": "1055",
                "accessToken": "a-token-of-the-tests",
                "apiBaseUrl": cloud.base_url,
                "rateLimit": RATE,
            },
        )
        return self.starts("acc", amount)

    def starts(self, account: str, amount: int) -> str:
        """A started campaign of an account; its id."""
        body = {
            "accountId": account,
            "name": "c",
            "message": "hi",
            "recipients": [{"phoneNumber": f"+{phone(number)}"} for number in range(amount)],
        }
        contract: str = self.call("POST", "/api/contracts", body)["id"]
        self.call("POST", f"/api/contracts/{contract}/start")
        return contract

    def reports(self, *told: str, code: int = 200) -> None:
        """Health and log tell of it within five seconds, all these words."""
        wait_until(
            lambda: self._tells(told, code), f"health and log to tell: {', '.join(told)}", soon()
        )

    def _tells(self, told: tuple[str, ...], code: int) -> bool:
        status, text = self.health()
        if status != code or not all(one in text for one in told):
            return False
        return any(all(one in line for one in told) for line in self.lines())

    def is_well(self, *told: str) -> None:
        """Health is ok again within five seconds, and a line of the log says so."""
        wait_until(lambda: self.health()[0] == 200, "the health to be well", soon())
        wait_until(lambda: '{"status":"ok"' in self.health()[1], "the health to be ok", soon())
        wait_until(
            lambda: any(all(one in line for one in told) for line in self.lines()),
            f"the log to tell of the end: {', '.join(told)}",
            soon(),
        )

    def mark(self) -> None:
        """Only lines that come from now on count."""
        self._read = self.log.stat().st_size

    def lines(self) -> list[str]:
        """The lines of the log since the last mark."""
        with self.log.open("rb") as file:
            file.seek(self._read)
            return file.read().decode(errors="replace").splitlines()


@pytest.fixture
def serve(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts the server on a place, and waits until all is well with it."""
    with ExitStack() as stack:

        def start(place: Place, *, engine: bool = True) -> Server:
            port = free_port()
            monkeypatch.setenv("PORT", str(port))
            log = tmp_path / "worker.log"
            words = ("-m", "wa_desktop") if engine else ("-m", "wa_desktop", "serve")
            command = "serve" if engine else "--no-engine"
            stack.enter_context(Worker(place, command, log=log, program=words))
            server = Server(place, log, port)
            stack.enter_context(server.client)
            wait_until(lambda: _answers(server), "the server", 40)
            server.mark()
            return server

        yield start


def _answers(server: Server) -> bool:
    try:
        return server.health()[0] == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def sqlite_place(home: Path) -> Place:
    return Place(home, f"sqlite:///{home / 'ledger.db'}", None)


@contextmanager
def operator(place: Place) -> Iterator[Program]:
    """The operator's own process, on the same ledger."""
    with Program.open(place.settings()) as program:
        yield program


def test_a_token_that_the_provider_refuses(
    serve: Serve, sqlite_place: Place, cloud: StandIn
) -> None:
    server = serve(sqlite_place)
    contract = server.sends(cloud)
    cloud.wait_for(1)
    cloud.behave(Behaviour(token="another-token"))
    server.reports("The account acc is stopped", "code 190", "--access-token - --resume")
    assert '"degraded"' in server.health()[1]
    shown = server.call("GET", f"/api/contracts/{contract}")
    assert shown["status"] == "running"
    assert "Enter a new token" in shown["statusReason"]
    listed = server.call("GET", "/api/contracts")["items"][0]
    assert listed["statusReason"] == shown["statusReason"]
    (stopped,) = server.call("GET", "/api/queues/status")["stoppedAccounts"]
    assert stopped["id"] == "acc"
    assert "code 190" in stopped["reason"]
    server.call("PATCH", "/api/accounts/acc", {"accessToken": "another-token"})
    server.call("POST", "/api/accounts/acc/resume")
    server.is_well("the account acc sends again")


def test_an_account_that_a_circuit_breaker_stopped(
    serve: Serve, sqlite_place: Place, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(quality="RED"))
    server = serve(sqlite_place)
    server.sends(cloud)
    server.reports("The account acc is stopped", "RED", "wa-desktop accounts resume acc")
    with operator(sqlite_place) as program:
        program.services.accounts.resume("acc")
    server.is_well("the account acc sends again")


@pytest.mark.long
def test_a_campaign_that_a_circuit_breaker_paused(
    serve: Serve, sqlite_place: Place, cloud: StandIn
) -> None:
    cloud.behave(Behaviour(shares={"131008": 1.0}))
    server = serve(sqlite_place)
    contract = server.sends(cloud)
    server.reports(f"The campaign {contract} is paused", f"wa-desktop contracts start {contract}")
    cloud.behave(Behaviour())
    server.call("POST", f"/api/contracts/{contract}/start")
    server.is_well(f"the campaign {contract} was started")


def test_a_queue_that_an_operator_paused_elsewhere(
    serve: Serve, sqlite_place: Place, cloud: StandIn
) -> None:
    server = serve(sqlite_place)
    contract = server.sends(cloud)
    with operator(sqlite_place) as program:
        program.services.queues.pause(QueueName.MESSAGES)
        server.reports("The queue of messages is paused", "/api/queues/messages/resume")
        reason = server.call("GET", f"/api/contracts/{contract}")["statusReason"]
        assert "queue of messages is paused" in reason
        assert server.call("GET", "/api/queues/status")["messages"]["paused"]
        program.services.queues.resume(QueueName.MESSAGES)
    server.is_well("the queue of messages was resumed")


def test_a_redis_that_is_away_is_told_and_sending_goes_on(
    serve: Serve, home: Path, cloud: StandIn, redis_server: RedisServer
) -> None:
    server = serve(Place(home, f"sqlite:///{home / 'ledger.db'}", redis_server.url))
    server.sends(cloud)
    redis_server.kill()
    server.reports("Redis is out of reach", "sending goes on without the queue", code=200)
    before = cloud.count()
    cloud.wait_for(before + 3)
    server.mark()
    redis_server.start()
    wait_until(lambda: server.health()[1].startswith('{"status":"ok"'), "the health", soon())
    wait_until(lambda: any("the queue is back" in line for line in server.lines()), "the log")


@contextmanager
def hanging(server: PostgresServer) -> Iterator[None]:
    """All of its processes stand still meanwhile: connections are kept, nothing is answered."""
    main = psutil.Process(server._process.pid)
    processes = [main, *main.children(recursive=True)]
    for one in processes:
        one.suspend()
    try:
        yield
    finally:
        for one in processes:
            one.resume()


def test_a_postgresql_that_is_away_or_hangs(
    serve: Serve, home: Path, cloud: StandIn, postgres_server: PostgresServer
) -> None:
    server = serve(Place(home, postgres_server.url(postgres_server.create_database()), None))
    server.sends(cloud)
    cloud.wait_for(1)
    postgres_server.kill()
    server.reports("The ledger is out of reach", "sending goes on by itself", code=503)
    assert server.is_alive()
    for _ in range(5):
        assert server.client.get("/api/contracts").status_code == 503
    # What repeats while it lasts is told once a minute, by each that finds it.
    told = [line.partition(" ")[2].partition(" ")[2] for line in server.lines()]
    assert len(told) == len(set(told))
    server.mark()
    postgres_server.start()
    server.is_well("the ledger works again")
    server.mark()
    with hanging(postgres_server):
        server.reports("The ledger does not answer", "Sending goes on", code=503)
        assert server.is_alive()
        server.mark()
    server.is_well("the ledger works again")


def test_a_disk_that_is_full(serve: Serve, home: Path, cloud: StandIn) -> None:
    disk = SmallDisk(home)
    try:
        disk.mount()
    except (DiskRefused, OSError) as error:
        pytest.skip(f"no disk of its own: {error}")
    with ExitStack() as stack:
        stack.callback(disk.unmount)
        server = serve(Place(home, f"sqlite:///{home / 'ledger.db'}", None))
        server.sends(cloud)
        cloud.wait_for(1)
        disk.fill()
        server.reports("The disk that holds the ledger is full", "free some space", code=503)
        server.mark()
        disk.free()
        server.is_well("the ledger works again")


@pytest.mark.long
@pytest.mark.parametrize("engine", [True, False], ids=["engine", "no-engine"])
def test_a_worker_that_was_killed_beside_another_one(
    serve: Serve, home: Path, postgres_url: str, tmp_path: Path, engine: bool
) -> None:
    """The other one is the server's own engine, or a worker beside a server without one."""
    place = Place(home, postgres_url, None)
    with ExitStack() as stack:
        if not engine:
            stack.enter_context(Worker(place, log=tmp_path / "first.log"))
        server = serve(place, engine=engine)
        killed = stack.enter_context(Worker(place, log=tmp_path / "other.log"))
        killed.says("Worker started", 40)
        killed.kill()
        server.reports(f"process {killed.pid}", "was killed or crashed", "Start it again")
        wait_until(lambda: server.health()[1] == '{"status":"ok"}', "the report's end", 40)
        server.is_well("this is over", f"process {killed.pid}")


def test_a_killed_worker_that_was_started_again(
    serve: Serve, home: Path, postgres_url: str, tmp_path: Path
) -> None:
    place = Place(home, postgres_url, None)
    server = serve(place)
    log = tmp_path / "other.log"
    with Worker(place, log=log) as other:
        other.says("Worker started", 40)
        pid = other.pid
        other.kill()
        server.reports(f"process {pid}", "was killed or crashed", "Start it again")
        server.mark()
    with Worker(place, log=log):
        wait_until(lambda: server.health()[1] == '{"status":"ok"}', "a successor to be seen", 40)
        server.is_well("this is over", f"process {pid}")


def test_a_server_whose_only_worker_was_killed(
    serve: Serve, sqlite_place: Place, cloud: StandIn
) -> None:
    log = sqlite_place.home / "other.log"
    with Worker(sqlite_place, log=log) as worker:
        worker.says("Worker started", 40)
        server = serve(sqlite_place, engine=False)
        server.sends(cloud)
        cloud.wait_for(1)
        worker.kill()
        server.reports("No worker is alive", "messages wait", "wa-desktop worker", code=503)
        status = server.call("GET", "/api/queues/status")
        assert status["waitingWithoutWorker"] > 0
        server.mark()
    with Worker(sqlite_place, log=log):
        wait_until(lambda: server.health()[0] == 200, "a worker to be seen", 40)
        server.is_well("this is over", "No worker is alive")


def test_a_clock_that_is_off(
    serve: Serve,
    home: Path,
    postgres_url: str,
    cloud: StandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = tmp_path / "clock"
    paths = [str(Path(__file__).parent / "clockwork"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
    monkeypatch.setenv("WA_TEST_CLOCK", str(clock))

    def set_clock(seconds: int) -> None:
        fresh = clock.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(clock)

    set_clock(0)
    server = serve(Place(home, postgres_url, None))
    contract = server.sends(cloud)
    cloud.wait_for(1)
    set_clock(600)
    server.reports("clock is 600 s ahead", "Let both computers take the time", code=503)
    reason = server.call("GET", f"/api/contracts/{contract}")["statusReason"]
    assert "clock is" in reason
    server.mark()
    set_clock(0)
    server.is_well("the clock is right again")
