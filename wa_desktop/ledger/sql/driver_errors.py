"""The database drivers' errors as the ledger's own, told apart by code and never by text."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import peewee

from wa_desktop.errors import LedgerBusy, LedgerDamaged, LedgerError, LedgerFull, LedgerUnavailable
from wa_desktop.words import words

_as_peewee: Any = vars(peewee)["__exception_wrapper__"]

_FULL = {"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE"}

_CUT_OFF = ("08", "57P")
"""How PostgreSQL's codes begin for a connection that ends, by itself or by the server."""

_FORBIDDEN = "42501"
"""PostgreSQL's code for what the user has no right to."""

_LOST_STATEMENT = {"26000", "42P05"}
"""PostgreSQL's codes for a prepared statement that is missing, or there already, in a session."""


class SharedConnections(LedgerError):
    """Between the program and PostgreSQL stands a pooler in transaction mode, or stricter."""

    def __init__(self) -> None:
        super().__init__(
            words(
                "DATABASE_URL leads to a connection pooler that gives each transaction another "
                "session (transaction or statement mode), which wa-desktop cannot use safely. "
                "Name PostgreSQL itself, or set pool_mode = session for this database."
            )
        )


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the database driver's errors into ours, by code and never by text."""
    try:
        with _as_peewee:  # what is fetched from a pipeline fails outside of peewee
            yield
    except (peewee.OperationalError, peewee.InterfaceError, peewee.InternalError) as error:
        raise _ours(error) from error
    except peewee.DatabaseError as error:
        ours = peewee.IntegrityError | peewee.ProgrammingError | peewee.DataError
        if isinstance(error, ours) and _state(error) not in {_FORBIDDEN, *_LOST_STATEMENT}:
            raise
        raise _ours(error) from error


def is_cut_off(error: BaseException) -> bool:
    """Whether the connection to PostgreSQL ended, so that nothing more is known of its work."""
    original = _original(error)
    if not isinstance(error, peewee.OperationalError | peewee.InterfaceError) and not hasattr(
        original, "sqlstate"
    ):
        return False
    state = getattr(original, "sqlstate", None)
    return state is None or state.startswith(_CUT_OFF)


def commit_unknown(error: BaseException) -> LedgerUnavailable:
    """The error for a change of which nobody knows whether it was stored."""
    return LedgerUnavailable(
        words(
            "The ledger is out of reach ({reason}), and whether it stored the last change is "
            "unknown. Sending goes on by itself once it is back; before a command is given again, "
            "look whether it was carried out.",
            reason=_reason(_original(error)),
        )
    )


def _reason(original: BaseException) -> str:
    text = str(original).strip()
    return text.splitlines()[0] if text else "no reason given"


def _ours(error: BaseException) -> LedgerError:
    original = _original(error)
    name = getattr(original, "sqlite_errorname", "")
    state = getattr(original, "sqlstate", None)
    if state == "53100":
        return LedgerFull(
            words(
                "The disk of the PostgreSQL server is full. Nothing was lost; free some space "
                "there and go on."
            )
        )
    if name in _FULL:
        return LedgerFull(
            words(
                "The disk that holds the ledger is full. Nothing was lost; free some space "
                "and go on."
            )
        )
    if name.startswith("SQLITE_READONLY"):
        return LedgerError(
            words("The ledger's file is read-only. Make it writable and start again.")
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return LedgerDamaged(
            words(
                "The ledger's file is damaged. Restore the latest backup with `wa-desktop "
                "restore FILE`, or move the file away to begin with an empty ledger."
            )
        )
    if state == "55P03":
        return LedgerBusy(
            words(
                "Another program is upgrading this ledger. Wait until it is done and start again."
            )
        )
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return LedgerUnavailable(
            words(
                "Another program holds the ledger locked. Nothing is lost: sending goes on by "
                "itself once it is free; a command must be given again."
            )
        )
    reason = _reason(original)
    if state in _LOST_STATEMENT:
        return SharedConnections()
    if state == _FORBIDDEN:
        return LedgerError(
            words(
                "PostgreSQL does not let this user make, read or change the ledger's tables "
                "({reason}). Make the user the owner of the database and of all tables in it.",
                reason=reason,
            )
        )
    return LedgerUnavailable(
        words(
            "The ledger is out of reach ({reason}). Nothing is lost: sending goes on by itself "
            "once it is back; a command must be given again.",
            reason=reason,
        )
    )


def _state(error: BaseException) -> str | None:
    state: str | None = getattr(_original(error), "sqlstate", None)
    return state


def _original(error: BaseException) -> BaseException:
    """The driver's own error; of several the first that says more than "cannot roll back".

    SQLite undoes a transaction by itself when the disk is full, and the rollback that follows
    fails for want of one.
    """
    seen: BaseException = error
    while True:
        deeper = seen.__cause__ or seen.__context__
        tells = isinstance(seen, sqlite3.Error) and seen.sqlite_errorname != "SQLITE_ERROR"
        if deeper is None or tells or hasattr(seen, "sqlstate"):
            return seen
        seen = deeper
