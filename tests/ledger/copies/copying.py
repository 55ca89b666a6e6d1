"""Backups and restores in processes of their own, to be killed, starved and watched.

Run as a program it is such a process; see ``main``.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from wa_desktop.clock import now
from wa_desktop.errors import LedgerError
from wa_desktop.ledger.copies.backup import back_up
from wa_desktop.ledger.copies.postgres_restore import restore_postgres
from wa_desktop.ledger.copies.restore import restore
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.turns.turn import Turn, Want
from wa_desktop.ledger.vault import Vault

FILE_CALLS = ("link", "replace", "unlink", "rename", "fsync", "fdatasync")
"""What changes names, or makes bytes last: a kill is tried before each of these."""


def child(*words: object) -> subprocess.Popen[str]:
    """This module as a process that does what the words say."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", __file__, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def done(*words: object) -> tuple[int, str]:
    """Run it to its end; the exit code and what it printed."""
    process = child(*words)
    printed, _ = process.communicate(timeout=60)
    return process.returncode, printed


def url_of(path: Path) -> str:
    """The address of a ledger's file."""
    return f"sqlite:///{path.as_posix()}"


def write_until_told(path: Path) -> None:
    """Write as an engine does, each number in two places, until stdin closes.

    Prints how many were written, and the longest that one took in milliseconds.
    """
    longest, number = 0.0, 0
    os.set_blocking(0, False)
    with closing(Database(url_of(path))) as database:
        while True:
            began = time.monotonic()
            number += 1
            with database.write():
                database.run("UPDATE accounts SET name = ?", (str(number),))
                database.run("INSERT INTO events (at, kind) VALUES (?, 'probe')", (number,))
            longest = max(longest, time.monotonic() - began)
            if number == 1:
                print("writing", flush=True)
            try:
                if os.read(0, 1) == b"":
                    break
            except BlockingIOError:
                continue
    print(number, round(longest * 1000, 1), flush=True)


def leave_a_log(path: Path) -> None:
    """Write a row, then die as in a crash: the row stands in the log only."""
    database = Database(url_of(path))
    with database.write():
        database.run("INSERT INTO events (at, kind) VALUES (7, 'only in the log')")
    os.kill(os.getpid(), signal.SIGKILL)


def hold_open(path: Path) -> None:
    """Have the ledger open, as a window does, until stdin closes."""
    with closing(Ledger.open(url_of(path), Vault.from_passphrase("of the tests"))) as ledger:
        ledger.check()
        print("open", flush=True)
        sys.stdin.read()


def limit_files(megabytes: str) -> None:
    """Let no file grow beyond this: to a program the same as a disk that is full."""
    import resource

    most = int(float(megabytes) * 1024 * 1024)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def die_before_call(number: str) -> None:
    """SIGKILL this process before its call of that number that touches files."""
    _signal_before(number, signal.SIGKILL, [(os, name) for name in FILE_CALLS])


def interrupt_before_statement(number: str, sent: signal.Signals) -> None:
    """Signal this process before its statement, or block of rows, of that number."""
    _signal_before(number, sent, [(psycopg.Cursor, "execute"), (psycopg.Copy, "write")])


def _signal_before(
    number: str, sent: signal.Signals, watched: Sequence[tuple[object, str]]
) -> None:
    wanted = int(number)
    calls = 0

    def counting(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **given: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == wanted:
                os.kill(os.getpid(), sent)
            return real(*args, **given)

        return call

    for owner, name in watched:
        setattr(owner, name, counting(getattr(owner, name)))


def restore_on_postgres(dump: str, url: str, folder: str, *hinder: str) -> None:
    """Restore, ``die`` or ``stop`` (until SIGCONT) before a statement of some number."""
    if hinder:
        sent = signal.SIGKILL if hinder[0] == "die" else signal.SIGSTOP
        interrupt_before_statement(hinder[1], sent)
    restore_postgres(Path(dump), url, Path(folder))
    print("done")


def claim_on_postgres(url: str) -> None:
    """Open the ledger as a worker does, and claim what it gives; prints how many."""
    with closing(Ledger.open(url, Vault.from_passphrase("of the tests"))) as ledger:
        want = Want("acc", 100)
        taken = ledger.cycle.run(Turn(ledger.workers.register(), now(), wants=(want,)))
        print("claimed", len(taken.granted), flush=True)


def main(words: Sequence[str]) -> None:
    """``write``, ``log`` or ``hold`` a ledger; ``backup`` or ``restore`` it, starved or killed."""
    what, *rest = words
    if what in _ON_POSTGRES:
        _ON_POSTGRES[what](*rest)
        return
    paths = [Path(one) for one in rest[:2]]
    if what in _ON_ONE:
        _ON_ONE[what](paths[0])
        return
    if rest[2:]:
        _HINDER[rest[2]](rest[3])
    try:
        if what == "backup":
            back_up(paths[0], paths[1])
        else:
            restore(paths[0], paths[1])
    except LedgerError as error:
        print(type(error).__name__, error)
        sys.exit(1)
    print("done")


_ON_POSTGRES: dict[str, Callable[..., None]] = {
    "restore-postgres": restore_on_postgres,
    "claim-postgres": claim_on_postgres,
}
_HINDER: dict[str, Callable[[str], None]] = {"files": limit_files, "die": die_before_call}
_ON_ONE = {"write": write_until_told, "log": leave_a_log, "hold": hold_open}

if __name__ == "__main__":
    main(sys.argv[1:])
