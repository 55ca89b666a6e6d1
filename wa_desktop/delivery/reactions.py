"""From what happened on the wire to what is written down, by the error table.

Pure: the random source and the time are handed in.
"""

import random
from dataclasses import dataclass, replace
from enum import StrEnum

from wa_desktop.clock import from_seconds
from wa_desktop.delivery.backoff import exponential, wait_before_retry
from wa_desktop.error_table import ErrorRule, Reaction, reaction_for
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.pacing import wait_after_throttle
from wa_desktop.senders.protocol import Accepted, NotSent, Refused, Unclear, Unsent
from wa_desktop.words import words

_NETWORK_BASE = 1.0
_NETWORK_CAP = 3.0
"""One message at a time tries the way, so it costs little to ask often; a network that is back
must not wait for us."""


class Halt(StrEnum):
    """What must stop besides the message."""

    CONTRACT = "contract"
    ACCOUNT = "account"
    PORTFOLIO = "portfolio"
    """The account and all others of its business."""


@dataclass(slots=True)
class Reacted:
    """What is to be done. ``hold``: seconds for which this engine claims nothing for the
    account because of the network; ``throttle``: seconds that the provider asked the account
    to wait, on all engines; ``halt`` with ``reason``: what must stop, and the plain sentence
    why."""

    outcome: Outcome
    hold: float = 0.0
    throttle: float = 0.0
    halt: Halt | None = None
    reason: str = ""


@dataclass(slots=True)
class Attempt:
    """The send that ended. ``made``: attempts that ended before it; ``refusals``: how often
    its recipient was to wait before, at no cost; ``network_failures`` and ``throttles``: how
    often in a row the account could not connect, or was to slow down, this time included;
    ``begun_at``: when it was let go on the wire; ``portfolio``: why its refusal is about the
    whole business, if it is (``portfolio.py``).

    Throttling is counted for the account alone: it says nothing of a message, and among many
    messages none would be throttled twice, so that no wait would grow."""

    message_id: int
    account_id: str
    made: int
    allowed: int
    refusals: int = 0
    network_failures: int = 0
    throttles: int = 1
    begun_at: int | None = None
    portfolio: str | None = None


def react(result: Unsent, attempt: Attempt, *, at: int, rng: random.Random) -> Reacted:
    """What it means for its message, its account and its contract that it was not sent."""
    if isinstance(result, Unclear):
        doubt = _outcome(attempt, OutcomeKind.IN_DOUBT, at, text=result.reason)
        doubt.begun_at = attempt.begun_at
        return Reacted(doubt)
    if isinstance(result, NotSent):
        return _unreachable(result, attempt, at, rng)
    return _refused(result, attempt, at, rng)


HELD = words(
    "The provider took the message and holds it back for now. It watches how the first ones are "
    "received, then sends or drops the rest by itself. There is nothing to do."
)


def accepted(result: Accepted, message_id: int, account_id: str, at: int) -> Outcome:
    """The outcome of a message that the provider took."""
    outcome = Outcome(message_id, account_id, OutcomeKind.SENT, at, provider_id=result.provider_id)
    if result.held:
        outcome.kind, outcome.error_text = OutcomeKind.HELD, HELD
    return outcome


def _unreachable(result: NotSent, attempt: Attempt, at: int, rng: random.Random) -> Reacted:
    """No connection is no fault of the recipient: it costs no attempt, the account waits."""
    wait = max(
        exponential(max(1, attempt.network_failures), rng, base=_NETWORK_BASE, cap=_NETWORK_CAP),
        _NETWORK_BASE / 2,
    )
    outcome = _outcome(
        attempt,
        OutcomeKind.RETRY,
        at,
        text=result.reason,
        due_at=at + from_seconds(wait),
        costs_attempt=False,
    )
    return Reacted(outcome, hold=wait)


def _refused(result: Refused, attempt: Attempt, at: int, rng: random.Random) -> Reacted:
    rule = reaction_for(result.code, result.subcode)
    if attempt.portfolio is not None:
        return replace(
            _halting(result, rule, attempt, at, Halt.PORTFOLIO), reason=attempt.portfolio
        )
    made = (attempt.made if rule.costs_attempt else attempt.refusals) + 1
    reaction = rule.reaction
    if reaction in (Reaction.RETRY, Reaction.WAIT_LONG):
        spent = made > rule.retries or (rule.costs_attempt and made >= attempt.allowed)
        if not spent:
            return _again(result, rule, attempt, made, at, rng)
        reaction = rule.when_spent
    if reaction is Reaction.SLOW_ACCOUNT:
        wait = wait_after_throttle(
            result.retry_after,
            attempt.throttles,
            rng,
            first=rule.wait_first,
            longest=rule.wait_cap,
        )
        return Reacted(
            _refusal(result, attempt, OutcomeKind.RETRY, at, wait=wait, costs_attempt=False),
            throttle=wait,
        )
    if reaction is Reaction.STOP_ACCOUNT:
        return _halting(result, rule, attempt, at, Halt.ACCOUNT)
    if reaction is Reaction.PAUSE_CONTRACT:
        return _halting(result, rule, attempt, at, Halt.CONTRACT)
    return Reacted(_refusal(result, attempt, OutcomeKind.FAILED, at))


def _again(
    result: Refused, rule: ErrorRule, attempt: Attempt, made: int, at: int, rng: random.Random
) -> Reacted:
    wait = wait_before_retry(rule, made, rng, result.retry_after)
    return Reacted(
        _refusal(
            result,
            attempt,
            OutcomeKind.RETRY,
            at,
            wait=wait,
            costs_attempt=rule.costs_attempt,
            counted=not rule.costs_attempt,
        )
    )


def _halting(result: Refused, rule: ErrorRule, attempt: Attempt, at: int, halt: Halt) -> Reacted:
    """The fault is not the row's: it was not sent and goes back, unspent, until resumed.

    Where it took attempts to see that, they are given back: else the row would halt all again
    at its first refusal after the resume, as the only one without a second try.
    """
    outcome = _refusal(result, attempt, OutcomeKind.RETRY, at, wait=0.0, costs_attempt=False)
    if rule.reaction is Reaction.RETRY:
        outcome.forgiven = attempt.made
    return Reacted(outcome, halt=halt, reason=rule.said)


def _refusal(
    result: Refused,
    attempt: Attempt,
    kind: OutcomeKind,
    at: int,
    *,
    wait: float = 0.0,
    costs_attempt: bool = True,
    counted: bool = False,
) -> Outcome:
    return _outcome(
        attempt,
        kind,
        at,
        code=result.code,
        subcode=result.subcode,
        text=result.text,
        due_at=at + from_seconds(wait) if kind is OutcomeKind.RETRY else None,
        costs_attempt=costs_attempt,
        refused=counted,
    )


def _outcome(
    attempt: Attempt,
    kind: OutcomeKind,
    at: int,
    *,
    provider_id: str | None = None,
    code: int | None = None,
    subcode: int | None = None,
    text: str | None = None,
    due_at: int | None = None,
    costs_attempt: bool = True,
    refused: bool = False,
) -> Outcome:
    return Outcome(
        message_id=attempt.message_id,
        account_id=attempt.account_id,
        kind=kind,
        at=at,
        provider_id=provider_id,
        error_code=code,
        error_subcode=subcode,
        error_text=text,
        due_at=due_at,
        costs_attempt=costs_attempt,
        refused=refused,
    )
