"""Notices come and go without moving anything else; what goes on again is not called a start."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.window.core import HandDrivenCore
from wa_desktop.window.application import Application
from wa_desktop.window.shell.main_window import MainWindow
from wa_desktop.window.theme import Tone

pytestmark = pytest.mark.window

ROOT = Path(__file__).resolve().parents[2]
LONG = "Three messages are in doubt: whether they arrived is unknown. " * 6


@pytest.fixture
def window(qtbot: QtBot, program: Application) -> MainWindow:
    """The window on the screen with its pages."""
    program.window.resize(900, 600)
    qtbot.waitUntil(lambda: program.window.width() == 900)
    return program.window


def _places(program: Application) -> list[tuple[QPoint, QSize]]:
    """Where everything of the list's page stands."""
    assert program.session is not None
    page = program.session.rooms.campaigns.list
    return [
        (one.mapTo(program.window, QPoint()), one.size())
        for one in page.findChildren(QWidget)
        if one.isVisible()
    ]


def _fits(window: MainWindow, widget: QWidget) -> bool:
    place = widget.mapTo(window, QPoint())
    return place.y() >= 0 and place.y() + widget.height() <= window.height()


@pytest.mark.parametrize("texts", [("One.",), (LONG,), ("One.", LONG, "Three.", "Four.")])
def test_notices_move_nothing_when_they_come_and_go(
    qtbot: QtBot, program: Application, window: MainWindow, texts: tuple[str, ...]
) -> None:
    before = _places(program)
    for text in texts:
        window.notices.show_notice(text, Tone.WARN)
    qtbot.waitUntil(lambda: all(_fits(window, row) for row in window.notices.rows()))
    assert _places(program) == before
    for row in window.notices.rows():
        row.dismiss()
    assert not window.notices.rows()
    assert _places(program) == before


def test_thousands_of_notices_come_and_go_without_a_crash() -> None:
    storm = [sys.executable, "-m", "tests.window.notice_storm", "1500"]
    subprocess.run(storm, cwd=ROOT, check=True, timeout=60)


def test_a_notice_that_was_dismissed_can_be_dismissed_again(window: MainWindow) -> None:
    window.notices.show_notice("One.")
    [row] = window.notices.rows()
    row.dismiss()
    row.dismiss()
    assert window.notices.rows() == []


def test_one_line_covers_nothing_of_the_page(
    qtbot: QtBot, program: Application, window: MainWindow
) -> None:
    window.notices.show_notice("“Winter” is finished.")
    (row,) = window.notices.rows()
    qtbot.waitUntil(lambda: row.height() > 0 and row.mapTo(window, QPoint()).y() > 0)
    top = row.mapTo(window, QPoint()).y()
    assert all(place.y() + size.height() <= top for place, size in _places(program))


def test_a_notice_that_stands_keeps_its_place_when_another_comes(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.notices.show_notice("First.", Tone.WARN)
    (first,) = window.notices.rows()
    qtbot.waitUntil(lambda: first.height() > 0 and first.mapTo(window, QPoint()).y() > 0)
    before = first.mapTo(window, QPoint())
    window.notices.show_notice(LONG, Tone.WARN)
    qtbot.waitUntil(lambda: window.notices.rows()[0].height() > first.height())
    assert first.mapTo(window, QPoint()) == before


def test_notices_follow_the_size_of_the_window(qtbot: QtBot, window: MainWindow) -> None:
    window.notices.show_notice(LONG, Tone.WARN)
    window.resize(700, 420)
    (row,) = window.notices.rows()
    qtbot.waitUntil(lambda: window.notices.geometry().right() == window.width() - 1)
    qtbot.waitUntil(lambda: _fits(window, row) and row.height() >= row.heightForWidth(row.width()))


def test_a_campaign_that_is_resumed_goes_on_and_does_not_start(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 10)
    core.services.contracts.pause(contract.id)
    core.services.contracts.start(contract.id)
    notices = program.window.notices
    qtbot.waitUntil(lambda: len(notices.rows()) == 3)
    assert [row.text for row in notices.rows()] == [
        "“Winter” goes on.",
        "“Winter” is paused.",
        "“Winter” has started.",
    ]
