"""The one place where messages change their state.

A move names its source and target, touches only rows that still stand in the source, and
notes the change in the counts; so a move that comes late, twice or too soon does nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.sql.asked import Asked, Row
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MESSAGE_MOVES, MessageState, message_may_move

HELD_BY = "messages.claimed_by + 0 = ?"
"""That a worker holds the row, where rows are found by their ids. An expression, so that
PostgreSQL does not look through all that the worker ever held instead: the index of held rows
keeps thousands of dead entries at speed. The state of such rows is compared the same way."""


@dataclass(frozen=True, slots=True)
class Move:
    """A move of all messages that match.

    Which they are is said by ``where``, SQL over ``messages``, or by ``pick``, a SELECT of
    ids; ``params`` are its values. ``by_id``: ``where`` names ids.
    """

    source: MessageState
    target: MessageState
    at: int
    where: str = ""
    pick: str = ""
    params: Sequence[Any] = ()
    assign: str = ""
    assign_params: Sequence[Any] = ()
    returning: str = ""
    by_id: bool = False

    def statement(self) -> tuple[str, list[Any]]:
        """SQL that returns ``(id, contract, *returning)``, and its values. Raises
        ``MoveRefused`` when the table of moves does not know the move: that is a fault of the
        program."""
        _check(self.source, self.target)
        more = f", {self.assign}" if self.assign else ""
        out = f", {self.returning}" if self.returning else ""
        # Materialized, since PostgreSQL may run a sub-select with a lock and a limit once for
        # each row it joins, and then takes more rows than the limit.
        first = f"WITH picked AS MATERIALIZED ({self.pick}) " if self.pick else ""
        which = "id IN (SELECT id FROM picked)" if self.pick else self.where
        state = "state + 0" if self.pick or self.by_id else "state"
        before, after = (self.params, ()) if self.pick else ((), self.params)
        return (
            f"{first}UPDATE messages SET state = {int(self.target)}, updated_at = ?{more} "
            f"WHERE {state} = {int(self.source)} AND {which} RETURNING id, contract_id{out}",
            [*before, self.at, *self.assign_params, *after],
        )


def carry_out(database: Database, changes: CountChanges, move: Move) -> list[Row]:
    """Move the messages; returns ``(id, contract, *returning)`` of those that moved."""
    moved = database.rows(*move.statement())
    _note(changes, move.source, move.target, moved)
    return moved


def move_messages(
    database: Database,
    changes: CountChanges,
    source: MessageState,
    target: MessageState,
    *,
    at: int,
    where: str = "",
    pick: str = "",
    params: Sequence[Any] = (),
    assign: str = "",
    assign_params: Sequence[Any] = (),
    returning: str = "",
    by_id: bool = False,
) -> list[Row]:
    """As ``carry_out``, from the parts of a ``Move``."""
    move = Move(source, target, at, where, pick, params, assign, assign_params, returning, by_id)
    return carry_out(database, changes, move)


@dataclass(slots=True)
class Moving:
    """A move that was sent to the database. ``rows`` must be called before the counts of the
    transaction are applied."""

    _asked: Asked | None
    _changes: CountChanges
    _source: MessageState
    _target: MessageState
    _noted: bool = False

    def rows(self) -> list[Row]:
        """``(id, contract)`` of those that moved, noted in the counts."""
        moved = self._asked.rows() if self._asked is not None else []
        if not self._noted:
            self._noted = True
            _note(self._changes, self._source, self._target, moved)
        return moved


def move_each(
    database: Database,
    changes: CountChanges,
    source: MessageState,
    target: MessageState,
    rows: Sequence[Sequence[Any]],
    types: Sequence[str],
    *,
    at: int,
    assign: str,
    where: str,
    where_params: Sequence[Any] = (),
) -> Moving:
    """Move messages that each bring values of their own, in one statement.

    Each row is ``(id, …)`` of the SQL ``types``; ``assign`` reads them as ``v.column2``,
    ``v.column3``…
    """
    _check(source, target)
    if not rows:
        return Moving(None, changes, source, target)
    table, params = database.table(types, rows)
    asked = database.ask(
        f"UPDATE messages SET state = {int(target)}, updated_at = ?, {assign} "
        f"FROM {table} WHERE messages.id = v.column1 "
        f"AND messages.state + 0 = {int(source)} AND {where} "
        "RETURNING messages.id, messages.contract_id",
        [at, *params, *where_params],
    )
    return Moving(asked, changes, source, target)


def _check(source: MessageState, target: MessageState) -> None:
    if not message_may_move(source, target):
        raise MoveRefused(
            f"A message cannot go from {source.word} to {target.word}.",
            state=source.word,
            allowed=[state.word for state in sorted(MESSAGE_MOVES[source])],
        )


def _note(
    changes: CountChanges, source: MessageState, target: MessageState, moved: Sequence[Row]
) -> None:
    for contract, amount in Counter(row[1] for row in moved).items():
        changes.moved(contract, source, target, amount)
