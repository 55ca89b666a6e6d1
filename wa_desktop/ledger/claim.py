"""The claim: reserves an account's next send slots and takes that many due messages.

The claim is the rate limiter. The account's row is locked, each message takes the next
slot, and the slot moves on by period / limit; so the limit holds across threads, processes,
machines and restarts with no second store.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.database import Database, Row
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.records import AccountState, MessageContents
from wa_desktop.ledger.states import MessageState

PROMOTED_AT_ONCE = 500
"""Delayed messages whose time has come are made waiting in slices of this size."""


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """An account's limits as its locked row holds them. ``interval`` is the distance of two
    slots in microseconds, 0 without a rate limit."""

    id: str
    state: AccountState
    interval: float
    next_slot_at: int
    concurrency: int
    in_flight: int
    revision: int
    changed: bool = False

    @classmethod
    def from_row(cls, row: Row) -> "AccountLimits":
        """From ``id, state, rate_max, rate_ms, next_slot_at, concurrency, in_flight, revision``."""
        account_id, state, rate_max, rate_ms, next_slot, concurrency, in_flight, revision = row
        interval = rate_ms * 1000 / rate_max if rate_max else 0.0
        return cls(
            account_id, AccountState(state), interval, next_slot, concurrency, in_flight, revision
        )

    def freed(self, amount: int) -> "AccountLimits":
        """With that many places in flight given back."""
        return replace(self, in_flight=max(0, self.in_flight - amount), changed=True)


@dataclass(frozen=True, slots=True)
class Granted:
    """A claimed message. ``begun``: already ``sending``; else it must be begun at its slot.

    ``revision`` is the contract's, by which an engine knows whether the text it keeps is the
    present one.
    """

    message_id: int
    contract: int
    account_id: str
    phone: str
    attempts: int
    refusals: int
    slot_at: int
    begun: bool
    revision: int
    own: MessageContents | None


@dataclass(frozen=True, slots=True)
class Taken:
    """What a claim took, the account's limits after it, and when to try again."""

    granted: tuple[Granted, ...]
    limits: AccountLimits
    next_try_at: int | None


@dataclass(slots=True)
class _Candidate:
    """A contract that may give out messages."""

    number: int
    priority: int
    own_contents: bool
    revision: int
    waiting: int
    next_due_at: int | None


def claim(
    database: Database,
    changes: CountChanges,
    limits: AccountLimits,
    *,
    worker: int,
    free: int,
    at: int,
    reserve_until: int,
    begin_until: int,
) -> Taken:
    """Claim as many messages of the account as there are places, slots and due messages."""
    candidates = _candidates(database, changes, limits.id, at)
    slots = _slots(limits, min(free, limits.concurrency - limits.in_flight), at, reserve_until)
    revisions = {one.number: one.revision for one in candidates}
    granted: list[Granted] = []
    for group in _by_priority(candidates):
        for begun in (True, False):
            open_slots = [slot for slot in slots[len(granted) :] if (slot <= begin_until) is begun]
            target = MessageState.SENDING if begun else MessageState.CLAIMED
            taken = _take_turns(database, changes, group, target, len(open_slots), worker, at)
            granted.extend(
                _granted(limits.id, row, slot, begun, revisions[row[1]])
                for row, slot in zip(taken, open_slots[: len(taken)], strict=True)
            )
    after = _advance(limits, granted, at)
    found = tuple(_with_contents(database, candidates, granted))
    return Taken(found, after, _next_try(candidates, after, at, reserve_until))


def _candidates(
    database: Database, changes: CountChanges, account_id: str, at: int
) -> list[_Candidate]:
    """Contracts that may give out messages, delayed ones whose time has come made waiting."""
    rows = database.rows(
        "SELECT c.id, c.priority, c.own_contents, c.revision, k.waiting, c.next_due_at "
        "FROM contracts c "
        "JOIN counters k ON k.contract_id = c.id WHERE c.account_id = ? "
        "AND c.state IN ('preparing', 'running') ORDER BY c.priority DESC, c.turn, c.id",
        (account_id,),
    )
    found = [_Candidate(row[0], row[1], bool(row[2]), row[3], row[4], row[5]) for row in rows]
    for one in found:
        one.waiting += changes.pending(one.number, MessageState.WAITING.column)
        if one.next_due_at is not None and one.next_due_at <= at:
            _promote(database, changes, one, at)
    return found


