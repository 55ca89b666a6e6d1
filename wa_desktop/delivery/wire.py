"""What is on the wire, or about to be: granted messages from their claim to their outcome."""

import asyncio
import heapq
import logging
import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from wa_desktop.clock import MILLISECOND, SECOND, SteadyClock, from_seconds, monotonic
from wa_desktop.delivery.breakers import Breakers, Ended
from wa_desktop.delivery.flight import Flight, doubtful, late, returned, unrenderable
from wa_desktop.delivery.freshness import Freshness, Term
from wa_desktop.delivery.lane import Lane
from wa_desktop.delivery.portfolio import Portfolio
from wa_desktop.delivery.reactions import Attempt, Halt, Reacted, accepted, react
from wa_desktop.ledger.contracts import ContractText
from wa_desktop.ledger.records import AccountState
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.cycle import BEGIN_AHEAD
from wa_desktop.ledger.turns.limits import Throttle
from wa_desktop.ledger.turns.settle import Outcome
from wa_desktop.messages.rendering import Unrenderable, compose
from wa_desktop.person_key import other_person
from wa_desktop.senders.protocol import (
    Accepted,
    Outgoing,
    Refused,
    SendResult,
    Unclear,
    Unsent,
)
from wa_desktop.words import words

log = logging.getLogger(__name__)

_STALE = 5 * SECOND
"""A granted message that could not be begun for this long (the computer slept, the process
was stopped, the clock was set) is given back: others may have taken this worker for dead."""

_FAILED_ON_THE_WAY = words("The program failed while the message was on its way.")

_TOO_LATE = words("The ledger answered too late; the message waits for its next turn.")

_LONGEST_WAIT = 200 * MILLISECOND
"""No slot lies further ahead, so a clock that jumps back delays a message by this at most."""


@dataclass(frozen=True, slots=True)
class HaltRequest:
    """More than a message must stop: a contract or an account (``target`` is its id), known to
    people by its name."""

    halt: Halt
    target: str
    name: str
    reason: str


