"""Whom an account or a portfolio has written to lately: the rolling 24 hours, the cool-down.

``reach`` holds a row for each recipient, by the person's key, with the moment of the last
message; how many of them lie within 24 hours is kept in ``reach_totals``. A message counts from
its claim on, so the limit holds with any number of workers, and no longer once it certainly was
not sent. A row that has left the count has its moment negated, so that the index finds those that
have not.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from wa_desktop.clock import SECOND
from wa_desktop.ledger.sql.database import Database

DAY = 24 * 3600 * SECOND
_FORGOTTEN_AT_ONCE = 500

_KEPT = 8
"""As many of a recipient's last messages are kept at least, so that one which was not sent can
be taken back among others."""


class Stamp(NamedTuple):
    """A message to a recipient: when it was claimed, and its id (0: not known)."""

    at: int
    message: int


@dataclass(frozen=True, slots=True)
class Touch:
    """The last messages to a recipient, oldest first.

    ``counted``: whether the recipient still stands in the kept count of the 24 hours.
    """

    counted: bool
    stamps: tuple[Stamp, ...]

    def of_others(self, message: int) -> tuple[Stamp, ...]:
        """Those of other messages: one that is tried again is not held back by itself."""
        return tuple(one for one in self.stamps if one.message != message)


UNTOUCHED = Touch(counted=False, stamps=())


def reach_scope(account_id: str, portfolio_id: str | None) -> str:
    """Whose recipients count together: the portfolio's, else the account's own."""
    return f"account:{account_id}" if portfolio_id is None else f"portfolio:{portfolio_id}"


class Reach:
    """Reads and writes one scope's recipients, inside a transaction that holds its gate."""

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope

    def lock(self) -> None:
        """Hold the scope: accounts of one portfolio share it and lock it one after another."""
        self._database.run(
            "INSERT INTO reach_totals (scope, reached) VALUES (?, 0) "
            "ON CONFLICT (scope) DO UPDATE SET reached = reach_totals.reached",
            (self._scope,),
        )

    def reached(self, at: int) -> int:
        """How many recipients the last 24 hours saw; those that are older leave the count.

        One written to at a time that a clock since set back had shown, further ahead than the
        window is long, counts from now on: nobody waits for a year because a clock was wrong by
        one. What is nearer stays, since a clock may be set back and forward again.
        """
        self._database.run(
            "UPDATE reach SET last_at = ? WHERE scope = ? AND phone IN "
            "(SELECT phone FROM reach WHERE scope = ? AND last_at > ? "
            "ORDER BY last_at DESC LIMIT ?)",
            (at, self._scope, self._scope, at + DAY, _FORGOTTEN_AT_ONCE),
        )
        gone = self._database.rows(
            "UPDATE reach SET last_at = -last_at WHERE scope = ? AND phone IN "
            "(SELECT phone FROM reach WHERE scope = ? AND last_at > 0 AND last_at <= ? "
            "ORDER BY last_at LIMIT ?) RETURNING phone",
            (self._scope, self._scope, at - DAY, _FORGOTTEN_AT_ONCE),
        )
        self._count(-len(gone))
        found = self._database.scalar(
            "SELECT reached FROM reach_totals WHERE scope = ?", (self._scope,)
        )
        return int(found or 0)

    def next_freed_at(self, over: int) -> int | None:
        """When there is room again in the window, which holds so many too many.

        It does where the limit was lowered, or others of the portfolio have a higher one.
        """
        leaving = self._database.scalar(
            "SELECT last_at FROM reach WHERE scope = ? AND last_at > 0 "
            "ORDER BY last_at LIMIT 1 OFFSET ?",
            (self._scope, over),
        )
        return None if leaving is None else int(leaving) + DAY

    def touches(self, phones: Sequence[str]) -> dict[str, Touch]:
        """What is known of these recipients."""
        if not phones:
            return {}
        which, params = self._database.one_of("phone", phones)
        rows = self._database.rows(
            f"SELECT phone, last_at, stamps FROM reach WHERE scope = ? AND {which}",
            [self._scope, *params],
        )
        return {phone: Touch(last_at > 0, _stamps(last_at, kept)) for phone, last_at, kept in rows}

    def record(
        self,
        claimed: Sequence[tuple[int, str]],
        known: Mapping[str, Touch],
        at: int,
        *,
        stamps_kept: int,
    ) -> None:
        """Note the messages ``(id, recipient)`` as claimed now."""
        rows: list[tuple[str, int, tuple[Stamp, ...]]] = []
        fresh = 0
        for message, phone in claimed:
            touch = known.get(phone, UNTOUCHED)
            fresh += not touch.counted
            stamps = (*touch.stamps, Stamp(at, message))
            rows.append((phone, at, stamps[-max(stamps_kept, _KEPT) :]))
        self._write(rows)
        self._count(fresh)

    def remember(self, sent: Sequence[tuple[Stamp, str]], at: int, *, stamps_kept: int) -> None:
        """Note messages that went out before, with their recipients, where they are not known."""
        known = self.touches(sorted({phone for _, phone in sent}))
        after: dict[str, Touch] = {}
        for stamp, phone in sent:
            touch = after.get(phone, known.get(phone, UNTOUCHED))
            if all(one.message != stamp.message for one in touch.stamps):
                kept = max(stamps_kept, _KEPT, len(touch.stamps))
                stamps = tuple(sorted((*touch.stamps, stamp))[-kept:])
                after[phone] = Touch(touch.counted or stamp.at > at - DAY, stamps)
        self._replace(known, after)

    def take_back(self, claimed: Mapping[int, str], at: int) -> list[Stamp]:
        """Messages, by their ids with their recipients, that were certainly not sent count no
        longer. Returns when they were claimed."""
        known = self.touches(sorted(set(claimed.values())))
        after: dict[str, Touch] = {}
        taken: list[Stamp] = []
        for message, phone in claimed.items():
            touch = after.get(phone, known.get(phone, UNTOUCHED))
            own = [one for one in touch.stamps if one.message == message]
            if own:
                # The last one only: an earlier one was in doubt and may have been sent.
                rest = tuple(one for one in touch.stamps if one is not own[-1])
                counted = touch.counted and bool(rest) and rest[-1].at > at - DAY
                after[phone] = Touch(counted, rest)
                taken.append(own[-1])
        self._replace(known, after)
        return taken

    def join(self, other: str, person: str) -> None:
        """Two that were taken for two are one: counted once, with the messages of both."""
        known = self.touches([other, person])
        both = [known[one] for one in (other, person) if one in known]
        stamps = tuple(sorted(stamp for one in both for stamp in one.stamps))
        joined = Touch(any(one.counted for one in both), stamps)
        self._replace(known, {person: joined, other: UNTOUCHED})

    def _replace(self, known: Mapping[str, Touch], after: Mapping[str, Touch]) -> None:
        """Write down what has become of recipients, and of their count."""
        self._write(
            [
                (phone, one.stamps[-1].at if one.counted else -one.stamps[-1].at, one.stamps)
                for phone, one in after.items()
                if one.stamps
            ]
        )
        self._forget([phone for phone, one in after.items() if not one.stamps])
        before = sum(known.get(phone, UNTOUCHED).counted for phone in after)
        self._count(sum(one.counted for one in after.values()) - before)

    def _forget(self, phones: Sequence[str]) -> None:
        if phones:
            which, params = self._database.one_of("phone", phones)
            self._database.run(
                f"DELETE FROM reach WHERE scope = ? AND {which}", [self._scope, *params]
            )

    def _write(self, rows: Sequence[tuple[str, int, tuple[Stamp, ...]]]) -> None:
        if not rows:
            return
        table, params = self._database.table(
            ("text", "bigint", "text"), [(phone, at, json.dumps(kept)) for phone, at, kept in rows]
        )
        self._database.run(
            "INSERT INTO reach (scope, phone, last_at, stamps) "
            f"SELECT CAST(? AS text), v.column1, v.column2, v.column3 FROM {table} WHERE TRUE "
            "ON CONFLICT (scope, phone) DO UPDATE SET last_at = excluded.last_at, "
            "stamps = excluded.stamps",
            [self._scope, *params],
        )

    def _count(self, change: int) -> None:
        if change:
            self._database.run(
                "UPDATE reach_totals SET reached = reached + ? WHERE scope = ?",
                (change, self._scope),
            )


def _stamps(last_at: int, kept: str | None) -> tuple[Stamp, ...]:
    """The stamps as they were written down: by earlier versions without ids, or none."""
    if kept is None:
        return (Stamp(abs(last_at), 0),)
    return tuple(
        Stamp(*one) if isinstance(one, list) else Stamp(one, 0) for one in json.loads(kept)
    )
