"""A campaign opened in the window, and the question that stands over it."""

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from wa_desktop.ledger.records import Contract
from wa_desktop.window.campaigns.detail_page import CampaignDetailPage
from wa_desktop.window.parts.questions import Question
from wa_desktop.window.wiring import Wiring


def open_page(qtbot: QtBot, wiring: Wiring, contract: Contract) -> CampaignDetailPage:
    """The campaign's page on the screen, read once."""
    page = CampaignDetailPage(wiring)
    put_on_screen(qtbot, page)
    page.resize(1100, 800)
    qtbot.waitExposed(page)
    page.open_contract(contract.id)
    qtbot.waitUntil(lambda: page.contract is not None, timeout=20_000)
    return page


def put_on_screen(qtbot: QtBot, widget: QWidget) -> None:
    """Show a widget and hold it until it is closed: else a pool thread may collect it."""
    qtbot.addWidget(widget, before_close_func=lambda _: widget.hide())
    widget.show()


def is_asked() -> bool:
    """Whether a question is asked now."""
    return isinstance(QApplication.activeModalWidget(), Question)


def question() -> Question:
    """The question that is asked now."""
    found = QApplication.activeModalWidget()
    if not isinstance(found, Question):
        pytest.fail("no question is asked")
    return found
