"""Who holds the far end of a connection over loopback."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server.other_users import OTHER_USER, as_another_user
from wa_desktop.server.callers import owner
from wa_desktop.server.callers.ends import Connection, is_loopback
from wa_desktop.server.callers.owner import Caller, Owner, can_tell_owner, owner_of
from wa_desktop.server.callers.proc_net import owner_in_tables
from wa_desktop.server.callers.processes import is_own_by_processes, is_own_by_table
from wa_desktop.server.callers.sock_diag import owner_by_kernel

_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's tables of sockets")
_WAYS: list[Callable[[Connection], int | None]] = [owner_by_kernel, owner_in_tables]
_PROCESS_WAYS = [is_own_by_processes, is_own_by_table]
_HOSTS = [
    ("127.0.0.1", "127.0.0.1"),
    ("127.0.0.1", "::ffff:127.0.0.1"),
    ("127.0.0.2", "127.0.0.2"),
    ("::1", "::1"),
]


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextmanager
def _listening(host: str) -> Iterator[socket.socket]:
    with socket.socket(_family(host)) as listener:
        listener.bind((host, 0))
        listener.listen()
        yield listener


@contextmanager
def _connected(
    host: str = "127.0.0.1", called: str | None = None
) -> Iterator[tuple[Connection, socket.socket]]:
    """A connection as its server sees it, and the client's socket."""
    called = called or host
    with _listening(host) as listener, socket.socket(_family(called)) as caller:
        caller.connect((called, listener.getsockname()[1]))
        accepted, address = listener.accept()
        with accepted:
            found = Connection.of(address, accepted.getsockname())
            assert found is not None
            yield found, caller


@contextmanager
def _of_another_user() -> Iterator[Connection]:
    """A connection that a process of another user holds: curl, which waits for an answer."""
    with _listening("127.0.0.1") as listener:
        port = listener.getsockname()[1]
        words = ["curl", "-s", "--noproxy", "*", f"http://127.0.0.1:{port}"]
        with subprocess.Popen(words, user=OTHER_USER, cwd="/") as process:
            accepted, address = listener.accept()
            with accepted:
                found = Connection.of(address, accepted.getsockname())
                assert found is not None
                yield found
            process.wait(30)


@_LINUX
@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize(("host", "called"), _HOSTS)
def test_an_own_socket_is_found(
    way: Callable[[Connection], int | None], host: str, called: str
) -> None:
    with _connected(host, called) as (connection, _):
        assert way(connection) == os.geteuid()
        assert owner_of(connection) is Owner.SELF


@_LINUX
@pytest.mark.parametrize("way", _WAYS)
def test_a_caller_that_has_sent_all_and_waits_is_found(
    way: Callable[[Connection], int | None],
) -> None:
    with _connected() as (connection, caller):
        caller.shutdown(socket.SHUT_WR)
        assert way(connection) == os.geteuid()


@_LINUX
@pytest.mark.parametrize("way", _WAYS)
def test_a_caller_that_has_gone_has_no_owner_though_the_table_shows_root(
    way: Callable[[Connection], int | None],
) -> None:
    with _connected() as (connection, caller):
        caller.close()
        assert way(connection) is None
        assert owner_of(connection) is Owner.UNKNOWN


@_LINUX
@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_has_ended_has_no_owner(reset: bool) -> None:
    with _connected() as (connection, caller):
        if reset:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        caller.close()
    assert owner_of(connection) is Owner.UNKNOWN


@_LINUX
def test_a_listener_on_the_callers_port_is_not_the_caller() -> None:
    with _connected() as (connection, caller):
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        caller.close()
        with socket.create_server(("127.0.0.1", connection.caller.port)):
            assert owner_of(connection) is Owner.UNKNOWN


