"""The claim: reserves an account's next send slots and takes that many due messages.

The claim is the rate limiter. The account's row is locked, each message takes the next
slot, and the slot moves on by the present interval; so the limit holds across threads,
processes, machines and restarts with no second store. Limits that look at the recipient
stand between the choice of rows and their claim (``gates.py``).

Order: the highest priority first; contracts of equal priority in turns; within a contract
by due time, then by the row's place. So that nothing starves, a contract that was given
nothing for half a minute gets the first place of a claim, whatever its priority; later where
an account is slow or has many contracts, so that priorities decide over most of its slots.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from wa_desktop.clock import SECOND
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.left_out import leave_out
from wa_desktop.ledger.moves import move_each, move_messages
from wa_desktop.ledger.own_contents import own_contents
from wa_desktop.ledger.records import Hold, Limit, MessageContents
from wa_desktop.ledger.sql.asked import Asked
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.candidates import Candidate, candidate_from
from wa_desktop.ledger.turns.draws import Draw, Drawer
from wa_desktop.ledger.turns.gates import Gates, Row, ZonesOf
from wa_desktop.ledger.turns.limits import AccountLimits

PROMOTED_AT_ONCE = 500
"""Delayed messages whose time has come are made waiting in slices of this size."""

STARVING_AFTER = 30 * SECOND
"""A contract that has waited this long since it last got a place gets the next one."""

_STARVING_SHARE = 4
"""Those that starve together get at most one of so many slots."""

_NO_END = 1_000_000
_SIFTED_AT_ONCE = 200
_SIFTINGS = 5
"""Rows a gate holds are moved aside as they are met, in at most so many slices a claim."""


@dataclass(slots=True)
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
    """What a claim took, the account's limits after it, and when to try again. ``drawn``: the
    draws that brought it, without those that looked at single recipients."""

    granted: tuple[Granted, ...]
    limits: AccountLimits
    next_try_at: int | None
    drawn: tuple[Draw, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The moments of a claim: now, the first slot there can be, how far ahead slots are
    reserved, and which of them are begun at once."""

    at: int
    first: int
    reserve_until: int
    begin_until: int


