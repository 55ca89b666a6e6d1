"""The two ends of a connection over loopback, as the server sees them."""

import contextlib
import ipaddress
import socket
from dataclasses import dataclass
from typing import Final, Self

_MAPPED: Final = b"\0" * 10 + b"\xff" * 2
"""How an IPv6 address begins that holds an IPv4 address."""


@dataclass(frozen=True, slots=True)
class End:
    """An address and a port; ``address`` is packed: 4 bytes for IPv4, 16 for IPv6."""

    address: bytes
    port: int

    @classmethod
    def of(cls, host: str, port: int) -> Self:
        """Read an address; one that maps IPv4 into IPv6 becomes IPv4. Raises ``ValueError``."""
        packed = ipaddress.ip_address(host.partition("%")[0]).packed
        return cls(packed.removeprefix(_MAPPED), port)

    @property
    def in_ipv6(self) -> "End":
        """The end as an IPv6 socket names it."""
        return End(_MAPPED + self.address if len(self.address) == 4 else self.address, self.port)


@dataclass(frozen=True, slots=True)
class Connection:
    """``caller`` is the end of the client's socket, ``server`` the end of ours."""

    caller: End
    server: End

    @classmethod
    def of(cls, caller: object, server: object) -> Self | None:
        """Take the ends from two socket addresses; ``None`` if one is no IP address and port."""
        match caller, server:
            case (str(host), int(port), *_), (str(own_host), int(own_port), *_):
                with contextlib.suppress(ValueError):
                    return cls(End.of(host, port), End.of(own_host, own_port))
        return None

    @property
    def in_ipv6(self) -> "Connection":
        """The connection as an IPv6 socket names it."""
        return Connection(self.caller.in_ipv6, self.server.in_ipv6)

    @property
    def family(self) -> socket.AddressFamily:
        """The family of the addresses, which may differ from that of the client's socket."""
        return socket.AF_INET if len(self.caller.address) == 4 else socket.AF_INET6


def is_loopback(name: str) -> bool:
    """Whether a host name or address leads to this computer only."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
