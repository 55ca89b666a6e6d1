"""The suppressions to look at, page by page, and lifting them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wa_desktop.clock import Micros, now
from wa_desktop.error_table import Whose, asked_by_recipient
from wa_desktop.errors import NotFound
from wa_desktop.ledger.cursors import decode_cursor, encode_cursor
from wa_desktop.ledger.persons import PERSON, persons_of
from wa_desktop.ledger.sql.asked import Row
from wa_desktop.ledger.sql.database import Database


@dataclass(frozen=True, slots=True)
class Suppression:
    """Who is not written to: ``phone`` or, for all of a country, its ISO code ``country``.

    ``whose`` messages are held back: everyone's, or those of ``account_id`` (and of its business
    portfolio). ``until`` ``None``: until it is lifted. ``contract_id`` is ``None`` once the
    contract that it came from is deleted.
    """

    phone: str | None
    country: str | None
    whose: Whose
    account_id: str | None
    code: int
    since: int
    until: int | None
    contract_id: str | None
    message_id: int


@dataclass(frozen=True, slots=True)
class SuppressionPage:
    """A page, oldest first; ``next_cursor`` ``None`` on the last."""

    items: tuple[Suppression, ...]
    next_cursor: str | None


class SuppressionList:
    """Reads and lifts suppressions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self, *, limit: int = 100, cursor: str | None = None, at: int | None = None
    ) -> SuppressionPage:
        """Those that hold now (or ``at``). ``InvalidInput`` for a cursor that is none."""
        after = 0 if cursor is None else decode_cursor(cursor)
        with self._database.read():
            rows = self._database.rows(
                "SELECT s.id, s.who, s.phone, s.whose, s.account_id, s.code, s.since, s.until, "
                "c.uid, s.message_id FROM suppressions s LEFT JOIN contracts c "
                "ON c.id = s.contract_id AND c.state <> 'deleting' "
                "WHERE s.id > ? AND (s.until IS NULL OR s.until > ?) ORDER BY s.id LIMIT ?",
                (after, now() if at is None else Micros(at), limit + 1),
            )
        cursor_after = encode_cursor(rows[limit - 1][0]) if len(rows) > limit else None
        return SuppressionPage(tuple(_record(row) for row in rows[:limit]), cursor_after)

    def lift(self, who: str) -> int:
        """Take back all about a recipient's digits, in any spelling of that person's number, or
        about a country's ISO code; returns how many there were."""
        with self._database.write():
            who = persons_of(self._database, [who])[who]
            return self._database.touched("DELETE FROM suppressions WHERE who = ?", (who,))

    def lift_where(
        self,
        *,
        codes: Sequence[int] = (),
        contract_id: str | None = None,
        phones: Sequence[str] = (),
    ) -> int:
        """Take back what fits all that is given: the codes; what came from a contract, or holds
        one of its recipients; the numbers (E.164 digits). Returns how many there were.

        What the recipient asked for (``asked_by_recipient`` of its rule) stays. ``NotFound`` for
        an unknown contract.
        """
        with self._database.write():
            kept, params = self._database.one_of("code", sorted(asked_by_recipient()))
            where = f"NOT ({kept})"
            if codes:
                which, more = self._database.one_of("code", codes)
                where, params = f"{where} AND {which}", [*params, *more]
            if contract_id is not None:
                which, more = self._of_contract(contract_id)
                where, params = f"{where} AND {which}", [*params, *more]
            if phones:
                keys = persons_of(self._database, phones)
                which, more = self._database.one_of("who", sorted(set(keys.values())))
                where, params = f"{where} AND {which}", [*params, *more]
            return self._database.touched(f"DELETE FROM suppressions WHERE {where}", params)

    def _of_contract(self, contract_id: str) -> tuple[str, list[Any]]:
        number = self._database.scalar("SELECT id FROM contracts WHERE uid = ?", (contract_id,))
        if number is None:
            raise NotFound("contract", contract_id)
        recipients = f"SELECT {PERSON} FROM messages WHERE contract_id = ?"
        return (
            f"(contract_id = ? OR who IN ({recipients}) OR who IN "
            f"(SELECT person FROM person_aliases WHERE number IN ({recipients})))",
            [number] * 3,
        )


def _record(row: Row) -> Suppression:
    _, who, dialled, whose, account, code, since, until, contract, message = row
    is_phone = who.isdigit()
    return Suppression(
        phone=(dialled or who) if is_phone else None,
        country=None if is_phone else who,
        whose=Whose(whose),
        account_id=account or None,
        code=code,
        since=since,
        until=until,
        contract_id=contract,
        message_id=message,
    )
