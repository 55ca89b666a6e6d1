"""One person, one recipient: what was kept by numbers is kept by persons' keys.

The rules are those of ``person_key.py`` when this was written, in SQL. Rows of messages stay; of
several of one person in one campaign, those that were not on their way yet are left out.
"""

import json
import time
from collections import Counter, defaultdict

from peewee import SqliteDatabase

_RULES = (
    # (which numbers, the key) of {n}: the number's column. No two numbers that one rule is about
    # have the same key, so that the rules can be carried out one after the other.
    (
        "{n} LIKE '55__________' AND substr({n}, 5, 1) IN ('6', '7', '8', '9') "
        "AND substr({n}, 3, 1) <> '0' AND substr({n}, 4, 1) <> '0'",
        "substr({n}, 1, 4) || '9' || substr({n}, 5)",
    ),
    ("{n} LIKE '549__________'", "'54' || substr({n}, 4)"),
    ("{n} LIKE '521__________'", "'52' || substr({n}, 4)"),
    ("{n} LIKE '229________'", "'22901' || substr({n}, 4)"),
    ("{n} LIKE '2410_______' AND substr({n}, 5, 1) IN ('2', '5', '6')", "'2416' || substr({n}, 5)"),
    ("{n} LIKE '2410_______' AND substr({n}, 5, 1) IN ('4', '7')", "'2417' || substr({n}, 5)"),
    ("{n} LIKE '241_______' AND substr({n}, 4, 1) IN ('2', '5', '6')", "'2416' || substr({n}, 4)"),
    ("{n} LIKE '241_______' AND substr({n}, 4, 1) IN ('4', '7')", "'2417' || substr({n}, 4)"),
)

_SCHEMA = (
    "CREATE TABLE person_aliases (number text NOT NULL PRIMARY KEY, person text NOT NULL)",
    "CREATE INDEX person_alias_person ON person_aliases (person)",
    "ALTER TABLE messages ADD COLUMN person text",
    "ALTER TABLE messages ADD COLUMN written text",
    "ALTER TABLE suppressions ADD COLUMN phone text",
    # A person stands once in a contract; also finds one.
    "DROP INDEX message_recipient",
    "CREATE UNIQUE INDEX message_recipient ON messages (contract_id, (COALESCE(person, phone)))",
)

_PENDING = {0: "draft", 1: "waiting", 2: "delayed"}
_SKIPPED = 9
_WHY = "Not sent: this person is in the campaign already, under another number."
_CHUNK = 500
_FILLED = "SELECT EXISTS (SELECT 1 FROM messages)"


def up(migrator, db):
    for statement in _SCHEMA:
        db.execute_sql(statement)
    changed = False
    for which, key in _RULES:
        changed |= _rekey_messages(db, which, key)
        changed |= _rekey_suppressions(db, which, key)
        _rekey_reach(db, which, key)
    if changed:
        # Rows and suppressions that met as strangers by now are compared again.
        db.execute_sql(
            "UPDATE contracts SET suppressions_seen = 0 WHERE suppressions_seen IS NOT NULL"
        )
    _leave_out_twins(db)
    _count_persons(db)


def _count_persons(db):
    """PostgreSQL knows nothing of a new index's expression until it counts the table anew. It took
    a handful of a million persons for 60,000 rows, and each claim started two helpers (16 ms)."""
    if isinstance(db, SqliteDatabase) or not db.execute_sql(_FILLED).fetchone()[0]:
        return
    db.execute_sql("ANALYZE messages")


def _rekey_messages(db, which, key):
    cursor = db.execute_sql(
        f"UPDATE messages SET person = {key.format(n='phone')} WHERE {which.format(n='phone')} "
        "AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.contract_id = messages.contract_id "
        f"AND COALESCE(o.person, o.phone) = {key.format(n='messages.phone')})"
    )
    return cursor.rowcount > 0


def _rekey_suppressions(db, which, key):
    new = key.format(n="t.who")
    pairs = db.execute_sql(
        f"SELECT t.id, t.until, {new}, o.id, o.until FROM suppressions t LEFT JOIN suppressions o "
        f"ON o.who = {new} AND o.code = t.code AND o.account_id = t.account_id "
        f"WHERE {which.format(n='t.who')}"
    ).fetchall()
    for own, until, person, other, other_until in pairs:
        if other is not None:
            longer = other_until is not None and (until is None or until > other_until)
            db.execute_sql(f"DELETE FROM suppressions WHERE id = {other if longer else own}")
            if not longer:
                continue
        db.execute_sql(
            f"UPDATE suppressions SET phone = who, who = '{int(person)}' WHERE id = {own}"
        )
    return bool(pairs)


