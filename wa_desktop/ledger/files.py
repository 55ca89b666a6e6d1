"""The small files beside a ledger: locks and the key. Trouble with one is told in words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from wa_desktop.errors import LedgerError, LedgerFull
from wa_desktop.words import words


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Turn the system's errors about a file into ours; a lock's ``Timeout`` stays what it is."""
    try:
        yield
    except Timeout:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise LedgerFull(
                words(
                    "The disk that holds {home} is full. Free some space and start again.",
                    home=path.parent,
                )
            ) from error
        raise LedgerError(
            words(
                "The file {file} cannot be used ({reason}). Let this user read and write it and "
                "its folder.",
                file=path,
                reason=error.strerror,
            )
        ) from error


@contextmanager
def locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold a lock file. Raises ``Timeout``, and ``LedgerError`` when it cannot be opened."""
    lock = FileLock(path)
    with usable(path):
        lock.acquire(timeout=timeout)
    try:
        yield
    finally:
        lock.release()
