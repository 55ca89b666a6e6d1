"""The servers of the tests do what the tests of faults rely on."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.leaks import Alive, end_what_is_new_since
from tests.services.postgres import PostgresServer
from tests.services.process import MissingProgram, find_program
from tests.services.redis import RedisServer
from tests.waiting import wait_until

_SLEEPER = [sys.executable, "-c", "input()"]


def _keys(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        size = client.dbsize()
    assert isinstance(size, int)
    return size


def _put(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.set("key", "value")


def _found(before: Alive) -> list[str]:
    return end_what_is_new_since(before, grace_seconds=0.05)


@pytest.mark.parametrize("_", [1, 2])
def test_each_test_gets_an_empty_redis(redis_url: str, _: int) -> None:
    assert _keys(redis_url) == 0
    _put(redis_url)


@pytest.mark.parametrize("_", [1, 2])
def test_each_test_gets_an_empty_database(postgres_url: str, _: int) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE once (id int)")


def test_a_redis_comes_back_empty_at_the_same_address_after_a_kill(
    redis_server: RedisServer,
) -> None:
    _put(redis_server.url)
    redis_server.kill()
    with pytest.raises(redis.ConnectionError):
        _put(redis_server.url)
    redis_server.start()
    assert _keys(redis_server.url) == 0


def test_a_redis_can_be_emptied_and_stopped(redis_server: RedisServer) -> None:
    _put(redis_server.url)
    redis_server.flushall()
    assert _keys(redis_server.url) == 0
    redis_server.stop()
    assert not redis_server.running


def test_a_redis_with_a_password_refuses_those_without() -> None:
    with RedisServer(password="p@ss/word") as server:
        _put(server.url)
        with pytest.raises(redis.AuthenticationError):
            _put(f"redis://127.0.0.1:{server.port}/0")


@pytest.mark.parametrize("end", [PostgresServer.stop, PostgresServer.kill])
def test_a_postgres_keeps_its_data_over_an_end(
    postgres_server: PostgresServer, end: object
) -> None:
    with psycopg.connect(postgres_server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert callable(end)
    end(postgres_server)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres_server.url())
    postgres_server.start()
    with psycopg.connect(postgres_server.url()) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_postgres_knows_cyrillic_letters(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT lower('ПРИВЕТ')").fetchone() == ("привет",)


def test_a_missing_program_is_named_with_its_package() -> None:
    with pytest.raises(MissingProgram, match=r"nothing-such .*apt-get install -y some-package"):
        find_program("nothing-such", "some-package")


@pytest.mark.window
def test_a_window_opens_on_a_real_screen(qtbot: QtBot) -> None:
    label = QLabel("Привет")
    qtbot.addWidget(label)
    label.show()
    qtbot.waitExposed(label)
    if sys.platform == "linux":
        assert QGuiApplication.platformName() == "xcb"


def test_a_process_left_behind_is_found_and_ended() -> None:
    before = Alive.now()
    child = subprocess.Popen(_SLEEPER, stdin=subprocess.PIPE)
    with child:
        assert any(str(child.pid) in line for line in _found(before))
        assert child.wait() == -signal.SIGKILL


def test_a_thread_left_behind_is_found() -> None:
    before = Alive.now()
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, name="forgotten")
    thread.start()
    assert _found(before) == ["the thread 'forgotten'"]
    gate.set()
    thread.join()


def test_a_server_dies_with_the_test_run_that_is_killed(tmp_path: Path) -> None:
    program = (
        "from tests.services.redis import RedisServer\n"
        "server = RedisServer(); server.start()\n"
        "print(server._process.pid, flush=True); input()"
    )
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as run:
        assert run.stdout is not None
        server = psutil.Process(int(run.stdout.readline()))
        run.kill()
    wait_until(lambda: not server.is_running(), "the server to end")


def test_every_test_has_a_home_and_no_settings_of_others(home: Path) -> None:
    assert os.environ["WA_DESKTOP_HOME"] == str(home)
    assert "DATABASE_URL" not in os.environ
    assert not list(Path.cwd().iterdir())
