"""Folders of uploads: each is locked while in use, so that a start can remove those of a killed
server and no others."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "wa-desktop-upload-"
_LOCK = ".lock"
_YOUNG = 60.0
"""Seconds for which a folder without a lock may be one that is being made."""


@contextmanager
def upload_folder() -> Iterator[Path]:
    """A folder for one upload; it is removed with everything in it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        with FileLock(folder / _LOCK, thread_local=False):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_left_over() -> int:
    """Remove the folders of servers that were killed; returns how many. Never raises.

    A folder that another process has locked is in use. What belongs to another user cannot be
    opened, and stays.
    """
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.is_dir() and not folder.is_symlink() and _is_left_over(folder):
                shutil.rmtree(folder, ignore_errors=True)
                removed += 1
    return removed


def _is_left_over(folder: Path) -> bool:
    lock = folder / _LOCK
    if not lock.exists():
        return time.time() - folder.stat().st_mtime > _YOUNG
    try:
        with FileLock(lock, timeout=0, thread_local=False):
            return True
    except Timeout:
        return False
