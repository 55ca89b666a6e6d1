"""The engine: claims what is due, sends it at its slot, settles what became of it.

One asyncio loop in one thread carries all requests in flight; a store thread beside it runs
the ledger's turns. A turn starts as soon as the store is free and there is something to
write or to ask for, so batches form by themselves (architecture, rule 5).
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from wa_desktop.clock import MILLISECOND, SECOND, monotonic
from wa_desktop.delivery.brake import Brake
from wa_desktop.delivery.breakers import STANDARD, Breakers, Thresholds
from wa_desktop.delivery.checkups import LOOK_EVERY, Checkups
from wa_desktop.delivery.gone_back import GoneBackWatch, carry_over
from wa_desktop.delivery.halting import Halting
from wa_desktop.delivery.held import tell_of_held
from wa_desktop.delivery.lanes import Lanes
from wa_desktop.delivery.loop import run, take_in
from wa_desktop.delivery.lost import LostGrants
from wa_desktop.delivery.place import PlaceWatch
from wa_desktop.delivery.portfolio import Portfolio
from wa_desktop.delivery.store import Store
from wa_desktop.delivery.tenure import Tenure
from wa_desktop.delivery.timekeeping import Timekeeping
from wa_desktop.delivery.troubles import Cause, Troubles
from wa_desktop.delivery.wire import Wire
from wa_desktop.errors import LedgerError, LedgerNewer, WaDesktopError
from wa_desktop.events import (
    ContractChanged,
    EventBus,
    Notice,
    NoticeKind,
    NoticeLevel,
    QueuesChanged,
)
from wa_desktop.ledger.contracts import ContractText
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import TAKEN
from wa_desktop.ledger.turns.turn import Beat, CycleResult, Turn, Want
from wa_desktop.ledger.workers import LeaseLost
from wa_desktop.words import words

log = logging.getLogger(__name__)

_BEAT = 2 * SECOND
_LEAD = 15 * MILLISECOND

_SLOW = 2.0
"""Seconds after which a turn of the ledger is trouble that is told."""

_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)
"""Seconds between tries while the ledger is out of reach."""


class Engine:
    """Sends for every account of the ledger. ``start``, ``wake`` and ``stop`` from any thread."""

    def __init__(
        self,
        ledger: Ledger,
        events: EventBus,
        *,
        per_second: float | None = None,
        thresholds: Thresholds = STANDARD,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._ledger = ledger
        self._events = events
        self._brake = Brake(per_second)
        self._store = Store()
        self._bell = asyncio.Event()
        self._breakers = Breakers(thresholds)
        self._troubles = Troubles(events)
        self._timekeeping = Timekeeping(ledger, self._store, self._troubles)
        self._clock = self._timekeeping.clock
        self._wire = Wire(self._bell.set, self._breakers, self._clock, Portfolio(ledger))
        self._texts: dict[int, ContractText] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ready: Future[None] = Future()
        self._stopping = self._grace_over = False
        self._lanes = Lanes(ledger, self._store, events, self._clock, self._bell.set)
        gone_back = GoneBackWatch(ledger, self._store, self._troubles, self._lanes.ring_all)
        place = PlaceWatch(ledger, self._store, self._troubles)
        self._tenure = Tenure(ledger, self._store, events, self._clock, place, gone_back)
        self._halting = Halting(ledger, self._store, events, self._lanes)
        self._checkups = Checkups(ledger, self._lanes, self._halting, look_every, self._bell.set)
        self._lost = LostGrants(ledger, self._store, self._wire, self._clock)
        self._last_beat = 0
        self._progress = Beat()
        self._failures = 0

    @property
    def alive(self) -> bool:
        """Whether the engine's thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def troubles(self) -> tuple[tuple[Cause, str], ...]:
        """What keeps the engine from sending now, in words."""
        return self._troubles.present

    @property
    def cannot_send(self) -> tuple[tuple[str, str], ...]:
        """The accounts that the engine cannot send for, by their ids, and why."""
        return self._lanes.faults

    def start(self) -> None:
        """Register as a worker, recover what dead ones held, and begin to send.

        Raises ``LedgerError`` when the ledger cannot be reached.
        """
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()
        try:
            self._ready.result()
        except BaseException:
            self._store.close()
            raise

    def wake(self, account_id: str) -> None:
        """The account has messages due; a wake that comes twice or in vain does no harm."""
        self._soon(lambda: None if self._stopping else self._lanes.ring(account_id))

    def stop(self, grace: float = 10.0) -> None:
        """Stop claiming, let what is on the wire finish, give back the rest, sign off.

        What is still on the wire after ``grace`` seconds is left in doubt.
        """
        self._soon(lambda: self._begin_stop(grace))
        if self._thread is not None:
            self._thread.join(grace + 30)
        self._store.close()

    def _begin_stop(self, grace: float) -> None:
        self._stopping = True
        self._bell.set()
        asyncio.get_running_loop().call_later(grace, self._give_up)

    def _give_up(self) -> None:
        self._grace_over = True
        self._wire.give_up()

    def _soon(self, action: Callable[[], None]) -> None:
        """Run an action on the loop, from any thread; nothing once the engine has ended."""
        if self._loop is None or not self.alive:
            return
        try:
            self._loop.call_soon_threadsafe(action)
        except RuntimeError:
            log.debug("the engine has ended")

    def _run(self) -> None:
        try:
            run(self._main())
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
                return
            log.exception("the engine ended by a fault of its own")
            self._troubles.fault(
                words("Sending stopped by a fault of the program: {error}", error=error)
            )

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._timekeeping.begin()
        await self._tenure.take_up()
        await self._tenure.recover()
        await self._timekeeping.distrust_the_future()
        self._ready.set_result(None)
        try:
            while not self._may_end():
                await self._step()
            await self._tenure.sign_off()
        finally:
            await self._wire.close()
            await self._checkups.close()
            await self._lanes.close()

    def _may_end(self) -> bool:
        """All is settled, or the time for it is over and the ledger is still out of reach."""
        settled = self._wire.idle and not self._lost.delays_end(self._failures)
        return self._stopping and (settled or (self._grace_over and self._failures > 0))

    async def _step(self) -> None:
        """One round of the loop; trouble with the ledger is waited out, never fatal."""
        try:
            await self._halt()
            worker = await self._tenure.take_up()
            await self._lost.give_back(worker)
            if self._tenure.recovery_is_due and not self._stopping:
                await self._tenure.recover()
                self._lost.suspect()
            await take_in(self._wire)
            await self._follow_the_clock()
            self._troubles.note(Cause.NETWORK, self._lanes.unreachable())
            turn = self._next_turn(worker)
            if turn is None:
                await self._rest()
            else:
                await self._take_turn(turn)
        except LeaseLost as error:
            log.warning("%s", error)
            lost = self._tenure.lose()
            if lost is not None:
                self._wire.outlive(lost)
            self._lost.lease_lost()
            carry_over(self._wire, lost, error)
        except Exception as error:
            await self._wait_out(error)

    async def _halt(self) -> None:
        """Stop what sends and looks have shown must stop. A breaker trips once, so no halt is
        lost over the ledger."""
        halts = self._wire.collect_halts()
        try:
            await self._halting.act_on(halts)
        except LedgerError:
            self._wire.put_back_halts(halts)
            raise
        await self._checkups.conclude()

    async def _follow_the_clock(self) -> None:
        """Take up a clock that was set, or that went on while the computer slept.

        No slot that was reserved by the old time is used, and none comes sooner than one
        interval from now.
        """
        moved = await self._timekeeping.follow()
        if not moved:
            return
        self._wire.return_unbegun(words("The clock was set."))
        self._last_beat = 0
        self._tenure.recover_soon()
        for lane in self._lanes:
            lane.forget_times()
        if moved < 0:
            await self._store.run(self._ledger.work.keep_waits, self._clock.now())

    def _next_turn(self, worker: int) -> Turn | None:
        at = self._clock.now()
        rests = self._stopping or self._lanes.rest(barred=self._troubles.bars)
        if rests:
            self._wire.return_unbegun()
        begin = self._wire.due_to_begin(at)
        wants = () if rests else self._wants(at)
        beat = self._progress if at - self._last_beat >= _BEAT else None
        if not (self._wire.settled or begin or wants or beat):
            return None
        return Turn(
            worker,
            at,
            outcomes=self._wire.collect(),
            begin=begin,
            wants=wants,
            throttles=self._wire.collect_throttles(),
            lead=_LEAD,
            beat=beat,
            offset=self._clock.offset,
            lifetime=self._wire.freshness.next_declared(monotonic()),
        )

    def _wants(self, at: int) -> tuple[Want, ...]:
        allowed = self._brake.allowed(at)
        if allowed <= 0:
            return ()
        asking = [one for one in self._lanes if (due := one.asks_at()) is not None and due <= at]
        for lane in asking:
            lane.rung = False
        return tuple(
            Want(lane.account.id, min(lane.free, allowed), lane.clock_set) for lane in asking
        )

    async def _take_turn(self, turn: Turn) -> None:
        slow = asyncio.get_running_loop().call_later(_SLOW, self._note_slowness)
        try:
            result = await self._store.run(self._ledger.cycle.run, turn)
        except BaseException:
            self._wire.freshness.doubt()
            self._wire.put_back(turn.outcomes)
            # Whether the ledger began them is unknown; they never went out and are given back.
            self._wire.forget(turn.begin)
            self._lost.suspect(turn)
            raise
        finally:
            slow.cancel()
        self._works_again()
        try:
            await self._take_over(turn, result)
        except BaseException:
            # What was granted and not taken over never went out and is given back.
            self._lost.suspect()
            raise
        await self._lanes.learn([want.account_id for want in turn.wants], result.outlooks)
        await self._tell(result)

    async def _take_over(self, turn: Turn, result: CycleResult) -> None:
        """Send what a turn began and granted."""
        term = self._wire.freshness.keep(result.sealed_at)
        self._note_progress(turn, result)
        self._wire.put_back_halts(tell_of_held(self._events, result.held))
        for want in turn.wants:
            self._lanes[want.account_id].clock_set &= not (want.clock_set and result.on_time)
        self._wire.begin(turn.begin, result.begun, self._clock.now(), term)
        await self._learn_texts(result.granted)
        self._wire.freshness.note_use(term, monotonic())
        at = self._clock.now()
        self._brake.spend(len(result.granted), at)
        for granted in result.granted:
            lane = self._lanes[granted.account_id]
            self._wire.take(granted, lane, self._texts[granted.contract], at, term)
        self._checkups.sends({one.account_id for one in result.granted})

    def _note_progress(self, turn: Turn, result: CycleResult) -> None:
        if turn.beat is not None:
            self._last_beat = turn.at
        sent = [one.at for one in turn.outcomes if one.kind in TAKEN]
        self._progress = Beat(
            turn.at if result.granted else self._progress.last_claim,
            max(sent) if sent else self._progress.last_send,
        )

    async def _rest(self) -> None:
        """Sleep until something is due, or the bell rings."""
        at = self._clock.now()
        moments = [self._last_beat + _BEAT, at + _BEAT]
        if self._wire.next_begin_at is not None:
            moments.append(self._wire.next_begin_at)
        if not (self._stopping or self._troubles.bars):
            asks = (lane.asks_at() for lane in self._lanes)
            moments.extend(self._brake.ready_at(moment) for moment in asks if moment is not None)
        pause = max(0, min(moments) - at) / SECOND
        timer = asyncio.get_running_loop().call_later(pause, self._bell.set)
        await self._bell.wait()
        self._bell.clear()
        timer.cancel()

    async def _learn_texts(self, granted: tuple[Granted, ...]) -> None:
        for one in granted:
            known = self._texts.get(one.contract)
            if known is None or known.revision < one.revision:
                self._texts[one.contract] = await self._store.run(
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
            await self._finish(number)

    async def _finish(self, number: int) -> None:
        finished = await self._store.run(self._ledger.contracts.complete_if_done, number)
        if finished is None:
            return
        text = self._texts.pop(number, None)
        self._breakers.forget(finished)
        self._events.post(ContractChanged(finished))
        self._events.post(
            Notice(
                NoticeKind.FINISHED,
                NoticeLevel.INFO,
                subject=text.name if text else "",
                contract_id=finished,
            )
        )

    async def _wait_out(self, error: Exception) -> None:
        """The ledger is in trouble: say so once, then try again at growing distances."""
        if not isinstance(error, WaDesktopError):
            log.error("a turn failed in an unforeseen way", exc_info=error)
        too_new = isinstance(error, LedgerNewer)
        self._troubles.note(Cause.VERSION if too_new else Cause.LEDGER, str(error))
        pause = _PAUSES[min(self._failures, len(_PAUSES) - 1)]
        self._failures += 1
        await asyncio.sleep(pause)

    def _note_slowness(self) -> None:
        self._troubles.note(
            Cause.LEDGER,
            words(
                "The ledger does not answer. Another program may hold it locked, or its disk or "
                "server is overloaded. Sending goes on as soon as it does."
            ),
        )

    def _works_again(self) -> None:
        self._failures = 0
        if self._troubles.note(Cause.LEDGER, None):
            self._lanes.ring_all()
