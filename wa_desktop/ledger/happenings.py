"""What happened to accounts, contracts and queues, in order, for whoever writes the log.

The history of single messages is left out.
"""

from dataclasses import dataclass

from wa_desktop.ledger.sql.database import Database

WORKER_LOST = "worker_lost"
"""The kind of a worker that ended without signing off; ``at`` is when it was last seen, ``text``
its host, ``code`` its process."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One row of the ledger's history. ``kind`` is a state of a contract, or such as
    ``account_stopped`` and ``messages_queue_paused``. ``text`` is the reason, in words."""

    number: int
    at: int
    kind: str
    account_id: str | None
    contract_id: str | None
    code: int | None
    text: str | None


class Happenings:
    """Reads the history by its numbers, and writes what no other room writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> int:
        """The number of the newest row, of messages too; 0 if there is none."""
        with self._database.read():
            return self._newest()

    def after(self, number: int, most: int = 500) -> tuple[tuple[Happening, ...], int]:
        """The first ``most`` rows after a number, and the number up to which all were read, which
        is lower than the given one where the ledger has no row of that number.

        On PostgreSQL a row may appear later than one of a higher number.
        """
        with self._database.read():
            newest = self._newest()
            rows = self._database.rows(
                "SELECT e.id, e.at, e.kind, e.account_id, c.uid, e.code, e.text "
                "FROM events e LEFT JOIN contracts c ON c.id = e.contract_id "
                "WHERE e.id > ? AND e.message_id IS NULL ORDER BY e.id LIMIT ?",
                (number, most),
            )
        found = tuple(Happening(*row) for row in rows)
        return found, found[-1].number if len(found) == most else newest

    def lost_since(self, moment: int) -> tuple[Happening, ...]:
        """Workers that ended without signing off and were last seen since then."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT id, at, kind, account_id, NULL, code, text FROM events "
                "WHERE contract_id IS NULL AND kind = ? AND at >= ? ORDER BY id",
                (WORKER_LOST, moment),
            )
        return tuple(Happening(*row) for row in rows)

    def note_lost(self, worker: int) -> None:
        """Write down that a worker ended without signing off, unless it is known."""
        with self._database.write():
            self._database.run(
                "INSERT INTO events (at, kind, code, text) "
                "SELECT last_seen, CAST(? AS text), pid, host FROM workers "
                "WHERE id = ? AND ended_at IS NULL",
                (WORKER_LOST, worker),
            )

    def _newest(self) -> int:
        return int(self._database.scalar("SELECT COALESCE(MAX(id), 0) FROM events"))
