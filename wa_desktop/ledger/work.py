"""Work on a whole contract, in slices: each holds the ledger shortly and may be the last.

Whoever is killed between two slices leaves a contract that the next one goes on with: what
is left to do is read from the ledger each time, never remembered.
"""

from collections.abc import Sequence

from wa_desktop.ledger.contracts import Contracts, Locked
from wa_desktop.ledger.counters import CountChanges, open_sum
from wa_desktop.ledger.left_out import leave_out_drafts
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.records import Limit
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.sql.walks import Marks, walk
from wa_desktop.ledger.states import WORKING, ContractState, MessageState
from wa_desktop.ledger.suppressions import FOUND
from wa_desktop.ledger.switches import CONTRACTS_PAUSED, MESSAGES_PAUSED
from wa_desktop.words import words

CANCELLED = words("The campaign was cancelled.")
EXPIRED = words("The campaign's time was over before this message could go out.")

_EXPIRING = (ContractState.SCHEDULED, *WORKING, ContractState.PAUSED)


class ContractWork:
    """The slices of preparing and skipping."""

    def __init__(self, database: Database, contracts: Contracts) -> None:
        self._database = database
        self._contracts = contracts
        self._marks = Marks()

    def prepare_slice(self, contract_id: str) -> int:
        """Make the next drafts waiting; returns how many. 0: the contract is prepared.

        Those with a due time ahead become delayed, those whose recipient is suppressed then are
        skipped. Takes a queued contract to ``preparing``
        and a prepared one to ``running``; does nothing for a contract in any other state, and
        while the queue of contracts is paused.
        """
        at, moved, left = now(self._database), 0, True
        while left and not moved:
            with self._database.slice("prepare") as most:
                number, state = self._contracts.locked_state(contract_id, Locked.CONTRACT)
                if state is ContractState.PREPARING:
                    if self._contracts_paused():
                        return 0
                    moved = self._prepare(number, at, most)
                    left = self._left(number, MessageState.DRAFT) > 0
                    if not moved and not self._marks.forget(number, MessageState.DRAFT):
                        break
            if state is not ContractState.PREPARING and not self._begin_preparing(contract_id):
                return 0
        if not left:
            self._end_preparing(contract_id)
        return moved

    def _prepare(self, number: int, at: int, most: int) -> int:
        """Take the next drafts to where they belong; returns how many."""
        draft = MessageState.DRAFT
        behind, params, order = walk(number, draft, after=self._marks.after(number, draft))
        rows = self._database.rows(
            f"SELECT id, due_at FROM messages WHERE {behind} ORDER BY {order} LIMIT ?",
            [*params, most],
        )
        if not rows:
            return 0
        changes = CountChanges()
        left_out = leave_out_drafts(self._database, changes, number, [row[0] for row in rows], at)
        due = {row[0]: row[1] for row in rows if row[0] not in left_out}
        later = [one for one, when in due.items() if when is not None and when > at]
        if later:
            self._take_drafts(changes, MessageState.DELAYED, later, at)
            self._note_next_due(number)
        ready = due.keys() - set(later)
        if ready:
            self._take_drafts(changes, MessageState.WAITING, sorted(ready), at)
        changes.apply(self._database)
        self._marks.reach(rows[-1][0], number, draft)
        return len(rows)

    def _take_drafts(
        self, changes: CountChanges, target: MessageState, ids: Sequence[int], at: int
    ) -> None:
        which, params = self._database.one_of("id", ids)
        move_messages(
            self._database,
            changes,
            MessageState.DRAFT,
            target,
            at=at,
            where=which,
            params=params,
            by_id=True,
            assign="due_at = ?" if target is MessageState.WAITING else "",
            assign_params=(at,) if target is MessageState.WAITING else (),
        )

    def waiting(self, contract_id: str) -> int:
        """How many messages of the contract wait; 0 when it is gone."""
        with self._database.read():
            found = self._database.scalar(
                "SELECT k.waiting FROM counters k JOIN contracts c ON c.id = k.contract_id "
                "WHERE c.uid = ?",
                (contract_id,),
            )
        return int(found or 0)

    def _begin_preparing(self, contract_id: str) -> bool:
        """Whether there is something to prepare, the contract made ``preparing`` if it was queued.

        Its own transaction, as is the move at the end: a state changes under the account's lock,
        and a slice does without.
        """
        with self._database.write():
            number, state = self._contracts.locked_state(contract_id)
            if state is not ContractState.QUEUED or self._contracts_paused():
                return state is ContractState.PREPARING
            self._contracts.move(contract_id, ContractState.PREPARING)
            # Not where it was prepared in part before: those rows were compared with less.
            self._database.run(
                f"UPDATE contracts SET suppressions_seen = {FOUND} "
                "WHERE id = ? AND suppressions_seen IS NULL",
                (number,),
            )
        return True

    def _end_preparing(self, contract_id: str) -> None:
        with self._database.write():
            number, state = self._contracts.locked_state(contract_id)
            prepared = not self._left(number, MessageState.DRAFT)
            if prepared and state is ContractState.PREPARING and not self._contracts_paused():
                self._contracts.move(contract_id, ContractState.RUNNING)

    def _contracts_paused(self) -> bool:
        return bool(self._database.scalar(f"SELECT {CONTRACTS_PAUSED}"))

    def _left(self, number: int, state: MessageState) -> int:
        """How many rows of the contract stand in the state, by its kept counts."""
        return int(
            self._database.scalar(
                f"SELECT {state.column} FROM counters WHERE contract_id = ?", (number,)
            )
        )

    def _note_next_due(self, number: int) -> None:
        self._database.run(
            "UPDATE contracts SET next_due_at = (SELECT MIN(due_at) FROM messages "
            "WHERE contract_id = ? AND state = 2) WHERE id = ?",
            (number, number),
        )

    def skip_slice(self, contract_id: str) -> int:
        """Skip the next open messages of a cancelled or expired contract; 0: none is left."""
        at = now(self._database)
        with self._database.slice("skip") as most:
            number, state = self._contracts.locked_state(contract_id)
            reason = self._why_skipped(number, state, at)
            if reason is None:
                return 0
            for source in (MessageState.WAITING, MessageState.DELAYED, MessageState.DRAFT):
                while self._left(number, source):
                    moved = self._move_slice(
                        number,
                        source,
                        MessageState.SKIPPED,
                        at,
                        assign="error_text = ?",
                        value=reason,
                        most=most,
                    )
                    if moved:
                        return moved
                    if not self._marks.forget(number, source):
                        break
        return 0

    def _why_skipped(self, number: int, state: ContractState, at: int) -> str | None:
        if state is ContractState.CANCELLED:
            return CANCELLED
        if state in _EXPIRING and self._contracts.is_expired(number, at):
            return EXPIRED
        return None

    def release_claims(self, contract_id: str) -> int:
        """Give back what was claimed for a stopped contract but not begun; returns how many."""
        at = now(self._database)
        with self._database.slice("release"):
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

    def doubts_of_age(self, at: int) -> tuple[tuple[str, str, int], ...]:
        """Contracts whose policy settles doubts now: ``(contract id, policy, doubts before)``.

        Messages whose attempts are spent are not sent again by a policy, so they do not count.
        """
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.uid, c.doubt_policy, CAST(? AS bigint) - COALESCE(c.doubt_grace, 0) "
                "FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE c.doubt_policy <> 'leave' AND k.in_doubt > 0 AND c.action IS NULL "
                "AND c.state NOT IN ('cancelled', 'deleting') "
                "AND (c.doubt_policy <> 'resend' OR c.expires_at IS NULL OR c.expires_at > ?) "
                "AND EXISTS (SELECT 1 FROM messages m WHERE m.contract_id = c.id AND m.state = 10 "
                "AND m.updated_at <= CAST(? AS bigint) - COALESCE(c.doubt_grace, 0) "
                "AND (c.doubt_policy <> 'resend' OR m.attempts < c.max_attempts))",
                (at, at, at),
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
        return sum(
            self._touch_delayed(
                contract_id,
                "keep_waits",
                "updated_at = ?, due_at = CASE WHEN held_by IS NULL "
                "THEN due_at - (updated_at - ?) ELSE ? END",
                (at, at, at),
                "updated_at > ? AND (held_by IS NOT NULL OR error_text IS NOT NULL)",
                (at,),
            )
            for contract_id in self._with_delayed()
        )

    def look_anew(
        self, limit: Limit, *, account_id: str | None = None, contract_id: str | None = None
    ) -> int:
        """After a limit was changed: what it holds, of an account or a contract, is due now, and
        the next claim decides by the limit as it is. Returns how many."""
        which = self._with_delayed(account_id) if contract_id is None else [contract_id]
        return sum(
            self._touch_delayed(
                one,
                "look_anew",
                "due_at = ?",
                (now(self._database),),
                "held_by = ?",
                (limit.value,),
            )
            for one in which
        )

    def _with_delayed(self, account_id: str | None = None) -> list[str]:
        of_account = "" if account_id is None else "AND c.account_id = ? "
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.uid FROM contracts c JOIN counters k ON k.contract_id = c.id "
                f"WHERE k.delayed > 0 {of_account}ORDER BY c.id",
                [] if account_id is None else [account_id],
            )
        return [row[0] for row in rows]

    def _touch_delayed(
        self,
        contract_id: str,
        work: str,
        assign: str,
        values: Sequence[object],
        where: str,
        params: Sequence[object],
    ) -> int:
        """Change delayed rows of a contract, slice by slice; returns how many."""
        touched, reached = 0, 0
        while True:
            with self._database.slice(work) as most:
                number, _ = self._contracts.locked_state(contract_id)
                behind, walked, order = walk(number, MessageState.DELAYED, after=reached)
                looked_at = self._database.rows(
                    f"SELECT id FROM messages WHERE {behind} ORDER BY {order} LIMIT ?",
                    [*walked, most],
                )
                if not looked_at:
                    self._note_next_due(number)
                    return touched
                which, ids = self._database.one_of("id", [row[0] for row in looked_at])
                touched += self._database.touched(
                    f"UPDATE messages SET {assign} WHERE {which} AND state = 2 AND {where}",
                    (*values, *ids, *params),
                )
                reached = looked_at[-1][0]

    def worked_through(self) -> tuple[int, ...]:
        """Numbers of running contracts in which nothing remains."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.id FROM contracts c JOIN counters k ON k.contract_id = c.id "
                f"WHERE c.state = 'running' AND c.action IS NULL AND {open_sum('k')} = 0"
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
        """Contracts that have failed messages on the queue's list, oldest first."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT c.uid FROM contracts c JOIN counters k ON k.contract_id = c.id "
                "WHERE k.failed > k.cleaned_failed AND c.state NOT IN ('cancelled', 'deleting') "
                "ORDER BY c.id"
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
        most: int,
    ) -> int:
        changes = CountChanges()
        behind, params, order = walk(number, source, after=self._marks.after(number, source))
        moved = move_messages(
            self._database,
            changes,
            source,
            target,
            at=at,
            pick=f"SELECT id FROM messages WHERE {behind} ORDER BY {order} LIMIT ?",
            params=(*params, most),
            assign=assign,
            assign_params=(value,),
        )
        changes.apply(self._database)
        if moved:
            self._marks.reach(max(row[0] for row in moved), number, source)
        return len(moved)
