"""Draws: the next waiting rows of one contract, taken in the order in which they stand.

A claim that found nothing new since the last one draws from the same contract again. So the
engine sends that draw ahead, together with the statements whose answers say whether it is
right, and waits for the database once instead of twice; where it is not, the transaction is
undone and done again without (``sql/pipe.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.moves import Move, carry_out
from wa_desktop.ledger.own_contents import OWN_COLUMNS
from wa_desktop.ledger.persons import PERSON
from wa_desktop.ledger.sql.asked import Row
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.fronts import Fronts, Place
from wa_desktop.ledger.turns.limits import AccountLimits

_RETURNED = "phone, attempts, refusals, due_at"

_SURE_AFTER = 8
"""A draw is sent ahead once so many turns in a row would have proved it right."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Rows to take from a contract, at most so many, and the state they go to."""

    contract: int
    target: MessageState
    amount: int
    own_contents: bool


class Drawer:
    """Draws for one worker at one moment, inside the transaction of a turn.

    Rows come as ``(id, contract, phone, attempts, refusals, due_at, *own contents)``, in the
    order of their places.
    """

    def __init__(
        self, database: Database, changes: CountChanges, fronts: Fronts, worker: int, at: int
    ) -> None:
        self._database = database
        self._changes = changes
        self._fronts = fronts
        self._worker = worker
        self._at = at

    def looks_behind(self, contract: int) -> bool:
        """Whether rows may stand in front of where a draw looks."""
        return self._fronts.of(contract, self._at) is not None

    def look_from_the_start(self, contract: int) -> None:
        """Leave out nothing the next time."""
        self._fronts.forget(contract)

    def look(self, contract: int, amount: int) -> list[Row]:
        """``(id, phone, person's key)`` of the next rows, which stay where they are."""
        return self._database.rows(*self._next(contract, f"id, phone, {PERSON}", amount))

    def take(self, draw: Draw) -> list[Row]:
        """Take the next rows."""
        return self._carry_out(draw, self._move_next(draw))

    def send_ahead(self, draw: Draw) -> None:
        """Send the draw that ``take`` will come to, before that is known."""
        self._database.guess(*self._move_next(draw).statement())

    def take_chosen(self, draw: Draw, ids: Sequence[int]) -> list[Row]:
        """Take these of the rows looked at."""
        which, params = self._database.one_of("id", ids)
        return self._carry_out(draw, self._move(draw, where=which, params=params))

    def _next(self, contract: int, columns: str, amount: int) -> tuple[str, list[Any]]:
        front = self._fronts.of(contract, self._at)
        behind = "" if front is None else "AND (due_at, id) > (?, ?) "
        return (
            f"SELECT {columns} FROM messages WHERE contract_id = ? AND state = 1 {behind}"
            "ORDER BY due_at, id LIMIT ?" + self._database.skip_locked,
            [contract, *(front or ()), amount],
        )

    def _move_next(self, draw: Draw) -> Move:
        pick, params = self._next(draw.contract, "id", draw.amount)
        return self._move(draw, pick=pick, params=params)

    def _move(
        self, draw: Draw, *, where: str = "", pick: str = "", params: Sequence[Any] = ()
    ) -> Move:
        return Move(
            MessageState.WAITING,
            draw.target,
            self._at,
            where=where,
            pick=pick,
            params=params,
            assign="claimed_by = ?",
            assign_params=(self._worker,),
            returning=_RETURNED + (OWN_COLUMNS if draw.own_contents else ""),
            by_id=True,
        )

    def _carry_out(self, draw: Draw, move: Move) -> list[Row]:
        rows = carry_out(self._database, self._changes, move)
        rows.sort(key=lambda row: (row[5] or 0, row[0]))
        if rows:
            last = rows[-1]
            self._fronts.advance(draw.contract, Place(last[5] or 0, last[0]), self._at)
        return rows


class Foresight:
    """What one engine expects of its next draw, from its last turns."""

    def __init__(self) -> None:
        self._last: Draw | None = None
        self._left: AccountLimits | None = None
        self._expected: Draw | None = None
        self._right = 0

    def expect(self, account_id: str, free: int, freed: int) -> Draw | None:
        """The draw that a turn for this account alone will come to, if that is sure enough.

        ``free``: the engine's own free places; ``freed``: places that the turn gives back.
        """
        self._expected = None
        if self._last is not None and self._left is not None and self._left.id == account_id:
            amount = min(free, self._left.freed(freed).places)
            self._expected = replace(self._last, amount=amount)
        return self._expected if self._right >= _SURE_AFTER else None

    def learn(self, left: AccountLimits, drawn: Sequence[Draw]) -> None:
        """Note what the turn drew, and how it left the account."""
        if len(drawn) != 1:
            self.forget()
            return
        if self._expected is not None:
            self._right = self._right + 1 if drawn[0] == self._expected else 0
            self._expected = None
        self._last, self._left = drawn[0], left

    def forget(self) -> None:
        """Nothing is known any more."""
        self._last = self._left = self._expected = None
        self._right = 0
