"""Finds the owner of a TCP socket in Linux's tables ``/proc/net/tcp`` and ``tcp6``."""

import socket
import struct
from pathlib import Path
from typing import Final

from wa_desktop.server.callers.ends import Connection, End

TABLES: Final = Path("/proc/net")
_TRIES: Final = 3
"""The table is read in pieces: a row can be missed if other rows go while it is read."""


def owner_in_tables(connection: Connection, tables: Path = TABLES) -> int | None:
    """The id of the user whose socket is the caller's end; ``None``: no process holds it.

    Raises ``OSError`` where there are no such tables.
    """
    places = [("tcp6", connection)]
    if connection.family == socket.AF_INET:
        # A client may reach an IPv4 address through an IPv6 socket.
        places = [("tcp", connection), ("tcp6", connection.in_ipv6)]
    for _ in range(_TRIES):
        for name, ends in places:
            found = _row(tables / name, ends)
            if found is not None:
                user, inode = found
                # TIME_WAIT and closed sockets have no inode, and show user 0 whoever they were.
                return user if inode else None
    return None


def _row(table: Path, connection: Connection) -> tuple[int, int] | None:
    """User id and inode of the row whose local end is the caller's."""
    ends = f" {_spelled(connection.caller)} {_spelled(connection.server)} "
    try:
        text = table.read_bytes()
    except FileNotFoundError:
        if table.name == "tcp6":
            return None  # a kernel without IPv6
        raise
    at = text.find(ends.encode())
    if at < 0:
        return None
    fields = text[at : text.find(b"\n", at)].split()
    return int(fields[6]), int(fields[8])


def _spelled(end: End) -> str:
    """As the tables spell it: 32-bit words of the machine, in hexadecimal digits."""
    words = struct.unpack(f"={len(end.address) // 4}I", end.address)
    return "".join(f"{word:08X}" for word in words) + f":{end.port:04X}"
