"""Settling: what became of messages on the wire, written down with its counts and history."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from wa_desktop.clock import SECOND
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.doubts import note_begun
from wa_desktop.ledger.moves import HELD_BY, Moving, move_each
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.suppressions import Finding, note_findings
from wa_desktop.ledger.turns.held import HeldNote, note_held


class OutcomeKind(StrEnum):
    """How a send ended, as far as it is known."""

    SENT = "sent"
    HELD = "held"
    """Sent, and the provider holds it back for now."""
    RETRY = "retry"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    RETURNED = "returned"
    SKIPPED = "skipped"


@dataclass(slots=True)
class Outcome:
    """The end of one send. ``due_at``: when to try again (retry). ``costs_attempt``: false
    where the provider only asked us to slow down; ``refused``: it said no to this recipient at
    no cost, which is counted apart, so that the recipient's waits grow. ``late_for``: the
    buried worker that had sent it, where others have put it in doubt meanwhile (``late.py``).
    ``forgiven``: attempts made before that no longer count. ``begun_at``: when the ledger let it
    go on the wire, where the end is a doubt. ``known_as``: the key under which the provider knows
    the recipient, where it is not that of the number written to."""

    message_id: int
    account_id: str
    kind: OutcomeKind
    at: int
    provider_id: str | None = None
    error_code: int | None = None
    error_text: str | None = None
    due_at: int | None = None
    costs_attempt: bool = True
    refused: bool = False
    late_for: int | None = None
    forgiven: int = 0
    begun_at: int | None = None
    error_subcode: int | None = None
    known_as: str | None = None


TAKEN = frozenset({OutcomeKind.SENT, OutcomeKind.HELD})
"""The provider has the message."""

_TARGETS = {
    OutcomeKind.SENT: MessageState.SENT,
    OutcomeKind.HELD: MessageState.SENT,
    OutcomeKind.RETRY: MessageState.DELAYED,
    OutcomeKind.FAILED: MessageState.FAILED,
    OutcomeKind.IN_DOUBT: MessageState.IN_DOUBT,
    OutcomeKind.RETURNED: MessageState.WAITING,
    OutcomeKind.SKIPPED: MessageState.SKIPPED,
}

_UNSENT = frozenset(OutcomeKind) - TAKEN - {OutcomeKind.IN_DOUBT}

_ASSIGN_SENT = (
    "provider_id = v.column2, sent_at = v.column3, attempts = attempts + 1, "
    "claimed_by = NULL, error_code = NULL, error_text = NULL, held_by = NULL"
)
_ASSIGN_HELD = f"{_ASSIGN_SENT}, held = TRUE"
_TYPES_SENT = ("bigint", "text", "bigint")
_TYPES_RETURNED = ("bigint", "text")
_TYPES_OTHER = ("bigint", "integer", "integer", "text", "bigint", "integer", "integer")
_ASSIGN_RETURNED = "claimed_by = NULL, error_text = v.column2"
_ASSIGN_OTHER = (
    "attempts = attempts + v.column2, error_code = v.column3, error_text = v.column4, "
    "due_at = COALESCE(v.column5, due_at), refusals = refusals + v.column6, claimed_by = NULL, "
    "error_subcode = v.column7"
)


class Settling:
    """Outcomes of messages that one worker holds, being written.

    An outcome of a message that has moved on meanwhile (news overtook it, others declared
    the worker dead) changes nothing. Once finished: ``unsent``, by account, the messages that
    certainly did not go out; ``held``, the contracts whose messages the provider holds back.
    """

    def __init__(
        self, database: Database, changes: CountChanges, worker: int, outcomes: Sequence[Outcome]
    ) -> None:
        self._database = database
        self._changes = changes
        self.unsent: dict[str, list[int]] = defaultdict(list)
        self.held: list[HeldNote] = []
        self._groups: dict[OutcomeKind, list[Outcome]] = defaultdict(list)
        for outcome in outcomes:
            self._groups[outcome.kind].append(outcome)
        self._moves = {
            kind: _move(database, changes, worker, kind, group)
            for kind, group in self._groups.items()
        }

    @property
    def plain(self) -> bool:
        """Whether all were simply sent, so that nothing changes but messages and counts."""
        return self._groups.keys() <= TAKEN

    @property
    def gives_back(self) -> bool:
        """Whether messages go back into the queue at the place they had."""
        return OutcomeKind.RETURNED in self._groups

    def finish(self) -> dict[str, int]:
        """Write the history and the figures; returns freed places by account."""
        freed: Counter[str] = Counter()
        settled: dict[OutcomeKind, list[Outcome]] = {}
        for kind, moves in self._moves.items():
            contracts: dict[int, int] = {}
            for move in moves:
                contracts |= dict(move.rows())
            settled[kind] = [one for one in self._groups[kind] if one.message_id in contracts]
            freed.update(one.account_id for one in settled[kind])
            if kind in _UNSENT:
                for one in settled[kind]:
                    self.unsent[one.account_id].append(one.message_id)
            if kind is OutcomeKind.HELD:
                self.held = note_held(self._database, self._changes, settled[kind], contracts)
            if kind is not OutcomeKind.SENT:
                _note_trouble(self._database, settled[kind], contracts)
        note_minutes(self._database, settled)
        return dict(freed)


def _move(
    database: Database,
    changes: CountChanges,
    worker: int,
    kind: OutcomeKind,
    group: Sequence[Outcome],
) -> list[Moving]:
    """Send the moves of outcomes of one kind."""
    rows: list[tuple[object, ...]]
    types: tuple[str, ...]
    if kind in TAKEN:
        rows = [(one.message_id, one.provider_id, one.at) for one in group]
        types = _TYPES_SENT
        assign = _ASSIGN_SENT if kind is OutcomeKind.SENT else _ASSIGN_HELD
    elif kind is OutcomeKind.RETURNED:
        rows = [(one.message_id, one.error_text) for one in group]
        types, assign = _TYPES_RETURNED, _ASSIGN_RETURNED
    else:
        rows = [
            (
                one.message_id,
                int(one.costs_attempt) - one.forgiven,
                one.error_code,
                one.error_text,
                one.due_at if kind is OutcomeKind.RETRY else None,
                int(one.refused and not one.costs_attempt),
                one.error_subcode,
            )
            for one in group
        ]
        types, assign = _TYPES_OTHER, _ASSIGN_OTHER
    sources = [MessageState.SENDING]
    if kind is OutcomeKind.RETURNED:
        sources.append(MessageState.CLAIMED)
    return [
        move_each(
            database,
            changes,
            source,
            _TARGETS[kind],
            rows,
            types,
            at=group[0].at,
            assign=assign,
            where=HELD_BY,
            where_params=(worker,),
        )
        for source in sources
    ]


def _note_trouble(
    database: Database, settled: Sequence[Outcome], contracts: dict[int, int]
) -> None:
    """Keep the history of what did not simply go out, and when it is tried again."""
    told = [one for one in settled if one.kind is not OutcomeKind.RETURNED]
    note_begun(
        database,
        [
            (one.begun_at, contracts[one.message_id], one.message_id)
            for one in told
            if one.begun_at is not None
        ],
    )
    if told:
        table, params = database.table(
            ("bigint", "text", "text", "bigint", "bigint", "integer", "text", "integer"),
            [
                (
                    one.at,
                    one.kind.value,
                    one.account_id,
                    contracts[one.message_id],
                    one.message_id,
                    one.error_code,
                    one.error_text,
                    one.error_subcode,
                )
                for one in told
            ],
        )
        database.run(
            "INSERT INTO events "
            "(at, kind, account_id, contract_id, message_id, code, text, subcode) "
            f"SELECT * FROM {table}",
            params,
        )
    note_next_due(database, settled, contracts)
    note_failures(database, settled, contracts)


def note_failures(
    database: Database, settled: Sequence[Outcome], contracts: dict[int, int]
) -> None:
    """Suppress the recipients of those that failed so that it is no use to write to them."""
    note_findings(
        database,
        [
            Finding(one.message_id, contracts[one.message_id], one.error_code, one.at)
            for one in settled
            if one.kind is OutcomeKind.FAILED
        ],
    )


def note_next_due(
    database: Database, settled: Sequence[Outcome], contracts: dict[int, int]
) -> None:
    """Keep with their contracts when the first of these retries is due."""
    earliest: dict[int, int] = {}
    for one in settled:
        if one.kind is OutcomeKind.RETRY and one.due_at is not None:
            number = contracts[one.message_id]
            earliest[number] = min(earliest.get(number, one.due_at), one.due_at)
    for number, due in sorted(earliest.items()):
        database.run(
            "UPDATE contracts SET next_due_at = ? "
            "WHERE id = ? AND (next_due_at IS NULL OR next_due_at > ?)",
            (due, number, due),
        )


def note_minutes(database: Database, by_kind: dict[OutcomeKind, list[Outcome]]) -> None:
    """Count ends in the figures of their minutes."""
    columns = {
        OutcomeKind.SENT: "sent",
        OutcomeKind.HELD: "sent",
        OutcomeKind.FAILED: "failed",
        OutcomeKind.RETRY: "retried",
        OutcomeKind.IN_DOUBT: "in_doubt",
    }
    figures: dict[int, Counter[str]] = defaultdict(Counter)
    for kind, column in columns.items():
        for one in by_kind.get(kind, ()):
            figures[one.at // (60 * SECOND) * 60 * SECOND][column] += 1
    for minute, counted in sorted(figures.items()):
        names = ", ".join(counted)
        added = ", ".join(f"{name} = minutes.{name} + excluded.{name}" for name in counted)
        marked = ", ".join("?" * len(counted))
        database.run_later(
            f"INSERT INTO minutes (minute, {names}) VALUES (?, {marked}) "
            f"ON CONFLICT (minute) DO UPDATE SET {added}",
            [minute, *counted.values()],
        )
