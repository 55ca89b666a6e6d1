"""The engine's standing as a worker: signed on, looking after what dead ones left, signed off."""

import logging

from wa_desktop.clock import SECOND, SteadyClock, monotonic
from wa_desktop.delivery.gone_back import GoneBackWatch
from wa_desktop.delivery.place import PlaceWatch
from wa_desktop.delivery.store import Store
from wa_desktop.errors import LedgerError
from wa_desktop.events import EventBus, Notice, NoticeKind, NoticeLevel, QueuesChanged
from wa_desktop.ledger.ledger import Ledger

log = logging.getLogger(__name__)

_RECOVER_EVERY = 5 * SECOND


class Tenure:
    """One engine's number among the workers. Lives on the engine's loop."""

    def __init__(
        self,
        ledger: Ledger,
        store: Store,
        events: EventBus,
        clock: SteadyClock,
        place: PlaceWatch,
        gone_back: GoneBackWatch,
    ) -> None:
        self._place = place
        self._gone_back = gone_back
        self._ledger = ledger
        self._store = store
        self._events = events
        self._clock = clock
        self._worker: int | None = None
        self._last_recovery = 0

    async def take_up(self) -> int:
        """The worker's number, signed on anew after it was lost; notes whether this is the place
        to send from, and whether the ledger went back."""
        await self._gone_back.look()
        await self._place.look(anew=self._worker is None)
        if self._worker is None:
            self._worker = await self._store.run(self._ledger.workers.register)
        return self._worker

    def lose(self) -> int | None:
        """Others took this worker for dead; returns the number that it had."""
        self._gone_back.look_soon()
        worker, self._worker = self._worker, None
        return worker

    @property
    def recovery_is_due(self) -> bool:
        """Whether it is time to look for dead workers again."""
        return self._clock.now() - self._last_recovery > _RECOVER_EVERY

    def recover_soon(self) -> None:
        """Look for dead workers at the next chance: the clock was set."""
        self._last_recovery = 0

    async def recover(self) -> None:
        """Bury workers that are gone, and say how much is in doubt because of them."""
        ledger, own = self._ledger, self._worker

        def bury(worker: int) -> int:
            ledger.happenings.note_lost(worker)
            return ledger.workers.bury(worker)

        def bury_the_dead() -> int:
            passed = monotonic()
            return sum(bury(one) for one in ledger.workers.dead(at=passed) if one != own)

        doubtful = await self._store.run(bury_the_dead)
        self._last_recovery = self._clock.now()
        if doubtful:
            self._events.post(
                Notice(NoticeKind.RESUMED_AFTER_CRASH, NoticeLevel.WARNING, count=doubtful)
            )
            self._events.post(QueuesChanged())

    async def sign_off(self) -> None:
        """Leave in good order, as far as the ledger can be reached."""
        if self._worker is None:
            return
        try:
            await self._store.run(self._ledger.workers.leave, self._worker)
        except LedgerError as error:
            log.warning("could not sign off; the next start sees to it: %s", error)
