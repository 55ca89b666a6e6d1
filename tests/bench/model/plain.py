"""What must be true of contracts, said as plainly as can be: records, words and lists.

Nothing here is the product's: states are words, rules are written down anew. A verb either
raises (``Refused``, ``Invalid``, ``Gone``) and changes nothing, or is carried out.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

OPEN = ("draft", "waiting", "delayed", "claimed", "sending")
HELD = ("claimed", "sending")
GIVES = ("preparing", "running")
ENDED_FOR_GOOD = ("cancelled", "deleting")
EDITABLE = ("draft", "scheduled", "paused")
MOST_ATTEMPTS = 3


class Refused(Exception):
    """The state forbids it."""


class Invalid(Exception):
    """The values cannot be used."""


class Gone(Exception):
    """There is no such contract (any more)."""


class Lost(Exception):
    """The worker was buried."""


def allow(condition: object) -> None:
    """Raise ``Refused`` unless the condition holds."""
    if not condition:
        raise Refused


@dataclass
class PlainMessage:
    """One row; ``id`` is 0 until the ledger has told it. ``holder``: whose it is or was;
    ``known``: the provider once named it, always by the same name here; ``held``: it was sent,
    and the provider holds it back."""

    phone: str
    updated: int
    due: int | None = None
    state: str = "draft"
    attempts: int = 0
    code: int | None = None
    holder: int | None = None
    known: bool = False
    id: int = 0
    held: bool = False

    def enter(self, state: str, at: int) -> None:
        """Change the state."""
        self.state, self.updated = state, at
        self.held = self.held and state == "sent"

    def give_back(self, at: int) -> None:
        """Return to the queue, untouched."""
        self.enter("waiting", at)
        self.holder = None


@dataclass(frozen=True)
class PlainAction:
    """What is done to the rows of a contract as a whole; ``place``: how far a copy is;
    ``by_policy``: nobody asked for it but the contract's rule for doubts."""

    kind: str
    at: int
    states: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    code: int | None = None
    source: str = ""
    place: int = 0
    by_policy: bool = False


@dataclass
class PlainContract:
    """One contract with its rows in their order; ``place`` is its own age."""

    uid: str
    account: str
    place: int
    priority: int = 0
    expires_at: int | None = None
    start_at: int | None = None
    policy: str = "leave"
    grace: int = 0
    state: str = "draft"
    reason: str | None = None
    turn: int = 0
    gone: bool = False
    importing: bool = False
    action: PlainAction | None = None
    messages: list[PlainMessage] = field(default_factory=list)

    def of(self, *states: str) -> list[PlainMessage]:
        """The rows in one of the states, in their order."""
        return [one for one in self.messages if one.state in states]

    def expired(self, at: int) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= at


@dataclass
class PlainAccount:
    """One sender. ``interval``: microseconds between two slots, 0 without a rate limit."""

    id: str
    interval: int
    concurrency: int
    state: str = "active"
    next_slot: int = 0


@dataclass(frozen=True)
class Edit:
    """What is to be changed; moments are absolute, ``clear`` names what is emptied."""

    priority: int | None = None
    start_at: int | None = None
    expires_at: int | None = None
    clear: tuple[str, ...] = ()

    @property
    def times(self) -> bool:
        """Whether more than the priority changes."""
        return self.start_at is not None or self.expires_at is not None or bool(self.clear)


