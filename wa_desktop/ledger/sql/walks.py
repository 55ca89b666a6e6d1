"""Walks through a contract's rows in the order of their place, a slice at a time.

A walk compares and orders by the columns of one index together, so that PostgreSQL can take no
other: by the id alone it may walk the primary key instead, past the rows of all older contracts
(0.15 s behind 300,000 of them), whenever its statistics favour that.
"""

from collections.abc import Hashable
from typing import Any

from wa_desktop.ledger.states import MessageState

_LAST = 2**63 - 1


def walk(
    number: int, state: MessageState | None = None, *, after: int = 0, of: str = "messages"
) -> tuple[str, list[Any], str]:
    """A contract's rows behind the place ``after``, all or those in one state.

    Returns the condition, its parameters and the ORDER BY. ``of`` is the table's name or alias.
    """
    if state is None:
        columns, first, contract, params = f"{of}.contract_id, {of}.id", number, "", list[Any]()
    else:
        columns, first = f"{of}.state, {of}.id", int(state)
        contract, params = f"{of}.contract_id = ? AND ", [number]
    return (
        f"{contract}({columns}) > (?, ?) AND ({columns}) <= (?, ?)",
        [*params, first, after, first, _LAST],
        columns,
    )


class Marks:
    """Hints where the last slice of some work ended, so that the next begins there.

    PostgreSQL keeps what was moved or deleted in its indexes for a while, and a slice that
    began at the front would step over all of it. A hint may be wrong, as others work on the
    same rows: who finds less than there should be starts again from 0.
    """

    _MOST = 1_000

    def __init__(self) -> None:
        self._after: dict[Hashable, int] = {}

    def after(self, *work: Hashable) -> int:
        """The place behind which to look; 0: from the front."""
        return self._after.get(work, 0)

    def reach(self, after: int, *work: Hashable) -> None:
        """Note how far the work has come."""
        if len(self._after) >= self._MOST:
            self._after.clear()
        self._after[work] = after

    def forget(self, *work: Hashable) -> bool:
        """Begin at the front again; whether there was a hint."""
        return self._after.pop(work, None) is not None
