"""The plain model's slices of work, a whole job, and a sweep."""

from collections.abc import Callable
from dataclasses import replace

from tests.bench.model.plain import (
    ENDED_FOR_GOOD,
    GIVES,
    OPEN,
    Plain,
    PlainAction,
    PlainContract,
)

SECOND = 1_000_000
HALF_AN_HOUR = 30 * 60 * SECOND


class Jobs:
    """What the contracts queue does to the model, ``slice`` rows at a time."""

    def __init__(self, plain: Plain, slice_rows: int) -> None:
        self._plain = plain
        self._rows = slice_rows

    def act(self, contract: PlainContract) -> int:
        """A slice of the contract's action: rows looked at; 0: it is done, or there is none."""
        action = contract.action
        if action is None:
            return 0
        over = contract.state in ENDED_FOR_GOOD or contract.expired(self._plain.at)
        if action.kind == "retry" and over:
            contract.action = None
            return 0
        if action.kind == "copy":
            return self._copy(contract, action)
        if action.ids:
            ids = action.ids[: self._rows]
            rest = action.ids[self._rows :]
            contract.action = replace(action, ids=rest) if rest else None
            self._move(contract, replace(action, ids=ids))
            return len(ids)
        for state in action.states:
            place = action.place if state == action.states[0] else 0
            rows = [one for one in contract.of(state) if one.id > place][: self._rows]
            if rows:
                left = action.states[action.states.index(state) :]
                contract.action = replace(action, states=left, place=rows[-1].id)
                looked_at = tuple(one.id for one in rows)
                self._move(contract, replace(action, states=(state,), ids=looked_at))
                return len(rows)
        contract.action = None
        return 0

    def _move(self, contract: PlainContract, action: PlainAction) -> None:
        for one in self._plain.chosen(contract, action):
            one.code = None
            if action.kind == "retry":
                one.attempts = one.attempts if action.by_policy else 0
                one.due = self._plain.at
            one.enter("waiting" if action.kind == "retry" else "sent", self._plain.at)

    def _copy(self, copy: PlainContract, action: PlainAction) -> int:
        """Everyone, or those that stand in the chosen states when their slice comes."""
        source = self._plain.contracts[action.source].messages
        rows = [one for one in source if one.id > action.place][: self._rows]
        if not rows:
            copy.action, copy.importing = None, False
            return 0
        chosen = [one for one in rows if not action.states or one.state in action.states]
        self._plain.take_in(copy, [(one.phone, None) for one in chosen])
        copy.action = replace(action, place=rows[-1].id)
        return len(rows)

    def prepare(self, contract: PlainContract) -> int:
        """A slice of drafts into the queue; the last one sets the contract running."""
        plain = self._plain
        if "contracts" in plain.paused or contract.state not in ("queued", "preparing"):
            return 0
        if contract.state == "queued":
            plain.enter(contract, "preparing")
        rows = contract.of("draft")[: self._rows]
        for one in rows:
            later = one.due is not None and one.due > plain.at
            one.due = one.due if later else plain.at
            one.enter("delayed" if later else "waiting", plain.at)
        if not contract.of("draft"):
            plain.enter(contract, "running")
        return len(rows)

    def skip(self, contract: PlainContract) -> int:
        """Skip what waits in a cancelled or expired contract, one state at a time."""
        over = contract.state == "cancelled" or (
            contract.expired(self._plain.at)
            and contract.state in ("scheduled", "queued", "paused", *GIVES)
        )
        for state in ("waiting", "delayed", "draft") if over else ():
            rows = contract.of(state)[: self._rows]
            for one in rows:
                one.enter("skipped", self._plain.at)
            if rows:
                return len(rows)
        return 0

    def delete(self, contract: PlainContract) -> int:
        """Delete all but what is on the wire; with the last row the contract is gone."""
        contract.messages = contract.of("sending")
        contract.gone = not contract.messages
        return 0

    def complete(self, contract: PlainContract) -> None:
        """A running contract in which nothing remains, and to which nothing is done, is
        completed."""
        idle = contract.action is None and not contract.of(*OPEN)
        if contract.state == "running" and idle:
            self._plain.enter(contract, "completed")

    def advance(self, uid: str) -> None:
        """A whole job: the action, then what the state asks for, then the skipping."""
        contract = self._plain.contracts[uid]
        if contract.gone:
            return
        state_work: Callable[[PlainContract], int] = self.skip
        if contract.state == "deleting":
            state_work = self.delete
        elif contract.state in ("queued", "preparing"):
            state_work = self.prepare
        for work in (self.act, state_work, self.skip):
            while work(contract):
                pass
        self.complete(contract)

    def sweep(self) -> list[str]:
        """Start what is due, settle old doubts, complete; returns who has work left."""
        for contract in list(self._plain.here()):
            self._start_scheduled(contract)
        for contract in self._plain.here():
            self._settle_doubts(contract)
        rung = [one.uid for one in self._plain.here() if self._has_work(one)]
        for contract in self._plain.here():
            self.complete(contract)
        return rung

    def _start_scheduled(self, contract: PlainContract) -> None:
        at, start = self._plain.at, contract.start_at
        if contract.state != "scheduled" or start is None or start > at:
            return
        if at - start > HALF_AN_HOUR:
            self._plain.enter(contract, "paused", "missed_start")
        else:
            self._plain.enter(contract, "queued")

    def _settle_doubts(self, contract: PlainContract) -> None:
        before = self._plain.at - contract.grace
        if contract.policy == "leave" or contract.action or contract.state in ENDED_FOR_GOOD:
            return
        if contract.policy == "resend" and contract.expired(self._plain.at):
            return
        kind = "retry" if contract.policy == "resend" else "treat"
        action = PlainAction(kind, before, ("inDoubt",), by_policy=True)
        if self._plain.chosen(contract, action):
            self._plain.begin(contract.uid, action)

    def _has_work(self, contract: PlainContract) -> bool:
        if contract.state == "deleting" or contract.action is not None:
            return True
        if contract.state in ("queued", "preparing"):
            return "contracts" not in self._plain.paused
        over = contract.state == "cancelled" or (
            contract.expired(self._plain.at)
            and contract.state in ("scheduled", "running", "paused")
        )
        return over and bool(contract.of("draft", "waiting", "delayed"))
