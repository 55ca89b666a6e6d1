"""The dialog of a new campaign is not closed over what was entered in it without a question."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.window.drops import has_dialog, ready
from wa_desktop.window.application import Application
from wa_desktop.window.new_campaign.dialog import NewCampaignDialog
from wa_desktop.window.new_campaign.form import Source
from wa_desktop.window.parts.questions import Question

pytestmark = pytest.mark.window


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    """A list with one good row."""
    path = tmp_path / "list.csv"
    path.write_text("phone,name\n+79990000001,Anna\n")
    return path


def _esc(dialog: NewCampaignDialog) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_esc_over_nothing_closes_at_once(
    qtbot: QtBot, program: Application, customers: Path
) -> None:
    _esc(ready(qtbot, program, customers))
    assert not has_dialog(program)


def _template(dialog: NewCampaignDialog) -> None:
    dialog.message.choose(Source.TEMPLATE)
    dialog.message.template_name.setText("winter_sale")


@pytest.mark.parametrize(
    "enter",
    [
        lambda dialog: dialog.message.text.setPlainText("Hello"),
        _template,
        lambda dialog: dialog.name.setText("Winter sale"),
        lambda dialog: dialog.when.starts.setChecked(True),
        lambda dialog: dialog.account.setCurrentIndex(1),
        lambda dialog: dialog.file.country.choose("RU"),
    ],
    ids=["text", "template", "name", "start", "account", "country"],
)
def test_esc_asks_before_it_discards_what_was_entered(
    qtbot: QtBot,
    program: Application,
    customers: Path,
    enter: Callable[[NewCampaignDialog], None],
) -> None:
    dialog = ready(qtbot, program, customers)
    enter(dialog)
    _esc(dialog)
    assert has_dialog(program)
    assert dialog.question is not None
    assert dialog.question.defaultButton() is dialog.question.back
    dialog.question.button_named("Discard").click()
    assert not has_dialog(program)


@pytest.mark.parametrize("close", [NewCampaignDialog.close, NewCampaignDialog.reject])
def test_every_way_of_closing_asks_and_going_back_keeps_the_text(
    qtbot: QtBot,
    program: Application,
    customers: Path,
    close: Callable[[NewCampaignDialog], object],
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.text.setPlainText("Hello {{name}}")
    close(dialog)
    (question,) = dialog.findChildren(Question)
    QTest.keyClick(question, Qt.Key.Key_Escape)
    assert dialog.question is None
    assert dialog.isVisible()
    assert dialog.message.text.toPlainText() == "Hello {{name}}"


def test_another_file_keeps_the_text(
    qtbot: QtBot, program: Application, customers: Path, tmp_path: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.text.setPlainText("Hello {{name}}")
    other = tmp_path / "other.csv"
    other.write_text("phone,name,message\n+79990000002,Egor,Hi\n")
    dialog.read_files((other,))
    qtbot.waitUntil(lambda: dialog.preview is not None, timeout=20_000)
    assert dialog.message.choice().body == "Hello {{name}}"
    assert dialog.message.preview.text() == "Hello Egor"


def test_quitting_asks_about_the_text_too(
    qtbot: QtBot, program: Application, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.text.setPlainText("Hello {{name}}")
    program.ask_to_end()
    assert has_dialog(program)
    (question,) = dialog.findChildren(Question)
    question.reject()
    assert dialog.message.text.toPlainText() == "Hello {{name}}"
    program.ask_to_end()
    assert dialog.question is not None
    dialog.question.button_named("Discard").click()
    qtbot.waitUntil(lambda: not program.window.isVisible(), timeout=20_000)
