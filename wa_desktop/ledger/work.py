"""Work on a whole contract, in slices: each holds the ledger shortly and may be the last.

Whoever is killed between two slices leaves a contract that the next one goes on with: what
is left to do is read from the ledger each time, never remembered.
"""

import contextlib
from collections.abc import Sequence

from wa_desktop.clock import SECOND, now
from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.counters import CountChanges, open_sum
from wa_desktop.ledger.database import Database
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.switches import CONTRACTS_PAUSED, MESSAGES_PAUSED
from wa_desktop.words import words

SLICE = 1_000
"""Rows in a slice: some 10 to 30 ms of the ledger's time."""


CANCELLED = words("The campaign was cancelled.")
EXPIRED = words("The campaign's time was over before this message could go out.")

LATE = 30 * 60 * SECOND
"""A start missed by more than this asks instead of sending at an hour nobody chose."""

MISSED_START = "missed_start"
"""The reason of a contract that was to start while nothing ran."""

_EXPIRING = (
    ContractState.SCHEDULED,
    ContractState.QUEUED,
    ContractState.PREPARING,
    ContractState.RUNNING,
    ContractState.PAUSED,
)


class ContractWork:
    """The slices of preparing, skipping and deleting."""

    def __init__(self, database: Database, contracts: Contracts) -> None:
        self._database = database
        self._contracts = contracts

    def prepare_slice(self, contract_id: str) -> int:
        """Make the next drafts waiting; returns how many. 0: the contract is prepared.

        Those with a due time ahead become delayed. Takes a queued contract to ``preparing``
        and a prepared one to ``running``; does nothing for a contract in any other state, and
        while the queue of contracts is paused.
        """
        at = now()
        with self._database.slice():
            number, state = self._contracts.locked_state(contract_id)
            if self._database.scalar(f"SELECT {CONTRACTS_PAUSED}"):
                return 0
            if state is ContractState.QUEUED:
                self._contracts.move(contract_id, ContractState.PREPARING)
            elif state is not ContractState.PREPARING:
                return 0
            moved = self._delay_slice(number, at)
            moved += self._move_slice(
                number,
                MessageState.DRAFT,
                MessageState.WAITING,
                at,
                assign="due_at = ?",
                value=at,
                most=SLICE - moved,
            )
            if moved < SLICE:
                self._contracts.move(contract_id, ContractState.RUNNING)
            return moved

    def _delay_slice(self, number: int, at: int) -> int:
        """Of the next slice of drafts, delay those with a due time of their own ahead."""
        changes = CountChanges()
        moved = move_messages(
            self._database,
            changes,
            MessageState.DRAFT,
            MessageState.DELAYED,
            at=at,
            pick="SELECT id FROM (SELECT id, due_at FROM messages WHERE contract_id = ? "
            "AND state = 0 ORDER BY id LIMIT ?) AS next_rows WHERE due_at > ?",
            params=(number, SLICE, at),
        )
        changes.apply(self._database)
        if moved:
            self._database.run(
                "UPDATE contracts SET next_due_at = (SELECT MIN(due_at) FROM messages "
                "WHERE contract_id = ? AND state = 2) WHERE id = ?",
                (number, number),
            )
        return len(moved)

    def skip_slice(self, contract_id: str) -> int:
        """Skip the next open messages of a cancelled or expired contract; 0: none is left."""
        at = now()
        with self._database.slice():
            number, state = self._contracts.locked_state(contract_id)
            reason = self._why_skipped(number, state, at)
            if reason is None:
                return 0
            for source in (MessageState.WAITING, MessageState.DELAYED, MessageState.DRAFT):
                moved = self._move_slice(
                    number,
                    source,
                    MessageState.SKIPPED,
                    at,
                    assign="error_text = ?",
                    value=reason,
                )
                if moved:
                    return moved
        return 0

    def _why_skipped(self, number: int, state: ContractState, at: int) -> str | None:
        if state is ContractState.CANCELLED:
            return CANCELLED
        expires = self._database.scalar("SELECT expires_at FROM contracts WHERE id = ?", (number,))
        if expires is not None and expires <= at and state in _EXPIRING:
            return EXPIRED
        return None

    def delete_slice(self, contract_id: str) -> int:
        """Delete the next rows of a contract that is being deleted.

        0: the contract is gone, or waits for messages on the wire, whose places in flight
        are given back when they are settled.
        """
        with self._database.slice():
            number, state = self._contracts.locked_state(contract_id)
            if state is not ContractState.DELETING:
                return 0
            for table, idle in (("messages", "AND state <> 3 AND state <> 4 "), ("events", "")):
                deleted = self._database.touched(
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
        with self._database.slice():
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

    def start_scheduled(self, at: int) -> tuple[tuple[str, bool], ...]:
        """Start what is due: ``(contract id, started)``; one that is late is paused and asks."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT uid, start_at FROM contracts WHERE state = 'scheduled' AND start_at <= ? "
                "ORDER BY start_at, id",
                (at,),
            )
        moved = []
        for contract_id, start_at in rows:
            late = at - start_at > LATE
            target = ContractState.PAUSED if late else ContractState.QUEUED
            with contextlib.suppress(MoveRefused, NotFound):
                self._contracts.move(
                    contract_id,
                    target,
                    reason=MISSED_START if late else None,
                    only_from=(ContractState.SCHEDULED,),
                )
                moved.append((contract_id, not late))
        return tuple(moved)

    def doubts_of_age(self, at: int) -> tuple[tuple[str, str, int], ...]:
        """Contracts whose policy settles doubts now: ``(contract id, policy, doubts before)``."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.uid, c.doubt_policy, CAST(? AS bigint) - COALESCE(c.doubt_grace, 0) "
                "FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE c.doubt_policy <> 'leave' AND k.in_doubt > 0 AND c.action IS NULL "
                "AND c.state NOT IN ('cancelled', 'deleting') "
                "AND EXISTS (SELECT 1 FROM messages m WHERE m.contract_id = c.id AND m.state = 10 "
                "AND m.updated_at <= CAST(? AS bigint) - COALESCE(c.doubt_grace, 0))",
                (at, at),
            )
        return tuple((row[0], row[1], row[2]) for row in rows)

    def unfinished(self, at: int) -> tuple[str, ...]:
        """Contracts that have work left, in the order of their age: what the sweep rings for."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.uid FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE c.state = 'deleting' OR c.action IS NOT NULL "
                f"OR (c.state IN ('queued', 'preparing') AND NOT {CONTRACTS_PAUSED}) "
                "OR (k.waiting + k.delayed + k.draft > 0 AND (c.state = 'cancelled' OR "
                "(c.expires_at <= ? AND c.state IN ('scheduled', 'running', 'paused')))) "
                "ORDER BY c.id",
                (at,),
            )
        return tuple(row[0] for row in rows)

    def keep_waits(self, at: int) -> int:
        """After the clock was set back: waits that were written down before last no longer.

        Rows that wait to be tried again do so for as long as they were to; those that a limit
        holds are looked at anew. A time that somebody chose stays. Returns how many.
        """
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.uid FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE k.delayed > 0 ORDER BY c.id"
            )
        return sum(self._keep_waits_of(contract_id, at) for (contract_id,) in rows)

    def _keep_waits_of(self, contract_id: str, at: int) -> int:
        kept = 0
        while True:
            with self._database.slice():
                number, _ = self._contracts.locked_state(contract_id)
                amount = self._database.touched(
                    "UPDATE messages SET updated_at = ?, due_at = CASE WHEN held_by IS NULL "
                    "THEN due_at - (updated_at - ?) ELSE ? END WHERE id IN "
                    "(SELECT id FROM messages WHERE contract_id = ? AND state = 2 "
                    "AND updated_at > ? AND (held_by IS NOT NULL OR error_text IS NOT NULL) "
                    "LIMIT ?)",
                    (at, at, at, number, at, SLICE),
                )
                kept += amount
                if amount < SLICE:
                    self._database.run(
                        "UPDATE contracts SET next_due_at = (SELECT MIN(due_at) FROM messages "
                        "WHERE contract_id = ? AND state = 2) WHERE id = ?",
                        (number, number),
                    )
                    return kept

    def worked_through(self) -> tuple[int, ...]:
        """Numbers of running contracts in which nothing remains."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.id FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE c.state = 'running' "
                f"AND {open_sum('k')} = 0"
            )
        return tuple(row[0] for row in rows)

    def accounts_with_work(self, at: int) -> tuple[str, ...]:
        """Active accounts that have something due now: what the sweep rings for."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT DISTINCT c.account_id FROM contracts c "
                "JOIN counters k ON k.contract_id = c.id JOIN accounts a ON a.id = c.account_id "
                "WHERE c.state IN ('preparing', 'running') AND a.state = 'active' "
                "AND (k.waiting > 0 OR c.next_due_at <= ?) "
                f"AND (c.expires_at IS NULL OR c.expires_at > ?) AND NOT {MESSAGES_PAUSED}",
                (at, at),
            )
        return tuple(row[0] for row in rows)

    def with_failed(self) -> tuple[str, ...]:
        """Contracts that have failed messages which may be sent again, oldest first."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.uid FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE k.failed > 0 AND c.state NOT IN ('cancelled', 'deleting') ORDER BY c.id"
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
        most: int = SLICE,
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
            params=(number, most),
            assign=assign,
            assign_params=(value,),
        )
        changes.apply(self._database)
        return len(moved)
