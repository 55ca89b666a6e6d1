"""Bodies and answers of what is done to a contract's messages: retry, duplicate, doubts."""

from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field

from wa_desktop.clock import iso
from wa_desktop.contracts.again import MOST_IDS
from wa_desktop.error_table import reaction_for
from wa_desktop.ledger.chosen_rows import LeftOut, Planned
from wa_desktop.ledger.records import DoubtPolicy
from wa_desktop.ledger.states import FINISHED_WELL, MessageState
from wa_desktop.server.fields import Given, ShortText, Shown, storable
from wa_desktop.server.timing_bodies import Choice

MOST_CODES = 1_000

Code = Annotated[int, Field(ge=-(2**31), lt=2**31)]
MessageIds = Annotated[list[Annotated[int, Field(ge=1, lt=2**63)]], Field(max_length=MOST_IDS)]
Retryable = Literal["failed", "inDoubt", "skipped"]
_FAILED: Final[list[Retryable]] = ["failed"]
Copied = Literal[
    "waiting", "delayed", "sent", "delivered", "read", "completed", "failed", "skipped", "inDoubt"
]


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("must have 1 to 200 characters")
    return storable(text)


class StartOptions(Given):
    """``now`` starts a scheduled contract, or one whose start lies ahead, at once."""

    now: bool = False


class Retry(Given):
    """Which messages are sent again: those in these states, and of them only those with these
    error codes or ids. ``dryRun``: say how many, and change nothing."""

    states: Annotated[list[Retryable], Field(min_length=1, max_length=10)] = Field(
        default_factory=_FAILED.copy
    )
    codes: Annotated[list[Code], Field(max_length=MOST_CODES)] = Field(default_factory=list)
    ids: MessageIds = Field(default_factory=list)
    dry_run: bool = False

    def chosen(self) -> tuple[MessageState, ...]:
        """The states as the core has them."""
        return _states(self.states)


class Duplicate(Given):
    """Which recipients a copy gets: those whose messages are in these states; else all."""

    only: Annotated[list[Copied], Field(max_length=20)] = Field(default_factory=list)
    name: Annotated[ShortText, AfterValidator(_not_blank)] | None = None

    def chosen(self) -> tuple[MessageState, ...]:
        """The states as the core has them."""
        return _states(self.only)


class SettleDoubts(Given):
    """What becomes of messages in doubt: of all, or of those with these ids."""

    choice: Choice
    ids: MessageIds = Field(default_factory=list)

    def policy(self) -> DoubtPolicy:
        """As the core has it."""
        return DoubtPolicy(self.choice)


class RetryQueue(Given):
    """Send failed messages again, of one contract or of all; of them only those with these
    error codes."""

    state: Literal["failed"] = "failed"
    contract_id: ShortText | None = None
    codes: Annotated[list[Code], Field(max_length=MOST_CODES)] = Field(default_factory=list)


class LeftOutShown(Shown):
    """Why messages stay where they are: their recipients are suppressed after an earlier error.

    ``until`` (a day) null: until the suppression is lifted."""

    error_code: int
    reason: str
    until: str | None
    count: int

    @classmethod
    def of(cls, one: LeftOut) -> Self:
        """A reason as the API shows it."""
        return cls(
            error_code=one.code,
            reason=reaction_for(one.code).en,
            until=(iso(one.until) or "")[:10] or None,
            count=one.count,
        )


class Requeued(Shown):
    """How many messages go back into the queue, and how many are left out, and why.

    Suppressions are lifted by ``POST /api/suppressions/lift``. ``hint``: what to do where they
    are not sent yet, since the contract is paused."""

    requeued: int
    left_out: int
    left_out_reasons: list[LeftOutShown]
    hint: str | None = None

    @classmethod
    def of(cls, planned: Planned, hint: str | None = None) -> Self:
        """What a retry does, as the API shows it."""
        return cls(
            requeued=planned.rows,
            left_out=planned.left_out_count,
            left_out_reasons=[LeftOutShown.of(one) for one in planned.left_out],
            hint=hint,
        )


class Settled(Shown):
    """How many messages in doubt are settled; ``hint``: what to do where those that are sent
    again wait, since the contract is paused."""

    settled: int
    hint: str | None = None


class QueueSwitched(Shown):
    """A queue and whether it is paused now."""

    queue: Literal["contracts", "messages"]
    paused: bool


def _states(words: list[Retryable] | list[Copied]) -> tuple[MessageState, ...]:
    states: list[MessageState] = []
    for word in words:
        states.extend(FINISHED_WELL if word == "completed" else [MessageState.from_word(word)])
    return tuple(dict.fromkeys(states))
