"""Tries that are counted for each person over all contracts, and the rest between them.

Some refusals are about a person and not about a message: WhatsApp lets everybody have only so
much marketing, and punishes a business that tries again too often. So whoever was refused is left
alone by every contract for the rule's rest, and longer once the rule's tries are used up; a
message that waits for a further try then fails instead (``error_table.toml``: ``person_tries``).
"""

from collections.abc import Iterable

from wa_desktop.clock import from_seconds
from wa_desktop.error_table import reaction_for
from wa_desktop.ledger.persons import PERSON_OF_M
from wa_desktop.ledger.records import AccountKind
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.suppressions import Finding, note_findings


def note_tries(database: Database, refusals: Iterable[tuple[int, int, int]]) -> frozenset[int]:
    """Count refusals, each ``(message, code, at)``, and let their people rest.

    Returns the messages whose people have used up their tries. What a sandbox makes up says
    nothing of anybody.
    """
    given = {message: (code, at) for message, code, at in refusals}
    which, params = database.one_of("m.id", given)
    rows = database.rows(
        f"SELECT m.id, {PERSON_OF_M}, m.contract_id FROM messages m "
        "JOIN contracts c ON c.id = m.contract_id JOIN accounts a ON a.id = c.account_id "
        f"WHERE a.kind <> '{AccountKind.SANDBOX.value}' AND {which}",
        params,
    )
    spent: set[int] = set()
    findings = []
    # In one order, so that two transactions never wait for each other in a ring.
    for message, person, contract in sorted(rows, key=lambda row: (row[1], row[0])):
        code, at = given[message]
        rule = reaction_for(code)
        used_up = _count(database, person, code, at) >= rule.person_tries
        rest = rule.person_memory if used_up else rule.person_rest
        findings.append(Finding(message, contract, code, at, rest=from_seconds(rest)))
        if used_up:
            spent.add(message)
    note_findings(database, findings)
    return frozenset(spent)


def _count(database: Database, person: str, code: int, at: int) -> int:
    """How often the person was tried, this time included; what is long ago no longer counts."""
    remembered = at - from_seconds(reaction_for(code).person_memory)
    tries = database.scalar(
        "INSERT INTO person_tries (person, code, tries, last_at) VALUES (?, ?, 1, ?) "
        "ON CONFLICT (person, code) DO UPDATE SET tries = CASE "
        "WHEN person_tries.last_at <= ? THEN 1 ELSE person_tries.tries + 1 END, "
        "last_at = excluded.last_at RETURNING tries",
        (person, code, at, remembered),
    )
    return int(tries)


def join_tries(database: Database, other: str, person: str) -> None:
    """Two keys turned out to be one person's: what was counted for both counts together."""
    database.run(
        "INSERT INTO person_tries (person, code, tries, last_at) "
        "SELECT CAST(? AS text), code, tries, last_at FROM person_tries WHERE person = ? "
        "ON CONFLICT (person, code) DO UPDATE SET "
        "tries = person_tries.tries + excluded.tries, last_at = CASE "
        "WHEN person_tries.last_at > excluded.last_at THEN person_tries.last_at "
        "ELSE excluded.last_at END",
        (person, other),
    )
    database.run("DELETE FROM person_tries WHERE person = ?", (other,))
