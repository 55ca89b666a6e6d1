"""Contracts in the ledger: made, read, edited and moved from state to state."""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import peewee

from wa_desktop.content import MessageTemplate
from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.counters import COUNT_COLUMNS, open_sum
from wa_desktop.ledger.cursors import decode_cursor, encode_cursor
from wa_desktop.ledger.models import Account, Counter, Event
from wa_desktop.ledger.models import Contract as ContractRow
from wa_desktop.ledger.records import Contract, Counts, DoubtPolicy, Hold, Limit, LoggedEvent
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.states import AT_REST, CONTRACT_MOVES, ENDED, ContractState, sources_of
from wa_desktop.words import words


class Locked(Enum):
    """What a transaction holds of a contract until its end.

    ``ACCOUNT``: its account's row, then its own, as the claim does: so the two never wait for
    each other in a ring, and a pause is not overtaken by one claim after another. ``CONTRACT``:
    its own row alone, beside the turns of its account; only for work that neither changes its
    state nor touches rows that a turn may hold.
    """

    NOTHING = "nothing"
    CONTRACT = "contract"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class NewContract:
    """What a contract is made of, before it has recipients."""

    account_id: str
    name: str
    message: str | None = None
    template: MessageTemplate | None = None
    priority: int = 0
    max_attempts: int = 3
    start_at: int | None = None
    zone: str | None = None
    quiet_hours: QuietHours | None = None
    expires_at: int | None = None
    doubt_policy: DoubtPolicy = DoubtPolicy.LEAVE
    doubt_grace: int | None = None
    pause_after_held: int | None = None


@dataclass(frozen=True, slots=True)
class ContractText:
    """What an engine needs of a contract to send its messages; see ``Contracts.text``."""

    id: str
    name: str
    revision: int
    message: str | None
    template: MessageTemplate | None
    max_attempts: int


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """Which contracts a list shows; ``search`` is part of the name."""

    states: tuple[ContractState, ...] = ()
    account_id: str | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class ContractPage:
    """A page of contracts, newest first; ``next_cursor`` is ``None`` on the last one."""

    items: tuple[Contract, ...]
    next_cursor: str | None


