"""One engine at a time on a SQLite ledger: a lock file beside it, and who holds it.

The lock belongs to the process and ends with it, however it ends; the holder's file only
puts a name to it.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from wa_desktop.errors import LedgerBusy
from wa_desktop.ledger.files import usable
from wa_desktop.words import words


def ledger_file(url: str) -> Path | None:
    """The file of a ledger on SQLite, ``None`` for one on PostgreSQL."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None


class SenderBusy(LedgerBusy):
    """Another program has the lock; ``pid`` is its process, if that is known."""

    pid: str | None = None


class EngineLock:
    """The right to send from a SQLite ledger. May be taken and released on any thread."""

    def __init__(self, ledger: Path) -> None:
        self._holder = ledger.with_suffix(".engine-holder")
        self._lock = FileLock(ledger.with_suffix(".engine-lock"), thread_local=False)

    def take(self) -> Self:
        """Take it. Raises ``LedgerBusy`` when another program has it, ``LedgerError`` when its
        file cannot be opened."""
        try:
            with usable(Path(self._lock.lock_file)):
                self._lock.acquire(timeout=0)
        except Timeout as error:
            raise self._busy() from error
        # The name of the holder is a courtesy; a full disk must not stand in the way of it.
        with contextlib.suppress(OSError):
            self._holder.write_text(json.dumps({"pid": os.getpid()}))
        return self

    def release(self) -> None:
        """Let others have it."""
        with contextlib.suppress(OSError):
            self._holder.unlink(missing_ok=True)
        self._lock.release()

    def __enter__(self) -> Self:
        return self.take()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _busy(self) -> SenderBusy:
        with contextlib.suppress(OSError, ValueError, KeyError):
            pid = json.loads(self._holder.read_text())["pid"]
            busy = SenderBusy(
                words(
                    "Another wa-desktop (process {pid}) already sends from this data folder. "
                    "Use that one, or close it first.",
                    pid=pid,
                )
            )
            busy.pid = str(pid)
            return busy
        return SenderBusy(
            words(
                "Another wa-desktop already sends from this data folder. Use that one, or close "
                "it first."
            )
        )
