"""The campaigns at work and to come, in memory for the tray and the question at closing."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import WORKING, ContractState
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.wiring import Wiring


class Running(QObject):
    """Follows the news; a slow look catches what other programs do."""

    changed = Signal()

    def __init__(self, wiring: Wiring, parent: QObject) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self.contracts: tuple[Contract, ...] = ()
        self.scheduled: tuple[Contract, ...] = ()
        """Those that wait for their time, the next one first."""
        self._refresher = Refresher[tuple[Contract, ...]](
            wiring.background, self._plan, self._show, self
        )
        wiring.bridge.contracts_changed.connect(self._news)
        wiring.bridge.contracts_deleted.connect(self._news)
        self._refresher.watch(True)

    @property
    def progress(self) -> int | None:
        """Whole percent over all campaigns at work, ``None`` when none is."""
        total = sum(one.counts.total for one in self.contracts)
        if not total:
            return None
        left = sum(one.counts.remaining for one in self.contracts)
        return (total - left) * 100 // total

    def _plan(self) -> Callable[[], tuple[Contract, ...]]:
        contracts = self._wiring.services.ledger.contracts
        return lambda: contracts.in_states((*WORKING, ContractState.SCHEDULED))

    def look(self, then: Callable[[], None]) -> None:
        """Read now, and call ``then`` once what is kept is no older than this call.

        Also called where the ledger could not be read.
        """

        def shown(contracts: tuple[Contract, ...]) -> None:
            self._show(contracts)
            then()

        self._wiring.background.run(self, self._plan(), shown, lambda _: then())

    def _show(self, found: tuple[Contract, ...]) -> None:
        at_work = tuple(one for one in found if one.state in WORKING)
        to_come = (one for one in found if one.state is ContractState.SCHEDULED)
        scheduled = tuple(sorted(to_come, key=lambda one: one.start_at or 0))
        if (at_work, scheduled) != (self.contracts, self.scheduled):
            self.contracts, self.scheduled = at_work, scheduled
            self.changed.emit()

    def _news(self, _ids: object) -> None:
        self._refresher.ask()
