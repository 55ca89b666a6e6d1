"""What ``wa-desktop doctor`` says of a queue that refuses writes, and of one without a password."""

import resource
import sqlite3
import stat
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.commands.running import run
from tests.services.redis import RedisServer
from tests.services.redis_refusals import REFUSALS, make_clerk
from wa_desktop.commands.doctor.redis_access import is_loopback


def _checks(url: str, code: int | None = None) -> list[dict[str, Any]]:
    ended = run("doctor", "--json", extra={"REDIS_URL": url})
    assert code is None or ended.code == code, ended.out
    checks: list[dict[str, Any]] = ended.json["checks"]
    return checks


def _found(checks: list[dict[str, Any]], subject: str) -> dict[str, Any]:
    return next(one for one in checks if one["subject"] == subject)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_redis_that_refuses_jobs_is_an_error_that_says_what_to_do(refusal: str) -> None:
    case = REFUSALS[refusal]
    with RedisServer(password="x") as server, Redis.from_url(server.url) as client:
        make_clerk(client)
        case.cause(client)
        before = sorted(client.keys())
        login = case.asks or ":x@"
        found = _found(_checks(f"redis://{login}127.0.0.1:{server.port}/0", 1), "queue's writing")
        assert sorted(client.keys()) == before
    assert case.says.lower() in found["text"].lower()
    assert case.advice in found["advice"]


def test_a_user_of_the_named_rights_is_enough_and_may_lack_info() -> None:
    with RedisServer(password="x") as server, Redis.from_url(server.url) as admin:
        admin.execute_command(
            *("ACL", "SETUSER", "clerk", "on", ">secret", "~huey.*"),
            *("+lpush", "+brpop", "+del", "+expire"),
        )
        checks = _checks(f"redis://clerk:secret@127.0.0.1:{server.port}/0", 0)
        assert admin.keys() == []
    assert not any(one["subject"] == "queue's writing" for one in checks)
    assert _found(checks, "Redis settings")["level"] == "warning"


def test_a_redis_that_takes_jobs_holds_nothing_of_doctors_afterwards() -> None:
    with RedisServer(password="x") as server, Redis.from_url(server.url) as client:
        checks = _checks(server.url, 0)
        assert client.keys() == []
        assert client.info("commandstats")["cmdstat_lpush"]["calls"] == 1
    assert not any(one["subject"] == "queue's writing" for one in checks)


@pytest.fixture
def queue_file(home: Path) -> Path:
    """The queue's file as a start makes it."""
    assert run("accounts", "list").code == 0
    return home / "queues.db"


def test_a_queue_file_that_can_be_written_is_left_as_it_was(queue_file: Path) -> None:
    with closing(sqlite3.connect(queue_file)) as queues:
        before = list(queues.iterdump())
    checks = run("doctor", "--json").json["checks"]
    assert not any(one["subject"] == "queue's writing" for one in checks)
    with closing(sqlite3.connect(queue_file)) as queues:
        assert list(queues.iterdump()) == before


def test_a_queue_file_on_a_full_disk_is_an_error(queue_file: Path) -> None:
    """A worker has it open, which is why it can be read still."""
    with closing(sqlite3.connect(queue_file)) as queues:
        queues.execute("SELECT 1 FROM task").fetchall()
        ended = subprocess.run(
            [sys.executable, "-m", "wa_desktop", "doctor"],
            capture_output=True,
            text=True,
            timeout=60,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_FSIZE, (4_000, 4_000)),
        )
    assert ended.returncode == 1
    assert "queue's writing" in ended.stdout
    assert "queues.db cannot be written" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr


def test_a_queue_file_that_another_program_holds_is_an_error(queue_file: Path) -> None:
    with closing(sqlite3.connect(queue_file, isolation_level=None)) as queues:
        queues.execute("BEGIN IMMEDIATE")
        found = _found(run("doctor", "--json").json["checks"], "queue's writing")
    assert "locked" in found["text"]


def test_a_redis_without_a_password_is_a_warning() -> None:
    with RedisServer() as server:
        found = _found(_checks(server.url, 0), "Redis password")
    assert found["level"] == "warning"
    assert "of this computer" in found["text"]
    assert "requirepass" in found["advice"]


def test_a_redis_without_a_password_that_listens_to_the_network_is_a_sharper_warning() -> None:
    with (
        RedisServer(options=["--bind", "0.0.0.0", "--protected-mode", "no"]) as server,
    ):
        found = _found(_checks(server.url, 0), "Redis password")
    assert found["level"] == "warning"
    assert "over the network" in found["text"]


def test_a_redis_with_a_password_is_well() -> None:
    with RedisServer(password="x") as server:
        assert _found(_checks(server.url, 0), "Redis password")["level"] == "ok"


def test_a_user_with_a_password_is_of_no_use_while_others_need_none() -> None:
    with RedisServer() as server, Redis.from_url(server.url) as admin:
        admin.execute_command("ACL", "SETUSER", "clerk", "on", ">secret", "~*", "+@all")
        url = f"redis://clerk:secret@127.0.0.1:{server.port}/0"
        assert _found(_checks(url, 0), "Redis password")["level"] == "warning"


@pytest.mark.parametrize(("mode", "level"), [("770", "ok"), ("777", "warning")])
def test_a_socket_needs_no_password_unless_everybody_may_write_it(mode: str, level: str) -> None:
    with tempfile.TemporaryDirectory(prefix="wa-") as folder:
        socket = Path(folder) / "redis.sock"
        options = ["--unixsocket", str(socket), "--unixsocketperm", mode]
        with RedisServer(options=options):
            assert stat.S_ISSOCK(socket.stat().st_mode)
            found = _found(_checks(f"unix://{socket}?db=0", 0), "Redis password")
    assert found["level"] == level


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        *(("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True)),
        *(
            ("0.0.0.0", False),
            ("::", False),
            ("192.168.1.5", False),
            ("redis", False),
            ("*", False),
        ),
    ],
)
def test_only_loopback_addresses_are_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
