"""The first statement of a turn: it holds the worker's lease, and asks what the turn goes by."""

from wa_desktop.clock import monotonic
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.switches import MESSAGES_PAUSED
from wa_desktop.ledger.workers import LeaseLost


class Lease:
    """The worker's own row, locked by a statement that goes out with those after it.

    Those after it find rows in an index's order.
    """

    def __init__(self, database: Database, worker: int) -> None:
        self._database = database
        self._asked_at = monotonic()
        self._asked = database.ask(
            f"SELECT {MESSAGES_PAUSED}, {database.server_time}, {database.turn_settings} "
            "FROM workers WHERE id = ? AND ended_at IS NULL" + database.for_update,
            (worker,),
        )

    def read(self, offset: int | None) -> tuple[bool, bool]:
        """Whether the messages queue is paused, and whether the turn is on time: a clock so far
        ahead of the monotonic one (``None``: any) agrees with the server's, where it has one.

        Each turn measures the server's clock. Raises ``LeaseLost`` when others have declared the
        worker dead.
        """
        found = self._asked.rows()
        if not found:
            raise LeaseLost
        paused, server_time = found[0][:2]
        on_time = self._database.clock.agrees(offset, self._asked_at, server_time)
        return bool(paused), on_time
