"""Finds what a test left behind: child processes and threads that nobody ended."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.services.process import owned_pids

_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Alive:
    """What lives at one moment in and below the test process."""

    children: frozenset[psutil.Process]
    threads: frozenset[threading.Thread]

    @classmethod
    def now(cls) -> "Alive":
        """Look at the living."""
        return cls(frozenset(_children()), frozenset(_threads()))


def end_what_is_new_since(before: Alive, grace_seconds: float = _GRACE_SECONDS) -> list[str]:
    """Name the processes and threads that are new and do not end by themselves in a moment.

    The processes are killed, so that the next test starts clean.
    """
    deadline = time.monotonic() + grace_seconds
    threads = [t for t in _threads() if t not in before.threads]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    children = [c for c in _children() if c not in before.children]
    _, alive = psutil.wait_procs(children, timeout=max(0.0, deadline - time.monotonic()))
    left = [f"the thread {t.name!r}" for t in threads if t.is_alive()]
    for child in alive:
        left.append(f"the process {child.pid}, {_command(child)}")
        child.kill()
    return left


def _threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if not t.daemon]


def _children() -> list[psutil.Process]:
    allowed = owned_pids()
    return [c for c in _all_children() if c.pid not in allowed and not _is_harmless(c)] + [
        reader for c in _all_children() if _forks_readers(c) for reader in _readers(c)
    ]


def _all_children() -> list[psutil.Process]:
    """The children of this process.

    Linux lists them for each thread. That takes a tenth of the time that psutil's look at every
    process of the machine takes, and each of 5,000 tests looks twice.
    """
    lists = list(Path("/proc/self/task").glob("*/children"))
    if not lists:
        return psutil.Process().children()
    found = []
    for one in lists:
        with suppress(OSError):  # a thread that ended meanwhile
            pids = one.read_text().split()
            for pid in pids:
                with suppress(psutil.NoSuchProcess):
                    found.append(psutil.Process(int(pid)))
    return found


def _is_harmless(child: psutil.Process) -> bool:
    try:
        # Python keeps one of each for the whole run once multiprocessing was used.
        return child.status() == psutil.STATUS_ZOMBIE or _runs(
            child, "multiprocessing.resource_tracker", "multiprocessing.forkserver"
        )
    except psutil.NoSuchProcess:
        return True


def _forks_readers(child: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return _runs(child, "multiprocessing.forkserver")
    return False


def _readers(forking: psutil.Process) -> list[psutil.Process]:
    """The processes that read files: they are forked from a clean one, so are its children."""
    with suppress(psutil.NoSuchProcess):
        return forking.children()
    return []


def _runs(process: psutil.Process, *modules: str) -> bool:
    words = process.cmdline()
    return any(module in word for word in words for module in modules)


def _command(child: psutil.Process) -> str:
    try:
        return " ".join(child.cmdline())
    except psutil.NoSuchProcess:
        return child.name()
