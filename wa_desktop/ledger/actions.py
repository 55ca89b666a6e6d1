"""What is done to a contract's rows as a whole, in slices: retry, treat as sent, copy.

The action is kept with its contract until its last slice is done, so whoever is killed
half-way leaves it to the next. It moves only rows as old as the action itself: one that
fails again meanwhile is not taken twice. A copy moves none and comes by each row once, so it
takes them as they stand then: a recipient written to meanwhile is not left out. A retry ends
with its contract: what it put back would only be skipped, and why it had failed be lost.
A row that was left out beside another of the same person is neither sent again nor copied: the
other row is that person's.
"""

import json
from collections.abc import Sequence
from dataclasses import replace

from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.ledger.chosen_rows import (
    CONTRACT_BESIDE_IDS,
    IS_TWIN,
    Action,
    ActionKind,
    ChosenRows,
    Planned,
)
from wa_desktop.ledger.contracts import Contracts, Locked, NewContract
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.imports import Imports, NewMessage
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.own_contents import OWN_COLUMNS
from wa_desktop.ledger.same_person import ALREADY_IN
from wa_desktop.ledger.sql.asked import Row
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.sql.walks import walk
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.words import words

_OVER = (ContractState.CANCELLED, ContractState.DELETING)


class Actions:
    """Starts actions and carries them on."""

    def __init__(self, database: Database, contracts: Contracts, imports: Imports) -> None:
        self._database = database
        self._contracts = contracts
        self._imports = imports
        self._chosen = ChosenRows(database)

    def plan(self, contract_id: str, action: Action) -> Planned:
        """What an action other than a copy would do now; nothing is changed."""
        with self._database.read():
            number, _ = self._contracts.locked_state(contract_id, Locked.NOTHING)
            return self._chosen.planned(number, action)

    def begin(self, contract_id: str, action: Action) -> Planned:
        """Note an action other than a copy; returns how many rows it will touch.

        An action that would touch none is not noted. ``MoveRefused`` while another action is
        under way, and for a contract that takes none.
        """
        planned = self.plan(contract_id, action)  # before anything is held: it may be a million
        amount = planned.rows
        with self._database.write():
            number, state = self._contracts.locked_state(contract_id)
            if self._of(number) is not None:
                raise MoveRefused(
                    words(
                        "Another action on this campaign is still being carried out. Wait for it."
                    ),
                    state="busy",
                )
            doubt_ends = action.kind is ActionKind.TREAT_AS_SENT
            if state is ContractState.DELETING or (
                state is ContractState.CANCELLED and not doubt_ends
            ):
                raise MoveRefused(
                    words(
                        "The campaign is {state}; nothing more can be done with its messages.",
                        state=state.said,
                    ),
                    state=state.value,
                )
            if action.kind is ActionKind.RETRY and self._contracts.is_expired(
                number, now(self._database)
            ):
                raise MoveRefused(
                    words(
                        "The campaign's time is over, so its messages would be skipped at once. "
                        "Copy it into a new campaign."
                    ),
                    state=state.value,
                    allowed=["duplicate"],
                )
            if amount:
                self._store(number, action)
            if amount and action.kind is ActionKind.RETRY and not action.by_policy:
                # What goes back was compared with no suppression since it first went out.
                self._database.run(
                    "UPDATE contracts SET suppressions_seen = 0 WHERE id = ?", (number,)
                )
            if amount and action.kind is ActionKind.RETRY and state is ContractState.COMPLETED:
                self._contracts.move(contract_id, ContractState.QUEUED)
        return planned

    def begin_copy(
        self, source_id: str, new: NewContract, states: Sequence[MessageState] = ()
    ) -> str:
        """Make a draft that takes its recipients from another contract; returns its id.

        ``MoveRefused`` while those are still being added, ``NotFound`` when it is deleted: the
        copy would lack the rest.
        """
        with self._database.write():
            source, state = self._contracts.locked_state(source_id)
            if state is ContractState.DELETING:
                raise NotFound("contract", source_id)
            self._contracts.refuse_importing(source)
            copy = self._contracts.add(new)
            number = self._imports.begin(copy.id)
            chosen = tuple(int(one) for one in states)
            self._store(
                number, Action(ActionKind.COPY, now(self._database), states=chosen, source=source)
            )
        return copy.id

    def begin_deleting(self, contract_id: str) -> None:
        """Take a contract out of every list; ``MoveRefused`` as by ``refuse_being_copied``."""
        with self._database.write():
            self._contracts.locked_state(contract_id)
            self.refuse_being_copied(contract_id)
            self._contracts.move(contract_id, ContractState.DELETING)

    def refuse_being_copied(self, contract_id: str) -> None:
        """Raise ``MoveRefused`` while a copy of the contract takes its recipients from it."""
        with self._database.read():
            number, _ = self._contracts.locked_state(contract_id, Locked.NOTHING)
            rows = self._database.rows("SELECT action FROM contracts WHERE action IS NOT NULL")
        actions = (Action.from_json(row[0]) for row in rows)
        if any(one.kind is ActionKind.COPY and one.source == number for one in actions):
            raise MoveRefused(
                words(
                    "The campaign is still being copied; the copy would lack the rest. Wait until "
                    "a program that sends has done it, then delete the campaign."
                ),
                state="busy",
            )

    def slice(self, contract_id: str) -> int:
        """Carry the contract's action on by one slice: how many rows it looked at. 0: there is
        none (any more)."""
        with self._database.read():
            number, _ = self._contracts.locked_state(contract_id, Locked.NOTHING)
            action = self._of(number)
        if action is None:
            return 0
        if action.kind is ActionKind.COPY:
            with self._database.slice("copy") as most:
                self._contracts.locked_state(contract_id, Locked.CONTRACT)
                action = self._of(number)
                return 0 if action is None else self._copy_slice(number, action, most)
        with self._database.slice("act") as most:
            _, state = self._contracts.locked_state(contract_id)
            action = self._of(number)
            if action is None:
                return 0
            over = state in _OVER or self._contracts.is_expired(number, now(self._database))
            if over and action.kind is ActionKind.RETRY:
                self._store(number, None)
                return 0
            return self._move_slice(number, action, most)

    def _move_slice(self, number: int, action: Action, most: int) -> int:
        """Move the next rows that the action is for; what is left to look at stays with it."""
        if action.ids:
            ids, rest = action.ids[:most], replace(action, ids=action.ids[most:])
            self._store(number, rest if rest.ids else None)
            for state in action.states:
                self._move(number, action, MessageState(state), ids)
            return len(ids)
        while action.states:
            source = MessageState(action.states[0])
            behind, params, order = walk(number, source, after=action.after)
            ids = tuple(
                row[0]
                for row in self._database.rows(
                    f"SELECT id FROM messages WHERE {behind} ORDER BY {order} LIMIT ?",
                    [*params, most],
                )
            )
            if ids:
                self._store(number, replace(action, after=ids[-1]))
                self._move(number, action, source, ids)
                return len(ids)
            action = replace(action, states=action.states[1:], after=0)
        self._store(number, None)
        return 0

    def _move(self, number: int, action: Action, source: MessageState, ids: Sequence[int]) -> None:
        """Move those that the action is for; cleaned ones return to the queue's list."""
        changes = CountChanges()
        retry = action.kind is ActionKind.RETRY
        ids = self._chosen.without_left_out(number, action, ids)
        if not ids:
            return
        again = _ASSIGN_AGAIN if action.by_policy else f"{_ASSIGN_AFRESH}, {_ASSIGN_AGAIN}"
        at = now(self._database)
        clause, params = self._chosen.clause(
            number, replace(action, ids=tuple(ids)), [source], contract=CONTRACT_BESIDE_IDS
        )
        for listed in (True, False):
            moved = move_messages(
                self._database,
                changes,
                source,
                MessageState.WAITING if retry else MessageState.SENT,
                at=at,
                where=f"{clause} AND {'' if listed else 'NOT '}listed",
                params=params,
                assign=again if retry else _ASSIGN_SENT,
                assign_params=(at,),
                by_id=True,
            )
            if not listed and source is MessageState.FAILED:
                changes.add(number, "cleaned_failed", -len(moved))
            if moved and source is MessageState.IN_DOUBT:
                self._note_settled(action, at, moved)
        changes.apply(self._database)

    def _note_settled(self, action: Action, at: int, moved: Sequence[Row]) -> None:
        """In each message's history: that its doubt is over, and by whose decision."""
        kind, text = _SETTLED[action.kind, action.by_policy]
        table, params = self._database.table(("bigint", "bigint"), [row[:2] for row in moved])
        self._database.run(
            "INSERT INTO events (at, kind, contract_id, message_id, text) "
            "SELECT CAST(? AS bigint), CAST(? AS text), v.column2, v.column1, CAST(? AS text) "
            f"FROM {table}",
            [at, kind, text, *params],
        )

    def _copy_slice(self, number: int, action: Action, most: int) -> int:
        behind, params, order = walk(action.source, after=action.after)
        rows = self._database.rows(
            f"SELECT id, state, {IS_TWIN}, phone, written{OWN_COLUMNS} FROM messages "
            f"WHERE {behind} ORDER BY {order} LIMIT ?",
            [ALREADY_IN, *params, most],
        )
        if not rows:
            own = self._database.scalar(
                "SELECT own_contents FROM contracts WHERE id = ?", (action.source,)
            )
            self._store(number, None)
            self._imports.finish(number, action.added, own_contents=bool(own))
            return 0
        chosen = [
            NewMessage(phone, body, json.loads(variables) if variables else None, None, written)
            for _, state, is_twin, phone, written, body, variables in rows
            if not action.states or (state in action.states and not is_twin)
        ]
        added = self._imports.add(number, chosen) if chosen else 0
        self._store(number, replace(action, after=rows[-1][0], added=action.added + added))
        return len(rows)

    def _of(self, number: int) -> Action | None:
        text = self._database.scalar("SELECT action FROM contracts WHERE id = ?", (number,))
        return Action.from_json(text) if text else None

    def _store(self, number: int, action: Action | None) -> None:
        self._database.run(
            "UPDATE contracts SET action = ? WHERE id = ?",
            (action.to_json() if action else None, number),
        )


_ASSIGN_AFRESH = "attempts = 0, refusals = 0"
_ASSIGN_AGAIN = "due_at = ?, error_code = NULL, error_text = NULL, held_by = NULL, listed = TRUE"
_SETTLED = {
    (ActionKind.RETRY, False): (
        "returned",
        words("It was in doubt, and a person had it sent again."),
    ),
    (ActionKind.RETRY, True): (
        "returned",
        words("It was in doubt, and the campaign's rule has it sent again."),
    ),
    (ActionKind.TREAT_AS_SENT, False): (
        "sent",
        words("It was in doubt, and a person took it for sent."),
    ),
    (ActionKind.TREAT_AS_SENT, True): (
        "sent",
        words("It was in doubt, and the campaign's rule takes it for sent."),
    ),
}
_ASSIGN_SENT = "sent_at = ?, error_code = NULL, error_text = NULL"