class Contracts:
    """Reads and writes contracts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewContract) -> Contract:
        """Store a draft without recipients; ``NotFound`` when its account does not exist."""
        uid = _new_uid()
        with self._database.write():
            known = Account.select(Account.id).where(Account.id == new.account_id)
            if not list(self._database.fetch(known)):
                raise NotFound("account", new.account_id)
            number = self._database.fetch(
                ContractRow.insert(
                    uid=uid,
                    account=new.account_id,
                    name=new.name,
                    state=ContractState.DRAFT.value,
                    priority=new.priority,
                    body=new.message,
                    template=new.template.to_json() if new.template else None,
                    max_attempts=new.max_attempts,
                    start_at=new.start_at,
                    zone=new.zone,
                    quiet_hours=json.dumps(new.quiet_hours.to_json()) if new.quiet_hours else None,
                    expires_at=new.expires_at,
                    doubt_policy=new.doubt_policy.value,
                    doubt_grace=new.doubt_grace,
                    pause_after_held=new.pause_after_held,
                    created_at=now(self._database),
                )
            )
            self._database.run("INSERT INTO counters (contract_id) VALUES (?)", (number,))
            self._log(number, "created", None)
        return self.get(uid)

    def get(self, contract_id: str) -> Contract:
        """One contract; ``NotFound`` when there is none of that id or it is being deleted."""
        with self._database.read():
            found = self._select(ContractRow.uid == contract_id, limit=1)
        if not found:
            raise NotFound("contract", contract_id)
        return found[0]

    def page(
        self,
        chosen: ContractFilter = ContractFilter(),
        *,
        limit: int = 50,
        cursor: str | None = None,
    ) -> ContractPage:
        """Contracts that match, newest first. A text that is no cursor is ``InvalidInput``."""
        clauses = _clauses(chosen)
        if cursor is not None:
            clauses.append(ContractRow.id < decode_cursor(cursor))
        with self._database.read():
            rows = self._select_rows(clauses, limit + 1)
        more = len(rows) > limit
        rows = rows[:limit]
        return ContractPage(
            tuple(_record(row) for row in rows), encode_cursor(rows[-1]["id"]) if more else None
        )

    def in_states(self, states: Sequence[ContractState]) -> tuple[Contract, ...]:
        """Every contract in one of the states, oldest first; a short list by nature."""
        clause = ContractRow.state.in_([state.value for state in states])
        with self._database.read():
            rows = self._select_rows([clause], None, with_deleting=True)
        return tuple(_record(row) for row in reversed(rows))

    def text(self, number: int) -> ContractText:
        """The shared text of the contract with that number; ``NotFound`` when it is gone."""
        with self._database.read():
            row = self._database.row(
                "SELECT uid, name, revision, body, template, max_attempts FROM contracts "
                "WHERE id = ?",
                (number,),
            )
        if row is None:
            raise NotFound("contract", number)
        template = MessageTemplate.from_json(row[4]) if row[4] else None
        return ContractText(row[0], row[1], row[2], row[3], template, row[5])

    def number(self, contract_id: str) -> int:
        """The ledger's own number of a contract (also of one that is being deleted)."""
        with self._database.read():
            return self.locked_state(contract_id, Locked.NOTHING)[0]

    def move(
        self,
        contract_id: str,
        target: ContractState,
        *,
        reason: str | None = None,
        note: str | None = None,
        only_from: Sequence[ContractState] | None = None,
        **columns: Any,
    ) -> ContractState:
        """Move a contract, set these columns with it, and return the state it left.

        ``note``: what its history says, where that is more than the reason.

        Raises ``MoveRefused`` (which names the state and what it allows) when the table of
        moves, or ``only_from``, does not allow it, or recipients are being added.
        """
        with self._database.write():
            number, state = self.locked_state(contract_id)
            if state is ContractState.DRAFT:
                self.refuse_importing(number)
            if state not in sources_of(target) or (only_from and state not in only_from):
                raise MoveRefused(
                    words(
                        "The campaign is {state}, so it cannot become {target}.",
                        state=state.said,
                        target=target.said,
                    ),
                    state=state.value,
                    allowed=sorted(one.value for one in CONTRACT_MOVES[state]),
                )
            self._database.fetch(
                ContractRow.update(
                    state=target.value,
                    state_reason=reason,
                    revision=ContractRow.revision + 1,
                    **_stamps(target, now(self._database)),
                    **columns,
                ).where(ContractRow.id == number)
            )
            self._log(number, target.value, note or reason)
        return state

    def change(self, contract_id: str, *, only_at_rest: bool = False, **columns: Any) -> Contract:
        """Edit name, body, template, priority, start_at or max_attempts of a contract.

        ``only_at_rest``: ``MoveRefused`` when it goes on by itself or has ended.
        """
        with self._database.write():
            number, state = self.locked_state(contract_id)
            if only_at_rest:
                refuse_unless_at_rest(state)
            self._database.fetch(
                ContractRow.update(revision=ContractRow.revision + 1, **columns).where(
                    ContractRow.id == number
                )
            )
        return self.get(contract_id)

    def complete_if_done(self, number: int) -> str | None:
        """Complete a running contract in which nothing remains; returns its id if it was.

        An action that is under way may still put messages back, so it is waited for.
        """
        with self._database.write():
            uid = self._database.scalar("SELECT uid FROM contracts WHERE id = ?", (number,))
            if uid is None:
                return None
            _, state = self.locked_state(uid)
            if state is not ContractState.RUNNING or self._remaining(number):
                return None
            self.move(uid, ContractState.COMPLETED)
            return str(uid)

    def history(self, contract_id: str, limit: int = 200) -> tuple[LoggedEvent, ...]:
        """The contract's own history, newest first (without that of its messages)."""
        with self._database.read():
            number = self.locked_state(contract_id, Locked.NOTHING)[0]
            rows = self._database.fetch(
                Event.select(Event.at, Event.kind, Event.code, Event.text)
                .where(Event.contract == number, Event.message_id.is_null())
                .order_by(Event.id.desc())
                .limit(limit)
                .tuples()
            )
            return tuple(LoggedEvent(*row) for row in rows)

    def locked_state(
        self, contract_id: str, lock: Locked = Locked.ACCOUNT
    ) -> tuple[int, ContractState]:
        """Number and state of a contract, its row locked until the transaction ends.

        An account is locked for a change of other columns than its key, here and elsewhere: a
        contract's row that is written twice is checked against its account again, and whoever
        holds the contract alone would wait for an account whose holder waits for the contract.
        """
        if lock is Locked.ACCOUNT and not self._database.is_sqlite:
            self._database.run(
                "SELECT id FROM accounts WHERE id = "
                "(SELECT account_id FROM contracts WHERE uid = ?)" + self._database.for_change,
                (contract_id,),
            )
        row = self._database.row(
            "SELECT id, state FROM contracts WHERE uid = ?"
            + ("" if lock is Locked.NOTHING else self._database.for_change),
            (contract_id,),
        )
        if row is None:
            raise NotFound("contract", contract_id)
        return row[0], ContractState(row[1])

    def is_expired(self, number: int, at: int) -> bool:
        """Whether a contract's time is over (inside a transaction)."""
        expires = self._database.scalar("SELECT expires_at FROM contracts WHERE id = ?", (number,))
        return expires is not None and expires <= at

    def refuse_importing(self, number: int) -> None:
        """Raise ``MoveRefused`` while recipients are being added (inside a transaction)."""
        mark = self._database.scalar("SELECT import_mark FROM contracts WHERE id = ?", (number,))
        if mark is not None:
            raise MoveRefused(
                words("Recipients are being added to the campaign. Wait until that is done."),
                state="importing",
            )

    def _remaining(self, number: int) -> bool:
        return bool(
            self._database.scalar(
                f"SELECT c.action IS NOT NULL OR {open_sum('k')} > 0 FROM contracts c "
                "JOIN counters k ON k.contract_id = c.id WHERE c.id = ?",
                (number,),
            )
        )

    def _log(self, number: int, kind: str, text: str | None) -> None:
        self._database.run(
            "INSERT INTO events (at, kind, contract_id, text) VALUES (?, ?, ?, ?)",
            (now(self._database), kind, number, text),
        )

    def _select(self, clause: Any, limit: int) -> list[Contract]:
        return [_record(row) for row in self._select_rows([clause], limit)]

    def _select_rows(
        self, clauses: Sequence[Any], limit: int | None, *, with_deleting: bool = False
    ) -> list[dict[str, Any]]:
        query = (
            ContractRow.select(
                ContractRow, *(getattr(Counter, name).alias(f"n_{name}") for name in COUNT_COLUMNS)
            )
            .join(Counter, on=(Counter.contract == ContractRow.id))
            .order_by(ContractRow.id.desc())
            .limit(limit)
            .dicts()
        )
        if not with_deleting:
            clauses = [*clauses, ContractRow.state != ContractState.DELETING.value]
        if clauses:
            query = query.where(*clauses)
        return list(self._database.fetch(query))


