"""An action on a contract's messages, and which rows it is for.

A retry passes over rows whose recipient is suppressed: they would be left out as soon as they
were claimed, and the code with which they had failed would be lost.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import phonenumbers

from wa_desktop.clock import now
from wa_desktop.ledger.persons import PERSON
from wa_desktop.ledger.same_person import ALREADY_IN
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.suppressions import KnownSuppressions, Suppressed

_PAGE = 1_000
_SKIPPED = int(MessageState.SKIPPED)

IS_TWIN = f"(state = {_SKIPPED} AND COALESCE(error_text, '') = ?)"
"""Whether a row was left out beside another of the same person."""

CONTRACT_BESIDE_IDS = "contract_id + 0 = ?"
"""As an expression, so that rows are found by their ids alone: PostgreSQL, by statistics from
before a million rows failed, read all of them for each slice instead."""

_ATTEMPTS_ALLOWED = "SELECT max_attempts FROM contracts c WHERE c.id = messages.contract_id"


class ActionKind(StrEnum):
    """What is done."""

    RETRY = "retry"
    TREAT_AS_SENT = "treatAsSent"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Action:
    """An action and how far it is. ``states``, ``codes`` and ``ids`` choose rows (empty: all);
    ``after`` is the row up to which those of the first state (of a copy: all) were looked at;
    states and ids that are done with leave their lists. ``source`` and ``added`` belong to a
    copy: from which contract, and how many rows were new. ``by_policy``: nobody asked for it
    but the contract's rule for doubts, so no message goes out more often than the contract's
    attempts allow, however often it ends in doubt. ``spare_suppressed``: rows whose recipient is
    suppressed stay as they are. ``listed_only`` (of failed rows): so do those that were cleaned."""

    kind: ActionKind
    at: int
    states: tuple[int, ...] = ()
    codes: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    source: int = 0
    after: int = 0
    added: int = 0
    by_policy: bool = False
    spare_suppressed: bool = False
    listed_only: bool = False

    def to_json(self) -> str:
        """As the ledger keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Action":
        """The reverse of ``to_json``."""
        found = json.loads(text)
        found["kind"] = ActionKind(found["kind"])
        return cls(**{name: _frozen(value) for name, value in found.items()})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """How many rows one suppression keeps from being sent again. ``until`` in microseconds,
    ``None``: until it is lifted."""

    code: int
    until: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Planned:
    """How many rows an action touches, and which it passes over, the most numerous first."""

    rows: int
    left_out: tuple[LeftOut, ...] = ()

    @property
    def left_out_count(self) -> int:
        """How many rows are passed over in all."""
        return sum(one.count for one in self.left_out)


def together(plans: Iterable[Planned]) -> Planned:
    """Several plans as one."""
    rows, reasons = 0, Counter[tuple[int, int | None]]()
    for plan in plans:
        rows += plan.rows
        for one in plan.left_out:
            reasons[one.code, one.until] += one.count
    return Planned(rows, _most_numerous_first(reasons))


def _most_numerous_first(reasons: Counter[tuple[int, int | None]]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(code, until, count) for (code, until), count in reasons.most_common())


