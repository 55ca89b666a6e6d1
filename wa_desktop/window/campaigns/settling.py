"""Sends failed messages again and settles doubts, after a question that says what may happen."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from wa_desktop.ledger.records import DoubtPolicy
from wa_desktop.window.campaigns.action_bar import ActionBar
from wa_desktop.window.parts.questions import Answer, Question
from wa_desktop.window.wiring import Wiring


class Settling(QObject):
    """Asks over a page and acts through its action bar. ``ids`` empty: all there are."""

    nothing_left = Signal(str)
    """A sentence: what was chosen had changed meanwhile."""

    def __init__(self, wiring: Wiring, actions: ActionBar, page: QWidget) -> None:
        super().__init__(page)
        self._wiring = wiring
        self._actions = actions
        self._page = page

    def ask_retry(self, count: int) -> None:
        """Send all failed messages again."""
        Question(
            self.tr("Send %Ln failed message(s) again?", "", count),
            self.tr("WhatsApp accepted none of them, so nobody gets a message twice."),
            (Answer(self.tr("Send again"), self.retry),),
            self.tr("Leave"),
            self._page,
        ).open()

    def retry(self, ids: Sequence[int] = ()) -> None:
        """Send failed messages again."""
        again = self._wiring.services.again
        self._actions.act(
            lambda one: again.retry(one, ids=ids),
            self._told(self.tr("None of these messages is failed any more.")),
        )

    def ask_resend(self, count: int, ids: Sequence[int] = ()) -> None:
        """Send messages in doubt again."""
        Question(
            self.tr("Send %Ln message(s) in doubt again?", "", count),
            self.tr(
                "It is unknown whether they arrived. Whoever got the first one gets a second "
                "message."
            ),
            (
                Answer(
                    self.tr("Send again"),
                    lambda: self._settle(DoubtPolicy.RESEND, ids),
                    danger=True,
                ),
            ),
            self.tr("Leave"),
            self._page,
        ).open()

    def ask_treat_as_sent(self, count: int, ids: Sequence[int] = ()) -> None:
        """Count messages in doubt as sent."""
        Question(
            self.tr("Treat %Ln message(s) in doubt as sent?", "", count),
            self.tr(
                "It is unknown whether they arrived. They are not sent again, so whoever did not "
                "get the message will not get it."
            ),
            (
                Answer(
                    self.tr("Treat as sent"), lambda: self._settle(DoubtPolicy.TREAT_AS_SENT, ids)
                ),
            ),
            self.tr("Leave"),
            self._page,
        ).open()

    def _settle(self, choice: DoubtPolicy, ids: Sequence[int]) -> None:
        doubts = self._wiring.services.doubts
        self._actions.act(
            lambda one: doubts.settle(one, choice, ids),
            self._told(self.tr("None of these messages is in doubt any more.")),
        )

    def _told(self, sentence: str) -> Callable[[int], None]:
        def done(amount: int) -> None:
            if not amount:
                self.nothing_left.emit(sentence)

        return done
