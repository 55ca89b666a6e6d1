"""Learning that two numbers are one person's: the provider answered with another number.

What was kept under both keys becomes one: suppressions (the longest holds), the recipients of
the last days (counted once), the rows of campaigns. Where one campaign has rows of both, each
stays under its own key, and the one that is not on its way yet is left out.

All of it happens in the transaction that settles the answer. It holds the rows of all accounts,
in the order of their ids, so that nobody claims, or counts recipients, meanwhile. That is rare:
most people are known under the number that was written to, or under its other spelling.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.left_out import leave_out
from wa_desktop.ledger.person_tries import join_tries
from wa_desktop.ledger.persons import PERSON, PERSON_OF_M, learnt_keys
from wa_desktop.ledger.reach import Reach
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.suppressions import join_suppressions
from wa_desktop.words import Words, words

ALREADY_IN = words("Not sent: this person is in the campaign already, under another number.")
"""The error text of a row that is left out beside another of the same person, also by migration
0004. The ledger knows such rows by it."""

_PENDING = (MessageState.DRAFT, MessageState.WAITING, MessageState.DELAYED)
_ALL_CONTRACTS = "contract_id IN (SELECT id FROM contracts)"
"""So that rows are found by each contract's index of its recipients: there is none of persons
alone."""


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """The key under which the provider knows the recipient of a message."""

    message: int
    key: str


@dataclass(frozen=True, slots=True)
class Link:
    """Two keys of one person; ``person`` is the one that stays."""

    person: str
    other: str


@dataclass(frozen=True, slots=True)
class AlreadyIn:
    """Why a row is left out whose person the campaign has under another number."""

    code: int | None = None

    @property
    def reason(self) -> Words:
        """In plain words."""
        return ALREADY_IN


def links_to_learn(database: Database, found: Iterable[OtherNumber]) -> list[Link]:
    """What the provider's answers tell that is not known yet."""
    keys = {one.message: one.key for one in found}
    if not keys:
        return []
    which, params = database.one_of("id", sorted(keys))
    rows = database.rows(f"SELECT id, {PERSON} FROM messages WHERE {which} ORDER BY id", params)
    known = learnt_keys(database, {*keys.values(), *(person for _, person in rows)})
    links = [
        Link(known.get(str(person), str(person)), known.get(keys[message], keys[message]))
        for message, person in rows
    ]
    return [one for one in links if one.person != one.other]


def learn(database: Database, changes: CountChanges, links: Sequence[Link], at: int) -> None:
    """Make one person of each two. In a transaction that holds all accounts."""
    for link in links:
        known = learnt_keys(database, (link.person, link.other))
        person = known.get(link.person, link.person)
        other = known.get(link.other, link.other)
        if person != other:
            _join(database, changes, Link(person, other), at)


def _join(database: Database, changes: CountChanges, link: Link, at: int) -> None:
    database.run("UPDATE person_aliases SET person = ? WHERE person = ?", (link.person, link.other))
    database.run(
        "INSERT INTO person_aliases (number, person) VALUES (?, ?)", (link.other, link.person)
    )
    _hold_contracts(database, link)
    _join_rows(database, link)
    _leave_out_twins(database, changes, link, at)
    join_suppressions(database, link.other, link.person)
    join_tries(database, link.other, link.person)
    _join_reach(database, link)


def _hold_contracts(database: Database, link: Link) -> None:
    """Hold the contracts that have such rows, and those that are being filled: who prepares or
    fills one holds it, and not its account."""
    database.run(
        "SELECT id FROM contracts WHERE import_mark IS NOT NULL OR id IN "
        f"(SELECT m.contract_id FROM messages m WHERE m.{_ALL_CONTRACTS} AND {PERSON_OF_M} = ?) "
        f"ORDER BY id{database.for_change}",
        (link.other,),
    )


def _join_rows(database: Database, link: Link) -> None:
    database.run(
        "UPDATE messages SET person = CASE WHEN phone = ? THEN NULL ELSE CAST(? AS text) END "
        f"WHERE {_ALL_CONTRACTS} AND {PERSON} = ? AND NOT EXISTS (SELECT 1 FROM messages m "
        f"WHERE m.contract_id = messages.contract_id AND {PERSON_OF_M} = ?)",
        (link.person, link.person, link.other, link.person),
    )


def _leave_out_twins(database: Database, changes: CountChanges, link: Link, at: int) -> None:
    """Of two rows of one contract the later is left out, or the one that is not on its way."""
    twins = database.rows(
        "SELECT m.id, m.state, o.id, o.state FROM messages m JOIN messages o "
        "ON o.contract_id = m.contract_id AND COALESCE(o.person, o.phone) = ? "
        "JOIN contracts c ON c.id = m.contract_id "
        f"WHERE m.{_ALL_CONTRACTS} AND {PERSON_OF_M} = ? AND c.state <> 'deleting' "
        "AND (c.import_mark IS NULL OR (m.id <= c.import_mark AND o.id <= c.import_mark))",
        (link.person, link.other),
    )
    for first, first_state, second, second_state in twins:
        rows = sorted(((first, MessageState(first_state)), (second, MessageState(second_state))))
        pending = [one for one in rows if one[1] in _PENDING]
        if pending:
            message, state = pending[-1]
            leave_out(database, changes, state, [(message, AlreadyIn())], at)


def leave_out_second_rows(database: Database, changes: CountChanges, number: int) -> None:
    """Leave out drafts of a contract whose person has another row there.

    For an import that ends: of two numbers the provider told, while both were being imported,
    that they are one person's, and rows of an import in progress count nowhere yet.
    """
    if not database.scalar("SELECT EXISTS (SELECT 1 FROM person_aliases)"):
        return
    rows = database.rows(
        "SELECT m.id FROM person_aliases a JOIN messages m "
        f"ON m.contract_id = ? AND {PERSON_OF_M} = a.number AND m.state = ? "
        "WHERE EXISTS (SELECT 1 FROM messages o WHERE o.contract_id = m.contract_id "
        "AND COALESCE(o.person, o.phone) = a.person) ORDER BY m.id",
        (number, int(MessageState.DRAFT)),
    )
    found = [(message, AlreadyIn()) for (message,) in rows]
    leave_out(database, changes, MessageState.DRAFT, found, now(database))


def _join_reach(database: Database, link: Link) -> None:
    scopes = database.rows(
        "SELECT scope FROM reach WHERE scope IN (SELECT scope FROM reach_totals) AND phone = ? "
        "ORDER BY scope",
        (link.other,),
    )
    for (scope,) in scopes:
        reach = Reach(database, scope)
        reach.lock()
        reach.join(link.other, link.person)
