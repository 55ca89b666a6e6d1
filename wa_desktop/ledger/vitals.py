"""What was last seen of an account's vital signs at the provider: kept, so that a stop for them
comes once, whichever program looks and however often it is started again.

One line of ``ledger_info`` for each account that was ever looked at, under its phone number:
what an earlier number showed says nothing of another.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wa_desktop.content import MessageTemplate
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import CLAIMABLE, ENDED


@dataclass(frozen=True, slots=True)
class Memory:
    """What the looks so far have seen: the number's ``quality``, at ``quality_at``, and of each
    contract whose template could not be sent, that template's state; ``asked``: when each
    template was last asked about, by name."""

    quality: str | None = None
    quality_at: int = 0
    templates: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TemplateAtWork:
    """A running contract and the template that it sends."""

    contract_id: str
    contract_name: str
    template: str
    language: str


class Vitals:
    """Reads and writes what was seen, and gives out the turns to look."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, account_id: str, number: str, at: int, every: int) -> int:
        """Take the turn to look at an account; 0: it is ours, else how long to wait.

        So several workers look no more often than one. A turn that lies ahead of now was taken
        before the clock was set back and holds nobody up.
        """
        with self._database.write():
            self._database.run(
                "INSERT INTO ledger_info (name, value) VALUES (?, '{}') "
                "ON CONFLICT (name) DO NOTHING",
                (_name(account_id),),
            )
            kept = self._kept(account_id, number, locked=True)
            if kept.get("began_at", at + 1) <= at < kept.get("next_at", 0):
                return int(kept["next_at"]) - at
            self._keep(account_id, kept | {"number": number, "began_at": at, "next_at": at + every})
        return 0

    def memory(self, account_id: str, number: str) -> Memory:
        """What was seen so far."""
        with self._database.read():
            kept = self._kept(account_id, number)
        return Memory(
            kept.get("quality"),
            kept.get("quality_at", 0),
            kept.get("templates", {}),
            kept.get("asked", {}),
        )

    def remember(
        self, account_id: str, number: str, memory: Memory, *, not_before: int = 0
    ) -> None:
        """Keep what a look has seen; ``not_before``: when the provider may be asked again.

        Contracts that have ended are forgotten, and templates that none sends any more.
        """
        with self._database.write():
            kept = self._kept(account_id, number, locked=True)
            if not kept:
                return  # the account, or its number, is another one now
            live = self._live(account_id)
            names = {name for name in live.values() if name is not None}
            kept["quality"], kept["quality_at"] = memory.quality, memory.quality_at
            kept["templates"] = {
                one: state for one, state in memory.templates.items() if one in live
            }
            kept["asked"] = {one: at for one, at in memory.asked.items() if one in names}
            kept["next_at"] = max(kept["next_at"], not_before)
            self._keep(account_id, kept)

    def at_work(self, account_id: str) -> tuple[TemplateAtWork, ...]:
        """The templates that running contracts of the account send, oldest contract first."""
        which, states = self._database.one_of("state", [one.value for one in CLAIMABLE])
        with self._database.read():
            rows = self._database.rows(
                "SELECT uid, name, template FROM contracts WHERE account_id = ? "
                f"AND template IS NOT NULL AND {which} ORDER BY id",
                (account_id, *states),
            )
        found = ((row[0], row[1], MessageTemplate.from_json(row[2])) for row in rows)
        return tuple(
            TemplateAtWork(uid, name, template.name, template.language)
            for uid, name, template in found
        )

    def held_since(self, account_id: str, moment: int) -> bool:
        """Whether the provider held back a message of the account's business since then."""
        with self._database.read():
            found = self._database.scalar(
                "SELECT 1 FROM contracts c JOIN accounts a ON a.id = c.account_id "
                f"WHERE c.held_at > ? AND {_OF_THE_BUSINESS} LIMIT 1",
                (moment, *_business(account_id)),
            )
        return found is not None

    def of_the_business(self, account_id: str) -> tuple[str, ...]:
        """The accounts of its portfolio or business account that are not stopped, itself too."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT a.id FROM accounts a WHERE a.state = 'active' "
                f"AND {_OF_THE_BUSINESS} ORDER BY a.id",
                _business(account_id),
            )
        return tuple(row[0] for row in rows)

    def _live(self, account_id: str) -> dict[str, str | None]:
        """The account's contracts that may send yet, and the names of their templates."""
        which, states = self._database.one_of("state", [one.value for one in ENDED])
        rows = self._database.rows(
            f"SELECT uid, template FROM contracts WHERE account_id = ? AND NOT {which}",
            (account_id, *states),
        )
        return {
            uid: MessageTemplate.from_json(template).name if template else None
            for uid, template in rows
        }

    def _kept(self, account_id: str, number: str, *, locked: bool = False) -> dict[str, Any]:
        lock = self._database.for_change if locked else ""
        text = self._database.scalar(
            "SELECT value FROM ledger_info WHERE name = ?" + lock, (_name(account_id),)
        )
        kept: dict[str, Any] = json.loads(text) if text else {}
        return kept if kept.get("number") == number else {}

    def _keep(self, account_id: str, kept: Mapping[str, Any]) -> None:
        self._database.run(
            "UPDATE ledger_info SET value = ? WHERE name = ?",
            (json.dumps(kept), _name(account_id)),
        )


_OF_THE_BUSINESS = (
    "(a.id = ? OR a.portfolio_id = (SELECT portfolio_id FROM accounts WHERE id = ?) "
    "OR a.waba_id = (SELECT waba_id FROM accounts WHERE id = ?))"
)


def _business(account_id: str) -> tuple[str, str, str]:
    return (account_id, account_id, account_id)


def forget(database: Database, account_id: str) -> None:
    """The account is being removed (inside a transaction)."""
    database.run("DELETE FROM ledger_info WHERE name = ?", (_name(account_id),))


def _name(account_id: str) -> str:
    return f"vitals:{account_id}"