def refuse_unless_at_rest(state: ContractState) -> None:
    """Raise ``MoveRefused`` for a contract in which only the priority can be changed."""
    if state not in AT_REST:
        raise MoveRefused(
            words(
                "The campaign is {state}; only its priority can be changed now. Pause it first.",
                state=state.said,
            ),
            state=state.value,
            allowed=["priority"],
        )


def _new_uid() -> str:
    return base64.b32encode(secrets.token_bytes(10)).decode().lower()


def _clauses(chosen: ContractFilter) -> list[Any]:
    clauses: list[Any] = []
    if chosen.states:
        clauses.append(ContractRow.state.in_([state.value for state in chosen.states]))
    if chosen.account_id is not None:
        clauses.append(ContractRow.account == chosen.account_id)
    if chosen.search:
        clauses.append(peewee.fn.LOWER(ContractRow.name).contains(chosen.search.lower()))
    return clauses


def _stamps(target: ContractState, at: int) -> dict[str, Any]:
    if target is ContractState.PREPARING:
        return {"started_at": peewee.fn.COALESCE(ContractRow.started_at, at), "turn": at}
    if target in ENDED:
        return {"finished_at": at}
    if target is ContractState.QUEUED:
        return {"finished_at": None, "listed": True, **_UNHELD}
    return {}


_UNHELD = {"held_by": None, "held_until": None, "held_run": 0}


def _record(row: dict[str, Any]) -> Contract:
    template = row["template"]
    return Contract(
        id=row["uid"],
        account_id=row["account"],
        name=row["name"],
        state=ContractState(row["state"]),
        state_reason=row["state_reason"],
        priority=row["priority"],
        message=row["body"],
        template=MessageTemplate.from_json(template) if template else None,
        max_attempts=row["max_attempts"],
        start_at=row["start_at"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        counts=Counts(**{name: row[f"n_{name}"] for name in COUNT_COLUMNS}),
        attempts_made=0 if row["started_at"] is None else 1,
        zone=row["zone"],
        quiet_hours=QuietHours.from_json(json.loads(row["quiet_hours"]))
        if row["quiet_hours"]
        else None,
        expires_at=row["expires_at"],
        held=Hold(Limit(row["held_by"]), row["held_until"]) if row["held_by"] else None,
        doubt_policy=DoubtPolicy(row["doubt_policy"]),
        doubt_grace=row["doubt_grace"],
        action=json.loads(row["action"])["kind"] if row["action"] else None,
        next_due_at=row["next_due_at"],
        pause_after_held=row["pause_after_held"],
    )