def _rekey_reach(db, which, key):
    new = key.format(n="t.phone")
    pairs = db.execute_sql(
        "SELECT t.scope, t.phone, t.last_at, t.stamps, o.phone, o.last_at, o.stamps "
        f"FROM reach t JOIN reach o ON o.scope = t.scope AND o.phone = {new} "
        f"WHERE {which.format(n='t.phone')}"
    ).fetchall()
    for scope, phone, last_at, stamps, person, other_at, other_stamps in pairs:
        _join_reach(db, _text(scope), (phone, last_at, stamps), (person, other_at, other_stamps))
    db.execute_sql(
        f"UPDATE reach SET phone = {key.format(n='phone')} WHERE {which.format(n='phone')}"
    )


def _join_reach(db, scope, one, other):
    """Two rows of one person become one, which counts once. A moment below zero: no longer
    counted."""
    stamps = sorted([*_stamps(*one[1:]), *_stamps(*other[1:])])
    counted = (one[1] > 0) + (other[1] > 0)
    last = stamps[-1][0] if counted else -stamps[-1][0]
    db.execute_sql(f"DELETE FROM reach WHERE scope = {scope} AND phone = '{int(one[0])}'")
    db.execute_sql(
        f"UPDATE reach SET last_at = {last}, stamps = {_text(json.dumps(stamps))} "
        f"WHERE scope = {scope} AND phone = '{int(other[0])}'"
    )
    if counted > 1:
        db.execute_sql(f"UPDATE reach_totals SET reached = reached - 1 WHERE scope = {scope}")


def _stamps(last_at, kept):
    if kept is None:
        return [[abs(last_at), 0]]
    return [one if isinstance(one, list) else [one, 0] for one in json.loads(kept)]


def _leave_out_twins(db):
    """Of a person's rows in one campaign the first goes on, or those that are on their way.

    Not those of an import that was cut off: they count nowhere, and are taken out.
    """
    persons = defaultdict(dict)
    for which, key in _RULES:
        new = key.format(n="t.phone")
        rows = db.execute_sql(
            f"SELECT t.id, t.state, o.id, o.state, t.contract_id, {new} FROM messages t "
            f"JOIN messages o ON o.contract_id = t.contract_id "
            f"AND COALESCE(o.person, o.phone) = {new} "
            f"JOIN contracts c ON c.id = t.contract_id WHERE {which.format(n='t.phone')} "
            "AND o.id <> t.id AND c.state <> 'deleting' AND (c.import_mark IS NULL "
            "OR (t.id <= c.import_mark AND o.id <= c.import_mark))"
        ).fetchall()
        for own, state, other, other_state, contract, person in rows:
            persons[contract, person] |= {own: state, other: other_state}
    leaving = {}
    for (contract, _), states in persons.items():
        pending = sorted(one for one, state in states.items() if state in _PENDING)
        later = pending[1:] if len(pending) == len(states) else pending
        leaving |= {one: (contract, states[one]) for one in later}
    _skip(db, leaving)


def _skip(db, leaving):
    at = time.time_ns() // 1000
    ids = sorted(leaving)
    for start in range(0, len(ids), _CHUNK):
        listed = ", ".join(str(one) for one in ids[start : start + _CHUNK])
        db.execute_sql(
            f"UPDATE messages SET state = {_SKIPPED}, updated_at = {at}, held_by = NULL, "
            f"error_code = NULL, error_text = {_text(_WHY)} WHERE id IN ({listed})"
        )
        db.execute_sql(
            "INSERT INTO events (at, kind, contract_id, message_id, text) "
            f"SELECT {at}, 'skipped', contract_id, id, {_text(_WHY)} FROM messages "
            f"WHERE id IN ({listed}) ORDER BY id"
        )
    for (contract, source), amount in sorted(Counter(leaving.values()).items()):
        column = _PENDING[source]
        db.execute_sql(
            f"UPDATE counters SET {column} = {column} - {amount}, skipped = skipped + {amount} "
            f"WHERE contract_id = {contract}"
        )


def _text(value):
    return "'" + value.replace("'", "''") + "'"