class ChosenRows:
    """Finds the rows of actions; inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def planned(self, number: int, action: Action) -> Planned:
        """What the action would do with the contract as it stands now."""
        amount = self._amount(number, action)
        if not amount or not action.spare_suppressed:
            return Planned(amount)
        reasons = Counter(why for _, why in self._suppressed(number, action))
        # By day: one campaign's refusals of one code end at a thousand different moments.
        by_day: Counter[tuple[int, int | None]] = Counter()
        for why, count in reasons.items():
            by_day[why.code, why.last_day] += count
        return Planned(amount - reasons.total(), _most_numerous_first(by_day))

    def without_left_out(self, number: int, action: Action, ids: Sequence[int]) -> Sequence[int]:
        """Of these messages, those that the action does not pass over."""
        if not action.spare_suppressed:
            return ids
        gone = {one for one, _ in self._suppressed(number, replace(action, ids=tuple(ids)))}
        return [one for one in ids if one not in gone]

    def clause(
        self,
        number: int,
        action: Action,
        states: Sequence[MessageState],
        *,
        contract: str = "contract_id = ?",
    ) -> tuple[str, list[Any]]:
        """The condition on ``messages`` that a row is one of the action's, and its parameters."""
        clause = f"{contract} AND updated_at <= ?"
        params: list[Any] = [number, action.at]
        if action.by_policy and action.kind is ActionKind.RETRY:
            clause += f" AND attempts < ({_ATTEMPTS_ALLOWED})"
        if action.listed_only:
            clause += " AND listed"
        chosen = [int(state) for state in states] or list(action.states)
        if chosen:
            clause += f" AND state IN ({', '.join(str(int(state)) for state in chosen)})"
        if _SKIPPED in chosen:
            clause += f" AND NOT {IS_TWIN}"
            params.append(ALREADY_IN)
        for column, values in (("error_code", action.codes), ("id", action.ids)):
            if values:
                which, more = self._database.one_of(column, values)
                clause += f" AND {which}"
                params.extend(more)
        return clause, params

    def _amount(self, number: int, action: Action) -> int:
        if not action.codes and not action.ids:
            columns = " + ".join(MessageState(state).column for state in action.states)
            if action.listed_only:
                columns += " - cleaned_failed"
            amount = self._database.scalar(
                f"SELECT {columns} FROM counters WHERE contract_id = ?", (number,)
            )
            return int(amount) - self._twins(number, action)
        clause, params = self.clause(number, action, ())
        return int(self._database.scalar(f"SELECT COUNT(1) FROM messages WHERE {clause}", params))

    def _twins(self, number: int, action: Action) -> int:
        """How many rows of its states the action passes over."""
        if _SKIPPED not in action.states:
            return 0
        return int(
            self._database.scalar(
                f"SELECT COUNT(1) FROM messages WHERE contract_id = ? AND {IS_TWIN}",
                (number, ALREADY_IN),
            )
        )

    def _suppressed(self, number: int, action: Action) -> Iterator[tuple[int, Suppressed]]:
        """The action's rows whose recipient is suppressed now, by their ids, and by what."""
        account = self._database.row(
            "SELECT a.id, a.portfolio_id FROM contracts c JOIN accounts a ON a.id = c.account_id "
            "WHERE c.id = ?",
            (number,),
        )
        assert account is not None
        at, known = now(), KnownSuppressions(self._database, *account)
        concerned = self._concerned(known, at)
        if concerned is None:
            return
        where, more = concerned
        clause, params = self.clause(
            number,
            action,
            (),
            contract=CONTRACT_BESIDE_IDS if action.ids else "contract_id = ?",
        )
        after = 0
        while rows := self._database.rows(
            f"SELECT id, {PERSON} FROM messages WHERE {clause} AND {where} AND id > ? "
            "ORDER BY id LIMIT ?",
            [*params, *more, after, _PAGE],
        ):
            found = known.of([row[1] for row in rows], at)
            yield from ((row[0], found[row[1]]) for row in rows if row[1] in found)
            after = rows[-1][0]

    def _concerned(self, known: KnownSuppressions, at: int) -> tuple[str, list[Any]] | None:
        """A condition that finds all rows that a suppression may be about (and others of the
        same calling code); ``None`` where there is no suppression."""
        scope, params = known.scope(at)
        countries = self._database.rows(
            f"SELECT DISTINCT who FROM suppressions WHERE {scope} AND who >= 'A'", params
        )
        if not countries and not self._database.scalar(
            f"SELECT EXISTS (SELECT 1 FROM suppressions WHERE {scope})", params
        ):
            return None
        whose = f"SELECT who FROM suppressions WHERE {scope}"
        where = (
            f"({PERSON} IN ({whose}) OR {PERSON} IN "
            f"(SELECT number FROM person_aliases WHERE person IN ({whose}))"
        )
        more = [*params, *params]
        for (country,) in countries:
            where += " OR phone LIKE ?"
            more.append(f"{phonenumbers.country_code_for_region(country)}%")
        return where + ")", more


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
