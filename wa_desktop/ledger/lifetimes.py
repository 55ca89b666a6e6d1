"""How long a granted message may still begin, so that a stop knows how long it must wait.

A turn commits messages as ``sending``; their requests begin once its answer has reached the
engine. A pause that is committed in between is answered at once, and must not be followed by a
request. So each engine lets a request begin only within a lifetime, counted from before the
commit of its turn, and a stop waits for one lifetime, counted from after its own commit. A stop
locks the account as a turn does, so the turn's commit is the earlier one: no request can begin
after the wait, however late answers come, and no two clocks are compared.

On a slow store a short lifetime would let nothing go out. An engine that needs a longer one
declares it in the ledger, in the same transaction as the grants that it holds for. Before it
declares a shorter one, it goes by that for all grants it has.
"""

from wa_desktop.clock import MILLISECOND, SECOND
from wa_desktop.ledger.sql.database import Database

USUAL = 100 * MILLISECOND
"""The lifetime of an engine that declared none: twice as long as a slot is ahead, at most."""

LONGEST = 10 * SECOND
"""What is older is never sent: less than a worker's lease, after which others deal with it."""

_PREFIX = "grants:"


class Lifetimes:
    """Reads the lifetimes that engines declared."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def longest(self) -> int:
        """The longest lifetime of a grant of any engine, in microseconds.

        Read after the commit of a stop. Longer ones that were declared before it are seen then.
        """
        with self._database.read():
            rows = self._database.rows(
                "SELECT value FROM ledger_info WHERE name >= ? AND name < ?",
                (_PREFIX, _PREFIX[:-1] + chr(ord(_PREFIX[-1]) + 1)),
            )
        return max([USUAL, *(int(row[0]) for row in rows)])


def declare(database: Database, worker: int, lifetime: int) -> None:
    """Note the lifetime of a worker's grants, in the transaction of the first of them."""
    if lifetime == USUAL:
        database.run_later("DELETE FROM ledger_info WHERE name = ?", (f"{_PREFIX}{worker}",))
        return
    database.run_later(
        "INSERT INTO ledger_info (name, value) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (f"{_PREFIX}{worker}", str(lifetime)),
    )


def forget(database: Database, worker: int) -> None:
    """The worker has ended, and with it what it was granted."""
    database.run("DELETE FROM ledger_info WHERE name = ?", (f"{_PREFIX}{worker}",))
