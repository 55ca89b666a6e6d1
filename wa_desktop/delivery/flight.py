"""A message on its way, and what becomes of it where the provider does not say."""

from dataclasses import dataclass, replace

from wa_desktop.delivery.breakers import Subject
from wa_desktop.delivery.freshness import Term
from wa_desktop.delivery.lane import Lane
from wa_desktop.ledger.contracts import ContractText
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.messages.rendering import Unrenderable


@dataclass(slots=True)
class Flight:
    """A granted message with what is needed to send and to settle it.

    ``term``: until when it may begin. ``late_for``: the worker it was granted to, once that one
    was taken for dead.
    """

    lane: Lane
    granted: Granted
    text: ContractText
    granted_at: int
    term: Term
    late_for: int | None = None

    @property
    def subjects(self) -> tuple[Subject, Subject]:
        """Its contract and its account, as the breakers know them."""
        account, text = self.lane.account, self.text
        return Subject(text.id, text.revision), Subject(account.id, account.revision)


def returned(flight: Flight, at: int, reason: str | None = None) -> Outcome:
    """The outcome of a message that was claimed and never sent."""
    return Outcome(
        flight.granted.message_id,
        flight.granted.account_id,
        OutcomeKind.RETURNED,
        at,
        error_text=reason,
        costs_attempt=False,
    )


def doubtful(flight: Flight, at: int, reason: str) -> Outcome:
    """The outcome of a message on whose way the program itself failed."""
    return Outcome(
        flight.granted.message_id,
        flight.granted.account_id,
        OutcomeKind.IN_DOUBT,
        at,
        error_text=reason,
        begun_at=flight.granted_at,
    )


def late(outcome: Outcome, worker: int) -> Outcome:
    """An outcome of a message that others have put in doubt: the worker was taken for dead."""
    return outcome if outcome.late_for is not None else replace(outcome, late_for=worker)


def unrenderable(granted: Granted, fault: Unrenderable, at: int) -> Outcome:
    """The outcome of a message that cannot be made for its recipient."""
    return Outcome(
        granted.message_id,
        granted.account_id,
        OutcomeKind.FAILED,
        at,
        error_text=fault.reason,
        costs_attempt=False,
    )
