"""Decides whether the user who runs this process also holds the other end of a connection."""

import asyncio
import contextlib
import os
import socket
import sys
from enum import Enum, auto
from pathlib import Path
from typing import Final

from wa_desktop.server.callers.ends import Connection
from wa_desktop.server.callers.proc_net import owner_in_tables
from wa_desktop.server.callers.sock_diag import owner_by_kernel

_OVERFLOW_ID: Final = 65534
_EVERY_USER: Final = ["0", "0", "4294967295"]

OWNER_UNKNOWN: Final = (
    "This system does not say which user makes a call, so the API refuses every call without a "
    "token. Set WA_API_TOKEN, and send it with each call."
)
"""For an operator, if ``can_tell_owner`` is false."""


class Owner(Enum):
    """Who holds the caller's end of a connection."""

    SELF = auto()
    """The user who runs this process."""
    OTHER = auto()
    """Another user; root is another user, too, since proxies run as root."""
    UNKNOWN = auto()
    """The system does not say."""


class Caller:
    """The far end of one connection; the system is asked about it once, not for each request."""

    def __init__(self, connection: Connection | None) -> None:
        self._connection = connection
        self._owner: Owner | None = None

    async def owner(self) -> Owner:
        """Who holds the caller's end."""
        owner = self._owner
        if owner is None and self._connection is not None:
            owner = _of_the_kernel(self._connection)
            if owner is None:
                owner = await asyncio.to_thread(_looked_up, self._connection)
        self._owner = owner or Owner.UNKNOWN
        return self._owner


def owner_of(connection: Connection) -> Owner:
    """Who holds the caller's end; takes up to some 100 ms where the kernel cannot be asked."""
    return _of_the_kernel(connection) or _looked_up(connection)


def can_tell_owner() -> bool:
    """Whether this system says who holds the end of a connection, tried on one."""
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), timeout=1) as caller,
        ):
            accepted, _ = server.accept()
            with accepted:
                ends = Connection.of(caller.getsockname(), server.getsockname())
                return ends is not None and owner_of(ends) is Owner.SELF
    except OSError:
        return False


def _of_the_kernel(connection: Connection) -> Owner | None:
    """The answer of Linux; ``None`` where it gives none.

    A container may forbid the question, a kernel may lack the answer, and an error may also
    mean that the socket is gone.
    """
    with contextlib.suppress(OSError):
        return _of_user(owner_by_kernel(connection))
    return None


def _looked_up(connection: Connection) -> Owner:
    system: str = sys.platform
    if system == "linux":
        with contextlib.suppress(OSError):
            return _of_user(owner_in_tables(connection))
        return Owner.UNKNOWN
    # psutil is loaded only where it is needed.
    from wa_desktop.server.callers import processes  # noqa: PLC0415

    own = processes.is_own_by_table if system == "win32" else processes.is_own_by_processes
    return Owner.SELF if own(connection) else Owner.UNKNOWN


def _of_user(user: int | None) -> Owner:
    if user is None or (user == _OVERFLOW_ID and not _knows_every_user()):
        return Owner.UNKNOWN
    return Owner.SELF if user == os.geteuid() else Owner.OTHER


def _knows_every_user() -> bool:
    """Whether each user of the machine has an id here; in a container several may share one."""
    try:
        return Path("/proc/self/uid_map").read_text().split() == _EVERY_USER
    except OSError:
        return False