@as_another_user
@_LINUX
def test_a_socket_of_another_user_is_told_from_an_own_one() -> None:
    with _of_another_user() as connection:
        assert [way(connection) for way in _WAYS] == [OTHER_USER, OTHER_USER]
        assert owner_of(connection) is Owner.OTHER


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root is root")
@_LINUX
def test_root_is_another_user_for_a_server_of_somebody() -> None:
    script = (
        "import os, socket, sys\n"
        "from wa_desktop.server.callers.owner import Connection, owner_of\n"
        "listener = socket.create_server(('127.0.0.1', 0))\n"
        f"os.setuid({OTHER_USER})\n"
        "print(listener.getsockname()[1], flush=True)\n"
        "accepted, address = listener.accept()\n"
        "print(owner_of(Connection.of(address, accepted.getsockname())).name)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        with socket.create_connection(("127.0.0.1", int(server.stdout.readline()))):
            assert server.stdout.read() == b"OTHER\n"


@pytest.mark.parametrize("way", _PROCESS_WAYS)
@pytest.mark.parametrize(("host", "called"), _HOSTS)
@_LINUX
def test_an_own_process_is_found(way: Callable[[Connection], bool], host: str, called: str) -> None:
    with _connected(host, called) as (connection, caller):
        assert way(connection)
        caller.close()
        assert not way(connection)


@as_another_user
@pytest.mark.parametrize("way", _PROCESS_WAYS)
def test_a_process_of_another_user_is_not_taken_for_an_own_one(
    way: Callable[[Connection], bool],
) -> None:
    with _of_another_user() as connection:
        assert not way(connection)


def test_the_answer_holds_as_long_as_the_connection() -> None:
    with _connected() as (connection, sock):
        caller = Caller(connection)
        assert asyncio.run(caller.owner()) is Owner.SELF
        sock.close()
        assert asyncio.run(caller.owner()) is Owner.SELF
        assert asyncio.run(Caller(connection).owner()) is Owner.UNKNOWN


def test_a_connection_without_addresses_has_no_owner() -> None:
    for caller in (None, "/run/socket", ("a name", 1), ()):
        assert Connection.of(caller, ("127.0.0.1", 1)) is None
    assert asyncio.run(Caller(None).owner()) is Owner.UNKNOWN


@_LINUX
def test_where_the_kernel_may_not_be_asked_the_tables_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The filters of some containers refuse the question."""

    def refused(connection: Connection) -> int | None:
        raise PermissionError

    monkeypatch.setattr(owner, "owner_by_kernel", refused)
    with _connected() as (connection, sock):
        assert asyncio.run(Caller(connection).owner()) is Owner.SELF
        assert owner_of(connection) is Owner.SELF
        sock.close()
        assert asyncio.run(Caller(connection).owner()) is Owner.UNKNOWN


@as_another_user
@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_asked_for_the_process(
    monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    """The library that asks them has one face; here it asks Linux."""
    with _of_another_user() as foreign, _connected() as (own, _), monkeypatch.context() as patch:
        patch.setattr(sys, "platform", system)
        assert owner_of(own) is Owner.SELF
        assert owner_of(foreign) is Owner.UNKNOWN
        assert can_tell_owner()


def test_this_system_says_who_calls() -> None:
    assert can_tell_owner()


_HEAD = (
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
    "timeout inode\n"
)


def _row(local: str, remote: str, state: str, user: int, inode: int) -> str:
    rest = "00000000:00000000 00:00000000 00000000"
    return f"   1: {local} {remote} {state} {rest} {user:5} 0 {inode} 1 0 20 4 30 10 -1\n"


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Tables in the kernel's words, without rows."""
    (tmp_path / "tcp").write_text(_HEAD)
    (tmp_path / "tcp6").write_text(_HEAD)
    return tmp_path


_CALL = Connection.of(("127.0.0.1", 50_000), ("127.0.0.1", 5001))
_CALL6 = Connection.of(("::1", 50_000), ("::1", 5001))
_CALLER, _SERVER = "0100007F:C350", "0100007F:1389"
_MAPPED = "0000000000000000FFFF0000"
_LITTLE = pytest.mark.skipif(sys.byteorder != "little", reason="the samples are little-endian")


@_LITTLE
@pytest.mark.parametrize(
    ("rows", "user"),
    [
        ((_CALLER, _SERVER, "01", 1000, 77), 1000),
        ((_CALLER, _SERVER, "05", 1000, 77), 1000),
        # The server's own end, and another connection from the same port.
        ((_SERVER, _CALLER, "01", 1000, 77), None),
        ((_CALLER, "0100007F:138A", "01", 1000, 77), None),
        # TIME_WAIT, and a closed socket whose last data is on the way: user 0 means nothing.
        ((_CALLER, _SERVER, "06", 0, 0), None),
        ((_CALLER, _SERVER, "04", 0, 0), None),
    ],
)
def test_a_row_of_the_table_counts_only_if_a_process_holds_its_socket(
    tables: Path, rows: tuple[str, str, str, int, int], user: int | None
) -> None:
    assert _CALL is not None
    (tables / "tcp").write_text(_HEAD + _row(*rows))
    assert owner_in_tables(_CALL, tables) == user


@_LITTLE
def test_an_ipv6_socket_with_ipv4_addresses_is_in_the_other_table(tables: Path) -> None:
    assert _CALL is not None
    assert _CALL6 is not None
    far = "00000000000000000000000001000000"
    (tables / "tcp6").write_text(
        _HEAD
        + _row(_MAPPED + _CALLER, _MAPPED + _SERVER, "01", 1001, 5)
        + _row(f"{far}:C350", f"{far}:1389", "01", 1002, 6)
    )
    assert owner_in_tables(_CALL, tables) == 1001
    assert owner_in_tables(_CALL6, tables) == 1002


def test_a_kernel_without_ipv6_has_one_table(tables: Path) -> None:
    assert _CALL is not None
    (tables / "tcp6").unlink()
    assert owner_in_tables(_CALL, tables) is None
    (tables / "tcp").unlink()
    with pytest.raises(FileNotFoundError):
        owner_in_tables(_CALL, tables)


def test_loopback_names_are_told_from_others() -> None:
    assert is_loopback("127.0.0.1")
    assert not is_loopback("localhost.evil.example")
    assert not is_loopback("")
