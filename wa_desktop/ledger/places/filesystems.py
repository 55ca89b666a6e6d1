"""Which file system a file lies on, and what it is given there: id, inode, moment of birth.

Nothing is opened here but by name: when a process closes a file, by whatever handle, the system
drops all locks that it has on it, and with them those of a ledger that it has open.
"""

import ctypes
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import psutil

_AT_FDCWD = -100
_STATX_BTIME = 0x800
_STATX_BYTES = 256
_BTIME_AT = 80


def kind_of(path: Path) -> str:
    """The type of the file system in the system's words ("ext4", "nfs4", "fuse.sshfs"); empty
    where it cannot be told."""
    found = mount_of(path)
    return "" if found is None else str(found.fstype).lower()


def mount_of(path: Path) -> Any:
    """psutil's entry of the mount that holds a path, or ``None``."""
    place = os.path.normcase(path.resolve())
    best, found = -1, None
    try:
        mounts = psutil.disk_partitions(all=True)
    except (OSError, RuntimeError):
        return None
    for one in mounts:
        point = os.path.normcase(one.mountpoint)
        inside = place == point or place.startswith(point.rstrip("/\\") + os.sep)
        # Of several on one point the last hides the others.
        if inside and len(point) >= best:
            best, found = len(point), one
    return found


def id_of(path: Path) -> str | None:
    """The id of the file system; ``None`` where it has none."""
    try:
        number = path.stat().st_dev if sys.platform == "win32" else os.statvfs(path).f_fsid
    except OSError:
        return None
    return f"{number:x}" if number else None


def born(path: Path, found: os.stat_result) -> int | None:
    """When the file was made, in nanoseconds; ``None`` where nobody noted it.

    No tool can set it on Linux, so it tells a file from its copy; a number of an inode is soon
    given to another file.
    """
    if sys.platform == "win32":
        return int(getattr(found, "st_birthtime_ns", found.st_ctime_ns))
    if (moment := getattr(found, "st_birthtime", None)) is not None:
        return int(round(moment * 1_000_000) * 1_000)
    return _born_on_linux(path)


def _born_on_linux(path: Path) -> int | None:
    statx = _statx()
    if statx is None:
        return None
    answer = ctypes.create_string_buffer(_STATX_BYTES)
    if statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, answer):
        return None
    raw = answer.raw
    if not int.from_bytes(raw[:4], sys.byteorder) & _STATX_BTIME:
        return None
    seconds = int.from_bytes(raw[_BTIME_AT : _BTIME_AT + 8], sys.byteorder, signed=True)
    part = int.from_bytes(raw[_BTIME_AT + 8 : _BTIME_AT + 12], sys.byteorder)
    return seconds * 1_000_000_000 + part or None


@cache
def _statx() -> Any:
    """The C library's own call, which Python lacks before 3.15."""
    try:
        return getattr(ctypes.CDLL(None), "statx", None)
    except OSError:
        return None
