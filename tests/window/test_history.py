"""A message opened from the table shows what it says and what happened to it."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.window.campaign import open_page
from tests.window.core import UNLIMITED, HandDrivenCore
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.window.messages.history_dialog import HistoryDialog
from wa_desktop.window.wiring import Wiring

pytestmark = pytest.mark.window


@pytest.fixture
def contract(core: HandDrivenCore) -> Contract:
    """Two recipients with a name, one message failed."""
    rows = [
        RecipientRow(1, "79990000001", variables={"name": "Anna"}),
        RecipientRow(2, "79990000002", variables={"name": "Egor"}),
    ]
    made, _ = core.services.contracts.create_filled(
        NewContract(UNLIMITED, "Winter", message="Hello {{name}}"), rows
    )
    core.services.contracts.start(made.id)
    core.send(1, [OutcomeKind.FAILED], text="Not on WhatsApp.")
    return made


def test_a_double_click_shows_text_fields_attempts_and_events(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore, contract: Contract
) -> None:
    page = open_page(qtbot, wiring, contract)
    table = page.messages.table
    qtbot.waitUntil(lambda: page.messages.model.rowCount() == 2, timeout=10_000)
    table.doubleClicked.emit(page.messages.model.index(0, 0))
    dialog = QApplication.activeModalWidget()
    assert isinstance(dialog, HistoryDialog)
    qtbot.waitUntil(lambda: dialog.events.rowCount() == 1, timeout=10_000)
    assert dialog.phone.text() == "+79990000001"
    assert dialog.text.toPlainText() == "Hello Anna"
    assert dialog.facts.text() == "Attempts: 1"
    assert dialog.state.text() == "Failed"
    assert dialog.fields.records == (("name", "Anna"),)
    event = [dialog.events.index(0, column).data() for column in (1, 2)]
    assert event == ["Failed", "Not on WhatsApp. (131026)"]
    dialog.reject()


def test_it_follows_what_happens_while_it_is_open(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore, contract: Contract
) -> None:
    page = open_page(qtbot, wiring, contract)
    second = core.ledger.messages.ids(contract.id)[1]
    dialog = page.show_history(second)
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.state.text() == "Waiting", timeout=10_000)
    core.send(1)
    dialog.refresher.ask()
    qtbot.waitUntil(lambda: dialog.state.text() == "Sent", timeout=10_000)
    assert "wamid." in dialog.facts.text()
    dialog.reject()


def test_it_closes_when_its_campaign_is_deleted(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore, contract: Contract
) -> None:
    page = open_page(qtbot, wiring, contract)
    dialog = page.show_history(core.ledger.messages.ids(contract.id)[0])
    assert dialog is not None
    core.services.contracts.delete(contract.id, force=True)
    with qtbot.waitSignal(dialog.finished, timeout=10_000):
        dialog.refresher.ask()
