"""A contract that is being deleted, taken out row by row, in slices.

Its rows go beside the turns of its account; what is on the wire stays until it is settled.
"""

from wa_desktop.ledger.contracts import Contracts, Locked
from wa_desktop.ledger.persons import PERSON
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.walks import Marks, walk
from wa_desktop.ledger.states import ContractState

_IDLE = "state <> 3 AND state <> 4"
"""Neither claimed nor on the wire."""


class Deleting:
    """The slices of deleting."""

    def __init__(self, database: Database, contracts: Contracts) -> None:
        self._database = database
        self._contracts = contracts
        self._marks = Marks()

    def slice(self, contract_id: str) -> int:
        """Delete the next rows of a contract that is being deleted.

        0: the contract is gone, or waits for messages on the wire, whose places in flight
        are given back when they are settled.
        """
        with self._database.slice("delete") as most:
            number, state = self._contracts.locked_state(contract_id, Locked.CONTRACT)
            if state is not ContractState.DELETING:
                return 0
            deleted = self._delete_messages(number, most)
        if not deleted and self._marks.forget(number):
            self._pass_over_deleted(number)
            return self.slice(contract_id)
        return deleted or self._delete_the_rest(number)

    def _delete_messages(self, number: int, most: int) -> int:
        behind, params, order = walk(number, after=self._marks.after(number))
        rows = self._database.rows(
            "DELETE FROM messages WHERE id IN (SELECT id FROM messages "
            f"WHERE {behind} AND {_IDLE} ORDER BY {order} LIMIT ?) RETURNING id",
            [*params, most],
        )
        if rows:
            self._marks.reach(max(row[0] for row in rows), number)
        return len(rows)

    def _pass_over_deleted(self, number: int) -> None:
        """Look through each index of the contract's rows once without holding anything.

        PostgreSQL then marks in it what was deleted. Whoever looks with a lock, be it for a row
        that is left or for the foreign key, would step over a million entries (0.3 s).
        """
        for order in ("contract_id, id", "contract_id, state, id", f"contract_id, {PERSON}"):
            with self._database.slice("pass over"):
                self._database.scalar(
                    "SELECT id FROM messages WHERE contract_id >= ? AND contract_id <= ? "
                    f"AND {_IDLE} ORDER BY {order} LIMIT 1",
                    (number, number),
                )

    def _delete_the_rest(self, number: int) -> int:
        with self._database.slice("delete events") as most:
            deleted = self._database.touched(
                "DELETE FROM events WHERE id IN "
                "(SELECT id FROM events WHERE contract_id = ? ORDER BY id LIMIT ?)",
                (number, most),
            )
        if not deleted:
            self._delete_emptied(number)
        return deleted

    def _delete_emptied(self, number: int) -> None:
        """Delete the contract itself. A slice, so that PostgreSQL goes by an index here and for
        the foreign key too: it would read all of the table, where most of it was this contract's.
        """
        empty = "NOT EXISTS (SELECT 1 FROM messages WHERE contract_id = ?)"
        with self._database.slice("delete contract"):
            self._database.run(
                f"DELETE FROM contracts WHERE id = ? AND {empty}",
                (number, number),
            )