class Plain:
    """All that is known, and the verbs of contracts, accounts and queues."""

    def __init__(self, at: int, accounts: Sequence[PlainAccount]) -> None:
        self.at = at
        self.accounts = {one.id: one for one in accounts}
        self.contracts: dict[str, PlainContract] = {}
        self.paused: set[str] = set()
        self.buried: set[int] = set()

    def here(self) -> Iterator[PlainContract]:
        """All that have rows or may have some, oldest first."""
        return (one for one in self.contracts.values() if not one.gone)

    def row(self, uid: str) -> PlainContract:
        """A contract, also one that is being deleted."""
        if self.contracts[uid].gone:
            raise Gone
        return self.contracts[uid]

    def seen(self, uid: str) -> PlainContract:
        """A contract that a list still shows."""
        contract = self.row(uid)
        if contract.state == "deleting":
            raise Gone
        return contract

    def in_flight(self, account: str) -> int:
        """How many places of an account are taken."""
        return sum(len(one.of(*HELD)) for one in self.here() if one.account == account)

    def create(self, contract: PlainContract) -> None:
        """A new draft."""
        self.contracts[contract.uid] = contract

    def add(self, uid: str, rows: Sequence[tuple[str, int | None]]) -> int:
        """Add recipients (phone, due time of its own) to a draft; returns how many were new."""
        contract = self.row(uid)
        allow(contract.state == "draft" and not contract.importing)
        return self.take_in(contract, rows)

    def take_in(self, contract: PlainContract, rows: Sequence[tuple[str, int | None]]) -> int:
        """Append rows; a recipient stands in a contract once."""
        before = len(contract.messages)
        known = {one.phone for one in contract.messages}
        for phone, due in rows:
            if phone not in known:
                known.add(phone)
                contract.messages.append(PlainMessage(phone, self.at, due))
        return len(contract.messages) - before

    def start(self, uid: str, *, at_once: bool) -> None:
        """Start, resume or schedule."""
        contract = self.seen(uid)
        allow(contract.state in EDITABLE)
        allow(not contract.importing and contract.messages)
        allow(not (contract.expired(self.at) and contract.of("draft", "waiting", "delayed")))
        ahead = contract.start_at is not None and contract.start_at > self.at
        if ahead and not at_once:
            allow(contract.state != "scheduled")
            self.enter(contract, "scheduled")
        else:
            contract.start_at = None if ahead else contract.start_at
            self.enter(contract, "queued")

    def pause(self, uid: str) -> int:
        """Stop it where it stands; returns how many rows wait now."""
        contract = self.seen(uid)
        allow(contract.state in ("scheduled", "queued", *GIVES))
        self.enter(contract, "paused", "user")
        self._release(contract)
        return len(contract.of("waiting", "delayed"))

    def cancel(self, uid: str) -> None:
        """End it for good."""
        contract = self.row(uid)
        allow(contract.state not in ("completed", *ENDED_FOR_GOOD))
        allow(not contract.importing)
        self.enter(contract, "cancelled", "user")
        self._release(contract)

    def delete(self, uid: str, *, force: bool) -> None:
        """Take it out of every list; its rows go slice by slice."""
        contract = self.seen(uid)
        actions = [one.action for one in self.contracts.values() if one.action is not None]
        allow(not any(one.kind == "copy" and one.source == uid for one in actions))
        if contract.state in ("queued", *GIVES):
            allow(force)
            self._release(contract)
        allow(not contract.importing)
        self.enter(contract, "deleting")

    def change(self, uid: str, edit: Edit) -> None:
        """Edit it; only its priority at any time."""
        contract = self.seen(uid)
        allow(not edit.times or contract.state in EDITABLE)
        start = edit.start_at or (None if "start_at" in edit.clear else contract.start_at)
        end = edit.expires_at or (None if "expires_at" in edit.clear else contract.expires_at)
        if edit.times and end is not None and end <= max(self.at, start or 0):
            raise Invalid
        if edit.start_at is not None or "start_at" in edit.clear:
            contract.reason = "user" if contract.reason == "missed_start" else contract.reason
        contract.start_at, contract.expires_at = start, end
        contract.priority = contract.priority if edit.priority is None else edit.priority
        if contract.state == "scheduled" and start is None:
            self.enter(contract, "paused", "user")

    def begin(self, uid: str, action: PlainAction) -> int:
        """Begin a retry, or the settling of doubts; returns how many rows it is about."""
        contract = self.row(uid)
        allow(contract.action is None and contract.state != "deleting")
        allow(contract.state != "cancelled" or action.kind == "treat")
        allow(not contract.expired(self.at) or action.kind == "treat")
        amount = len(self.chosen(contract, action))
        if amount:
            contract.action = action
            if action.kind == "retry" and contract.state == "completed":
                self.enter(contract, "queued")
        return amount

    def retry_failed(self) -> int:
        """Begin a retry of all failed rows wherever that is allowed."""
        amount = 0
        for contract in self.here():
            over = contract.state in ENDED_FOR_GOOD or contract.expired(self.at)
            if contract.action is None and not over:
                amount += self.begin(contract.uid, PlainAction("retry", self.at, ("failed",)))
        return amount

    def duplicate(self, source: str, uid: str, only: tuple[str, ...]) -> None:
        """A new draft whose rows are copied slice by slice; until then it takes no others."""
        of = self.seen(source)
        allow(not of.importing)
        self.create(PlainContract(uid, of.account, len(self.contracts), of.priority))
        copy = self.contracts[uid]
        copy.policy, copy.grace = of.policy, of.grace
        copy.importing = True
        copy.action = PlainAction("copy", self.at, only, source=source)

    def switch(self, queue: str, *, paused: bool) -> None:
        """Pause or resume a whole queue."""
        (self.paused.add if paused else self.paused.discard)(queue)

    def chosen(self, contract: PlainContract, action: PlainAction) -> list[PlainMessage]:
        """The rows an action is about: none that came to its state after it was asked for."""
        return [
            one
            for state in action.states
            for one in contract.of(state)
            if one.updated <= action.at
            and (not action.ids or one.id in action.ids)
            and (action.code is None or one.code == action.code)
            and (not action.by_policy or action.kind != "retry" or one.attempts < MOST_ATTEMPTS)
        ]

    def enter(self, contract: PlainContract, state: str, reason: str | None = None) -> None:
        """Change a contract's state."""
        contract.state, contract.reason = state, reason
        if state == "preparing":
            contract.turn = self.at

    def _release(self, contract: PlainContract) -> None:
        for one in contract.of("claimed"):
            one.give_back(self.at)


def counted(messages: Collection[PlainMessage]) -> dict[str, int]:
    """How many rows stand in each state."""
    found: dict[str, int] = {}
    for one in messages:
        found[one.state] = found.get(one.state, 0) + 1
    return found
