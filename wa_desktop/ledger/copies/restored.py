"""Makes a copy of a ledger safe to send from: since it was taken, others may have sent.

What was on its way when the copy was taken is in doubt, what would go on by itself waits for
a person, and the ledger gets an id of its own, so that its queues are not those of the other.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.clock import Micros
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.moves import move_messages
from wa_desktop.ledger.sql.asked import Row
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.states import WORKING, ContractState, MessageState
from wa_desktop.words import Words, words

RESTORED = "restored"
"""The reason of a pause that a restore made."""

MOVED = "moved"
"""The reason of a pause that a start in another place made."""

_LIVE = (ContractState.SCHEDULED, *WORKING)
_UNKNOWN = {
    RESTORED: words(
        "The ledger was restored from a copy taken while the message was on its way; "
        "whether it arrived is unknown."
    ),
    MOVED: words(
        "The ledger was copied or moved while the message was on its way; whether it arrived is "
        "unknown."
    ),
}


@dataclass(frozen=True, slots=True)
class MadeSafe:
    """What was changed. ``waiting`` are the messages that wait in the contracts paused."""

    ledger: str
    contracts_paused: int
    messages_waiting: int
    messages_in_doubt: int
    workers_ended: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. ``ledger`` says where it lies, ``replaced`` where the old one is kept
    now, ``None`` if there was none; ``upgraded`` are the migrations that the backup lacked."""

    source: Path
    ledger: str
    replaced: Path | None
    restored_at: Micros
    upgraded: tuple[str, ...]
    made_safe: MadeSafe


def make_safe(database: Database, reason: str = RESTORED) -> MadeSafe:
    """Pause what would send, put in doubt what was on its way; all in one transaction.

    ``reason``: ``RESTORED`` or ``MOVED``.

    The messages on their way are at most as many as all accounts had places in flight.
    """
    contracts = Contracts(database)
    uid = secrets.token_hex(8)
    with database.write():
        doubtful = _doubt_held(database, _UNKNOWN[reason])
        live = contracts.in_states(_LIVE)
        for one in live:
            contracts.move(one.id, ContractState.PAUSED, reason=reason)
        ended = database.touched(
            "UPDATE workers SET ended_at = ? WHERE ended_at IS NULL", (now(database),)
        )
        database.run("UPDATE accounts SET in_flight = 0")
        # A policy knows nothing of what others sent: these doubts are for a person.
        database.run(
            "UPDATE contracts SET doubt_policy = 'leave' WHERE id IN "
            "(SELECT contract_id FROM counters WHERE in_doubt > 0)"
        )
        database.run("UPDATE ledger_info SET value = ? WHERE name = 'uid'", (uid,))
    return MadeSafe(
        ledger=uid,
        contracts_paused=len(live),
        messages_waiting=sum(one.counts.waiting + one.counts.delayed for one in live),
        messages_in_doubt=len(doubtful),
        workers_ended=ended,
    )


def _doubt_held(database: Database, why: Words) -> list[Row]:
    """What was claimed may have been begun since, so it goes the way of what was begun."""
    at = now(database)
    changes = CountChanges()
    move_messages(
        database, changes, MessageState.CLAIMED, MessageState.SENDING, at=at, where="TRUE"
    )
    doubtful = move_messages(
        database,
        changes,
        MessageState.SENDING,
        MessageState.IN_DOUBT,
        at=at,
        where="TRUE",
        assign="claimed_by = NULL, attempts = attempts + 1, error_text = ?",
        assign_params=(why,),
    )
    for message, contract in doubtful:
        database.run(
            "INSERT INTO events (at, kind, contract_id, message_id, text) "
            "VALUES (?, 'in_doubt', ?, ?, ?)",
            (at, contract, message, why),
        )
    changes.apply(database)
    return doubtful
