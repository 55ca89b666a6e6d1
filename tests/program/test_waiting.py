"""A start waits for a PostgreSQL that does not answer yet, and for nothing else."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from tests.commands.running import run, run_apart
from tests.programs import Place, Worker
from tests.services.postgres import PostgresServer
from wa_desktop.errors import LedgerUnavailable
from wa_desktop.ledger.reaching import Patience, wait_for
from wa_desktop.words import Words


def _environment(url: str, home: Path, seconds: int) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "WA_DESKTOP_HOME": str(home),
        "WA_WAIT_FOR_DATABASE": str(seconds),
    }


def test_a_worker_that_starts_first_waits_and_sends_once_the_database_is_there(
    home: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WA_WAIT_FOR_DATABASE", "60")
    postgres_server.stop()
    with Worker(Place(home, postgres_server.url(), None)) as worker:
        worker.says("Waiting for it, at most 60 more seconds (WA_WAIT_FOR_DATABASE)")
        postgres_server.start()
        worker.says("Worker started")
        log = (home / "worker.log").read_text()
        assert log.count("Waiting for it") == 1
        assert "goes on by itself" not in log


def test_ctrl_c_ends_the_waiting(
    home: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WA_WAIT_FOR_DATABASE", "600")
    postgres_server.stop()
    with Worker(Place(home, postgres_server.url(), None)) as worker:
        worker.says("Waiting for it")
        worker.send(signal.SIGINT)
        assert worker.wait(10) == 1
        log = (home / "worker.log").read_text()
    assert "Stopping. Once more ends it now." in log
    assert "on the wire" not in log


@pytest.mark.long("worker")
@pytest.mark.parametrize("command", ["worker", "serve"])
def test_the_waiting_has_an_end_and_says_what_to_do(
    home: Path, postgres_server: PostgresServer, command: str
) -> None:
    postgres_server.stop()
    ended = run_apart(command, extra=_environment(postgres_server.url(), home, 1))
    assert ended.code == 1
    last = ended.err.strip().splitlines()[-1]
    assert last.startswith(f"PostgreSQL at wa@127.0.0.1:{postgres_server.port}".replace("wa@", ""))
    assert "Start it, or correct DATABASE_URL" in last
    assert "goes on by itself" not in last


def test_a_command_does_not_wait(home: Path, postgres_server: PostgresServer) -> None:
    postgres_server.stop()
    began = time.monotonic()
    ended = run("contracts", "list", extra=_environment(postgres_server.url(), home, 600))
    assert ended.code == 1
    assert "Start it, or correct DATABASE_URL" in ended.err
    assert time.monotonic() - began < 10


@pytest.mark.long("no_such_database", "no_such_option")
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("{server}/no_such_database", "does not exist"),
        ("postgresql://no_such_user@127.0.0.1:{port}/postgres", "does not exist"),
        ("{server}/postgres?no_such_option=1", "no_such_option"),
    ],
)
def test_what_does_not_change_by_itself_is_not_waited_for(
    home: Path, postgres_server: PostgresServer, url: str, reason: str
) -> None:
    address = url.format(
        server=postgres_server.url().removesuffix("/postgres"), port=postgres_server.port
    )
    ended = run_apart("worker", extra=_environment(address, home, 600))
    assert ended.code == 1
    assert reason in ended.err
    assert "Waiting" not in ended.err


@pytest.mark.parametrize(
    "url",
    [
        "{server}/no_such_database",
        "postgresql://no_such_user@127.0.0.1:{port}/postgres",
        "postgresql://wa@no-such-host.invalid/postgres",
        "postgresql://wa@no-such-host.invalid:1,other.invalid/postgres",
    ],
)
def test_a_wrong_name_in_the_address_says_to_correct_it_and_nothing_else(
    home: Path, postgres_server: PostgresServer, url: str
) -> None:
    address = url.format(
        server=postgres_server.url().removesuffix("/postgres"), port=postgres_server.port
    )
    said = run("contracts", "list", extra=_environment(address, home, 0)).err
    if "Temporary failure" in said:
        pytest.skip("no name can be looked up here")
    assert said.strip().endswith("). Correct DATABASE_URL.")


def test_what_is_waited_for_is_said_once_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Words] = []
    passed = 0.0

    def later(seconds: float) -> bool:
        nonlocal passed
        passed += seconds
        return False

    monkeypatch.setattr(time, "monotonic", lambda: passed)
    with pytest.raises(LedgerUnavailable):
        wait_for("postgresql://wa@127.0.0.1:1/x", Patience(150, later, said.append))
    assert len(said) == 3


def test_a_url_as_prisma_writes_it_is_used_and_what_is_left_out_is_said_once(
    home: Path, postgres_url: str
) -> None:
    url = (
        f"{postgres_url.replace('postgresql:', 'postgres:')}"
        "?schema=public&connection_limit=5&pool_timeout=10&pgbouncer=true&sslmode=prefer"
    )
    with Worker(Place(home, url, None)) as worker:
        worker.says("Worker started")
        log = (home / "worker.log").read_text()
    [line] = [one for one in log.splitlines() if "connection_limit" in one]
    assert "connection_limit, pool_timeout, pgbouncer mean nothing" in line


def test_another_schema_is_used_and_a_missing_one_named(home: Path, postgres_url: str) -> None:
    extra = _environment(f"{postgres_url}?schema=sends", home, 0)
    refused = run("contracts", "list", extra=extra)
    assert refused.code == 1
    assert "There is no schema sends in this database. Make it (CREATE SCHEMA sends)" in refused.err
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA sends")
        assert run("contracts", "list", extra=extra).code == 0
        rows = connection.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'workers'")
        assert rows.fetchall() == [("sends",)]


def test_the_window_shows_that_it_waits(home: Path) -> None:
    script = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QPushButton
from wa_desktop.commands.window import Core, Waiting
from wa_desktop.window.application import Application
app = QApplication([])
waiting = Waiting()
own = Application(Core(waiting), waiting=waiting)
own.ended.connect(app.exit)
own.window.show()
page = own.window.opening
def look():
    if "Waiting for it" in page.words.text():
        print(page.title.text(), page.leave.isVisible(), page.retry.isVisible(), flush=True)
        page.leave.click()
        timer.stop()
timer = QTimer(interval=50)
timer.timeout.connect(look)
timer.start()
app.exec()
own.close()
"""
    environment = os.environ | _environment("postgresql://wa@127.0.0.1:1/x", home, 600)
    ended = subprocess.run(
        [sys.executable, "-c", script],
        env=environment | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Waiting for the database… True False" in ended.stdout, ended.stderr
