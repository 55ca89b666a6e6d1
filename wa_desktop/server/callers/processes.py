"""Finds the process of a TCP socket where the system does not list the owners of sockets.

What the system does not show counts as the socket of another user.
"""

import os
from collections.abc import Iterator
from typing import Any

import psutil

from wa_desktop.server.callers.ends import Connection, End


def is_own_by_processes(connection: Connection) -> bool:
    """Whether a process of this user holds the caller's end.

    For macOS, which shows a user the sockets of the user's own processes only.
    """
    for process in _own_processes():
        try:
            held = process.net_connections(kind="tcp")
        except (psutil.Error, OSError):
            continue
        if any(_is(one, connection) for one in held):
            return True
    return False


def is_own_by_table(connection: Connection) -> bool:
    """Whether the process that holds the caller's end belongs to this user.

    For Windows, whose table of sockets names the process of each.
    """
    try:
        found = (one for one in psutil.net_connections(kind="tcp") if _is(one, connection))
        holder = next((one.pid for one in found if one.pid), None)
        if holder is None:
            return False
        return psutil.Process(holder).username() == psutil.Process().username()
    except (psutil.Error, OSError):
        return False


def _own_processes() -> Iterator[psutil.Process]:
    user = os.geteuid()
    for process in psutil.process_iter():
        try:
            if process.uids().effective == user:
                yield process
        except psutil.Error:
            continue


def _is(found: Any, connection: Connection) -> bool:
    """Whether a row of psutil's is the caller's end."""
    if not found.raddr or found.laddr.port != connection.caller.port:
        return False
    return (
        End.of(*found.laddr[:2]) == connection.caller
        and End.of(*found.raddr[:2]) == connection.server
    )
