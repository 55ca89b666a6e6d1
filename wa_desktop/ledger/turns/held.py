"""What the provider took and holds back: marked, counted, and told of by contract.

A held message is sent as far as this program can tell. The provider sends or drops it by itself,
so it is no failure and is never sent again; the mark goes when news of it comes (``news.py``).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.sql.database import Database


class Settled(Protocol):
    """A message that was settled as held, and when."""

    message_id: int
    at: int


@dataclass(frozen=True, slots=True)
class HeldNote:
    """A contract of which a turn settled ``added`` messages as held. ``run``: how many since it
    was last started; ``pause_after``: at how many it is to be paused, ``None``: at none."""

    contract_id: str
    name: str
    added: int
    run: int
    pause_after: int | None

    @property
    def is_first(self) -> bool:
        """Whether none was held before, since the contract was last started."""
        return self.run == self.added

    @property
    def is_too_many(self) -> bool:
        """Whether the contract is to be paused."""
        return self.pause_after is not None and self.run >= self.pause_after


def note_held(
    database: Database,
    changes: CountChanges,
    settled: Sequence[Settled],
    contracts: Mapping[int, int],
) -> list[HeldNote]:
    """Count messages as held with their contracts; only contracts that have such pay for it."""
    added = Counter(contracts[one.message_id] for one in settled)
    last = max((one.at for one in settled), default=0)
    notes = []
    for number, amount in sorted(added.items()):
        changes.add(number, "held", amount)
        found = database.row(
            "UPDATE contracts SET held_run = held_run + ?, held_at = ? WHERE id = ? "
            "RETURNING uid, name, held_run, pause_after_held",
            (amount, last, number),
        )
        if found is not None:
            uid, name, run, pause_after = found
            notes.append(HeldNote(uid, name, amount, run, pause_after))
    return notes
