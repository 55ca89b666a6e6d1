"""Whether a PostgreSQL can be reached: said in one sentence if not, waited for if it may come."""

import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from wa_desktop.database_url import without_search_path
from wa_desktop.errors import LedgerError, LedgerUnavailable
from wa_desktop.ledger.engine_lock import ledger_file
from wa_desktop.ledger.sql.driver_errors import SharedConnections
from wa_desktop.words import Words, words

log = logging.getLogger(__name__)

_SECONDS = 10
_ROUNDS = 3
_EVERY = 1.0
_SAID_EVERY = 60.0
_NO_PLACE = ("too many", "connection slots")
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
"""How the system says that there is no such host."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a start waits for a database: ``seconds`` at most, until ``ended`` says that nobody
    wants it any more; ``ended`` itself takes as many seconds as it is given, unless that comes.
    ``tell`` is called when the waiting begins, and each minute."""

    seconds: float
    ended: Callable[[float], bool]
    tell: Callable[[Words], None]


def reach(url: str) -> None:
    """Try the way once. Raises ``LedgerError``, and ``LedgerUnavailable`` for a server that gives
    no connection; no password is in their words. SQLite needs no way."""
    if ledger_file(url) is not None:
        return
    import psycopg  # noqa: PLC0415 - is an extra

    place = urlsplit(url)
    server = place.netloc.rpartition("@")[2] or "localhost"
    address, _ = without_search_path(url)
    try:
        with psycopg.connect(address, connect_timeout=_SECONDS) as connection:
            if _is_shared(connection, address):
                raise SharedConnections
    except psycopg.ProgrammingError as error:
        raise LedgerError(
            words(
                "DATABASE_URL cannot be used ({reason}). Write it as "
                "postgresql://user:password@host:port/database.",
                reason=_reason(error, place.password),
            )
        ) from error
    except psycopg.OperationalError as error:
        if _has_refused(url, str(error)) or _is_nowhere(place.netloc):
            raise LedgerUnavailable(
                words(
                    "PostgreSQL at {server} cannot be used ({reason}). Correct DATABASE_URL.",
                    server=server,
                    reason=_reason(error, place.password),
                )
            ) from error
        raise LedgerUnavailable(
            words(
                "PostgreSQL at {server} cannot be used ({reason}). Start it, or correct "
                "DATABASE_URL. Nothing is lost meanwhile.",
                server=server,
                reason=_reason(error, place.password),
            )
        ) from error


def wait_for(url: str, patience: Patience) -> None:
    """Return once the database can be reached. Raises as ``reach``: at once for what does not
    change by itself (a wrong password, a missing database), else when the patience is over."""
    began = time.monotonic()
    said = -_SAID_EVERY
    while True:
        try:
            reach(url)
            return
        except LedgerUnavailable as error:
            passed = time.monotonic() - began
            if passed >= patience.seconds or not _may_come(url):
                raise
            if passed - said >= _SAID_EVERY:
                said = passed
                patience.tell(
                    words(
                        "{error} Waiting for it, at most {seconds} more seconds "
                        "(WA_WAIT_FOR_DATABASE).",
                        error=error,
                        seconds=str(round(patience.seconds - passed)),
                    )
                )
            if patience.ended(_EVERY):
                raise


def _may_come(url: str) -> bool:
    """Whether the server does not answer, or says that it starts, stops or recovers.

    Asked as ``pg_isready`` does; one that answers otherwise has refused this user or database.
    With several hosts, none may be the primary yet.
    """
    from psycopg.pq import PGconn, Ping  # noqa: PLC0415 - is an extra

    if "target_session_attrs" in urlsplit(url).query:
        return True
    address, _ = without_search_path(url)
    return PGconn.ping(address.encode()) in (Ping.REJECT, Ping.NO_RESPONSE)


def _has_refused(url: str, said: str) -> bool:
    """Whether the server works and does not know this user, password or database.

    One that has no connection left does work, too; the library gives its words alone.
    """
    return not _may_come(url) and not any(one in said for one in _NO_PLACE)


def _is_nowhere(netloc: str) -> bool:
    """Whether the address names hosts that nobody knows; not while no name can be looked up."""
    hosts = [one for one in map(_host_in, netloc.rpartition("@")[2].split(",")) if one]
    return bool(hosts) and all(_is_unknown(one) for one in hosts)


def _host_in(place: str) -> str:
    """The name or the address before a port, without brackets; "" for the local socket."""
    return unquote(urlsplit(f"//{place}").hostname or "")


def _is_unknown(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except socket.gaierror as error:
        return error.errno in _UNKNOWN
    except (OSError, UnicodeError):
        return False
    return False


def _is_shared(first: Any, address: str) -> bool:
    """Whether a pooler gives a connection's transactions to different sessions of the server.

    Two connections that are open at once never have the same session, and none changes its own,
    unless there is such a pooler in between. One that is busy, or takes turns, may show either.
    """
    import psycopg  # noqa: PLC0415 - is an extra

    first.autocommit = True
    with psycopg.connect(address, connect_timeout=_SECONDS) as second:
        for one in (first, second):
            one.prepare_threshold = None
        for _ in range(_ROUNDS):
            before = _session(first)
            try:
                held = _session(second)  # until its transaction ends
            except psycopg.errors.ProtocolViolation:
                return True  # it allows no transactions at all
            if before == held or before != _session(first):
                return True
            second.rollback()
    return False


def _session(connection: Any) -> tuple[object, ...]:
    row = connection.execute(
        "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
    ).fetchone()
    return tuple(row or ())


def _reason(error: Exception, password: str | None) -> str:
    """The last thing that went wrong, on one line and without the password."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0] if lines else type(error).__name__
    for secret in {password, unquote(password)} if password else ():
        reason = reason.replace(secret, "…")
    return reason.rstrip(".")
