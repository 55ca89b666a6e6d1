"""The plain model's turns: settle, begin and claim; news, late answers and burials."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.model.plain import GIVES, Lost, Plain, PlainContract, PlainMessage

MILLISECOND = 1_000
SECOND = 1_000_000
RESERVED_AHEAD = 100 * MILLISECOND
BEGUN_AHEAD = 50 * MILLISECOND
STARVING = 30 * SECOND
STARVING_SHARE = 4

# To where news moves a message from where; it never moves one back.
UNSENT = ("waiting", "delayed", "claimed", "sending", "inDoubt")
NEWS = {
    "sent": UNSENT,
    "delivered": (*UNSENT, "sent", "failed"),
    "read": (*UNSENT, "sent", "delivered", "failed"),
    "failed": ("sending", "sent", "inDoubt"),
}
TAKEN = ("sent", "held")
ENDS = {
    "sent": "sent",
    "held": "sent",
    "retry": "delayed",
    "failed": "failed",
    "in_doubt": "inDoubt",
    "returned": "waiting",
    "skipped": "skipped",
}


@dataclass(frozen=True)
class End:
    """How a send ended. ``late_for``: the buried worker that learns it."""

    message: int
    kind: str
    due: int | None = None
    code: int | None = None
    costs: bool = True
    late_for: int | None = None


@dataclass(frozen=True)
class Grant:
    """A claimed message, its slot, and whether it may go at once."""

    message: int
    slot: int
    begun: bool


class Turns:
    """What engines do to the model."""

    def __init__(self, plain: Plain) -> None:
        self._plain = plain

    def run(
        self,
        worker: int,
        ends: Sequence[End],
        begin: Sequence[int],
        wants: Sequence[tuple[str, int]],
    ) -> tuple[list[Grant], set[int]]:
        """A whole turn; returns what must be granted, and which claims must be begun."""
        if worker in self._plain.buried:
            raise Lost
        for end in ends:
            if end.late_for is None:
                self._settle(worker, end)
        for end in ends:
            if end.late_for is not None:
                self._settle_late(end)
        begun = self._begin(worker, begin)
        granted = [one for account, free in wants for one in self._claim(account, worker, free)]
        return granted, begun

    def bury(self, worker: int) -> int:
        """Claims go back, what was on the wire is in doubt; returns how many are."""
        self._plain.buried.add(worker)
        doubtful = 0
        for contract in self._plain.here():
            for one in contract.of("claimed", "sending"):
                if one.holder == worker and one.state == "claimed":
                    one.give_back(self._plain.at)
                elif one.holder == worker:
                    one.attempts += 1
                    one.enter("inDoubt", self._plain.at)
                    doubtful += 1
        return doubtful

    def news(
        self, contract: PlainContract, message: int, kind: str, code: int | None
    ) -> str | None:
        """News about a message; returns its new state, ``None`` when it changes nothing."""
        one = next((row for row in contract.messages if row.id == message), None)
        if one is None or one.state not in NEWS[kind]:
            return None
        if kind in ("sent", "failed") and one.known and one.state != "sent":
            return None
        one.attempts += int(one.state == "sending")
        one.code, one.holder, one.known = code, None, True
        one.enter(kind, self._plain.at)
        return kind

    def with_work(self) -> set[str]:
        """Accounts that have something to give out now."""
        plain = self._plain
        return {
            one.account
            for one in plain.here()
            if plain.accounts[one.account].state == "active"
            and "messages" not in plain.paused
            and one.state in GIVES
            and not one.expired(plain.at)
            and (one.of("waiting") or any((row.due or 0) <= plain.at for row in one.of("delayed")))
        }

    def _find(self, message: int) -> tuple[PlainContract, PlainMessage] | None:
        rows = ((one, row) for one in self._plain.here() for row in one.messages)
        return next(((one, row) for one, row in rows if row.id == message), None)

    def _settle(self, worker: int, end: End) -> None:
        found = self._find(end.message)
        if found is None:
            return
        _, one = found
        if one.holder != worker or one.state not in ("sending", "claimed"):
            return
        if end.kind == "returned":
            one.give_back(self._plain.at)
        elif one.state == "sending":
            one.attempts += 1 if end.kind in TAKEN else int(end.costs)
            one.code = None if end.kind in TAKEN else end.code
            one.due = end.due if end.kind == "retry" else one.due
            one.holder = None
            one.known = one.known or end.kind in TAKEN
            one.enter(ENDS[end.kind], self._plain.at)
            one.held = end.kind == "held"

    def _settle_late(self, end: End) -> None:
        """Only a doubt about the buried worker's own message ends, or what came of it."""
        found = self._find(end.message)
        if found is None or end.kind in ("in_doubt", "skipped"):
            return
        contract, one = found
        unsent = ("inDoubt", "waiting", "delayed") if end.kind in TAKEN else ("inDoubt",)
        if one.state not in unsent or one.holder != end.late_for:
            return
        one.holder = None
        if end.kind in TAKEN:
            one.code, one.known, one.attempts = None, True, max(one.attempts, 1)
            one.enter("sent", self._plain.at)
            one.held = end.kind == "held"
            return
        one.attempts -= 0 if end.costs and end.kind != "returned" else 1
        one.code = end.code
        goes_on = contract.state in ("scheduled", "queued", "paused", *GIVES)
        again = end.kind != "failed" and goes_on
        one.enter("waiting" if again else "failed", self._plain.at)

    def _begin(self, worker: int, asked: Sequence[int]) -> set[int]:
        """Claims whose slot has come go on the wire; those of what was stopped go back."""
        begun = set()
        for message in asked:
            found = self._find(message)
            if found is None or found[1].state != "claimed" or found[1].holder != worker:
                continue
            contract, one = found
            account = self._plain.accounts[contract.account]
            stopped = account.state != "active" or "messages" in self._plain.paused
            if stopped or contract.state not in GIVES:
                one.give_back(self._plain.at)
            else:
                one.enter("sending", self._plain.at)
                begun.add(message)
        return begun

    def _claim(self, name: str, worker: int, free: int) -> list[Grant]:
        """Due messages in their order, as many as there are places and slots."""
        plain, account = self._plain, self._plain.accounts[name]
        if account.state != "active" or "messages" in plain.paused:
            return []
        giving = [
            one
            for one in plain.here()
            if one.account == name and one.state in GIVES and not one.expired(plain.at)
        ]
        for contract in giving:
            for one in contract.of("delayed"):
                if one.due is not None and one.due <= plain.at:
                    one.enter("waiting", plain.at)
        slots = self._slots(name, min(free, account.concurrency - plain.in_flight(name)))
        granted = self._deal(giving, slots, worker)
        if granted:
            account.next_slot = max(one.slot for one in granted) + account.interval
        return granted

    def _slots(self, name: str, places: int) -> list[int]:
        account, at = self._plain.accounts[name], self._plain.at
        if not account.interval:
            return [at] * max(0, places)
        slots: list[int] = []
        slot = max(at, account.next_slot)
        while len(slots) < places and slot <= at + RESERVED_AHEAD:
            slots.append(slot)
            slot += account.interval
        return slots

    def _deal(self, giving: list[PlainContract], slots: list[int], worker: int) -> list[Grant]:
        """The highest priority first; before it one place for whoever starves."""
        at, granted = self._plain.at, list[Grant]()
        waiting = sorted(
            (one for one in giving if one.of("waiting")), key=lambda one: (one.turn, one.place)
        )
        ranks = sorted({one.priority for one in waiting}, reverse=True)
        interval = self._plain.accounts[waiting[0].account].interval if waiting else 0
        patience = max(STARVING, STARVING_SHARE * len(waiting) * interval)
        starving = [one for one in waiting if one.turn < at - patience]
        rounds = [([one for one in waiting if one.priority == rank], len(slots)) for rank in ranks]
        if len(ranks) > 1 and starving:
            rounds.insert(0, ([starving[0]], 1))
        alone = len(giving) == 1
        near = [one for one in slots if one <= at + BEGUN_AHEAD]
        far = slots[len(near) :]
        for equals, most in rounds:
            for here in (near, far):
                took = self._take_turns(equals, here[: max(0, most)], worker, here is near, alone)
                del here[: len(took)]
                most -= len(took)
                granted += took
        return granted

    def _take_turns(
        self,
        equals: list[PlainContract],
        slots: list[int],
        worker: int,
        begun: bool,
        alone: bool,
    ) -> list[Grant]:
        """An even share for each, those first that waited longest for a turn."""
        granted: list[Grant] = []
        for place, contract in enumerate(equals):
            rest = slots[len(granted) :]
            share = -(-len(rest) // (len(equals) - place))
            rows = sorted(contract.of("waiting"), key=lambda one: (one.due or 0, one.id))[:share]
            for one, slot in zip(rows, rest, strict=False):
                one.holder = worker
                one.enter("sending" if begun else "claimed", self._plain.at)
                granted.append(Grant(one.id, slot, begun))
            turn = self._plain.at + place
            # Who sends alone has its turn noted once a second.
            if rows and not (alone and contract.turn >= turn - SECOND):
                contract.turn = turn
        return granted
