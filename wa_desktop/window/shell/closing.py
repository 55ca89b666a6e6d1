"""The question at closing while campaigns are at work, and as long as they are."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from wa_desktop.contracts.services import Services
from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.ledger.states import WORKING
from wa_desktop.window import words
from wa_desktop.window.parts.questions import Answer, Question

translate = QCoreApplication.translate


class ClosingQuestion(Question):
    """Follows what is at work: once nothing is, it asks for no more than closing."""

    def __init__(
        self,
        window: QWidget,
        running: int,
        *,
        has_tray: bool,
        keep_sending: Callable[[], None],
        pause_and_quit: Callable[[], None],
    ) -> None:
        """``running`` as in ``follow``."""
        keep = (
            translate("Closing", "Keep sending in the tray")
            if has_tray
            else translate("Closing", "Keep sending, minimised")
        )
        leave = translate("Closing", "Pause and quit")
        answers = (Answer(keep, keep_sending), Answer(leave, pause_and_quit))
        super().__init__("", "", answers, translate("Closing", "Cancel"), window)
        self._keep, self._leave = self.button_named(keep), self.button_named(leave)
        self.follow(running)

    def follow(self, running: int) -> None:
        """So many campaigns are at work now."""
        self._keep.setVisible(running > 0)
        if not running:  # a key meant for the button that went is to quit nothing
            self.back.setFocus()
        if running:
            title = words.Counted().still_sending(running)
            text = translate(
                "Closing",
                "Sending needs this program. Paused campaigns go on when you resume them.",
            )
            leave = translate("Closing", "Pause and quit")
        else:
            title, text = translate("Closing", "Nothing is being sent any more."), ""
            leave = translate("Closing", "Quit")
        self._leave.setText(leave)
        self.setWindowTitle(title)
        self.setText(title)
        self.setInformativeText(text)


def pause_all(services: Services) -> None:
    """Pause whatever is at work; on a pool thread."""
    for contract in services.ledger.contracts.in_states(WORKING):
        try:
            services.contracts.pause(contract.id)
        except (MoveRefused, NotFound):
            continue  # it ended by itself meanwhile
