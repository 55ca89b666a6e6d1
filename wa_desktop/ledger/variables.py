"""Which variables the recipients of a contract bring, found without reading all of them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wa_desktop.content import field_key
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.own_contents import OWN_COLUMNS
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.walks import walk

_AT_ONCE = 100
_READ_WHOLE_UP_TO = 5_000
"""Rows; of a larger contract so many are looked at, at places spread over all of it."""


@dataclass(frozen=True, slots=True)
class Brought:
    """``columns`` are names of variables; ``own_texts``: some recipient has a text of their own."""

    columns: frozenset[str]
    own_texts: bool


class Variables:
    """Looks at recipients until what is asked for is found."""

    def __init__(self, database: Database, contracts: Contracts) -> None:
        self._database = database
        self._contracts = contracts

    def brought(self, contract_id: str, needed: Iterable[str]) -> Brought:
        """What the recipients bring, as far as it had to be read to find the ``needed`` names.

        A list read from a file brings them in its first row; a contract without them costs at
        most some 5,000 rows, whatever its size. ``NotFound`` for a contract that is gone.
        """
        lacking = set(map(field_key, needed))
        # Without any the question is whether somebody has a text of their own.
        names_matter = bool(lacking)
        columns: set[str] = set()
        with self._database.read():
            number = self._contracts.number(contract_id)
            own = self._database.scalar(
                "SELECT own_contents FROM contracts WHERE id = ?", (number,)
            )
            for body, variables in self._contents(number) if own else ():
                if body is not None and body.strip():
                    return Brought(frozenset(columns), own_texts=True)
                if variables is not None:
                    names = json.loads(variables)
                    columns.update(names)
                    lacking.difference_update(map(field_key, names))
                if names_matter and not lacking:
                    break
        return Brought(frozenset(columns), own_texts=False)

    def _contents(self, number: int) -> Iterator[tuple[str | None, str | None]]:
        for first, amount in self._places(number):
            behind, params, order = walk(number, after=first - 1)
            yield from self._database.rows(
                f"SELECT {OWN_COLUMNS.removeprefix(', ')} FROM messages WHERE {behind} "
                f"ORDER BY {order} LIMIT ?",
                [*params, amount],
            )

    def _places(self, number: int) -> Iterator[tuple[int, int]]:
        """Where to look, and at how many rows: a first few, then all or places spread over all."""
        first, last = self._database.rows(
            "SELECT MIN(id), MAX(id) FROM messages WHERE contract_id = ?", (number,)
        )[0]
        if first is None:
            return
        yield first, _AT_ONCE
        total = self._database.scalar("SELECT total FROM counters WHERE contract_id = ?", (number,))
        if total <= _READ_WHOLE_UP_TO:
            yield first, _READ_WHOLE_UP_TO
            return
        places = _READ_WHOLE_UP_TO // _AT_ONCE
        for place in range(1, places):
            yield first + (last - first) * place // places, _AT_ONCE
        yield max(first, last - _AT_ONCE + 1), _AT_ONCE
