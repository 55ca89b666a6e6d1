"""What must stop: contracts are paused, accounts stopped, with the reason in words."""

import logging
from collections.abc import Sequence

from wa_desktop.delivery.lanes import Lanes
from wa_desktop.delivery.reactions import Halt
from wa_desktop.delivery.store import Store
from wa_desktop.delivery.wire import HaltRequest
from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.events import ContractChanged, EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import CLAIMABLE, ContractState

log = logging.getLogger(__name__)


class Halting:
    """Stops whose trouble is not one row's. Lives on the engine's loop."""

    def __init__(self, ledger: Ledger, store: Store, events: EventBus, lanes: Lanes) -> None:
        self._ledger = ledger
        self._store = store
        self._events = events
        self._lanes = lanes

    async def act_on(self, requests: Sequence[HaltRequest]) -> None:
        """Pause contracts and stop accounts, each once."""
        halts = {(one.halt, one.target): one for one in requests}
        for one in halts.values():
            if one.halt is Halt.ACCOUNT:
                await self._lanes.stop_account(one.target, one.reason)
            elif one.halt is Halt.PORTFOLIO:
                await self._stop_business(one)
            else:
                await self._pause_contract(one)

    async def _stop_business(self, halt: HaltRequest) -> None:
        """Stop the account, and every other that is not stopped yet for a reason of its own."""
        business = await self._store.run(self._ledger.vitals.of_the_business, halt.target)
        for account_id in business:
            await self._lanes.stop_account(account_id, halt.reason)

    async def _pause_contract(self, halt: HaltRequest) -> None:
        try:
            await self._store.run(
                self._ledger.contracts.move,
                halt.target,
                ContractState.PAUSED,
                reason=halt.reason,
                only_from=CLAIMABLE,
            )
            await self._store.run(self._ledger.work.release_claims, halt.target)
        except (MoveRefused, NotFound) as error:
            log.info("the campaign need not be paused: %s", error)
            return
        self._events.post(ContractChanged(halt.target))
        self._events.post(
            Notice(
                NoticeKind.PAUSED,
                NoticeLevel.WARNING,
                subject=halt.name,
                detail=halt.reason,
                contract_id=halt.target,
            )
        )
