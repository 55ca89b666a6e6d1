"""Keeps the blocks of a long table that were looked at last. Knows no Qt."""

from array import array
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from wa_desktop.ledger.records import Message

BLOCK = 200
"""Rows in a block."""
KEPT = 60
"""Blocks kept: 12,000 rows, far more than a screen shows."""
AT_ONCE = 4
"""Blocks read in one go."""
_WANTED = 8
"""Blocks waited for; older wishes are those of a place scrolled past."""


class BlockCache:
    """Rows by block: those that are there, those that are stale, those that are wanted."""

    def __init__(self) -> None:
        self._rows: OrderedDict[int, tuple[Message | None, ...]] = OrderedDict()
        self._stale: set[int] = set()
        self._wanted: OrderedDict[int, None] = OrderedDict()

    def row(self, row: int) -> Message | None:
        """The row if it is there; its block is wanted if it is missing or stale."""
        block, place = divmod(row, BLOCK)
        rows = self._rows.get(block)
        if rows is None or block in self._stale:
            self._want(block)
        if rows is None:
            return None
        self._rows.move_to_end(block)
        return rows[place] if place < len(rows) else None

    def known(self, row: int) -> Message | None:
        """The row if it is there; wants nothing."""
        block, place = divmod(row, BLOCK)
        rows = self._rows.get(block, ())
        return rows[place] if place < len(rows) else None

    def take_wanted(self) -> tuple[int, ...]:
        """The blocks to read next, the newest wish first."""
        taken = tuple(reversed(self._wanted))[:AT_ONCE]
        for block in taken:
            del self._wanted[block]
        return taken

    @property
    def wants(self) -> bool:
        """Whether a block is wanted."""
        return bool(self._wanted)

    def store(self, block: int, ids: Sequence[int], found: Iterable[Message]) -> None:
        """Keep a block: the messages of these ids, with gaps where one is gone."""
        by_id = {one.id: one for one in found}
        self._rows[block] = tuple(by_id.get(one) for one in ids)
        self._rows.move_to_end(block)
        self._stale.discard(block)
        while len(self._rows) > KEPT:
            old, _ = self._rows.popitem(last=False)
            self._stale.discard(old)

    def outdate(self) -> None:
        """Everything may have changed; what is there is shown until it is read again."""
        self._stale.update(self._rows)

    def clear(self) -> None:
        """Forget all."""
        self._rows.clear()
        self._stale.clear()
        self._wanted.clear()

    def _want(self, block: int) -> None:
        self._wanted[block] = None
        self._wanted.move_to_end(block)
        while len(self._wanted) > _WANTED:
            self._wanted.popitem(last=False)


def ids_of(ids: "array[int]", block: int) -> "array[int]":
    """The ids of a block."""
    return ids[block * BLOCK : (block + 1) * BLOCK]
