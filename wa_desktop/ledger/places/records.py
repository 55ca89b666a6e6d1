"""The lines of the ledger that say from where it was sent last, and where it waits for a word."""

import json
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path

from wa_desktop.ledger.places.file_place import FilePlace
from wa_desktop.ledger.places.server_place import ServerPlace, this_transaction, writer_of
from wa_desktop.ledger.sql.database import Database

Place = FilePlace | ServerPlace


class Line(StrEnum):
    """The names of the lines in ``ledger_info``."""

    SENT = "place"
    """From where it was sent last, or is sent."""

    WAITS = "place:unconfirmed"
    """Where a program found that this is another place, and made the ledger safe."""


def place_now(database: Database, line: Line = Line.SENT) -> Place:
    """Where the ledger is now, to be held against that line (inside a transaction)."""
    if database.path is not None:
        return FilePlace.of(database.path)
    return ServerPlace.of(database, written_by=writer_of(database, line))


def read(database: Database, line: Line) -> Place | None:
    """What a line says; ``None`` where there is none (inside a transaction).

    A line that nobody can read is that of no place: it is none of here.
    """
    found = database.scalar("SELECT value FROM ledger_info WHERE name = ?", (line.value,))
    if found is None:
        return None
    kind = FilePlace if database.is_sqlite else ServerPlace
    try:
        return kind(**json.loads(found))
    except (TypeError, ValueError):
        return _unknown(database)


def write(database: Database, line: Line, place: Place) -> None:
    """Write a line (inside a transaction that is no part of another)."""
    if isinstance(place, ServerPlace):
        place = replace(place, written_by=this_transaction(database))
    database.run(
        "INSERT INTO ledger_info (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (line.value, json.dumps(asdict(place))),
    )


def remove(database: Database, line: Line) -> None:
    """Remove a line, if it is there (inside a transaction)."""
    database.run("DELETE FROM ledger_info WHERE name = ?", (line.value,))


def settle_here(database: Database, *, named: Path | None = None) -> None:
    """Say that the ledger is sent from where it is (inside a transaction).

    ``named``: what its file is about to be called.
    """
    remove(database, Line.WAITS)
    path = database.path
    here = place_now(database) if path is None else FilePlace.of(path, named=named)
    write(database, Line.SENT, here)


def same(one: Place | None, other: Place) -> bool:
    """Whether both are one place; none is no place."""
    if isinstance(one, FilePlace) and isinstance(other, FilePlace):
        return one.is_same(other)
    if isinstance(one, ServerPlace) and isinstance(other, ServerPlace):
        return one.is_same(other)
    return False


def _unknown(database: Database) -> Place:
    if database.is_sqlite:
        return FilePlace("?", 0, 0, "?", "?", "?", "?")
    return ServerPlace("?", 0, "?", 0, 0, "?")
