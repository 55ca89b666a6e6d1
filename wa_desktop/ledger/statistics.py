"""Figures of both queues and of the minutes gone by, from kept counts."""

from wa_desktop.clock import SECOND
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.counters import columns, counts_from
from wa_desktop.ledger.records import (
    ActiveMessage,
    Counts,
    MinuteFigures,
    QueueFigures,
    QueuesStatus,
)
from wa_desktop.ledger.sql.database import Database, marks
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.switches import QueueName, Switches
from wa_desktop.ledger.workers import Workers

_ACTIVE_SHOWN = 100
_FINISHED_WELL = "state = 5 OR state = 6 OR state = 7"
_COUNTED = "FROM counters k JOIN contracts c ON c.id = k.contract_id WHERE c.state <> 'deleting'"


class Statistics:
    """Reads and cleans the queues' figures."""

    def __init__(
        self, database: Database, contracts: Contracts, workers: Workers, switches: Switches
    ) -> None:
        self._database = database
        self._contracts = contracts
        self._workers = workers
        self._switches = switches

    def queues(self) -> QueuesStatus:
        """Both queues as they stand now; what was cleaned is left out."""
        with self._database.read():
            active = self._active_messages()
            paused = self._switches.paused()
            return QueuesStatus(
                contracts=self._contract_figures(paused=QueueName.CONTRACTS in paused),
                messages=self._message_figures(paused=QueueName.MESSAGES in paused),
                active_contracts=self._contracts.in_states(
                    (ContractState.PREPARING, ContractState.RUNNING)
                )[:_ACTIVE_SHOWN],
                active_messages=active,
                workers=self._workers.alive(),
            )

    def totals(self) -> Counts:
        """Messages of all contracts by state, without those that are being deleted."""
        summed = ", ".join(f"COALESCE(SUM({one}), 0)" for one in columns("k").split(", "))
        with self._database.read():
            row = self._database.row(f"SELECT {summed} {_COUNTED}")
        assert row is not None
        return counts_from(tuple(int(value) for value in row))

    def minutes(self, since: int, until: int) -> tuple[MinuteFigures, ...]:
        """What each minute from ``since`` up to ``until`` brought; minutes of rest are absent."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT minute, sent, failed, retried, in_doubt FROM minutes "
                "WHERE minute >= ? AND minute < ? ORDER BY minute",
                (since // (60 * SECOND) * 60 * SECOND, until),
            )
        return tuple(MinuteFigures(*row) for row in rows)

    def clean_contracts(self, *, failed: bool, before: int, limit: int) -> int:
        """Forget completed (or cancelled) contracts from the queue's list; they themselves stay."""
        state = ContractState.CANCELLED if failed else ContractState.COMPLETED
        with self._database.write():
            return self._database.touched(
                "UPDATE contracts SET listed = FALSE WHERE id IN (SELECT id FROM contracts "
                "WHERE listed AND state = ? AND finished_at <= ? ORDER BY id LIMIT ?)",
                (state.value, before, limit),
            )

    def clean_messages(self, *, failed: bool, before: int, limit: int) -> int:
        """Forget finished messages from the queue's list, in one slice of at most ``limit``."""
        column = "cleaned_failed" if failed else "cleaned_completed"
        states = "state = 8" if failed else _FINISHED_WELL
        left = "failed" if failed else "sent + delivered + read"
        removed = 0
        with self._database.write():
            contracts = self._database.rows(
                f"SELECT contract_id FROM counters WHERE {left} > {column} ORDER BY contract_id"
            )
            for (number,) in contracts:
                if removed >= limit:
                    break
                cleaned = self._database.touched(
                    "UPDATE messages SET listed = FALSE WHERE id IN (SELECT id FROM messages "
                    f"WHERE contract_id = ? AND ({states}) AND listed AND updated_at <= ? "
                    # Said again: while this waited for a row, news may have moved it, or another
                    # cleaning have counted it.
                    f"ORDER BY id LIMIT ?) AND ({states}) AND listed",
                    (number, before, limit - removed),
                )
                self._database.run(
                    f"UPDATE counters SET {column} = {column} + ? WHERE contract_id = ?",
                    (cleaned, number),
                )
                removed += cleaned
        return removed

    def _contract_figures(self, *, paused: bool) -> QueueFigures:
        rows = self._database.rows(
            "SELECT state, COUNT(1) FROM contracts WHERE listed GROUP BY state"
        )
        by_state = {ContractState(state): int(amount) for state, amount in rows}

        def of(*states: ContractState) -> int:
            return sum(by_state.get(state, 0) for state in states)

        return QueueFigures(
            waiting=of(ContractState.QUEUED),
            active=of(ContractState.PREPARING, ContractState.RUNNING),
            completed=of(ContractState.COMPLETED),
            failed=of(ContractState.CANCELLED),
            delayed=of(ContractState.SCHEDULED),
            skipped=0,
            in_doubt=0,
            paused=paused,
        )

    def _message_figures(self, *, paused: bool) -> QueueFigures:
        counts = self.totals()
        cleaned = self._database.row(
            "SELECT COALESCE(SUM(k.cleaned_completed), 0), COALESCE(SUM(k.cleaned_failed), 0) "
            f"{_COUNTED}"
        )
        assert cleaned is not None
        return QueueFigures(
            waiting=counts.waiting,
            active=counts.active,
            completed=max(0, counts.completed - int(cleaned[0])),
            failed=max(0, counts.failed - int(cleaned[1])),
            delayed=counts.delayed,
            skipped=counts.skipped,
            in_doubt=counts.in_doubt,
            paused=paused,
        )

    def _active_messages(self) -> tuple[ActiveMessage, ...]:
        states = (int(MessageState.CLAIMED), int(MessageState.SENDING))
        busy = self._database.rows(
            "SELECT contract_id FROM counters WHERE claimed + sending > 0 LIMIT ?", (_ACTIVE_SHOWN,)
        )
        if not busy:
            return ()
        numbers = [row[0] for row in busy]
        rows = self._database.rows(
            "SELECT m.id, c.uid, m.phone, m.attempts FROM messages m "
            "JOIN contracts c ON c.id = m.contract_id "
            f"WHERE m.contract_id IN ({marks(len(numbers))}) AND m.state IN ({marks(2)}) LIMIT ?",
            [*numbers, *states, _ACTIVE_SHOWN],
        )
        return tuple(ActiveMessage(*row) for row in rows)
