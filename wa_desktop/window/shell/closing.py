"""The question at closing while campaigns are at work."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from wa_desktop.contracts.services import Services
from wa_desktop.errors import MoveRefused, NotFound
from wa_desktop.window import words
from wa_desktop.window.campaigns.actions import WORKING
from wa_desktop.window.parts.questions import Answer, Question

translate = QCoreApplication.translate


def ask_before_closing(
    window: QWidget,
    running: int,
    *,
    has_tray: bool,
    keep_sending: Callable[[], None],
    pause_and_quit: Callable[[], None],
) -> Question:
    """Open the question and return it."""
    keep = (
        translate("Closing", "Keep sending in the tray")
        if has_tray
        else translate("Closing", "Keep sending, minimised")
    )
    question = Question(
        words.Counted().still_sending(running),
        translate(
            "Closing",
            "Sending needs this program. Paused campaigns go on when you resume them.",
        ),
        (
            Answer(keep, keep_sending),
            Answer(translate("Closing", "Pause and quit"), pause_and_quit),
        ),
        translate("Closing", "Cancel"),
        window,
    )
    question.open()
    return question


def pause_all(services: Services) -> None:
    """Pause whatever is at work; on a pool thread."""
    for contract in services.ledger.contracts.in_states(WORKING):
        try:
            services.contracts.pause(contract.id)
        except (MoveRefused, NotFound):
            continue  # it ended by itself meanwhile
