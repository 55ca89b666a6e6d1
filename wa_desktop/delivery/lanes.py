"""The lanes of an engine: opened when rung for, renewed when their account was edited."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator

from wa_desktop.clock import SteadyClock
from wa_desktop.delivery.lane import Lane, open_lane
from wa_desktop.delivery.store import Store
from wa_desktop.errors import LedgerUnavailable, NotFound, TokenUnusable, WaDesktopError
from wa_desktop.events import AccountChanged, EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import AccountState
from wa_desktop.ledger.turns.turn import AccountOutlook
from wa_desktop.senders.protocol import Sender
from wa_desktop.words import words

log = logging.getLogger(__name__)


class Lanes:
    """Lives on the engine's loop."""

    def __init__(
        self,
        ledger: Ledger,
        store: Store,
        events: EventBus,
        clock: SteadyClock,
        changed: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._events = events
        self._clock = clock
        self._changed = changed
        self._lanes: dict[str, Lane] = {}
        self._barred = False
        self._retired: list[Sender] = []
        self._faults: dict[str, WaDesktopError] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def __getitem__(self, account_id: str) -> Lane:
        return self._lanes[account_id]

    @property
    def faults(self) -> tuple[tuple[str, str], ...]:
        """The accounts whose lanes cannot be opened, and why. May be read from any thread."""
        return tuple(
            (account_id, str(error))
            for account_id, error in sorted(self._faults.copy().items())
            if not isinstance(error, LedgerUnavailable | NotFound)
        )

    def ring(self, account_id: str) -> None:
        """The account has messages due: open its lane if need be."""
        lane = self._lanes.get(account_id)
        if lane is not None and lane.account.state is AccountState.ACTIVE:
            lane.ring()
            self._changed()
        elif account_id not in self._opening:
            task = asyncio.get_running_loop().create_task(self._open(account_id))
            self._opening[account_id] = task
            task.add_done_callback(lambda _: self._opening.pop(account_id, None))

    def ring_all(self) -> None:
        """Each account may have messages due."""
        for lane in self._lanes.values():
            lane.ring()

    def rest(self, *, barred: bool) -> bool:
        """Whether all lanes rest, since a trouble bars all claims; when it ends, each account may
        have messages due."""
        if self._barred and not barred:
            self.ring_all()
        self._barred = barred
        return barred

    def unreachable(self) -> str | None:
        """What to tell of accounts whose provider cannot be reached; ``None`` if none is."""
        cut_off = [one for one in self._lanes.values() if one.unreachable is not None]
        if not cut_off:
            return None
        names = ", ".join(sorted(one.account.name for one in cut_off))
        return words(
            "The provider of {accounts} cannot be reached ({reason}). Nothing is lost and no "
            "attempt is spent; it is tried again every few seconds.",
            accounts=names,
            reason=cut_off[0].unreachable or "",
        )

    async def learn(self, asked: Collection[str], outlooks: Collection[AccountOutlook]) -> None:
        """Take up what a turn said of the accounts it was asked for.

        A ring that came while the turn was under way is not forgotten over it.
        """
        seen = {one.account_id: one for one in outlooks}
        for account_id in asked:
            lane, outlook = self._lanes[account_id], seen.get(account_id)
            lane.learn(outlook, self._clock.now())
            if outlook is None or outlook.revision != lane.account.revision:
                await self._renew(lane)

    async def stop_account(self, account_id: str, reason: str) -> None:
        """Stop an account for a reason that a person must see to.

        Once: what else was on the wire ends with the same reason.
        """
        known = self._lanes.get(account_id)
        if known is not None and known.account.state is AccountState.STOPPED:
            return
        stopped = await self._store.run(
            self._ledger.accounts.set_state, account_id, AccountState.STOPPED, reason
        )
        lane = self._lanes.get(account_id)
        if lane is not None:
            lane.account, lane.next_try_at = stopped, None
        self._events.post(AccountChanged(account_id))
        self._events.post(
            Notice(
                NoticeKind.ACCOUNT_STOPPED,
                NoticeLevel.ERROR,
                subject=stopped.name,
                detail=reason,
                account_id=account_id,
            )
        )

    async def close(self) -> None:
        """Close all connections."""
        for task in list(self._opening.values()):
            task.cancel()
        for sender in [*self._retired, *(lane.sender for lane in self._lanes.values())]:
            await sender.close()

    async def _open(self, account_id: str) -> None:
        known = self._lanes.get(account_id)
        if known is not None:
            await self._renew(known)
            known.ring()
        else:
            try:
                sending = await self._store.run(self._ledger.accounts.for_sending, account_id)
                self._lanes[account_id] = open_lane(sending)
                self._faults.pop(account_id, None)
            except TokenUnusable as error:
                await self._stop_for_token(account_id, error)
                return
            except WaDesktopError as error:
                self._cannot_send(account_id, error)
                return
        self._changed()

    async def _renew(self, lane: Lane) -> None:
        """Take up an edited account; requests in flight finish on the old connections."""
        account_id = lane.account.id
        try:
            sending = await self._store.run(self._ledger.accounts.for_sending, account_id)
            self._retired.append(lane.take_up(sending))
            self._faults.pop(account_id, None)
        except NotFound:
            lane.next_try_at = None
        except TokenUnusable as error:
            lane.next_try_at = None
            await self._stop_for_token(account_id, error)
        except WaDesktopError as error:
            lane.next_try_at = None
            self._cannot_send(account_id, error)

    async def _stop_for_token(self, account_id: str, error: TokenUnusable) -> None:
        """Stop an account whose token must be entered again, unless it is stopped already."""
        account = await self._store.run(self._ledger.accounts.get, account_id)
        if account_id in self._lanes:
            self._lanes[account_id].account = account  # may have been resumed since
        if account.state is AccountState.ACTIVE:
            log.error("the account %s is stopped: %s", account_id, error)
            await self.stop_account(account_id, str(error))

    def _cannot_send(self, account_id: str, error: WaDesktopError) -> None:
        """Say so once: the sweep rings again and again for an account that has work."""
        if str(self._faults.get(account_id)) == str(error):
            return
        self._faults[account_id] = error
        log.warning("the account %s cannot send: %s", account_id, error)
        if isinstance(error, LedgerUnavailable | NotFound):
            return
        self._events.post(
            Notice(
                NoticeKind.TROUBLE,
                NoticeLevel.ERROR,
                subject=account_id,
                detail=str(error),
                account_id=account_id,
            )
        )
