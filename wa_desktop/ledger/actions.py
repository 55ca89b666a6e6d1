"""What is done to a contract's rows as a whole, in slices: retry, treat as sent, copy.

The action is kept with its contract until its last slice is done, so whoever is killed
half-way leaves it to the next. It moves only rows as old as the action itself: one that
fails again meanwhile is not taken twice. A copy moves none and comes by each row once, so it
takes them as they stand then: a recipient written to meanwhile is not left out.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from operator import itemgetter
from typing import Any

from wa_desktop.clock import now
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.database import Database
from wa_desktop.ledger.imports import Imports, NewMessage
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.words import words

SLICE = 1_000

_COPIED_AT_ONCE = 300
"""A copied row costs several times what a moved one does, and no slice may hold its locks for
50 ms: with 1,000 some took 60 to 140 on PostgreSQL."""


class ActionKind(StrEnum):
    """What is done."""

    RETRY = "retry"
    TREAT_AS_SENT = "treatAsSent"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Action:
    """An action and how far it is. ``states``, ``codes`` and ``ids`` choose rows (empty: all);
    ``source``, ``after`` and ``added`` belong to a copy: from which contract, up to which
    row, and how many rows were new."""

    kind: ActionKind
    at: int
    states: tuple[int, ...] = ()
    codes: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    source: int = 0
    after: int = 0
    added: int = 0

    def to_json(self) -> str:
        """As the ledger keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Action":
        """The reverse of ``to_json``."""
        found = json.loads(text)
        found["kind"] = ActionKind(found["kind"])
        return cls(**{name: _frozen(value) for name, value in found.items()})


class Actions:
    """Starts actions and carries them on."""

    def __init__(self, database: Database, contracts: Contracts, imports: Imports) -> None:
        self._database = database
        self._contracts = contracts
        self._imports = imports

    def begin(self, contract_id: str, action: Action) -> int:
        """Note an action for the contract; returns how many rows it will touch.

        ``MoveRefused`` while another action is under way.
        """
        with self._database.write():
            number, state = self._contracts.locked_state(contract_id)
            if self._of(number) is not None:
                raise MoveRefused(
                    words(
                        "Another action on this campaign is still being carried out. Wait for it."
                    ),
                    state="busy",
                )
            if state in (ContractState.CANCELLED, ContractState.DELETING):
                raise MoveRefused(
                    words(
                        "The campaign is {state}; nothing more can be done with its messages.",
                        state=state.said,
                    ),
                    state=state.value,
                )
            amount = self._amount(number, action)
            if amount or action.kind is ActionKind.COPY:
                self._store(number, action)
            if amount and action.kind is ActionKind.RETRY and state is ContractState.COMPLETED:
                self._contracts.move(contract_id, ContractState.QUEUED)
        return amount

    def slice(self, contract_id: str) -> int:
        """Carry the contract's action on by one slice; 0: there is none (any more)."""
        with self._database.slice():
            number, _ = self._contracts.locked_state(contract_id)
            action = self._of(number)
            if action is None:
                return 0
            if action.kind is ActionKind.COPY:
                return self._copy_slice(number, action)
            moved = self._move_slice(number, action)
            if not moved:
                self._store(number, None)
            return moved

    def _move_slice(self, number: int, action: Action) -> int:
        changes = CountChanges()
        moved = 0
        for state in action.states:
            source = MessageState(state)
            for listed in (True, False):
                left = SLICE - moved
                if left > 0:
                    moved += self._move(number, action, source, changes, left, listed=listed)
        changes.apply(self._database)
        return moved

    def _move(
        self,
        number: int,
        action: Action,
        source: MessageState,
        changes: CountChanges,
        most: int,
        *,
        listed: bool,
    ) -> int:
        """Move rows of one state; those that were cleaned from the queue's list return to it."""
        clause, params = self._clause(number, action, [source])
        retry = action.kind is ActionKind.RETRY
        at = now()
        moved = move_messages(
            self._database,
            changes,
            source,
            MessageState.WAITING if retry else MessageState.SENT,
            at=at,
            pick=f"SELECT id FROM messages WHERE {clause} AND {'' if listed else 'NOT '}listed "
            "ORDER BY id LIMIT ?",
            params=[*params, most],
            assign=_ASSIGN_RETRY if retry else _ASSIGN_SENT,
            assign_params=(at,),
        )
        if not listed and source is MessageState.FAILED:
            changes.add(number, "cleaned_failed", -len(moved))
        return len(moved)

    def _copy_slice(self, number: int, action: Action) -> int:
        clause, params = self._clause(action.source, action, [])
        rows = self._database.rows(
            "SELECT m.id, m.phone, t.body, t.variables FROM messages m "
            "LEFT JOIN contents t ON t.message_id = m.id "
            f"WHERE m.id IN (SELECT id FROM messages WHERE {clause} AND id > ? "
            "ORDER BY id LIMIT ?)",
            [*params, action.after, _COPIED_AT_ONCE],
        )
        # Sorted here: a slice lets PostgreSQL sort nothing (Database.in_index_order).
        rows.sort(key=itemgetter(0))
        if not rows:
            own = self._database.scalar(
                "SELECT own_contents FROM contracts WHERE id = ?", (action.source,)
            )
            self._store(number, None)
            self._imports.finish(number, action.added, own_contents=bool(own))
            return 0
        added = self._imports.add(
            number,
            [NewMessage(row[1], row[2], json.loads(row[3]) if row[3] else None) for row in rows],
        )
        self._store(number, replace(action, after=rows[-1][0], added=action.added + added))
        return len(rows)

    def _amount(self, number: int, action: Action) -> int:
        if action.kind is ActionKind.COPY:
            number = action.source
        if not action.codes and not action.ids:
            kept = [MessageState(state).column for state in action.states] or ["total"]
            columns = " + ".join(kept)
            return int(
                self._database.scalar(
                    f"SELECT {columns} FROM counters WHERE contract_id = ?", (number,)
                )
            )
        clause, params = self._clause(
            number, action, [MessageState(state) for state in action.states]
        )
        return int(self._database.scalar(f"SELECT COUNT(1) FROM messages WHERE {clause}", params))

    def _clause(
        self, number: int, action: Action, states: Sequence[MessageState]
    ) -> tuple[str, list[Any]]:
        clause = "contract_id = ?"
        params: list[Any] = [number]
        if action.kind is not ActionKind.COPY:
            clause += " AND updated_at <= ?"
            params.append(action.at)
        chosen = [int(state) for state in states] or list(action.states)
        if chosen:
            clause += f" AND state IN ({', '.join(str(int(state)) for state in chosen)})"
        for column, values in (("error_code", action.codes), ("id", action.ids)):
            if values:
                which, more = self._database.one_of(column, values)
                clause += f" AND {which}"
                params.extend(more)
        return clause, params

    def _of(self, number: int) -> Action | None:
        text = self._database.scalar("SELECT action FROM contracts WHERE id = ?", (number,))
        return Action.from_json(text) if text else None

    def _store(self, number: int, action: Action | None) -> None:
        self._database.run(
            "UPDATE contracts SET action = ? WHERE id = ?",
            (action.to_json() if action else None, number),
        )


_ASSIGN_RETRY = (
    "attempts = 0, refusals = 0, due_at = ?, error_code = NULL, error_text = NULL, "
    "held_by = NULL, listed = TRUE"
)
_ASSIGN_SENT = "sent_at = ?, error_code = NULL, error_text = NULL"


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