class Claim:
    """One claim for one account, inside the transaction that holds the account's row.

    ``candidates`` is the answer of ``ask_candidates`` for that account.
    """

    def __init__(
        self,
        database: Database,
        changes: CountChanges,
        limits: AccountLimits,
        drawer: Drawer,
        window: Window,
        zones_of: ZonesOf,
        candidates: Asked,
    ) -> None:
        self._database = database
        self._asked = candidates
        self._changes = changes
        self._drawer = drawer
        self._drawn: list[Draw] = []
        self._window = window
        self._at = window.at
        limits = limits.recovering(window.at)
        self._gates = Gates(database, limits, zones_of, window.at, window.reserve_until)
        self._candidates: list[Candidate] = []
        self._granted: list[Granted] = []
        self._stopped: Hold | None = None

    def take(self, free: int) -> Taken:
        """Claim as many messages as there are places, slots and due messages."""
        self._candidates = self._find_candidates()
        slots = self._slots(min(free, self._gates.limits.places))
        for group, most in self._plan():
            for begun in (True, False):
                slots, most = self._take_turns(group, slots, begun, most)
        limits = self._advanced()
        self._note_holds()
        return Taken(tuple(self._granted), limits, self._next_try(limits), tuple(self._drawn))

    def _find_candidates(self) -> list[Candidate]:
        """Contracts that may give out messages, delayed ones whose time has come made waiting."""
        rows = self._asked.rows()
        found = [candidate_from(row[2:]) for row in rows if row[0]]
        for one in found:
            if one.turn > self._at + STARVING_AFTER:
                one.turn = 0  # of a clock that was set back: nobody waits a day for a turn
            one.waiting += self._changes.pending(one.number, MessageState.WAITING.column)
            if one.next_due_at is not None and one.next_due_at <= self._at:
                self._promote(one)
        self._gates.watch_pairs([row[2] for row in rows if row[1]])
        return sorted(found, key=lambda one: (one.turn, one.number))

    def _promote(self, one: Candidate) -> None:
        moved = move_messages(
            self._database,
            self._changes,
            MessageState.DELAYED,
            MessageState.WAITING,
            at=self._at,
            pick="SELECT id FROM messages WHERE contract_id = ? AND state = 2 "
            "AND due_at <= ? ORDER BY due_at, id LIMIT ?",
            params=(one.number, self._at, PROMOTED_AT_ONCE),
            assign="held_by = NULL",
        )
        one.waiting += len(moved)
        # Preparing locks this row and not the account's, and delays rows of its own: without the
        # lock what it notes while this one reads would be written over, and its rows forgotten.
        self._database.run(
            "SELECT id FROM contracts WHERE id = ?" + self._database.for_change, (one.number,)
        )
        one.next_due_at = self._database.scalar(
            "SELECT due_at FROM messages WHERE contract_id = ? AND state = 2 "
            "ORDER BY due_at LIMIT 1",
            (one.number,),
        )
        self._database.run(
            "UPDATE contracts SET next_due_at = ? WHERE id = ?", (one.next_due_at, one.number)
        )

    def _slots(self, places: int) -> list[int]:
        """The send slots that may be taken now, one for each free place at most."""
        limits = self._gates.limits
        if places <= 0:
            return []
        if limits.throttled_until > self._at:
            self._stopped = Hold(Limit.THROTTLED, limits.throttled_until)
            return []
        if not limits.interval:
            return [self._at] * places
        first = max(self._window.first, limits.next_slot_at)
        if first > self._window.reserve_until:
            return []
        fitting = int((self._window.reserve_until - first) / limits.interval) + 1
        amount = min(places, fitting)
        return [first + round(number * limits.interval) for number in range(amount)]

    def _plan(self) -> list[tuple[list[Candidate], int]]:
        """Groups of equal priority, highest first, each with the most that it may take.

        Before them one that starves, for one place.
        """
        ready = [one for one in self._candidates if one.waiting > 0]
        groups: dict[int, list[Candidate]] = {}
        for one in ready:
            groups.setdefault(one.priority, []).append(one)
        plan = [(groups[priority], _NO_END) for priority in sorted(groups, reverse=True)]
        for_all = _STARVING_SHARE * len(ready) * round(self._gates.limits.interval)
        since = self._at - max(STARVING_AFTER, for_all)
        starving = [one for one in ready if one.turn < since]
        if len(plan) > 1 and starving:
            plan.insert(0, ([starving[0]], 1))
        return plan

    def _take_turns(
        self, group: list[Candidate], slots: list[int], begun: bool, most: int
    ) -> tuple[list[int], int]:
        """Take messages of contracts of equal priority in turns, an even share from each.

        Returns the slots that are left, of which some may lie before those that were taken, and
        how many more the group may take.
        """
        at_once = bisect_right(slots, self._window.begin_until)
        first, end = (0, at_once) if begun else (at_once, len(slots))
        fitting = slots[first:end][:most]
        taken = 0
        for position, one in enumerate(group):
            share = -(-(len(fitting) - taken) // (len(group) - position))
            if share <= 0 or self._stopped is not None:
                break
            rows = self._take(one, begun, share)
            for row, slot in zip(rows, fitting[taken : taken + len(rows)], strict=True):
                self._granted.append(self._grant(one, row, slot, begun))
            taken += len(rows)
            if rows:
                self._gates.gave(one.number)
                self._serve(one, position)
        return slots[:first] + slots[first + taken :], most - taken

    def _serve(self, one: Candidate, position: int) -> None:
        """Note the contract's turn: who was served goes behind its equals."""
        turn = self._at + position
        if len(self._candidates) > 1 or one.turn < turn - SECOND:
            one.turn = turn
            self._database.run_later(
                "UPDATE contracts SET turn = ? WHERE id = ?", (turn, one.number)
            )

    def _take(self, one: Candidate, begun: bool, amount: int) -> list[tuple[Any, ...]]:
        target = MessageState.SENDING if begun else MessageState.CLAIMED
        if self._gates.needed_for(one.number, one.night, unseen=one.unseen):
            return self._take_sifted(one, target, amount)
        draw = Draw(one.number, target, amount, one.own_contents)
        behind = self._drawer.looks_behind(one.number)
        rows = self._drawer.take(draw)
        self._drawn.append(draw)
        one.waiting -= len(rows)
        if behind and one.waiting and len(rows) < amount:
            # Some stand in front of it.
            self._drawer.look_from_the_start(one.number)
            rows += self._take(one, begun, amount - len(rows))
        return rows

    def _take_sifted(
        self, one: Candidate, target: MessageState, amount: int
    ) -> list[tuple[Any, ...]]:
        """Take rows that pass the gates; those that do not are moved out of the way."""
        taken: list[tuple[Any, ...]] = []
        looked_at = amount
        for _ in range(_SIFTINGS):
            seen = self._look(one, looked_at)
            sifted = self._gates.sift(
                one.number, one.night, seen, most=amount - len(taken), unseen=one.unseen
            )
            if sifted.passed:
                draw = Draw(one.number, target, len(sifted.passed), one.own_contents)
                rows = self._drawer.take_chosen(draw, sifted.passed)
                one.waiting -= len(rows)
                taken.extend(rows)
            self._hold_rows(one, sifted.held)
            one.waiting -= leave_out(
                self._database, self._changes, MessageState.WAITING, sifted.left_out, self._at
            )
            self._stopped = self._stopped or sifted.stop
            if self._stopped is not None or sifted.all_passed or len(taken) >= amount:
                break
            looked_at = _SIFTED_AT_ONCE
        return taken

    def _look(self, one: Candidate, amount: int) -> list[Row]:
        """The next rows; those that a gate holds stay in front of the front, being delayed."""
        rows = self._drawer.look(one.number, amount)
        if not rows and one.waiting and self._drawer.looks_behind(one.number):
            self._drawer.look_from_the_start(one.number)
            rows = self._drawer.look(one.number, amount)
        return [Row(*row) for row in rows]

    def _hold_rows(self, one: Candidate, held: Sequence[tuple[int, Hold]]) -> None:
        if not held:
            return
        moved = move_each(
            self._database,
            self._changes,
            MessageState.WAITING,
            MessageState.DELAYED,
            [(message_id, hold.until, hold.by.value) for message_id, hold in held],
            ("bigint", "bigint", "text"),
            at=self._at,
            assign="due_at = v.column2, held_by = v.column3",
            where="TRUE",
        ).rows()
        one.waiting -= len(moved)
        first = min((hold for _, hold in held), key=lambda hold: hold.until)
        one.hold_now = first
        if one.next_due_at is None or first.until < one.next_due_at:
            one.next_due_at = first.until
            self._database.run(
                "UPDATE contracts SET next_due_at = ? "
                "WHERE id = ? AND (next_due_at IS NULL OR next_due_at > ?)",
                (first.until, one.number, first.until),
            )

    def _grant(self, one: Candidate, row: tuple[Any, ...], slot: int, begun: bool) -> Granted:
        return Granted(
            message_id=row[0],
            contract=one.number,
            account_id=self._gates.limits.id,
            phone=row[2],
            attempts=row[3],
            refusals=row[4],
            slot_at=slot,
            begun=begun,
            revision=one.revision,
            own=own_contents(*row[6:]) if one.own_contents else None,
        )

    def _advanced(self) -> AccountLimits:
        limits = self._gates.limits
        if not self._granted:
            return limits
        interval, slot = limits.interval, limits.next_slot_at
        if interval:
            slot = max(one.slot_at for one in self._granted) + round(interval)
        return replace(
            limits,
            next_slot_at=slot,
            in_flight=limits.in_flight + len(self._granted),
        )

    def _note_holds(self) -> None:
        """Keep with each contract what holds it back now, for whoever asks."""
        for one in self._candidates:
            hold: Hold | None = None
            if one.waiting > 0:
                hold = self._stopped
            elif one.hold_now is not None:
                hold = one.hold_now
            elif one.held is not None and one.held.until > self._at:
                hold = one.held
            if hold != one.held:
                self._database.run(
                    "UPDATE contracts SET held_by = ?, held_until = ? WHERE id = ?",
                    (hold.by.value if hold else None, hold.until if hold else None, one.number),
                )

    def _next_try(self, limits: AccountLimits) -> int | None:
        """When a claim may find something again, places in flight aside."""
        moments = [one.next_due_at for one in self._candidates if one.next_due_at is not None]
        if any(one.waiting > 0 for one in self._candidates):
            if self._stopped is not None:
                moments.append(self._stopped.until)
            else:
                ahead = self._window.reserve_until - self._at
                moments.append(limits.next_slot_at - ahead if limits.interval else self._at)
        return max(self._at, min(moments)) if moments else None
