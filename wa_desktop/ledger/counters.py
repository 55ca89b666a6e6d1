"""The kept counts: changes collected during a transaction and applied once at its end.

Applied last and in the order of contract ids, so that transactions that touch several
contracts take the counters' row locks in one order and never wait for each other in a ring.
"""

from collections import defaultdict

from wa_desktop.ledger.records import Counts
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import OPEN, MessageState

COUNT_COLUMNS = ("total", *(state.column for state in MessageState), "held")


class CountChanges:
    """What a transaction changes in the counts, by contract number."""

    def __init__(self) -> None:
        self._changes: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, contract: int, column: str, amount: int) -> None:
        """Change one counter of one contract."""
        self._changes[contract][column] += amount

    def moved(self, contract: int, source: MessageState, target: MessageState, amount: int) -> None:
        """Note that ``amount`` messages left one state for another."""
        self.add(contract, source.column, -amount)
        self.add(contract, target.column, amount)

    def added(self, contract: int, state: MessageState, amount: int) -> None:
        """Note new messages."""
        self.add(contract, "total", amount)
        self.add(contract, state.column, amount)

    def pending(self, contract: int, column: str) -> int:
        """The change of one counter collected so far."""
        return self._changes[contract][column] if contract in self._changes else 0

    @property
    def contracts(self) -> frozenset[int]:
        """The contracts whose counts change."""
        return frozenset(self._changes)

    def apply(self, database: Database, *, unread: bool = False) -> None:
        """Write the changes; called once, at the end of the transaction.

        ``unread``: nothing in the transaction reads the counts after this.
        """
        write = database.run_later if unread else database.run
        for contract in sorted(self._changes):
            changes = {name: by for name, by in self._changes[contract].items() if by}
            if changes:
                assign = ", ".join(f"{name} = {name} + ?" for name in changes)
                write(
                    f"UPDATE counters SET {assign} WHERE contract_id = ?",
                    [*changes.values(), contract],
                )
        self._changes.clear()


def counts_from(row: tuple[int, ...]) -> Counts:
    """The counts from a row of ``COUNT_COLUMNS``."""
    return Counts(**dict(zip(COUNT_COLUMNS, row, strict=True)))


def open_sum(alias: str = "counters") -> str:
    """SQL: how many messages of a contract are not yet worked through."""
    return " + ".join(f"{alias}.{state.column}" for state in OPEN)


def columns(alias: str) -> str:
    """``COUNT_COLUMNS`` qualified by a table alias, for a SELECT list."""
    return ", ".join(f"{alias}.{name}" for name in COUNT_COLUMNS)
