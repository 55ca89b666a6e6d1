"""Tells whether a process that signed on still runs, on whichever machine it did.

A number of a process says nothing on another machine, nor in another container, and names are
no help: machines of one image share theirs, and containers on the host's network. Nor is the
time of its start: the system works it out from the clock, which may have been set since.
"""

import uuid
from functools import cache
from hashlib import blake2b
from pathlib import Path

import psutil

_START_BITS = 32
_MASK = (1 << _START_BITS) - 1


def mark_of(pid: int) -> int:
    """What a process of this machine is known by beside its number: where it runs and its start.

    Positive, of 63 bits. Raises ``psutil.Error``.
    """
    return _place() << _START_BITS | _start(pid)


def is_of_here(mark: int) -> bool:
    """Whether the process's number means the same here: this boot of this machine, and not
    another container."""
    return mark >> _START_BITS == _place()


def runs(pid: int, mark: int) -> bool:
    """Whether that process of here still runs, and is not a later one of the same number."""
    try:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return False
        return _start(pid) == mark & _MASK
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return True  # not ours to look at: its lease decides


def _start(pid: int) -> int:
    """When it began, on Linux in ticks since the machine was booted."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        return int(fields[19]) & _MASK
    except (OSError, IndexError):
        return round(psutil.Process(pid).create_time() * 100) & _MASK


@cache
def _place() -> int:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        named = f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        named = str(uuid.getnode())
    digest = blake2b(named.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") >> 1
