"""The engine: claims what is due, sends it at its slot, settles what became of it.

One asyncio loop in one thread carries all requests in flight; a store thread beside it runs
the ledger's turns. A turn starts as soon as the store is free and there is something to
write or to ask for, so batches form by themselves (architecture, rule 5).
"""

import asyncio
import heapq
import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from wa_desktop.clock import MILLISECOND, SECOND, now
from wa_desktop.content import Content
from wa_desktop.delivery.brake import Brake
from wa_desktop.delivery.lane import Lane, open_lane
from wa_desktop.delivery.reactions import Attempt, Halt, Reacted, react
from wa_desktop.errors import LedgerError, NotFound, WaDesktopError
from wa_desktop.events import (
    AccountChanged,
    ContractChanged,
    EventBus,
    Notice,
    NoticeKind,
    NoticeLevel,
    QueuesChanged,
)
from wa_desktop.ledger.claim import Granted
from wa_desktop.ledger.contracts import ContractText
from wa_desktop.ledger.cycle import BEGIN_AHEAD, AccountOutlook, CycleResult, Turn, Want
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import AccountState
from wa_desktop.ledger.settle import Outcome, OutcomeKind
from wa_desktop.ledger.states import CLAIMABLE, ContractState
from wa_desktop.ledger.workers import LeaseLost
from wa_desktop.messages.rendering import Unrenderable, compose
from wa_desktop.senders.protocol import Outgoing, SendResult, Unclear

log = logging.getLogger(__name__)

_BEAT = 2 * SECOND
_STALE = 5 * SECOND
"""A granted message that could not be begun for this long (the computer slept, the process
was stopped) is given back: others may have taken this worker for dead meanwhile."""
_RECOVER_EVERY = 5 * SECOND
_STORE_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)


@dataclass(slots=True)
class _InFlight:
    """A granted message on its way, with what is needed to settle it."""

    lane: Lane
    granted: Granted
    text: ContractText
    granted_at: int


