"""Work on a whole contract, in slices: each holds the ledger shortly and may be the last.

Whoever is killed between two slices leaves a contract that the next one goes on with: what
is left to do is read from the ledger each time, never remembered.
"""

from collections.abc import Sequence

from wa_desktop.clock import now
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.database import Database
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.states import ContractState, MessageState

SLICE = 1_000
"""Rows in a slice: some 10 to 30 ms of the ledger's time."""


class ContractWork:
    """The slices of preparing, skipping and deleting."""

    def __init__(self, database: Database, contracts: Contracts) -> None:
        self._database = database
        self._contracts = contracts

    def prepare_slice(self, contract_id: str) -> int:
        """Make the next drafts waiting; returns how many. 0: the contract is prepared.

        Takes a queued contract to ``preparing`` and a prepared one to ``running``; does
        nothing for a contract in any other state.
        """
        at = now()
        with self._database.write():
            number, state = self._contracts.locked_state(contract_id)
            if state is ContractState.QUEUED:
                self._contracts.move(contract_id, ContractState.PREPARING)
            elif state is not ContractState.PREPARING:
                return 0
            moved = self._move_slice(
                number, MessageState.DRAFT, MessageState.WAITING, at, assign="due_at = ?", value=at
            )
            if moved < SLICE:
                self._contracts.move(contract_id, ContractState.RUNNING)
            return moved

    def skip_slice(self, contract_id: str) -> int:
        """Skip the next open messages of a cancelled contract; 0: none is left."""
        at = now()
        with self._database.write():
            number, state = self._contracts.locked_state(contract_id)
            if state is not ContractState.CANCELLED:
                return 0
            for source in (MessageState.WAITING, MessageState.DELAYED, MessageState.DRAFT):
                moved = self._move_slice(
                    number,
                    source,
                    MessageState.SKIPPED,
                    at,
                    assign="error_text = ?",
                    value="The campaign was cancelled.",
                )
                if moved:
                    return moved
        return 0

    def delete_slice(self, contract_id: str) -> int:
        """Delete the next rows of a contract that is being deleted.

        0: the contract is gone, or waits for messages on the wire, whose places in flight
        are given back when they are settled.
        """
        with self._database.write():
            number, state = self._contracts.locked_state(contract_id)
            if state is not ContractState.DELETING:
                return 0
            for table, idle in (("messages", "AND state <> 3 AND state <> 4 "), ("events", "")):
                deleted = self._database.run(
                    f"DELETE FROM {table} WHERE id IN "
                    f"(SELECT id FROM {table} WHERE contract_id = ? {idle}ORDER BY id LIMIT ?)",
                    (number, SLICE),
                )
                if deleted:
                    return deleted
            self._database.run(
                "DELETE FROM contracts WHERE id = ? "
                "AND NOT EXISTS (SELECT 1 FROM messages WHERE contract_id = ?)",
                (number, number),
            )
        return 0

    def release_claims(self, contract_id: str) -> int:
        """Give back what was claimed for a stopped contract but not begun; returns how many."""
        at = now()
        with self._database.write():
            number, _ = self._contracts.locked_state(contract_id)
            changes = CountChanges()
            released = move_messages(
                self._database,
                changes,
                MessageState.CLAIMED,
                MessageState.WAITING,
                at=at,
                where="contract_id = ?",
                params=(number,),
                assign="claimed_by = NULL",
            )
            changes.apply(self._database)
            self._database.run(
                "UPDATE accounts SET in_flight = in_flight - ? "
                "WHERE id = (SELECT account_id FROM contracts WHERE id = ?)",
                (len(released), number),
            )
        return len(released)

    def unfinished(self) -> tuple[str, ...]:
        """Contracts that have work left, in the order of their age: what the sweep rings for."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.uid FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE c.state IN ('queued', 'preparing', 'deleting') "
                "OR (c.state = 'cancelled' AND k.waiting + k.delayed + k.draft > 0) "
                "ORDER BY c.id"
            )
        return tuple(row[0] for row in rows)

    def worked_through(self) -> tuple[int, ...]:
        """Numbers of running contracts in which nothing remains."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.id FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE c.state = 'running' "
                "AND k.draft + k.waiting + k.delayed + k.claimed + k.sending = 0"
            )
        return tuple(row[0] for row in rows)

    def accounts_with_work(self, at: int) -> tuple[str, ...]:
        """Active accounts that have something due now: what the sweep rings for."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT DISTINCT c.account_id FROM contracts c "
                "JOIN counters k ON k.contract_id = c.id JOIN accounts a ON a.id = c.account_id "
                "WHERE c.state IN ('preparing', 'running') AND a.state = 'active' "
                "AND (k.waiting > 0 OR c.next_due_at <= ?)",
                (at,),
            )
        return tuple(row[0] for row in rows)

    def _move_slice(
        self,
        number: int,
        source: MessageState,
        target: MessageState,
        at: int,
        *,
        assign: str,
        value: object,
    ) -> int:
        changes = CountChanges()
        moved: Sequence[object] = move_messages(
            self._database,
            changes,
            source,
            target,
            at=at,
            pick=f"SELECT id FROM messages WHERE contract_id = ? AND state = {int(source)} "
            "ORDER BY id LIMIT ?",
            params=(number, SLICE),
            assign=assign,
            assign_params=(value,),
        )
        changes.apply(self._database)
        return len(moved)
