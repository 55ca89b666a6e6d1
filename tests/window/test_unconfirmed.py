"""The window on data that a person must confirm: it says that nothing is sent, and one button
answers."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from tests.waiting import wait_until
from tests.window.shown import shown_application
from tests.window.test_elsewhere import SecondCore
from wa_desktop.app import Program
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns.witness import Lost
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.settings import load_settings
from wa_desktop.window.application import Application

pytestmark = pytest.mark.window

BUTTON = "Send from here"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A data folder that was copied in the middle of a campaign."""
    home = tmp_path / "data"
    with Program.open(load_settings(None, home=home)) as program:
        program.start()
        rows = [RecipientRow(line, f"7999{line:07}") for line in range(1, 201)]
        contract, _ = program.services.contracts.create_filled(
            NewContract("sandbox", "Winter", message="Hello"), rows
        )
        program.services.contracts.start(contract.id)
        ledger = program.services.ledger
        wait_until(lambda: ledger.contracts.get(contract.id).counts.completed, "a message", 20)
    shutil.copytree(home, tmp_path / "copy")
    return tmp_path / "copy"


@pytest.fixture
def copied(copy: Path) -> SecondCore:
    """The real program on the copy."""
    return SecondCore(copy)


@pytest.fixture
def opened(qtbot: QtBot, copied: SecondCore) -> Iterator[Application]:
    """A window on the copy."""
    with shown_application(qtbot, copied) as application:
        yield application


def completed(core: SecondCore) -> int:
    """How many messages the copy has sent, and had as it was copied."""
    (contract,) = core.program.services.ledger.contracts.page().items
    return contract.counts.completed


def test_a_card_says_from_where_it_was_sent_and_its_button_lets_it_go_on(
    qtbot: QtBot, opened: Application, copied: SecondCore, tmp_path: Path
) -> None:
    card = opened.window.unconfirmed
    qtbot.waitUntil(lambda: "copied or moved" in card.text, timeout=10_000)
    assert str(tmp_path / "data") in card.text
    assert opened.window.notices.rows() == []
    (contract,) = copied.program.services.ledger.contracts.page().items
    assert contract.state is ContractState.PAUSED
    before = completed(copied)
    card.button(BUTTON).click()
    qtbot.waitUntil(lambda: card.text == "", timeout=10_000)
    qtbot.waitUntil(lambda: completed(copied) > before, timeout=10_000)
    qtbot.waitUntil(
        lambda: any("works again" in row.text for row in opened.window.notices.rows()),
        timeout=10_000,
    )


def test_the_card_goes_when_the_place_is_confirmed_by_another_program(
    qtbot: QtBot, opened: Application, copied: SecondCore, copy: Path
) -> None:
    card = opened.window.unconfirmed
    qtbot.waitUntil(lambda: "copied or moved" in card.text, timeout=10_000)
    before = completed(copied)
    with Program.open(load_settings(None, home=copy)) as other:
        assert other.services.places.confirm() is not None
    qtbot.waitUntil(lambda: card.text == "", timeout=10_000)
    qtbot.waitUntil(lambda: completed(copied) > before, timeout=10_000)


def test_a_window_beside_a_worker_that_waits_shows_the_card_too(qtbot: QtBot, copy: Path) -> None:
    with Program.open(load_settings(None, home=copy)) as worker:
        worker.start()
        copied = SecondCore(copy)
        application = Application(copied)
        with qtbot.waitSignal(application.ready, timeout=20_000):
            application.window.show()
        card = application.window.unconfirmed
        qtbot.waitUntil(lambda: "copied or moved" in card.text, timeout=10_000)
        before = completed(copied)
        card.button(BUTTON).click()
        qtbot.waitUntil(lambda: card.text == "", timeout=10_000)
        qtbot.waitUntil(lambda: completed(copied) > before, timeout=10_000)
        application.end()
        qtbot.waitUntil(lambda: not application.window.isVisible(), timeout=20_000)
        application.close()
        application.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_data_that_are_where_they_were_show_no_card(qtbot: QtBot, program: Application) -> None:
    session = program.session
    assert session is not None
    qtbot.waitUntil(lambda: session.rooms.campaigns.list.empty.isVisible(), timeout=10_000)
    assert program.window.unconfirmed.text == ""


def test_a_card_says_that_the_database_went_back_and_its_button_lets_it_go_on(
    qtbot: QtBot, tmp_path: Path
) -> None:
    core = SecondCore(tmp_path / "own")
    with shown_application(qtbot, core) as application:
        card, ledger = application.window.unconfirmed, core.program.services.ledger
        qtbot.waitUntil(lambda: len(ledger.workers.alive()) == 1, timeout=10_000)
        (worker,) = ledger.workers.alive()
        ledger.confirmation.bar(Lost(worker.id, (), turns=3, seconds=1.5, until=ledger.now()))
        qtbot.waitUntil(lambda: "its last changes (about 1.5 s)" in card.text, timeout=10_000)
        assert application.window.notices.rows() == []
        card.button("Continue sending").click()
        qtbot.waitUntil(lambda: card.text == "", timeout=10_000)
        assert ledger.confirmation.pending() is None
