"""The question at closing while campaigns are at work or scheduled, as long as they are."""

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from wa_desktop.clock import SECOND
from wa_desktop.contracts.services import Services
from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.schedule import LATE
from wa_desktop.ledger.states import WORKING
from wa_desktop.window import words
from wa_desktop.window.formats import fill, moment, moment_there
from wa_desktop.window.parts.questions import Answer, Question

translate = QCoreApplication.translate


class ClosingQuestion(Question):
    """Follows what is at work and to come: once nothing is, it asks for no more than closing."""

    def __init__(
        self,
        window: QWidget,
        running: int,
        scheduled: Sequence[Contract],
        *,
        has_tray: bool,
        keep_running: Callable[[], None],
        pause_and_quit: Callable[[], None],
    ) -> None:
        """``running`` and ``scheduled`` as in ``follow``."""
        self._has_tray = has_tray
        keep, leave = self._keep_words(running), _leave_words(running, scheduled)
        answers = (Answer(keep, keep_running), Answer(leave, pause_and_quit))
        super().__init__("", "", answers, translate("Closing", "Cancel"), window)
        self._keep, self._leave = self.button_named(keep), self.button_named(leave)
        self.follow(running, scheduled)

    def follow(self, running: int, scheduled: Sequence[Contract]) -> None:
        """So many campaigns are at work now, and these wait for their time, the next one first."""
        keeps = running > 0 or bool(scheduled)
        self._keep.setVisible(keeps)
        if not keeps:  # a key meant for the button that went is to quit nothing
            self.back.setFocus()
        self._keep.setText(self._keep_words(running))
        self._leave.setText(_leave_words(running, scheduled))
        title = _title(running, scheduled)
        self.setWindowTitle(title)
        self.setText(title)
        self.setInformativeText("\n\n".join(self._text(running, scheduled)))

    def _text(self, running: int, scheduled: Sequence[Contract]) -> Iterator[str]:
        if running:
            yield translate(
                "Closing",
                "Sending needs this program. Paused campaigns go on when you resume them.",
            )
        if scheduled:
            yield _next_start(scheduled)
            yield fill(
                translate(
                    "Closing",
                    "A start needs this program, and a computer that is awake. If the program "
                    "opens up to %1 minutes after that time, the campaign starts late; after "
                    "that it asks you first.",
                ),
                LATE // (60 * SECOND),
            )
        if (running or scheduled) and not self._has_tray:
            yield translate(
                "Closing", "This desktop has no tray, so the window stays on the task bar."
            )

    def _keep_words(self, running: int) -> str:
        if running and self._has_tray:
            return translate("Closing", "Keep sending in the tray")
        if running:
            return translate("Closing", "Keep sending, minimised")
        if self._has_tray:
            return translate("Closing", "Keep running in the tray")
        return translate("Closing", "Keep running, minimised")


def _leave_words(running: int, scheduled: Sequence[Contract]) -> str:
    if running:
        return translate("Closing", "Pause and quit")
    return translate("Closing", "Quit anyway") if scheduled else translate("Closing", "Quit")


def _title(running: int, scheduled: Sequence[Contract]) -> str:
    if running:
        return words.Counted().still_sending(running)
    if scheduled:
        return words.Counted().scheduled(len(scheduled))
    return translate("Closing", "Nothing is being sent any more.")


def _next_start(scheduled: Sequence[Contract]) -> str:
    """Which campaign starts next and when, by the clock here and in its own zone."""
    first = scheduled[0]
    there = None if first.start_at is None else moment_there(first.start_at, first.zone)
    if there is None:
        said = translate("Closing", "“%1” starts on %2.")
    else:
        said = translate("Closing", "“%1” starts on %2 (%3 in %4).")
    said = fill(said, first.name, moment(first.start_at), there, first.zone)
    more = len(scheduled) - 1
    return f"{said} {words.Counted().more_scheduled(more)}" if more else said


def pause_all(services: Services) -> None:
    """Pause whatever is at work; on a pool thread."""
    for contract in services.ledger.contracts.in_states(WORKING):
        try:
            services.contracts.pause(contract.id)
        except (MoveRefused, NotFound):
            continue  # it ended by itself meanwhile