class Wire:
    """Carries messages in flight. Lives on the engine's loop."""

    def __init__(
        self,
        changed: Callable[[], None],
        breakers: Breakers,
        clock: SteadyClock,
        portfolio: Portfolio | None = None,
    ) -> None:
        self.freshness = Freshness()
        self._changed = changed
        self._breakers = breakers
        self._clock = clock
        self._portfolio = portfolio
        self._rng = random.Random()  # noqa: S311 - spreads waits, guards nothing
        self._flights: dict[int, Flight] = {}
        self._ahead: list[tuple[int, int]] = []
        self._outcomes: list[Outcome] = []
        self._halts: list[HaltRequest] = []
        self._throttles: list[Throttle] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._given_up = False

    @property
    def idle(self) -> bool:
        """Nothing is in flight and nothing is left to settle."""
        return not (self._flights or self._outcomes)

    @property
    def settled(self) -> int:
        """How many messages have an outcome that no turn has taken yet."""
        return len(self._outcomes)

    @property
    def flying(self) -> int:
        """How many messages have none yet."""
        return len(self._flights)

    @property
    def next_begin_at(self) -> int | None:
        """When the next claimed message must be begun."""
        return self._ahead[0][0] - BEGIN_AHEAD if self._ahead else None

    def known(self) -> frozenset[int]:
        """Ids of messages in flight or waiting to be settled."""
        return frozenset(self._flights) | {one.message_id for one in self._outcomes}

    def take(self, granted: Granted, lane: Lane, text: ContractText, at: int, term: Term) -> None:
        """Take over a granted message; one already begun is sent at its slot."""
        flight = Flight(lane, granted, text, at, term)
        lane.in_flight.add(granted.message_id)
        self._flights[granted.message_id] = flight
        if granted.begun:
            self._launch(flight, at)
        else:
            heapq.heappush(self._ahead, (granted.slot_at, granted.message_id))

    def due_to_begin(self, at: int) -> tuple[int, ...]:
        """Claimed messages whose slot has come; they must be begun in the ledger first."""
        due = []
        while self._ahead and self._ahead[0][0] <= at + BEGIN_AHEAD:
            flight = self._next_ahead()
            if flight is not None:
                due.append(flight.granted.message_id)
        return tuple(due)

    def begin(self, asked: Collection[int], begun: Collection[int], at: int, term: Term) -> None:
        """Send those the ledger has begun; the others have gone back."""
        for message_id in asked:
            flight = self._flights.get(message_id)
            if flight is None:
                continue
            if message_id in begun:
                flight.granted_at, flight.term = at, term
                self._launch(flight, at)
            else:
                self._forget(message_id)

    def forget(self, ids: Collection[int]) -> None:
        """These are no longer ours to send."""
        for message_id in ids:
            self._forget(message_id)

    def collect(self) -> list[Outcome]:
        """The outcomes so far, handed over to a turn."""
        outcomes, self._outcomes = self._outcomes, []
        return outcomes

    def put_back(self, outcomes: Collection[Outcome], throttles: Collection[Throttle] = ()) -> None:
        """A turn failed: these still have to be settled."""
        self._outcomes = [*outcomes, *self._outcomes]
        self._throttles = [*throttles, *self._throttles]

    def collect_throttles(self) -> list[Throttle]:
        """What the provider asked accounts to slow down, handed over to a turn."""
        throttles, self._throttles = self._throttles, []
        return throttles

    def collect_halts(self) -> list[HaltRequest]:
        """Requests to stop more than a message."""
        halts, self._halts = self._halts, []
        return halts

    def put_back_halts(self, halts: Collection[HaltRequest]) -> None:
        """The ledger failed: these still have to be acted on, before anything is claimed."""
        self._halts = [*halts, *self._halts]

    def return_unbegun(self, reason: str | None = None) -> None:
        """Give back every message that was claimed but not begun."""
        while self._ahead:
            flight = self._next_ahead()
            if flight is not None:
                self.settle(flight, returned(flight, self._clock.now(), reason))

    def outlive(self, worker: int) -> None:
        """Others took this worker for dead: what was not begun they have given back already;
        of what was, the outcomes settle the doubt that they left."""
        while self._ahead:
            flight = self._next_ahead()
            if flight is not None:
                self._forget(flight.granted.message_id)
        for flight in self._flights.values():
            if flight.late_for is None:
                flight.late_for = worker
        self._outcomes = [late(one, worker) for one in self._outcomes]

    def give_up(self) -> None:
        """End all requests, whose messages are in doubt, and begin no more."""
        self._given_up = True
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Give up what is asked about refusals."""
        if self._portfolio is not None:
            await self._portfolio.close()

    def settle(self, flight: Flight, outcome: Outcome) -> None:
        """Note what became of a flight."""
        buried = flight.late_for
        self._outcomes.append(outcome if buried is None else late(outcome, buried))
        if self._flights.get(flight.granted.message_id) is flight:
            self._forget(flight.granted.message_id)
        self._changed()

    def _next_ahead(self) -> Flight | None:
        """The next entry's flight; ``None`` for an entry of an earlier grant.

        A pause takes claims back in the ledger only, so a message may be granted anew while
        its first entry still stands here.
        """
        slot_at, message_id = heapq.heappop(self._ahead)
        flight = self._flights.get(message_id)
        if flight is None or flight.granted.begun or flight.granted.slot_at != slot_at:
            return None
        return flight

    def _forget(self, message_id: int) -> None:
        flight = self._flights.pop(message_id, None)
        if flight is not None:
            flight.lane.freed(message_id)

    def _launch(self, flight: Flight, at: int) -> None:
        wait = min(flight.granted.slot_at - at, _LONGEST_WAIT)
        if wait > MILLISECOND // 2:
            asyncio.get_running_loop().call_later(wait / SECOND, self._go, flight)
        else:
            self._go(flight)

    def _go(self, flight: Flight) -> None:
        missed = flight.lane.too_late(flight.granted.slot_at, self._clock.now())
        if self._given_up or missed:
            self.settle(flight, returned(flight, self._clock.now()))
            return
        task = asyncio.get_running_loop().create_task(self._carry(flight))
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, flight))

    def _ended(self, task: "asyncio.Task[None]", flight: Flight) -> None:
        """See to it that no flight is left without an outcome."""
        self._tasks.discard(task)
        if task.cancelled():  # before its first step, so nothing was sent
            self.settle(flight, returned(flight, self._clock.now()))
        elif (error := task.exception()) is not None:
            log.error("a message failed in an unforeseen way", exc_info=error)
            self.settle(flight, doubtful(flight, self._clock.now(), _FAILED_ON_THE_WAY))

    async def _carry(self, flight: Flight) -> None:
        granted = flight.granted
        if (why := self._why_stale(flight)) is not None:
            self.settle(flight, returned(flight, self._clock.now(), why))
            return
        own = granted.own
        content = compose(
            flight.text.message,
            flight.text.template,
            own.body if own else None,
            own.variables if own else {},
        )
        if isinstance(content, Unrenderable):
            self._conclude(flight, Reacted(unrenderable(granted, content, self._clock.now())))
            return
        tracking = f"wa1:{flight.text.id}:{granted.message_id}:{granted.attempts + 1}"
        flight.lane.note_send(self._clock.now())
        outgoing = Outgoing(granted.message_id, granted.phone, content, tracking)
        result = await _send(flight.lane, outgoing)
        if isinstance(result, Accepted):
            self._accept(flight, result)
            return
        concern: str | None = None
        if isinstance(result, Refused) and self._portfolio is not None:
            lane = flight.lane
            concern = await self._portfolio.concern(lane.account, lane.sender, flight.text, result)
        self._react(flight, result, concern)

    def _accept(self, flight: Flight, result: Accepted) -> None:
        """Settle what the provider took: no rule of the error table decides about it."""
        at = self._clock.now()
        flight.lane.reached(at)
        outcome = accepted(result, flight.granted.message_id, flight.granted.account_id, at)
        if result.known_as is not None:
            outcome.known_as = other_person(flight.granted.phone, result.known_as)
        if self._counts(flight):
            self._breakers.note_taken(*flight.subjects)
        self.settle(flight, outcome)

    def _react(self, flight: Flight, result: Unsent, concern: str | None) -> None:
        at = self._clock.now()
        lane, granted = flight.lane, flight.granted
        attempt = Attempt(
            granted.message_id,
            granted.account_id,
            made=granted.attempts,
            allowed=flight.text.max_attempts,
            refusals=granted.refusals,
            network_failures=lane.network_failures + 1,
            throttles=lane.throttles_at(at),
            begun_at=flight.granted_at,
            portfolio=concern,
        )
        reacted = react(result, attempt, at=at, rng=self._rng)
        if reacted.throttle:
            wait = from_seconds(reacted.throttle)
            lane.note_throttle(at, wait)
            self._throttles.append(Throttle(granted.account_id, wait, lane.measured(at)))
        if reacted.hold:
            lane.hold(at, reacted.hold, reacted.outcome.error_text)
        elif not isinstance(result, Unclear):
            lane.reached(at, throttled=bool(reacted.throttle))
        elif result.cut:
            lane.cut(at)
        self._conclude(flight, reacted)

    def _conclude(self, flight: Flight, reacted: Reacted) -> None:
        """Settle a message, and ask to stop what its end shows must stop."""
        if reacted.halt is None:
            reacted = self._watched(flight, reacted)
        if reacted.halt is not None:
            self._halts.append(_halt_request(reacted.halt, flight, reacted.reason))
        self.settle(flight, reacted.outcome)

    def _why_stale(self, flight: Flight) -> str | None:
        """Why so much time went by since the grant, on any clock, that it no longer holds."""
        held_up = self._clock.now() - flight.granted_at
        # A computer that slept aged no grant on the clock that grants go by.
        jumped = abs(self._clock.drift()) > min(_STALE, flight.term.lifetime)
        if flight.late_for is not None or abs(held_up) > _STALE or jumped:
            return "The worker was held up."
        return _TOO_LATE if self.freshness.is_over(flight.term, monotonic()) else None

    def _counts(self, flight: Flight) -> bool:
        """Whether an end is a sign for the breakers: not one that the program's own end leaves
        in doubt, nor one that comes in after a stop."""
        return not self._given_up and flight.lane.account.state is AccountState.ACTIVE

    def _watched(self, flight: Flight, reacted: Reacted) -> Reacted:
        """With a halt if a breaker trips over this end."""
        if not self._counts(flight):
            return reacted
        outcome = reacted.outcome
        trip = self._breakers.note(
            *flight.subjects,
            Ended(
                outcome.kind,
                outcome.error_code,
                flight.granted_at,
                outcome.at,
                outcome.error_subcode,
            ),
        )
        return replace(reacted, halt=trip.halt, reason=trip.reason) if trip else reacted


def _halt_request(halt: Halt, flight: Flight, reason: str) -> HaltRequest:
    if halt is not Halt.CONTRACT:
        return HaltRequest(halt, flight.granted.account_id, flight.lane.account.name, reason)
    return HaltRequest(halt, flight.text.id, flight.text.name, reason)


async def _send(lane: Lane, outgoing: Outgoing) -> SendResult:
    try:
        return await lane.sender.send(outgoing)
    except asyncio.CancelledError:
        return Unclear(words("The program ended while the message was on its way."))
    except Exception:
        log.exception("a sender failed in an unforeseen way")
        return Unclear(_FAILED_ON_THE_WAY)
