"""Asks the Linux kernel for one TCP socket (``man 7 sock_diag``): 20 µs, however many there are."""

import errno
import socket
import struct
import sys
from typing import Final

from wa_desktop.server.callers.ends import Connection, End

_NETLINK_SOCK_DIAG: Final = 4
_SOCK_DIAG_BY_FAMILY: Final = 20
_NLM_F_REQUEST: Final = 1
_NLMSG_ERROR: Final = 2
_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_SOCKET_ID = struct.Struct("!HH16s16s")
_INTERFACE_AND_COOKIE: Final = struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
_ANSWER = struct.Struct("=BBBB")
_AFTER_ID = struct.Struct("=IIIII")
_ALL_STATES: Final = 0xFFFFFFFF
_SECONDS: Final = 1.0


def owner_by_kernel(connection: Connection) -> int | None:
    """The id of the user whose socket is the caller's end; ``None``: no process holds it.

    Raises ``OSError`` where the kernel has no such answers.
    """
    if sys.platform != "linux":
        raise OSError(errno.EPROTONOSUPPORT, "only Linux answers this")
    caller, server = connection.caller, connection.server
    body = (
        _REQUEST.pack(connection.family, socket.IPPROTO_TCP, 0, 0, _ALL_STATES)
        + _SOCKET_ID.pack(caller.port, server.port, caller.address, server.address)
        + _INTERFACE_AND_COOKIE
    )
    head = _HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG) as kernel:
        kernel.settimeout(_SECONDS)
        kernel.sendto(head + body, (0, 0))
        answer = kernel.recv(8192)
    return _owner(answer, connection)


def _owner(answer: bytes, connection: Connection) -> int | None:
    _, kind, *_ = _HEADER.unpack_from(answer)
    if kind == _NLMSG_ERROR:
        (code,) = struct.unpack_from("=i", answer, _HEADER.size)
        raise OSError(-code, "the kernel does not find the socket")
    at = _HEADER.size + _ANSWER.size
    port, far_port, address, far_address = _SOCKET_ID.unpack_from(answer, at)
    at += _SOCKET_ID.size + len(_INTERFACE_AND_COOKIE)
    *_, user, inode = _AFTER_ID.unpack_from(answer, at)
    size = 4 if answer[_HEADER.size] == socket.AF_INET else 16
    found = Connection(End(address[:size], port), End(far_address[:size], far_port))
    # Without an inode no process holds the socket any more, and the user id means nothing.
    return int(user) if inode and found.in_ipv6 == connection.in_ipv6 else None
