"""When the data was copied or moved: a card says that nothing is sent, and asks which copy sends.

It stays until a person has answered, here or in another program.
"""

from PySide6.QtCore import QObject

from wa_desktop.events import Notice, NoticeKind
from wa_desktop.ledger.places.places import Moved
from wa_desktop.window.background import Lane
from wa_desktop.window.formats import fill
from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring

_NEWS = (NoticeKind.MOVED, NoticeKind.TROUBLE_OVER)


class MovedCard(QObject):
    """Keeps the card. ``others_send``: the engine is another program's, whose news do not come
    here."""

    def __init__(
        self, wiring: Wiring, card: ActionCard, parent: QObject, *, others_send: bool = False
    ) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._card = card
        self._busy = False
        self._always = others_send
        self._refresher = Refresher[Moved | None](
            wiring.background, lambda: wiring.services.places.moved, self._show, self
        )
        wiring.bridge.noticed.connect(self._noticed)
        self._refresher.watch(True)

    def confirm(self) -> None:
        """This is the copy to send from."""
        if self._busy:
            return
        self._busy = True
        confirm = self._wiring.services.places.confirm
        self._wiring.background.run(self, confirm, self._done, self._failed, lane=Lane.SAVE)

    def _noticed(self, notices: tuple[Notice, ...]) -> None:
        if any(one.kind in _NEWS for one in notices):
            self._refresher.watch(True)

    def _show(self, moved: Moved | None) -> None:
        if moved is None:
            self._card.show_words("", Tone.WARN)
            if not self._always:
                self._refresher.watch(False)
            return
        text = fill(
            self.tr(
                "This data was copied or moved. Messages last went out from %1. Nothing is sent "
                "from here, so that nobody gets a message twice. If no other copy sends any more, "
                "send from here: the campaigns that this has paused go on."
            ),
            translated(moved.sent_from),
        )
        self._card.show_words(
            text, Tone.WARN, (NoticeAction(self.tr("Send from here"), self.confirm),)
        )

    def _done(self, _answer: object) -> None:
        self._busy = False
        self._refresher.ask_anew()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        self._wiring.background.report(error)
