"""The command line as a whole: help, errors, pipes, the log, ``serve`` and ``window``."""

import json
import logging
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import wa_desktop
from tests.commands.running import Running, list_file, run, run_apart
from wa_desktop.commands import faults
from wa_desktop.commands.logging_setup import masked, set_up_logging
from wa_desktop.settings import LogLevel

_HELP_SECONDS = 0.5
COMMANDS = [
    *("window", "demo", "send", "serve", "worker", "contracts", "accounts", "suppressions"),
    "key",
    "doctor",
]


def test_help_names_every_command_at_once() -> None:
    began = time.monotonic()
    ended = run_apart("--help")
    best = min(time.monotonic() - began, *(_seconds_of_help() for _ in range(2)))

    assert ended.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ended.out
    assert best < _HELP_SECONDS


def test_help_loads_neither_the_core_nor_qt() -> None:
    heavy = {"PySide6", "wa_desktop.app", "peewee", "fastapi", "pydantic", "rich"}
    script = (
        "import contextlib\n"
        "from wa_desktop import cli\n"
        "sys.argv = ['wa-desktop', '--help']\n"
        "with contextlib.suppress(SystemExit):\n    cli.main()\n"
    )
    assert_loads_none_of(heavy, script)


def test_commands_that_serve_nothing_load_no_web_framework() -> None:
    modules = [
        f"wa_desktop.commands.{name}" for name in ("accounts", "contracts", "send", "suppressions")
    ]
    assert_loads_none_of({"fastapi", "starlette", "PySide6"}, f"import {', '.join(modules)}\n")


def assert_loads_none_of(heavy: set[str], script: str) -> None:
    end = f"found = {heavy} & set(sys.modules)\nsys.exit(f'loaded: {{found}}' if found else 0)\n"
    ended = subprocess.run(
        [sys.executable, "-c", f"import sys\n{script}{end}"], capture_output=True, text=True
    )

    assert ended.returncode == 0, ended.stderr


@pytest.mark.parametrize(
    "command",
    COMMANDS,
)
def test_every_command_has_help(command: str) -> None:
    ended = run(command, "--help")

    assert ended.code == 0
    assert f"Usage: wa-desktop {command}" in ended.out


def test_the_version_is_told() -> None:
    assert run("--version").out == f"wa-desktop {wa_desktop.__version__}\n"


def test_a_mistyped_command_is_a_usage_error_with_a_suggestion() -> None:
    ended = run("demmo")

    assert ended.code == 2
    assert "Did you mean 'demo'?" in ended.err


def test_each_wrong_setting_gets_its_line() -> None:
    ended = run_apart("worker", extra={"PORT": "abc", "LOG_LEVEL": "loud"})

    assert ended.code == 1
    assert ended.err.splitlines() == [
        "wrong setting: PORT: found 'abc', allowed: a whole number from 0 (any free port) to 65535",
        "wrong setting: LOG_LEVEL: found 'loud', allowed: DEBUG, INFO, WARNING or ERROR",
    ]


def test_a_reader_that_leaves_is_no_traceback(tmp_path: Path) -> None:
    run("send", list_file(tmp_path, 1), "--account", "sandbox", "--message", "x", "--draft")
    with subprocess.Popen(
        [sys.executable, "-m", "wa_desktop", "contracts", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_unforeseen_fault_is_a_short_line_and_a_file_without_numbers(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, faults.told():
        raise RuntimeError("about +7 999 123-45-67")

    told = capsys.readouterr().err
    (kept,) = (home / "logs").glob("fault-*.txt")
    assert ended.value.code == 1
    assert str(kept) in told
    assert "Traceback" not in told
    trace = kept.read_text()
    assert "RuntimeError" in trace
    assert "123-45" not in trace


def test_an_unforeseen_fault_shows_its_traceback_when_debugging(
    capsys: pytest.CaptureFixture[str], plain_log: None
) -> None:
    set_up_logging(LogLevel.DEBUG)
    with pytest.raises(SystemExit), faults.told():
        raise RuntimeError("boom")

    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to +79991234567 now", "to …4567 now"),
        ("to +7 (999) 123-45-67.", "to …4567."),
        ("to 79991234567: no", "to …4567: no"),
        ("at 1764000000000000, on 2026-11-24 12:25", "at 1764000000000000, on 2026-11-24 12:25"),
        ("Authorization: Bearer EAAB.c-1", "Authorization: Bearer …"),
        ("token EAAGm0PX4ZCpsBAKZCl1", "token …"),
        ("redis://:pass@host:6379/0", "redis://:…@host:6379/0"),
        ("postgresql://me:pass@host/db", "postgresql://me:…@host/db"),
        ("took 1234 ms on port 5001", "took 1234 ms on port 5001"),
    ],
)
def test_the_log_hides_numbers_and_secrets(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_watched_command_logs_only_what_is_wrong(
    capsys: pytest.CaptureFixture[str], plain_log: None
) -> None:
    set_up_logging(LogLevel.INFO, least=logging.WARNING)
    log = logging.getLogger("wa_desktop.tests")
    log.info("quiet")
    log.warning("loud to %s", "+79991234567")

    told = capsys.readouterr().err
    assert "quiet" not in told
    assert "WARNING wa_desktop.tests: loud to …4567" in told


@pytest.fixture
def plain_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The root logger without handlers, as a new process has it; put back afterwards."""
    root, own = logging.getLogger(), logging.getLogger("wa_desktop")
    monkeypatch.setattr(root, "handlers", [])
    levels = root.level, own.level
    yield
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def test_serve_answers_sends_and_stops_in_order() -> None:
    with Running("serve", "--port", "0") as serving:
        address = serving.first_line().split()[2]
        with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:
            assert json.load(answer) == {"status": "ok"}
        serving.signal(signal.SIGTERM)
        ended = serving.end()

    assert ended.code == 0, ended.err
    assert "Stopped." in ended.out


def test_a_first_start_tells_of_its_new_ledger_in_one_line_of_its_own() -> None:
    with Running("worker") as worker:
        worker.first_line()
        worker.signal(signal.SIGTERM)
        ended = worker.end()

    assert "peewee" not in ended.err
    assert sum("made a new ledger" in line for line in ended.err.splitlines()) == 1


def test_serve_beyond_this_computer_needs_a_token() -> None:
    ended = run("serve", "--host", "0.0.0.0", "--port", "0")

    assert ended.code == 1
    assert "WA_API_TOKEN" in ended.err


def test_serve_beside_a_worker_goes_without_an_engine() -> None:
    with Running("worker") as worker:
        worker.first_line()
        assert "--no-engine" in run("serve", "--port", "0").err
        with Running("serve", "--port", "0", "--no-engine") as serving:
            assert serving.first_line().startswith("Serving on http://127.0.0.1:")
            serving.signal(signal.SIGINT)
            assert serving.end().code == 0
        worker.signal(signal.SIGTERM)
        worker.end()


def test_without_a_display_the_window_names_what_goes_without() -> None:
    ended = run(extra={"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""})

    assert ended.code == 1
    assert "There is no display" in ended.err
    assert "demo" in ended.err


@pytest.mark.window
def test_the_window_opens_and_says_how_long_it_took(display: str) -> None:
    ended = run_apart("--measure-start")

    assert ended.code == 0, ended.err
    assert "first paint after" in ended.out


def _seconds_of_help() -> float:
    began = time.monotonic()
    run_apart("--help")
    return time.monotonic() - began
