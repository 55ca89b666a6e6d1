"""When nothing is sent until a person confirms the ledger: a card says why, its button confirms.

The ledger was copied or moved, or the database went back to an earlier state. The card stays until
a person has answered, here or in another program.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject

from wa_desktop.contracts.services import Services
from wa_desktop.events import Notice, NoticeKind
from wa_desktop.ledger.places.places import Moved
from wa_desktop.ledger.went_back import WentBack
from wa_desktop.window.background import Lane
from wa_desktop.window.formats import fill
from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring

_NEWS = (NoticeKind.UNCONFIRMED, NoticeKind.TROUBLE_OVER)


class UnconfirmedCard(QObject):
    """Keeps the card. ``others_send``: another program holds the engine; its notices do not come
    here."""

    def __init__(
        self, wiring: Wiring, card: ActionCard, parent: QObject, *, others_send: bool = False
    ) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._card = card
        self._busy = False
        self._always = others_send
        self._refresher = Refresher[WentBack | Moved | None](
            wiring.background, lambda: _waits_for(wiring.services), self._show, self
        )
        wiring.bridge.noticed.connect(self._noticed)
        self._refresher.watch(True)

    def _confirm(self, confirm: Callable[[], object]) -> None:
        if self._busy:
            return
        self._busy = True
        self._wiring.background.run(self, confirm, self._done, self._failed, lane=Lane.SAVE)

    def _noticed(self, notices: tuple[Notice, ...]) -> None:
        if any(one.kind in _NEWS for one in notices):
            self._refresher.watch(True)

    def _show(self, found: WentBack | Moved | None) -> None:
        if found is None:
            self._card.show_words("", Tone.WARN)
            if not self._always:
                self._refresher.watch(False)
        elif isinstance(found, WentBack):
            self._show_went_back(found)
        else:
            self._show_moved(found)

    def _show_went_back(self, found: WentBack) -> None:
        text = fill(
            self.tr(
                "The database lacks its last changes (about %1 s), as after a failover to a "
                "standby that was behind. Nothing is sent, so that nobody gets a message twice. "
                "Start every worker that ran before: each reports what it sent. Check what was "
                "changed last (campaigns, opt-outs). Then continue."
            ),
            f"{found.seconds:.1f}",
        )
        confirm = self._wiring.services.confirmation.confirm
        action = NoticeAction(self.tr("Continue sending"), lambda: self._confirm(confirm))
        self._card.show_words(text, Tone.WARN, (action,))

    def _show_moved(self, moved: Moved) -> None:
        text = fill(
            self.tr(
                "This data was copied or moved. Messages last went out from %1. Nothing is sent "
                "from here, so that nobody gets a message twice. If no other copy sends any more, "
                "send from here: the campaigns that this has paused go on."
            ),
            translated(moved.sent_from),
        )
        confirm = self._wiring.services.places.confirm
        action = NoticeAction(self.tr("Send from here"), lambda: self._confirm(confirm))
        self._card.show_words(text, Tone.WARN, (action,))

    def _done(self, _answer: object) -> None:
        self._busy = False
        self._refresher.ask_anew()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        self._wiring.background.report(error)


def _waits_for(services: Services) -> Callable[[], WentBack | Moved | None]:
    def look() -> WentBack | Moved | None:
        return services.confirmation.pending() or services.places.moved()

    return look
