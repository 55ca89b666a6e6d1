"""When another program sends from the same data: this window shows it and sends nothing.

What is done here is written to the ledger and carried out by the other program. When that
one is gone, this window can take over, at a person's word only: a service that is being
restarted would find its place taken.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from wa_desktop.errors import LedgerBusy
from wa_desktop.ledger.records import WorkerRecord
from wa_desktop.window.background import Lane
from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring


class Elsewhere(QObject):
    """Keeps the bar that says so; ``start`` is the core's, and may be refused again."""

    taken_over = Signal()
    refused = Signal(str)

    def __init__(
        self, wiring: Wiring, card: ActionCard, start: Callable[[], None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._card = card
        self._start = start
        self._busy = False
        self._refresher = Refresher[tuple[WorkerRecord, ...]](
            wiring.background, lambda: wiring.services.ledger.workers.alive, self._show, self
        )
        self._refresher.watch(True)

    def take_over(self) -> None:
        """Send from here if nobody else does by now."""
        if self._busy:
            return
        self._busy = True
        self._wiring.background.run(self, self._start, self._taken, self._failed, lane=Lane.CORE)

    def _show(self, workers: tuple[WorkerRecord, ...]) -> None:
        if workers:
            text = self.tr(
                "Another wa-desktop sends from this data folder (process %1). This window shows "
                "the same data and sends nothing itself; what you do here, the other one "
                "carries out."
            ).replace("%1", str(workers[0].pid))
            self._card.show_words(text, Tone.BUSY)
            return
        text = self.tr(
            "This window sends nothing: another wa-desktop held the data folder when it opened, "
            "and none sends now."
        )
        action = NoticeAction(self.tr("Send from here"), self.take_over)
        self._card.show_words(text, Tone.WARN, (action,))

    def _taken(self, _answer: object) -> None:
        self._refresher.watch(False)
        self._card.show_words("", Tone.BUSY)
        self.taken_over.emit()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        if isinstance(error, LedgerBusy):
            self.refused.emit(translated(str(error)))
        else:
            self._wiring.background.report(error)
