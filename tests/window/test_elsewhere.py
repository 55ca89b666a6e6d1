"""A second program on the same data shows it, says who sends, and never asks at closing."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.window.conftest import CoreOfWindow
from tests.window.core import HandDrivenCore
from tests.window.shown import shown_application
from wa_desktop.app import Program
from wa_desktop.contracts.services import Services
from wa_desktop.errors import LedgerBusy
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.states import ContractState
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.settings import load_settings
from wa_desktop.window.application import Application
from wa_desktop.window.campaigns.actions import Action

pytestmark = pytest.mark.window


class SecondCore:
    """A real program on a data folder, as the window opens it."""

    def __init__(self, home: Path) -> None:
        self.program = Program.open(load_settings(None, home=home))

    def open(self) -> Services:
        return self.program.services

    def start(self) -> None:
        self.program.start()

    def stop(self) -> None:
        self.program.close()


@pytest.fixture
def first(tmp_path: Path) -> Iterator[Program]:
    """The program that sends."""
    with Program.open(load_settings(None, home=tmp_path / "data")) as program:
        program.start()
        yield program


@pytest.fixture
def second(qtbot: QtBot, first: Program, tmp_path: Path) -> Iterator[Application]:
    """A window on the same data."""
    with shown_application(qtbot, SecondCore(tmp_path / "data")) as application:
        yield application


def test_it_opens_with_the_data_and_says_who_sends(qtbot: QtBot, second: Application) -> None:
    bar = second.window.elsewhere
    qtbot.waitUntil(lambda: f"(process {os.getpid()})" in bar.text, timeout=10_000)
    assert "sends nothing itself" in bar.text
    assert bar.buttons == []
    assert second.session is not None
    qtbot.waitUntil(lambda: second.session.rooms.campaigns.list.empty.isVisible())  # type: ignore[union-attr]


def test_what_is_started_here_is_sent_by_the_other_and_closing_asks_nothing(
    qtbot: QtBot, second: Application, first: Program
) -> None:
    rows = [RecipientRow(line, f"7999{line:07}") for line in range(1, 401)]
    contract, _ = first.services.contracts.create_filled(
        NewContract("sandbox", "Winter", message="Hello"), rows
    )
    session = second.session
    assert session is not None
    session.open_contract(contract.id)
    detail = session.rooms.campaigns.detail
    qtbot.waitUntil(lambda: detail.contract is not None, timeout=10_000)
    detail.action_bar.button(Action.START).click()
    qtbot.waitUntil(
        lambda: first.services.ledger.contracts.get(contract.id).counts.completed > 0,
        timeout=30_000,
    )
    qtbot.waitUntil(lambda: len(session.running.contracts) == 1, timeout=10_000)
    with qtbot.waitSignal(second.ended, timeout=20_000):
        second.window.close()
    assert session.question is None
    state = first.services.ledger.contracts.get(contract.id).state
    assert state is ContractState.RUNNING


def test_when_the_other_is_gone_this_one_can_take_over(
    qtbot: QtBot, second: Application, first: Program
) -> None:
    session = second.session
    assert session is not None
    elsewhere = session.elsewhere
    assert elsewhere is not None
    with qtbot.waitSignal(elsewhere.refused, timeout=10_000):
        elsewhere.take_over()
    first.stop()
    bar = second.window.elsewhere
    qtbot.waitUntil(lambda: "none sends now" in bar.text, timeout=20_000)
    with qtbot.waitSignal(elsewhere.taken_over, timeout=20_000):
        bar.button("Send from here").click()
    assert bar.text == ""
    assert len(session._wiring.services.ledger.workers.alive()) == 1


def test_a_core_that_is_busy_stays_open(
    qtbot: QtBot, own_core: CoreOfWindow, core: HandDrivenCore
) -> None:
    def busy() -> None:
        raise LedgerBusy("Another wa-desktop already sends from this data folder.")

    own_core.on_start = busy
    application = Application(own_core)
    with qtbot.waitSignal(application.ready, timeout=20_000):
        application.window.show()
    assert own_core.calls == ["open", "start"]
    with qtbot.waitSignal(application.ended, timeout=20_000):
        application.window.close()
    application.close()