class Engine:
    """Sends for every account of the ledger. ``start``, ``wake`` and ``stop`` from any thread."""

    def __init__(self, ledger: Ledger, events: EventBus, *, per_second: float | None = None) -> None:
        self._ledger = ledger
        self._events = events
        self._brake = Brake(per_second)
        self._store = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._rng = random.Random()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._bell = asyncio.Event()
        self._ready: Future[None] = Future()
        self._stopping = False
        self._worker = 0
        self._lanes: dict[str, Lane] = {}
        self._texts: dict[int, ContractText] = {}
        self._flights: dict[int, _InFlight] = {}
        self._ahead: list[tuple[int, int]] = []
        self._outcomes: list[Outcome] = []
        self._halts: list[tuple[Reacted, _InFlight]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._orphans_possible = False
        self._last_beat = 0
        self._last_recovery = 0
        self._trouble: str | None = None

    @property
    def alive(self) -> bool:
        """Whether the engine's thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def trouble(self) -> str | None:
        """What keeps the engine from its ledger now, in words."""
        return self._trouble

    def start(self) -> None:
        """Register as a worker, recover what dead ones held, and begin to send.

        Raises ``LedgerError`` when the ledger cannot be reached.
        """
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()
        self._ready.result()

    def wake(self, account_id: str) -> None:
        """The account has messages due; a wake that comes twice or in vain does no harm."""
        self._soon(lambda: self._ring(account_id))

    def stop(self, grace: float = 10.0) -> None:
        """Stop claiming, let what is on the wire finish, give back the rest, sign off.

        What is still on the wire after ``grace`` seconds is left in doubt.
        """
        if not self.alive or self._loop is None:
            self._store.shutdown()
            return

        def begin_stop() -> None:
            self._stopping = True
            self._bell.set()
            asyncio.get_running_loop().call_later(grace, self._give_up)

        self._soon(begin_stop)
        assert self._thread is not None
        self._thread.join(grace + 30)
        self._store.shutdown(wait=False)

    def _soon(self, action: Callable[[], None]) -> None:
        loop = self._loop
        if loop is None:
            return
        try:
            loop.call_soon_threadsafe(action)
        except RuntimeError:
            log.debug("the engine has ended")

    # --- the loop -----------------------------------------------------------------------

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
                return
            log.exception("the engine ended by a fault of its own")
            self._events.post(
                Notice(NoticeKind.TROUBLE, NoticeLevel.ERROR, detail=f"Sending stopped: {error}")
            )

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._worker = await self._in_store(self._ledger.workers.register)
        await self._recover(first=True)
        self._ready.set_result(None)
        try:
            while not (self._stopping and not self._flights and not self._outcomes):
                await self._step()
            await self._in_store(self._ledger.workers.leave, self._worker)
        finally:
            for lane in self._lanes.values():
                await lane.sender.close()

    async def _step(self) -> None:
        await asyncio.sleep(0)
        turn = self._next_turn()
        if turn is None:
            await self._rest()
        elif await self._turn(turn):
            await self._act_on_halts()
        if now() - self._last_recovery > _RECOVER_EVERY and not self._stopping:
            await self._recover()

    def _next_turn(self) -> Turn | None:
        at = now()
        if self._stopping:
            self._return_unbegun(at)
        begin = self._due_to_begin(at)
        wants = () if self._stopping else self._wants(at)
        beat = at - self._last_beat >= _BEAT
        if not (self._outcomes or begin or wants or beat):
            return None
        outcomes, self._outcomes = self._outcomes, []
        return Turn(self._worker, at, outcomes, begin, wants, beat)

    async def _turn(self, turn: Turn) -> bool:
        try:
            result = await self._in_store(self._ledger.cycle.run, turn)
            await self._learn_texts(result.granted)
        except LeaseLost:
            await self._register_anew(turn)
            return False
        except LedgerError as error:
            await self._store_failed(turn, error)
            return False
        if turn.beat:
            self._last_beat = turn.at
        await self._apply(turn, result)
        self._store_works()
        if self._orphans_possible:
            await self._return_orphans()
        return True

    async def _rest(self) -> None:
        """Sleep until something is due, or the bell rings."""
        at = now()
        moments = [self._last_beat + _BEAT]
        if self._ahead:
            moments.append(self._ahead[0][0] - BEGIN_AHEAD)
        if not self._stopping:
            asks = (lane.asks_at() for lane in self._lanes.values())
            moments.extend(self._brake.ready_at(moment) for moment in asks if moment is not None)
        pause = max(0, min(moments) - at) / SECOND
        timer = asyncio.get_running_loop().call_later(pause, self._bell.set)
        await self._bell.wait()
        self._bell.clear()
        timer.cancel()

    # --- what a turn brings and takes -----------------------------------------------------

    def _wants(self, at: int) -> tuple[Want, ...]:
        wants = []
        allowed = self._brake.allowed(at)
        for lane in self._lanes.values():
            asks = lane.asks_at()
            if asks is not None and asks <= at and allowed > 0:
                wants.append(Want(lane.account.id, min(lane.free, allowed)))
        return tuple(wants)

    def _due_to_begin(self, at: int) -> tuple[int, ...]:
        due = []
        while self._ahead and self._ahead[0][0] <= at + BEGIN_AHEAD:
            due.append(heapq.heappop(self._ahead)[1])
        return tuple(due)

    async def _apply(self, turn: Turn, result: CycleResult) -> None:
        at = now()
        self._brake.spend(len(result.granted), at)
        for granted in result.granted:
            lane = self._lanes[granted.account_id]
            lane.in_flight.add(granted.message_id)
            flight = _InFlight(lane, granted, self._texts[granted.contract], at)
            self._flights[granted.message_id] = flight
            if granted.begun:
                self._launch(flight, at)
            else:
                heapq.heappush(self._ahead, (granted.slot_at, granted.message_id))
        for message_id in turn.begin:
            if message_id in result.begun:
                self._flights[message_id].granted_at = at
                self._launch(self._flights[message_id], at)
            else:
                self._forget(message_id)
        await self._learn_outlooks(turn, result.outlooks)
        await self._tell(result)

    async def _learn_outlooks(self, turn: Turn, outlooks: tuple[AccountOutlook, ...]) -> None:
        seen = {one.account_id: one for one in outlooks}
        for want in turn.wants:
            lane = self._lanes[want.account_id]
            outlook = seen.get(want.account_id)
            if outlook is None:
                await self._reload(lane)
                lane.next_try_at = None
                continue
            lane.next_try_at = outlook.next_try_at
            if outlook.revision != lane.account.revision:
                await self._reload(lane)

    async def _learn_texts(self, granted: tuple[Granted, ...]) -> None:
        for one in granted:
            known = self._texts.get(one.contract)
            if known is None or known.revision < one.revision:
                self._texts[one.contract] = await self._in_store(
                    self._ledger.contracts.text, one.contract
                )

    async def _tell(self, result: CycleResult) -> None:
        for number in result.touched:
            text = self._texts.get(number)
            if text is not None:
                self._events.post(ContractChanged(text.id))
        if result.touched:
            self._events.post(QueuesChanged())
        for number in result.drained:
            finished = await self._in_store(self._ledger.contracts.complete_if_done, number)
            if finished is not None:
                name = self._texts.pop(number).name if number in self._texts else ""
                self._events.post(ContractChanged(finished))
                self._events.post(
                    Notice(
                        NoticeKind.FINISHED,
                        NoticeLevel.INFO,
                        subject=name,
                        contract_id=finished,
                    )
                )

    # --- one message ------------------------------------------------------------------------

    def _launch(self, flight: _InFlight, at: int) -> None:
        """Begin a message at its slot; a clock that jumps delays it by 0.2 s at most."""
        wait = flight.granted.slot_at - at
        if wait > MILLISECOND // 2:
            loop = asyncio.get_running_loop()
            loop.call_later(min(wait, 200 * MILLISECOND) / SECOND, self._go, flight)
        else:
            self._go(flight)

    def _go(self, flight: _InFlight) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(flight))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, flight: _InFlight) -> None:
        granted = flight.granted
        if now() - flight.granted_at > _STALE:
            self._settle(flight, _returned(granted, "The worker was held up."))
            return
        content = self._compose(flight)
        if isinstance(content, Unrenderable):
            self._settle(flight, _unrenderable(granted, content))
            return
        tracking = f"wa1:{flight.text.id}:{granted.message_id}:{granted.attempts + 1}"
        outgoing = Outgoing(granted.message_id, granted.phone, content, tracking)
        result = await self._send(flight.lane, outgoing)
        self._react(flight, result)

    async def _send(self, lane: Lane, outgoing: Outgoing) -> SendResult:
        try:
            return await lane.sender.send(outgoing)
        except asyncio.CancelledError:
            return Unclear("The program ended while the message was on its way.")
        except Exception:
            log.exception("a sender failed in an unforeseen way")
            return Unclear("The program failed while the message was on its way.")

    def _compose(self, flight: _InFlight) -> Content | Unrenderable:
        own = flight.granted.own
        return compose(
            flight.text.message,
            flight.text.template,
            own.body if own else None,
            own.variables if own else {},
        )

    def _react(self, flight: _InFlight, result: SendResult) -> None:
        at = now()
        lane, granted = flight.lane, flight.granted
        attempt = Attempt(
            granted.message_id,
            granted.account_id,
            made=granted.attempts,
            allowed=flight.text.max_attempts,
            network_failures=lane.network_failures + 1,
        )
        reacted = react(result, attempt, at=at, rng=self._rng)
        if reacted.hold:
            lane.network_failures += 1
            lane.hold(at, reacted.hold)
        elif reacted.outcome.kind is OutcomeKind.SENT:
            lane.release_hold(at)
        if reacted.halt is not None:
            self._halts.append((reacted, flight))
        self._settle(flight, reacted.outcome)

    def _settle(self, flight: _InFlight, outcome: Outcome) -> None:
        self._outcomes.append(outcome)
        self._forget(flight.granted.message_id)
        self._bell.set()

    def _forget(self, message_id: int) -> None:
        flight = self._flights.pop(message_id, None)
        if flight is not None:
            flight.lane.in_flight.discard(message_id)

    # --- accounts -----------------------------------------------------------------------------

    def _ring(self, account_id: str) -> None:
        lane = self._lanes.get(account_id)
        if lane is not None and lane.account.state is AccountState.ACTIVE:
            lane.ring()
            self._bell.set()
        elif not self._stopping:
            task = asyncio.get_running_loop().create_task(self._open(account_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _open(self, account_id: str) -> None:
        try:
            sending = await self._in_store(self._ledger.accounts.for_sending, account_id)
            fresh = open_lane(sending)
        except WaDesktopError as error:
            log.warning("the account %s cannot send: %s", account_id, error)
            self._events.post(
                Notice(NoticeKind.TROUBLE, NoticeLevel.ERROR, subject=account_id, detail=str(error))
            )
            return
        known = self._lanes.get(account_id)
        if known is None:
            self._lanes[account_id] = fresh
        else:
            known.account, known.sender = fresh.account, fresh.sender
            known.next_try_at = fresh.next_try_at
        self._bell.set()

    async def _reload(self, lane: Lane) -> None:
        """Take up an edited account; requests in flight finish on the old connections."""
        try:
            sending = await self._in_store(self._ledger.accounts.for_sending, lane.account.id)
            fresh = open_lane(sending)
        except NotFound:
            del self._lanes[lane.account.id]
            return
        except WaDesktopError as error:
            log.warning("the account %s cannot send: %s", lane.account.id, error)
            lane.next_try_at = None
            return
        lane.account, lane.sender = fresh.account, fresh.sender

    async def _act_on_halts(self) -> None:
        """Pause contracts and stop accounts whose trouble is not one row's."""
        halts, self._halts = self._halts, []
        done: set[str] = set()
        for reacted, flight in halts:
            account_id, contract_id = flight.granted.account_id, flight.text.id
            target = account_id if reacted.halt is Halt.ACCOUNT else contract_id
            if target in done:
                continue
            done.add(target)
            if reacted.halt is Halt.ACCOUNT:
                await self._stop_account(flight.lane, reacted.reason)
            else:
                await self._pause_contract(flight.text, reacted.reason)

    async def _stop_account(self, lane: Lane, reason: str) -> None:
        stopped = await self._in_store(
            self._ledger.accounts.set_state, lane.account.id, AccountState.STOPPED, reason
        )
        lane.account, lane.next_try_at = stopped, None
        self._events.post(AccountChanged(stopped.id))
        self._events.post(
            Notice(
                NoticeKind.ACCOUNT_STOPPED, NoticeLevel.ERROR, subject=stopped.name, detail=reason
            )
        )

    async def _pause_contract(self, text: ContractText, reason: str) -> None:
        def pause() -> None:
            self._ledger.contracts.move(
                text.id, ContractState.PAUSED, reason=reason, only_from=CLAIMABLE
            )
            self._ledger.work.release_claims(text.id)

        try:
            await self._in_store(pause)
        except WaDesktopError as error:
            log.info("the campaign could not be paused: %s", error)
            return
        self._events.post(ContractChanged(text.id))
        self._events.post(
            Notice(
                NoticeKind.PAUSED,
                NoticeLevel.WARNING,
                subject=text.name,
                detail=reason,
                contract_id=text.id,
            )
        )

    # --- faults -------------------------------------------------------------------------------

    async def _recover(self, *, first: bool = False) -> None:
        """Bury workers that are gone; at the start the user is told what is in doubt."""
        self._last_recovery = now()

        def bury_the_dead() -> int:
            workers = self._ledger.workers
            gone = (one for one in workers.dead(at=now()) if one != self._worker)
            return sum(workers.bury(one) for one in gone)

        try:
            doubtful = await self._in_store(bury_the_dead)
        except LedgerError as error:
            if first:
                raise
            log.info("could not look for dead workers: %s", error)
            return
        if doubtful:
            self._events.post(
                Notice(NoticeKind.RESUMED_AFTER_CRASH, NoticeLevel.WARNING, count=doubtful)
            )
            self._events.post(QueuesChanged())

    async def _store_failed(self, turn: Turn, error: LedgerError) -> None:
        """Keep what was to be written and try again; whether the commit held is found out then."""
        self._outcomes = [*turn.outcomes, *self._outcomes]
        for message_id in turn.begin:
            flight = self._flights.get(message_id)
            if flight is not None:
                heapq.heappush(self._ahead, (flight.granted.slot_at, message_id))
        self._orphans_possible = True
        if self._trouble is None:
            log.warning("the ledger is in trouble: %s", error)
            self._events.post(
                Notice(NoticeKind.TROUBLE, NoticeLevel.ERROR, detail=str(error))
            )
        self._trouble = str(error)
        self._pauses = min(getattr(self, "_pauses", -1) + 1, len(_STORE_PAUSES) - 1)
        await asyncio.sleep(_STORE_PAUSES[self._pauses])

    def _store_works(self) -> None:
        self._pauses = -1
        if self._trouble is not None:
            self._trouble = None
            log.info("the ledger works again")
            self._events.post(Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO))
            for lane in self._lanes.values():
                lane.ring()

    async def _return_orphans(self) -> None:
        """Give back what a turn claimed without its answer reaching us: it never went out."""
        try:
            held = await self._in_store(self._ledger.cycle.held, self._worker)
        except LedgerError:
            return
        self._orphans_possible = False
        settling = {one.message_id for one in self._outcomes}
        for message_id in held - self._flights.keys() - settling:
            owner = await self._in_store(self._ledger.messages.account_of, message_id)
            self._outcomes.append(
                Outcome(message_id, owner, OutcomeKind.RETURNED, now(), costs_attempt=False)
            )

    async def _register_anew(self, turn: Turn) -> None:
        log.warning("this worker was taken for dead; it registers anew")
        self._ahead.clear()
        for message_id in [*self._flights]:
            if message_id in turn.begin or not self._flights[message_id].granted.begun:
                self._forget(message_id)
        self._worker = await self._in_store(self._ledger.workers.register)

    def _return_unbegun(self, at: int) -> None:
        while self._ahead:
            _, message_id = heapq.heappop(self._ahead)
            flight = self._flights.get(message_id)
            if flight is not None:
                self._settle(flight, _returned(flight.granted, None, at))

    def _give_up(self) -> None:
        """The grace is over: what is on the wire is in doubt."""
        for task in self._tasks:
            task.cancel()

    async def _in_store(self, work: Callable[..., Any], *args: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._store, work, *args)


def _returned(granted: Granted, reason: str | None, at: int | None = None) -> Outcome:
    return Outcome(
        granted.message_id,
        granted.account_id,
        OutcomeKind.RETURNED,
        now() if at is None else at,
        error_text=reason,
        costs_attempt=False,
    )


def _unrenderable(granted: Granted, fault: Unrenderable) -> Outcome:
    return Outcome(
        granted.message_id,
        granted.account_id,
        OutcomeKind.FAILED,
        now(),
        error_text=fault.reason,
        costs_attempt=False,
    )
