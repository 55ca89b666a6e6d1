"""Who is not written to: recipients and countries of which an error told that it is no use.

What to remember of a code, and for how long, is data (``error_table.toml``). A finding is kept
in the transaction that settles its message; one that comes late or twice never makes it shorter.

So that a campaign which none of it concerns pays nothing, findings are numbered, and a contract
keeps up to which of them its rows were compared (``contracts.suppressions_seen``): all that
there are when it is prepared, since preparing leaves suppressed rows out. Its claims look
recipients up only once there are later ones. A finding about one recipient does not concern the
other rows of its own contract, so that one follows on. A person's retry has all looked at.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wa_desktop.clock import SECOND
from wa_desktop.error_table import ErrorRule, Scope, Whose, reaction_for
from wa_desktop.hours.countries import country_of_phone
from wa_desktop.ledger.persons import PERSON_OF_M, persons_of
from wa_desktop.ledger.records import AccountKind
from wa_desktop.ledger.sql.database import Database
from wa_desktop.words import Words, words

_DAY = 24 * 3600 * SECOND

FOUND = "COALESCE((SELECT CAST(value AS bigint) FROM ledger_info WHERE name = 'suppressions'), 0)"
"""SQL: the number of the last finding, 0: none ever. Its row is locked by who adds to it, so that
numbers are committed in their order."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A message that failed for good, and with which code. ``rest``: its recipient is left alone
    for that long (microseconds), whatever the code's rule says."""

    message: int
    contract: int
    code: int | None
    at: int
    rest: int | None = None


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Why a recipient is not written to, and until when; ``None``: until it is lifted."""

    code: int
    until: int | None

    @property
    def reason(self) -> Words:
        """In plain words."""
        cause = Words(reaction_for(self.code).en, {})
        if self.until is None:
            return words("Not sent: left out until that is lifted. {cause}", cause=cause)
        return words("Not sent: left out until {day}. {cause}", day=_day(self.until), cause=cause)

    def holds(self, at: int) -> bool:
        """Whether it holds at that moment."""
        return self.until is None or self.until > at

    @property
    def last_day(self) -> int | None:
        """The beginning (microseconds) of the day on which it ends; ``None``: until lifted."""
        return None if self.until is None else self.until - self.until % _DAY

    def outlasts(self, other: "Suppressed") -> bool:
        """Whether it holds for longer."""
        return other.until is not None and self.holds(other.until)


def note_findings(database: Database, findings: Iterable[Finding]) -> None:
    """Suppress those whose messages failed with a code that says so.

    In the transaction that settled them, which holds their account, and before it writes counts.
    What a sandbox makes up says nothing of anybody, so nothing of it is kept.
    """
    telling = {
        one.message: one
        for one in findings
        if one.code is not None and (one.rest is not None or reaction_for(one.code).suppresses)
    }
    if not telling:
        return
    which, params = database.one_of("m.id", telling)
    recipients = database.rows(
        f"SELECT m.id, m.phone, {PERSON_OF_M}, a.id, a.portfolio_id FROM messages m "
        "JOIN contracts c ON c.id = m.contract_id JOIN accounts a ON a.id = c.account_id "
        f"WHERE a.kind <> '{AccountKind.SANDBOX.value}' AND {which} ORDER BY m.id",
        params,
    )
    if not recipients:
        return
    number = _next_number(database)
    _write(database, [_row(telling[message], *rest) for message, *rest in recipients])
    contracts = {one.contract for one in telling.values()}
    if len(contracts) == 1 and not any(_is_wide(one) for one in telling.values()):
        database.run(
            "UPDATE contracts SET suppressions_seen = ? WHERE id = ? AND suppressions_seen = ?",
            (number, *contracts, number - 1),
        )


def _next_number(database: Database) -> int:
    found = database.scalar(
        "INSERT INTO ledger_info (name, value) VALUES ('suppressions', '1') "
        "ON CONFLICT (name) DO UPDATE SET "
        "value = CAST(CAST(ledger_info.value AS bigint) + 1 AS text) RETURNING value"
    )
    return int(found)


_COLUMNS = (
    "who, phone, whose, account_id, portfolio_id, code, since, until, contract_id, message_id"
)
_TYPES = (*("text",) * 5, "integer", *("bigint",) * 4)
_Row = tuple[str, str | None, str, str, str | None, int, int, int | None, int, int]


def _row(finding: Finding, phone: str, person: str, account: str, portfolio: str | None) -> _Row:
    rule = _rule(finding)
    who = (country_of_phone(phone) if rule.scope is Scope.COUNTRY else None) or person
    days, everyone = rule.suppress_days, rule.whose is Whose.EVERYONE
    return (
        who,
        phone if who == person != phone else None,
        rule.whose.value,
        "" if everyone else account,
        portfolio if rule.whose is Whose.BUSINESS else None,
        rule.code,
        finding.at,
        _until(finding, days),
        finding.contract,
        finding.message,
    )


def _until(finding: Finding, days: int | None) -> int | None:
    if finding.rest is not None:
        return finding.at + finding.rest
    return None if days is None else finding.at + days * _DAY


def _rule(finding: Finding) -> ErrorRule:
    return reaction_for(finding.code or 0)


def _is_wide(finding: Finding) -> bool:
    return _rule(finding).scope is Scope.COUNTRY


def _write(database: Database, rows: Sequence[_Row]) -> None:
    """Write them down where none of the same kind holds for as long."""
    longest: dict[tuple[str, int, str], _Row] = {}
    for row in rows:
        who, _, _, account, _, code, _, until, *_ = row
        known = longest.get((who, code, account))
        if known is None or Suppressed(code, until).outlasts(Suppressed(code, known[7])):
            longest[who, code, account] = row
    table, params = database.table(_TYPES, [longest[one] for one in sorted(longest)])
    database.run(
        f"INSERT INTO suppressions ({_COLUMNS}) SELECT * FROM {table} WHERE TRUE "
        "ON CONFLICT (who, code, account_id) DO UPDATE SET since = excluded.since, "
        "phone = excluded.phone, "
        "until = excluded.until, portfolio_id = excluded.portfolio_id, "
        "contract_id = excluded.contract_id, message_id = excluded.message_id "
        "WHERE suppressions.until IS NOT NULL "
        "AND (excluded.until IS NULL OR excluded.until > suppressions.until)",
        params,
    )


def join_suppressions(database: Database, other: str, person: str) -> None:
    """What holds for one key holds for the other, which is the same person's; the longest of a
    kind stays. Campaigns are compared again, since a row of either key may be waiting in one."""
    which, params = database.one_of("who", [other, person])
    found = database.rows(f"SELECT {_COLUMNS} FROM suppressions WHERE {which}", params)
    if not found:
        return
    _next_number(database)
    moved = [(person, phone or who, *rest) for who, phone, *rest in found if who == other]
    if moved:
        _write(database, moved)
        database.run("DELETE FROM suppressions WHERE who = ?", (other,))


class KnownSuppressions:
    """What is known of recipients for the messages of one account.

    What was found for a business holds for all accounts that share a portfolio with the one
    that found it, then or now.
    """

    def __init__(self, database: Database, account_id: str, portfolio_id: str | None) -> None:
        self._database = database
        self._account = account_id
        self._portfolio = portfolio_id

    def scope(self, at: int) -> tuple[str, list[Any]]:
        """SQL: the suppressions that hold for the account's messages now; and its parameters."""
        return (
            "(until IS NULL OR until > ?) AND (whose = 'everyone' OR account_id = ? "
            "OR (whose = 'business' AND (portfolio_id = ? OR account_id IN "
            "(SELECT id FROM accounts WHERE portfolio_id = ?))))",
            [at, self._account, self._portfolio, self._portfolio],
        )

    def of(self, persons: Sequence[str], at: int) -> Mapping[str, Suppressed]:
        """Those of these recipients, by their persons' keys, who are not written to now, with
        what holds longest."""
        if not persons:
            return {}
        countries = {person: country_of_phone(person) for person in persons}
        # A second row of one person in a campaign stands there under a key of its own.
        keys = persons_of(self._database, persons)
        who = sorted({*keys.values(), *(one for one in countries.values() if one is not None)})
        which, params = self._database.one_of("who", who)
        scope, more = self.scope(at)
        found: dict[str, Suppressed] = {}
        for name, code, until in self._database.rows(
            f"SELECT who, code, until FROM suppressions WHERE {which} AND {scope} ORDER BY id",
            [*params, *more],
        ):
            one = Suppressed(code, until)
            if name not in found or one.outlasts(found[name]):
                found[name] = one
        held = {
            person: found.get(keys[person]) or found.get(country or "")
            for person, country in countries.items()
        }
        return {person: why for person, why in held.items() if why is not None}


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment // SECOND, UTC).date().isoformat()