def _promote(database: Database, changes: CountChanges, one: _Candidate, at: int) -> None:
    moved = move_messages(
        database,
        changes,
        MessageState.DELAYED,
        MessageState.WAITING,
        at=at,
        pick="SELECT id FROM messages WHERE contract_id = ? AND state = 2 "
        "AND due_at <= ? ORDER BY due_at, id LIMIT ?",
        params=(one.number, at, PROMOTED_AT_ONCE),
    )
    one.waiting += len(moved)
    one.next_due_at = database.scalar(
        "SELECT due_at FROM messages WHERE contract_id = ? AND state = 2 ORDER BY due_at LIMIT 1",
        (one.number,),
    )
    database.run("UPDATE contracts SET next_due_at = ? WHERE id = ?", (one.next_due_at, one.number))


def _slots(limits: AccountLimits, places: int, at: int, reserve_until: int) -> list[int]:
    """The send slots that may be taken now, one for each free place at most."""
    if places <= 0:
        return []
    if not limits.interval:
        return [at] * places
    first = max(at, limits.next_slot_at)
    if first > reserve_until:
        return []
    fitting = int((reserve_until - first) / limits.interval) + 1
    return [first + round(number * limits.interval) for number in range(min(places, fitting))]


def _by_priority(candidates: Sequence[_Candidate]) -> list[list[_Candidate]]:
    groups: dict[int, list[_Candidate]] = {}
    for one in candidates:
        if one.waiting > 0:
            groups.setdefault(one.priority, []).append(one)
    return [groups[priority] for priority in sorted(groups, reverse=True)]


def _take_turns(
    database: Database,
    changes: CountChanges,
    group: Sequence[_Candidate],
    target: MessageState,
    wanted: int,
    worker: int,
    at: int,
) -> list[Row]:
    """Take messages of contracts of equal priority in turns, an even share from each."""
    taken: list[Row] = []
    for position, one in enumerate(group):
        share = -(-(wanted - len(taken)) // (len(group) - position))
        if share <= 0:
            break
        rows = _take(database, changes, one, target, share, worker, at)
        one.waiting -= len(rows)
        taken.extend(rows)
        if rows and len(group) > 1:
            database.run("UPDATE contracts SET turn = ? WHERE id = ?", (at + position, one.number))
    return taken


def _take(
    database: Database,
    changes: CountChanges,
    one: _Candidate,
    target: MessageState,
    amount: int,
    worker: int,
    at: int,
) -> list[Row]:
    rows = move_messages(
        database,
        changes,
        MessageState.WAITING,
        target,
        at=at,
        pick="SELECT id FROM messages WHERE contract_id = ? AND state = 1 "
        "ORDER BY due_at, id LIMIT ?" + database.skip_locked,
        params=(one.number, amount),
        assign="claimed_by = ?",
        assign_params=(worker,),
        returning="phone, attempts, refusals, due_at",
    )
    return sorted(rows, key=lambda row: (row[5] or 0, row[0]))


def _granted(account_id: str, row: Row, slot: int, begun: bool, revision: int) -> Granted:
    return Granted(
        message_id=row[0],
        contract=row[1],
        account_id=account_id,
        phone=row[2],
        attempts=row[3],
        refusals=row[4],
        slot_at=slot,
        begun=begun,
        revision=revision,
        own=None,
    )


def _advance(limits: AccountLimits, granted: Sequence[Granted], at: int) -> AccountLimits:
    if not granted:
        return limits
    slot = granted[-1].slot_at + round(limits.interval) if limits.interval else at
    return replace(
        limits, next_slot_at=slot, in_flight=limits.in_flight + len(granted), changed=True
    )


def _with_contents(
    database: Database, candidates: Sequence[_Candidate], granted: Sequence[Granted]
) -> list[Granted]:
    """Add what rows bring of their own, read only for contracts that have such rows."""
    with_own = {one.number for one in candidates if one.own_contents}
    ids = [one.message_id for one in granted if one.contract in with_own]
    if not ids:
        return list(granted)
    which, params = database.one_of("message_id", ids)
    rows = database.rows(f"SELECT message_id, body, variables FROM contents WHERE {which}", params)
    own = {row[0]: contents_from(row[1], row[2]) for row in rows}
    return [replace(one, own=own.get(one.message_id)) for one in granted]


def contents_from(body: str | None, variables: Any) -> MessageContents:
    """What a row brings of its own, from its columns."""
    return MessageContents(body, json.loads(variables) if variables else {})


def _next_try(
    candidates: Sequence[_Candidate], after: AccountLimits, at: int, reserve_until: int
) -> int | None:
    """When a claim may find something again, places in flight aside."""
    if any(one.waiting > 0 for one in candidates):
        ahead = reserve_until - at
        return max(at, after.next_slot_at - ahead) if after.interval else at
    due = [one.next_due_at for one in candidates if one.next_due_at is not None]
    return min(due, default=None)
