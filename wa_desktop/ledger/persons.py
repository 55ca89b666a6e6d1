"""Whose number it is: one key for each person, beside the numbers as they are dialled.

The key follows from the number (``person_key.py``), or was learnt from the provider, which knows
some people under another number than the one written to (``same_person.py``). A row keeps it in
``person`` where it is not the number itself; most rows have nothing there.
"""

from collections.abc import Collection, Mapping

from wa_desktop.ledger.sql.database import Database
from wa_desktop.person_key import person_key

PERSON = "COALESCE(person, phone)"
"""SQL: the person's key of a row of ``messages``, as the index of recipients has it."""

PERSON_OF_M = "COALESCE(m.person, m.phone)"
"""The same of a row of ``messages m``."""


def persons_of(database: Database, phones: Collection[str]) -> dict[str, str]:
    """The person's key of each number (E.164 digits), by what is known now.

    Inside a transaction. What is no number, such as a country's letters, is its own key.
    """
    keys = {phone: person_key(phone) for phone in phones}
    learnt = learnt_keys(database, keys.values())
    if learnt:
        return {phone: learnt.get(key, key) for phone, key in keys.items()}
    return keys


def learnt_keys(database: Database, keys: Collection[str]) -> dict[str, str]:
    """Of keys that follow from numbers, those in whose place another one was learnt."""
    if not keys or not database.scalar("SELECT EXISTS (SELECT 1 FROM person_aliases)"):
        return {}
    which, params = database.one_of("number", sorted(set(keys)))
    return dict(database.rows(f"SELECT number, person FROM person_aliases WHERE {which}", params))


class Persons:
    """Tells persons' keys to whoever holds numbers against each other."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, phones: Collection[str]) -> Mapping[str, str]:
        """The person's key of each of these numbers."""
        with self._database.read():
            return persons_of(self._database, phones)
