"""The switches of the two queues: a paused one gives out no work, whoever works on the ledger."""

from enum import StrEnum

from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now


class QueueName(StrEnum):
    """A queue, in the API's words."""

    CONTRACTS = "contracts"
    MESSAGES = "messages"


WENT_BACK = "went_back"
"""The name in ``ledger_info`` that bars all sending (``went_back.py``)."""

CONTRACTS_PAUSED = "EXISTS (SELECT 1 FROM ledger_info WHERE name = 'paused:contracts')"
"""SQL: no contract is prepared now."""

MESSAGES_PAUSED = (
    f"EXISTS (SELECT 1 FROM ledger_info WHERE name IN ('paused:messages', '{WENT_BACK}'))"
)
"""SQL: no message is given out now."""


class Switches:
    """Pauses and resumes whole queues; kept in the ledger, so it outlasts every program."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def paused(self) -> frozenset[QueueName]:
        """The queues that are paused now."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT name FROM ledger_info WHERE name IN ('paused:contracts', 'paused:messages')"
            )
        return frozenset(QueueName(row[0].partition(":")[2]) for row in rows)

    def barred(self) -> bool:
        """Whether the ledger went back, so that nothing is sent until a person confirms it."""
        with self._database.read():
            found = self._database.scalar("SELECT 1 FROM ledger_info WHERE name = ?", (WENT_BACK,))
        return found is not None

    def pause(self, queue: QueueName) -> bool:
        """Pause a queue; whether it was not paused before.

        All accounts are locked first, as a claim and a slice of preparing lock theirs: none
        that began earlier ends after this.
        """
        with self._database.write():
            self._database.rows("SELECT id FROM accounts ORDER BY id" + self._database.for_change)
            changed = self._database.touched(
                "INSERT INTO ledger_info (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                (f"paused:{queue.value}", str(now(self._database))),
            )
            return self._noted(queue, "paused", changed)

    def resume(self, queue: QueueName) -> bool:
        """Let a queue go on; whether it was paused before."""
        with self._database.write():
            changed = self._database.touched(
                "DELETE FROM ledger_info WHERE name = ?", (f"paused:{queue.value}",)
            )
            return self._noted(queue, "resumed", changed)

    def _noted(self, queue: QueueName, what: str, changed: int) -> bool:
        if changed:
            self._database.run(
                "INSERT INTO events (at, kind) VALUES (?, ?)",
                (now(self._database), f"{queue.value}_queue_{what}"),
            )
        return bool(changed)
