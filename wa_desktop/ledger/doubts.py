"""Open doubts with the time their requests were under way, for whoever can tell how they ended.

A request in doubt leaves two lines in its message's history: when the ledger let it go on the
wire, and when it was given up. What a provider tells of a message without naming it can be held
against that span (``delivery/history_match.py``).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wa_desktop.ledger.persons import PERSON_OF_M
from wa_desktop.ledger.records import AccountKind
from wa_desktop.ledger.sql.asked import Row
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState

BEGUN = "sending"
"""The kind of the line that says when a request was let go on the wire."""

_MOST = 1_000
_ALWAYS = 0
_NOT_YET = 2**62


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose provider's id the ledger does not know, and when it was under way.

    ``person`` is the key of whom it was to. Where the time is not known it may have been at any
    time before ``ended``.
    """

    message_id: int
    person: str
    begun: int
    ended: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """A message in doubt since ``since``, for a Cloud API account."""

    message_id: int
    contract_id: str
    account_id: str
    person: str
    attempts: int
    since: int


def note_begun(database: Database, begun: Sequence[Row]) -> None:
    """In the history of messages that are in doubt now: when each, ``(begun at, contract,
    message)``, was let go on the wire. To be noted before the doubt itself."""
    for at, contract, message in begun:
        database.run(
            "INSERT INTO events (at, kind, contract_id, message_id) VALUES (?, ?, ?, ?)",
            (at, BEGUN, contract, message),
        )


class OpenDoubts:
    """Reads; what settles a doubt is news (``news.py``)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_cloud_accounts(self, since: int) -> tuple[Doubt, ...]:
        """The newest doubts of Cloud API accounts that are not older than that."""
        with self._database.read():
            rows = self._database.rows(
                f"SELECT m.id, c.uid, c.account_id, {PERSON_OF_M}, m.attempts, m.updated_at "
                "FROM counters k JOIN contracts c ON c.id = k.contract_id "
                "JOIN accounts a ON a.id = c.account_id "
                "JOIN messages m ON m.contract_id = c.id AND m.state = 10 AND m.updated_at > ? "
                "WHERE k.in_doubt > 0 AND a.kind = ? AND c.state <> 'deleting' "
                "ORDER BY m.updated_at DESC, m.id LIMIT ?",
                (since, AccountKind.CLOUD_API.value, _MOST),
            )
        return tuple(Doubt(*row) for row in rows)

    def requests_to(self, persons: Collection[str]) -> tuple[Request, ...]:
        """All requests to these recipients whose provider's id is not known, of every account:
        those that ended in doubt, however that was settled, and those under way now.

        The last one of a message in doubt is the one that the doubt is about.
        """
        which, params = self._database.one_of(PERSON_OF_M, sorted(set(persons)))
        # Through each contract's index of its recipients: there is none of persons alone.
        of_persons = f"m.contract_id IN (SELECT id FROM contracts) AND {which}"
        with self._database.read():
            lines = self._database.rows(
                f"SELECT m.id, {PERSON_OF_M}, e.kind, e.at FROM messages m "
                "JOIN events e ON e.message_id = m.id "
                f"WHERE {of_persons} AND e.kind IN ('{BEGUN}', 'in_doubt') ORDER BY e.id",
                params,
            )
            under_way = self._database.rows(
                f"SELECT m.id, {PERSON_OF_M}, m.updated_at FROM messages m "
                f"WHERE {of_persons} AND m.state IN (?, ?)",
                [*params, int(MessageState.CLAIMED), int(MessageState.SENDING)],
            )
        going = (Request(message, person, at, _NOT_YET) for message, person, at in under_way)
        return (*_ended_in_doubt(lines), *going)

    def known_ids(self, ids: Collection[str]) -> frozenset[str]:
        """Those of the provider's ids that a message of this ledger has, whether their base64 is
        filled up with ``=`` here, there, or not at all.

        Looks through all messages: no index of these ids is kept, since every message sent
        would pay for what is asked a few times after a doubt.
        """
        if not ids:
            return frozenset()
        written = {f"{one.rstrip('=')}{fill}" for one in ids for fill in ("", "=", "==")}
        which, params = self._database.one_of("provider_id", sorted(written))
        with self._database.read():
            rows = self._database.rows(f"SELECT provider_id FROM messages WHERE {which}", params)
        found = {row[0].rstrip("=") for row in rows}
        return frozenset(one for one in ids if one.rstrip("=") in found)

    def has_sent(self, account_id: str, before: int) -> bool:
        """Whether the provider took a message of the account before that moment."""
        with self._database.read():
            found = self._database.scalar(
                "SELECT 1 FROM contracts c JOIN messages m ON m.contract_id = c.id "
                "WHERE c.account_id = ? AND m.state IN (5, 6, 7) AND m.provider_id IS NOT NULL "
                "AND m.sent_at < ? LIMIT 1",
                (account_id, before),
            )
        return found is not None


def _ended_in_doubt(lines: Sequence[Row]) -> list[Request]:
    """From the lines of histories, each message's in their order, the requests they are about."""
    begun: dict[int, int] = defaultdict(lambda: _ALWAYS)
    requests = []
    for message, person, kind, at in lines:
        if kind == BEGUN:
            begun[message] = at
        else:
            requests.append(Request(message, person, begun.pop(message, _ALWAYS), at))
    return requests
