"""Recipients enter a draft: all or nothing, in slices, without holding up the engine.

A contract notes the highest message id before an import (``import_mark``). Rows above it
count only once the import is finished; one that broke off is undone, at once by its caller
or, when the program died, by the sweep.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wa_desktop.clock import SECOND
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.contracts import Contracts, Locked
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.persons import PERSON, persons_of
from wa_desktop.ledger.same_person import leave_out_second_rows
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.sql.walks import walk
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.words import words

LEFT_OVER = 60 * SECOND
"""An import without a sign of life for this long was left by a program that died."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A recipient's row: number (E.164 without plus), own text and fields, if any.

    ``due_at``: not to be sent before that moment. ``written``: the number as the source has it,
    where its digits are others.
    """

    phone: str
    body: str | None = None
    variables: Mapping[str, str] | None = None
    due_at: int | None = None
    written: str | None = None


class Imports:
    """Adds rows to drafts."""

    def __init__(self, database: Database, contracts: Contracts) -> None:
        self._database = database
        self._contracts = contracts

    def begin(self, contract_id: str) -> int:
        """Open an import into a draft and return the contract's number.

        Raises ``MoveRefused`` when the contract is no draft or another import is open.
        """
        with self._database.write():
            number, state = self._contracts.locked_state(contract_id)
            if state is not ContractState.DRAFT:
                raise MoveRefused(
                    words(
                        "Recipients can be added to a draft only; this campaign is {state}.",
                        state=state.said,
                    ),
                    state=state.value,
                )
            self._contracts.refuse_importing(number)
            self._database.run(
                "UPDATE contracts SET import_at = ?, "
                "import_mark = (SELECT COALESCE(MAX(id), 0) FROM messages) WHERE id = ?",
                (now(self._database), number),
            )
        return number

    def refuse_under_way(self, contract_id: str) -> None:
        """Raise ``MoveRefused`` while recipients are being added; ``NotFound`` if it is gone."""
        with self._database.read():
            number, _ = self._contracts.locked_state(contract_id, Locked.NOTHING)
            self._contracts.refuse_importing(number)

    def add(self, number: int, rows: Sequence[NewMessage]) -> int:
        """Add rows (at most some thousands); returns how many were new to the contract.

        A person stands once in it, whichever way the number is written.

        Raises ``MoveRefused`` when the import was given up meanwhile.
        """
        at = now(self._database)
        with self._database.write():
            self._still_open(number, at)
            persons = persons_of(self._database, [row.phone for row in rows])
            table, params = self._database.table(
                ("text", "text", "text", "bigint"),
                [
                    (
                        phone := row.phone,
                        None if (person := persons[phone]) == phone else person,
                        row.written,
                        row.due_at,
                    )
                    for row in rows
                ],
            )
            inserted = self._database.rows(
                "INSERT INTO messages "
                "(contract_id, phone, person, written, due_at, state, updated_at, attempts, "
                "listed) SELECT CAST(? AS bigint), v.column1, v.column2, v.column3, v.column4, "
                f"{int(MessageState.DRAFT)}, "
                f"CAST(? AS bigint), 0, TRUE FROM {table} WHERE TRUE "
                f"ON CONFLICT (contract_id, ({PERSON})) DO NOTHING RETURNING id, phone",
                [number, at, *params],
            )
            self._add_contents(inserted, rows)
        return len(inserted)

    def finish(self, number: int, added: int, *, own_contents: bool) -> None:
        """Make the rows of an import count; ``MoveRefused`` when it was given up meanwhile."""
        with self._database.write():
            self._still_open(number, now(self._database))
            changes = CountChanges()
            changes.added(number, MessageState.DRAFT, added)
            leave_out_second_rows(self._database, changes, number)
            changes.apply(self._database)
            self._database.run(
                "UPDATE contracts SET import_mark = NULL, import_at = NULL, "
                f"own_contents = own_contents OR {'TRUE' if own_contents else 'FALSE'} "
                "WHERE id = ?",
                (number,),
            )

    def undo(self, number: int) -> None:
        """Take the rows of an unfinished import out again, in slices."""
        reached: int | None = 0
        while reached is not None:
            reached = self._undo_slice(number, reached)
        with self._database.write():
            self._database.run(
                "UPDATE contracts SET import_mark = NULL, import_at = NULL WHERE id = ?", (number,)
            )

    def undo_left_over(self) -> int:
        """Undo imports whose program died; returns how many."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT id FROM contracts WHERE import_mark IS NOT NULL AND import_at < ? "
                "AND action IS NULL",
                (now(self._database) - LEFT_OVER,),
            )
        for (number,) in rows:
            self.undo(number)
        return len(rows)

    def _still_open(self, number: int, at: int) -> None:
        """Give a sign of life. Rows added to an import that is no more would never count."""
        touched = self._database.touched(
            "UPDATE contracts SET import_at = ? WHERE id = ? AND import_mark IS NOT NULL",
            (at, number),
        )
        if not touched:
            raise MoveRefused(
                words("The recipients came too slowly and were given up. Add them again."),
                state="not importing",
            )

    def _undo_slice(self, number: int, after: int) -> int | None:
        """Take out the next rows behind a place; returns the last one's, ``None``: none is left."""
        with self._database.slice("undo") as most:
            self._database.run(
                "UPDATE contracts SET import_at = ? WHERE id = ?", (now(self._database), number)
            )
            mark = self._database.scalar(
                "SELECT import_mark FROM contracts WHERE id = ?", (number,)
            )
            if mark is None:
                return None
            behind, params, order = walk(number, after=max(mark, after))
            deleted = self._database.rows(
                f"DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE {behind} "
                f"ORDER BY {order} LIMIT ?) RETURNING id",
                [*params, most],
            )
        return max((row[0] for row in deleted), default=None)

    def _add_contents(
        self, inserted: Sequence[tuple[int, str]], rows: Sequence[NewMessage]
    ) -> None:
        first: dict[str, NewMessage] = {}
        for row in rows:
            first.setdefault(row.phone, row)
        contents = [
            (
                message,
                first[phone].body,
                json.dumps(dict(variables), ensure_ascii=False, separators=(",", ":"))
                if (variables := first[phone].variables)
                else None,
            )
            for message, phone in inserted
            if first[phone].body is not None or first[phone].variables
        ]
        if contents:
            table, params = self._database.table(("bigint", "text", "text"), contents)
            self._database.run(
                f"INSERT INTO contents (message_id, body, variables) SELECT * FROM {table}",
                params,
            )
