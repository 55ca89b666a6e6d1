"""A server process that the tests own: started, stopped, killed, and never left behind."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from tests.waiting import wait_until

# Below the ports that systems hand out for outgoing connections: while a server is down,
# nobody takes its port, and no client can connect to itself.
_PORTS = range(20_000, 30_000)
_TAIL_CHARACTERS = 2_000

_owned: set[int] = set()


class MissingProgram(Exception):
    """A program that the tests need is not installed."""

    def __init__(self, program: str, package: str) -> None:
        super().__init__(
            f"{program} is not installed. Run packaging/test.sh, which installs what the tests "
            f"need, or: sudo apt-get install -y {package}"
        )


class ServiceFailed(Exception):
    """A server ended or did not answer; the end of its log says why."""


def owned_pids() -> frozenset[int]:
    """The processes that belong to running servers, which are no leak of a test."""
    return frozenset(_owned)


def find_program(name: str, package: str, folders: Sequence[Path] = ()) -> Path:
    """The path of a program, from ``PATH`` or else from ``folders``.

    Raises ``MissingProgram``.
    """
    candidates = [shutil.which(name), *(shutil.which(name, path=str(f)) for f in folders)]
    for candidate in candidates:
        if candidate is not None:
            # Some systems have only links in PATH, and servers look for files beside them.
            return Path(candidate).resolve() if folders else Path(candidate)
    raise MissingProgram(name, package)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class ServiceProcess:
    """One server process with a log.

    Should the test run die without a word, a watcher kills the server in its place.
    """

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether the server process is alive."""
        return self._process is not None and self._process.poll() is None

    def launch(
        self,
        command: Sequence[str | Path],
        ready: Callable[[], bool],
        *,
        cwd: Path | None = None,
        user: str | None = None,
        pass_fds: Sequence[int] = (),
    ) -> None:
        """Start the server and return once ``ready()`` is true. Raises ``ServiceFailed``."""
        if self.running:
            return
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cwd,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                pass_fds=pass_fds,
                # Ctrl-C in the terminal is for the test run, which stops its servers itself.
                start_new_session=True,
            )
        _owned.add(self._process.pid)
        self._watch(self._process.pid)
        try:
            wait_until(lambda: ready() or not self.running, f"{self.name} to be ready", 30)
        except TimeoutError as error:
            self.kill()
            raise ServiceFailed(f"{error}\n{self._tail()}") from None
        if not self.running:
            self._forget()
            raise ServiceFailed(f"{self.name} ended at once\n{self._tail()}")

    def end(self, number: signal.Signals, seconds: float = 20) -> None:
        """Send a signal and wait for the end; kill what has not ended by then."""
        if self._process is None:
            return
        if self.running:
            self._process.send_signal(number)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
                return
        self._forget()

    def kill(self) -> None:
        """End the server and its children at once, as a crash would."""
        if self._process is None:
            return
        if self.running:
            server = psutil.Process(self._process.pid)
            family = [server, *server.children(recursive=True)]
            for member in family:
                try:
                    member.kill()
                except psutil.NoSuchProcess:
                    continue
            self._process.wait()
            psutil.wait_procs(family[1:], timeout=20)
        self._forget()

    def _watch(self, pid: int) -> None:
        self._watcher = subprocess.Popen(
            ["/bin/sh", "-c", f"read -r word || kill -9 {pid}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        _owned.add(self._watcher.pid)

    def _forget(self) -> None:
        if self._watcher is not None:
            self._watcher.communicate(b"ended\n")
            _owned.discard(self._watcher.pid)
            self._watcher = None
        if self._process is not None:
            self._process.wait()
            _owned.discard(self._process.pid)
            self._process = None

    def _tail(self) -> str:
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return text[-_TAIL_CHARACTERS:]


def is_root() -> bool:
    """Whether the tests run as root, which some servers refuse."""
    return sys.platform != "win32" and os.geteuid() == 0
