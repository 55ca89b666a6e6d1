"""The states of contracts and messages and the moves between them, written down once.

Nothing else decides whether a move is allowed: ``moves.py`` and ``contracts.py`` carry
moves out and ask here first. A state never goes back to one it has left for good, so news
that arrives late or twice changes nothing.
"""

from enum import IntEnum, StrEnum

from wa_desktop.words import Words, words


class ContractState(StrEnum):
    """Where a contract stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    PREPARING = "preparing"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    DELETING = "deleting"

    @property
    def said(self) -> Words:
        """The state's word inside a sentence about a campaign."""
        return _SAID[self]


class MessageState(IntEnum):
    """Where a message stands. The numbers are the ledger's; they never change.

    ``CLAIMED`` is taken by a worker whose send slot lies ahead: nothing was written to the
    wire, so a crash sends it back to ``WAITING``. ``SENDING`` is committed before the wire.
    """

    DRAFT = 0
    WAITING = 1
    DELAYED = 2
    CLAIMED = 3
    SENDING = 4
    SENT = 5
    DELIVERED = 6
    READ = 7
    FAILED = 8
    SKIPPED = 9
    IN_DOUBT = 10

    @property
    def word(self) -> str:
        """The state's word in the API and in files, camelCase."""
        return _WORDS[self]

    @property
    def column(self) -> str:
        """The name of the counter that counts messages in this state."""
        return self.name.lower()

    @classmethod
    def from_word(cls, word: str) -> "MessageState":
        """The state of an API word; ``KeyError`` for a word that names none."""
        return _BY_WORD[word]


_WORDS = {state: state.name.lower() for state in MessageState} | {MessageState.IN_DOUBT: "inDoubt"}
_BY_WORD = {word: state for state, word in _WORDS.items()}

_SAID = {
    ContractState.DRAFT: words("draft"),
    ContractState.SCHEDULED: words("scheduled"),
    ContractState.QUEUED: words("queued"),
    ContractState.PREPARING: words("preparing"),
    ContractState.RUNNING: words("running"),
    ContractState.PAUSED: words("paused"),
    ContractState.COMPLETED: words("completed"),
    ContractState.CANCELLED: words("cancelled"),
    ContractState.DELETING: words("deleting"),
}

CLAIMABLE = (ContractState.PREPARING, ContractState.RUNNING)
"""A contract in one of these states gives out messages."""

AT_REST = (ContractState.DRAFT, ContractState.SCHEDULED, ContractState.PAUSED)
"""A contract in one of these can be edited, and started."""

WORKING = (ContractState.QUEUED, *CLAIMABLE)
"""A contract in one of these was started and goes on by itself."""

ENDED = (ContractState.COMPLETED, ContractState.CANCELLED, ContractState.DELETING)

_C = ContractState
_STOPPABLE = frozenset({_C.PAUSED, _C.CANCELLED})

CONTRACT_MOVES: dict[ContractState, frozenset[ContractState]] = {
    _C.DRAFT: frozenset({_C.QUEUED, _C.SCHEDULED, _C.CANCELLED, _C.DELETING}),
    _C.SCHEDULED: frozenset({_C.QUEUED, _C.DELETING}) | _STOPPABLE,
    _C.QUEUED: frozenset({_C.PREPARING}) | _STOPPABLE,
    _C.PREPARING: frozenset({_C.RUNNING}) | _STOPPABLE,
    _C.RUNNING: frozenset({_C.COMPLETED}) | _STOPPABLE,
    _C.PAUSED: frozenset({_C.QUEUED, _C.SCHEDULED, _C.CANCELLED, _C.DELETING}),
    _C.COMPLETED: frozenset({_C.QUEUED, _C.DELETING}),
    _C.CANCELLED: frozenset({_C.DELETING}),
    _C.DELETING: frozenset(),
}

_M = MessageState
_ARRIVED = frozenset({_M.SENT, _M.DELIVERED, _M.READ})
"""What is to be sent again may turn out to have arrived the first time; but nothing that is not
on the wire can fail."""

MESSAGE_MOVES: dict[MessageState, frozenset[MessageState]] = {
    _M.DRAFT: frozenset({_M.WAITING, _M.DELAYED, _M.SKIPPED}),
    _M.WAITING: frozenset({_M.CLAIMED, _M.SENDING, _M.DELAYED, _M.SKIPPED}) | _ARRIVED,
    _M.DELAYED: frozenset({_M.WAITING, _M.SKIPPED}) | _ARRIVED,
    _M.CLAIMED: frozenset({_M.SENDING, _M.WAITING}) | _ARRIVED,
    _M.SENDING: frozenset(
        {_M.SENT, _M.FAILED, _M.IN_DOUBT, _M.WAITING, _M.DELAYED, _M.SKIPPED, _M.DELIVERED, _M.READ}
    ),
    _M.SENT: frozenset({_M.DELIVERED, _M.READ, _M.FAILED}),
    _M.DELIVERED: frozenset({_M.READ}),
    _M.READ: frozenset(),
    _M.FAILED: frozenset({_M.WAITING, _M.DELIVERED, _M.READ}),
    _M.SKIPPED: frozenset({_M.WAITING}),
    _M.IN_DOUBT: frozenset({_M.FAILED, _M.WAITING, _M.DELAYED, _M.SKIPPED}) | _ARRIVED,
}

OPEN = (_M.DRAFT, _M.WAITING, _M.DELAYED, _M.CLAIMED, _M.SENDING)
"""A contract with a message in one of these states has not been worked through."""

FINISHED_WELL = (_M.SENT, _M.DELIVERED, _M.READ)


def message_may_move(source: MessageState, target: MessageState) -> bool:
    """Whether a message may go from ``source`` to ``target``."""
    return target in MESSAGE_MOVES[source]


def contract_may_move(source: ContractState, target: ContractState) -> bool:
    """Whether a contract may go from ``source`` to ``target``."""
    return target in CONTRACT_MOVES[source]


def sources_of(target: ContractState) -> tuple[ContractState, ...]:
    """The states from which a contract may reach ``target``."""
    return tuple(state for state, targets in CONTRACT_MOVES.items() if target in targets)
