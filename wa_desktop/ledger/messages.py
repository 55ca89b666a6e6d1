"""Windows of messages: a page by key, a list of ids, the rows of some ids, one with its history.

Nothing here counts or skips rows, so a page of a million rows costs what a page of ten does.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from wa_desktop.errors import InvalidInput, NotFound
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.cursors import decode_cursor, encode_cursor
from wa_desktop.ledger.own_contents import contents_from
from wa_desktop.ledger.persons import PERSON_OF_M
from wa_desktop.ledger.records import Limit, LoggedEvent, Message, MessageContents
from wa_desktop.ledger.sql.asked import Row
from wa_desktop.ledger.sql.database import Database, marks
from wa_desktop.ledger.sql.walks import walk
from wa_desktop.ledger.states import MessageState
from wa_desktop.person_key import person_key

_COLUMNS = (
    "m.id, c.uid, m.phone, m.state, m.attempts, m.provider_id, m.error_code, m.error_text, "
    "m.due_at, m.sent_at, m.delivered_at, m.read_at, m.updated_at, m.held_by, m.written, "
    "m.held, m.error_subcode"
)


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages a table shows. ``search``: part of a phone number, digits only count;
    a whole one finds the person's rows in each of its spellings. ``held``: only those that the
    provider holds back, or only the others."""

    states: tuple[MessageState, ...] = ()
    search: str = ""
    error_code: int | None = None
    held: bool | None = None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """A page of messages in the order of their place; ``next_cursor`` ``None`` on the last."""

    items: tuple[Message, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class MessageHistory:
    """One message with what it brought of its own and what happened to it, oldest first."""

    message: Message
    own: MessageContents
    events: tuple[LoggedEvent, ...]


class Messages:
    """Reads messages."""

    def __init__(self, database: Database, contracts: Contracts) -> None:
        self._database = database
        self._contracts = contracts

    def page(
        self,
        contract_id: str,
        chosen: MessageFilter = MessageFilter(),
        *,
        limit: int = 100,
        cursor: str | None = None,
    ) -> MessagePage:
        """Messages of a contract; ``NotFound`` for an unknown contract."""
        after = 0 if cursor is None else decode_cursor(cursor)
        number = self._contracts.number(contract_id)
        filters, values = _filters(chosen)
        rows: list[Row] = []
        with self._database.read():
            for state in dict.fromkeys(chosen.states) or (None,):
                behind, params, order = walk(number, state, after=after, of="m")
                rows.extend(
                    self._database.rows(
                        f"SELECT {_COLUMNS} FROM messages m JOIN contracts c "
                        f"ON c.id = m.contract_id WHERE {behind}{filters} "
                        f"ORDER BY {order} LIMIT ?",
                        [*params, *values, limit + 1],
                    )
                )
        rows.sort(key=itemgetter(0))
        items = tuple(_record(row) for row in rows[:limit])
        more = len(rows) > limit
        return MessagePage(items, encode_cursor(items[-1].id) if more else None)

    def ids(self, contract_id: str, chosen: MessageFilter = MessageFilter()) -> "array[int]":
        """The ids of all messages that match, in the order of their place (8 bytes each)."""
        number = self._contracts.number(contract_id)
        clause, params = _clause(number, chosen)
        with self._database.read():
            rows = self._database.rows(
                f"SELECT m.id FROM messages m WHERE {clause} ORDER BY m.id", params
            )
        return array("q", (row[0] for row in rows))

    def newest_doubt(self, contract_id: str) -> int | None:
        """When the last of the messages in doubt came to be so; ``None`` where none is."""
        number = self._contracts.number(contract_id)
        with self._database.read():
            found = self._database.scalar(
                "SELECT MAX(updated_at) FROM messages WHERE contract_id = ? AND state = 10",
                (number,),
            )
        return None if found is None else int(found)

    def of_ids(self, ids: Sequence[int]) -> tuple[Message, ...]:
        """The messages of these ids that still exist, in the order of their place."""
        if not ids:
            return ()
        which, params = self._database.one_of("m.id", ids)
        with self._database.read():
            rows = self._database.rows(
                f"SELECT {_COLUMNS} FROM messages m JOIN contracts c ON c.id = m.contract_id "
                f"WHERE {which} ORDER BY m.id",
                params,
            )
        return tuple(_record(row) for row in rows)

    def account_of(self, message_id: int) -> str:
        """The account that sends a message; ``NotFound`` when it is gone."""
        with self._database.read():
            found = self._database.scalar(
                "SELECT c.account_id FROM messages m JOIN contracts c ON c.id = m.contract_id "
                "WHERE m.id = ?",
                (message_id,),
            )
        if found is None:
            raise NotFound("message", message_id)
        return str(found)

    def history(self, message_id: int) -> MessageHistory:
        """One message with its history; ``NotFound`` when there is none of that id."""
        found = self.of_ids([message_id]) if 0 < message_id < 2**63 else ()
        if not found:
            raise NotFound("message", message_id)
        with self._database.read():
            own = self._database.row(
                "SELECT body, variables FROM contents WHERE message_id = ?", (message_id,)
            )
            events = self._database.rows(
                "SELECT at, kind, code, text, subcode FROM events WHERE message_id = ? ORDER BY id",
                (message_id,),
            )
        contents = MessageContents() if own is None else contents_from(own[0], own[1])
        return MessageHistory(found[0], contents, tuple(LoggedEvent(*row) for row in events))


def _clause(number: int, chosen: MessageFilter) -> tuple[str, list[Any]]:
    clause, params = "m.contract_id = ?", [number]
    if chosen.states:
        clause += f" AND m.state IN ({marks(len(chosen.states))})"
        params.extend(int(state) for state in chosen.states)
    filters, values = _filters(chosen)
    return clause + filters, [*params, *values]


def _filters(chosen: MessageFilter) -> tuple[str, list[Any]]:
    """The conditions beside contract and state."""
    clause, params = "", list[Any]()
    if chosen.error_code is not None:
        if not -(2**31) <= chosen.error_code < 2**31:
            raise InvalidInput("An error code is a whole number of at most nine digits.")
        clause += " AND m.error_code = ?"
        params.append(chosen.error_code)
    if chosen.held is not None:
        # The words of the partial index, so that a page of what is held costs what it shows.
        clause += " AND m.held" if chosen.held else " AND m.held IS NOT TRUE"
    if chosen.search:
        digits = "".join(one for one in chosen.search if one.isascii() and one.isdigit())
        part, key = f"%{digits}%" if digits else "", person_key(digits)
        clause += (
            f" AND (m.phone LIKE ? OR m.person LIKE ? OR {PERSON_OF_M} = ? OR {PERSON_OF_M} = "
            "(SELECT a.person FROM person_aliases a WHERE a.number = ?))"
        )
        params.extend((part, part, key, key))
    return clause, params


def _record(row: Row) -> Message:
    return Message(
        id=row[0],
        contract_id=row[1],
        phone=row[2],
        state=MessageState(row[3]),
        attempts=row[4],
        provider_id=row[5],
        error_code=row[6],
        error_text=row[7],
        due_at=row[8],
        sent_at=row[9],
        delivered_at=row[10],
        read_at=row[11],
        updated_at=row[12],
        held_by=Limit(row[13]) if row[13] else None,
        written=row[14],
        held=bool(row[15]),
        error_subcode=None if row[6] is None else row[16],
    )
