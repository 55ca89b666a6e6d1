"""Answers of the database: those that are there, and those still to come."""

from typing import Any, Protocol

Row = tuple[Any, ...]


class WrongGuess(Exception):
    """Another statement followed than the one sent ahead; the transaction was undone."""


class Asked(Protocol):
    """A statement that was sent; its rows are waited for when they are read."""

    def rows(self) -> list[Row]:
        """The rows, as often as they are asked for. Read inside the transaction."""
        ...


class Answered:
    """One whose rows are there."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def rows(self) -> list[Row]:
        """The rows."""
        return self._rows
