"""What a worker holds, for an engine that lost the answer to a turn."""

from collections.abc import Mapping
from dataclasses import dataclass

from wa_desktop.ledger.sql.database import Database


@dataclass(frozen=True, slots=True)
class Holding:
    """What the ledger says of a worker: the messages that it holds, claimed or sending, with
    their accounts, and when it last gave a sign of life."""

    messages: Mapping[int, str]
    last_seen: int | None


class Holdings:
    """Asks what workers hold."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, worker: int) -> Holding:
        """All that the worker holds, with what a turn of its own did whose answer was lost.

        The commit of such a turn may still be on its way to the server. A turn holds its
        worker's row before anything else, and sends its commit only after it has read that row.
        So whoever gets the row sees all that the turn did, or it will never do anything: its
        server ends it when the commit does not come.
        """
        with self._database.write(piped=True):
            worker_row = self._database.ask(
                "SELECT last_seen FROM workers WHERE id = ?" + self._database.for_update,
                (worker,),
            )
            held = self._database.ask(
                "SELECT m.id, c.account_id FROM messages m "
                "JOIN contracts c ON c.id = m.contract_id "
                "WHERE m.claimed_by = ? AND (m.state = 3 OR m.state = 4)",
                (worker,),
            )
            seen = worker_row.rows()
            messages: dict[int, str] = dict(held.rows())
        return Holding(messages, seen[0][0] if seen else None)
