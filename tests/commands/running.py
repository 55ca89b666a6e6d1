"""The real program: run to its end here or as a process, or started and watched."""

import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from tests.standin.client import StandIn
from wa_desktop import cli

_PROGRAM = (sys.executable, "-m", "wa_desktop")
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed with ``--json``."""
        return json.loads(self.out)


def run(*words: object, given: str | None = None, extra: Mapping[str, str] | None = None) -> Ended:
    """Run ``wa-desktop WORDS`` to its end, in this process: its start costs nothing twice."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, _log_as_it_was():
        patch.setattr(sys, "argv", ["wa-desktop", *map(str, words)])
        patch.setattr(sys, "stdin", io.StringIO(given or ""))
        # ``--env`` sets it for the process; with the patch it ends with the command.
        patch.setenv("WA_DESKTOP_ENV", os.environ.get("WA_DESKTOP_ENV", ""))
        for name, value in (extra or {}).items():
            patch.setenv(name, value)
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            cli.main()
    code = ended.value.code
    assert isinstance(code, int)
    return Ended(int(code), out.getvalue(), err.getvalue())


def run_apart(*words: object, extra: Mapping[str, str] | None = None) -> Ended:
    """Run ``wa-desktop WORDS`` to its end as a process, as a user's shell does."""
    ended = subprocess.run(
        [*_PROGRAM, *map(str, words)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=_SECONDS,
        env=_environment(extra),
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def run_at_terminal(*words: object, answer: str) -> int:
    """Run ``wa-desktop WORDS`` with a terminal that gives this answer; returns its exit code."""
    ours, theirs = os.openpty()
    try:
        with subprocess.Popen(
            [*_PROGRAM, *map(str, words)],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(None),
        ) as process:
            os.write(ours, f"{answer}\n".encode())
            return process.wait(_SECONDS)
    finally:
        os.close(ours)
        os.close(theirs)


@contextlib.contextmanager
def _log_as_it_was() -> Iterator[None]:
    """A command sets up the log of its process; afterwards it is the test's again."""
    root, own = logging.getLogger(), logging.getLogger("wa_desktop")
    handlers, level, own_level = root.handlers[:], root.level, own.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        own.setLevel(own_level)


class Running:
    """``wa-desktop WORDS`` at work; killed at the end if it still runs.

    ``before``: the words of a program that runs it.
    """

    def __init__(self, *words: object, before: Sequence[str] = ()) -> None:
        self._process = subprocess.Popen(
            [*before, *_PROGRAM, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=_environment(None),
        )

    def first_line(self) -> str:
        """The first line of its output; waits for it."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def error_line(self) -> str:
        """The next line it tells on stderr; waits for it."""
        assert self._process.stderr is not None
        return self._process.stderr.readline()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def end(self) -> Ended:
        """Wait for its end."""
        out, err = self._process.communicate(timeout=_SECONDS)
        return Ended(self._process.returncode, out, err)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def list_file(folder: Path, amount: int, name: str = "people.csv") -> Path:
    """A list of that many recipients, with their names."""
    path = folder / name
    lines = [f"+7999{number:07},Имя {number}" for number in range(amount)]
    path.write_text("\n".join(["phone,name", *lines]), encoding="utf-8")
    return path


def add_cloud_account(cloud: StandIn, *, rate: str = "none", concurrency: int = 10) -> None:
    """The account ``shop``, which sends to the stand-in, added as a user would."""
    words = ["--id", "shop", "--phone-number-id", "1055", "--rate", rate]
    words += ["--concurrency", str(concurrency), "--api-base-url", cloud.base_url]
    ended = run("accounts", "add", "--name", "Shop", *words, "--access-token", "-", given="T0KEN\n")
    assert ended.code == 0, ended.err


def only_campaign() -> Any:
    """The one campaign of the data folder, as ``contracts list --json`` shows it."""
    (item,) = run("contracts", "list", "--json").json["items"]
    return item


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    return os.environ | {"PYTHONUNBUFFERED": "1"} | dict(extra or {})
