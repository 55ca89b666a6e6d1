"""A file dropped on the window becomes a campaign; a bad one gets its words and nothing else."""

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.window.core import HandDrivenCore
from tests.window.drops import dialog_of, drop, ready
from wa_desktop.content import MessageTemplate
from wa_desktop.errors import NotFound
from wa_desktop.ledger.states import ContractState
from wa_desktop.window.application import Application
from wa_desktop.window.new_campaign.form import Source

pytestmark = pytest.mark.window

LIST = """phone;name;city
+7 999 000-00-01;Анна;Казань
+7 999 000-00-02;Егор;Москва
8 (999) 000-00-03;Ольга;Тверь
+7 999 000-00-01;Анна;Казань
12;Иван;Омск
"""


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    """A list with two good rows, one duplicate, one local number and one that is none."""
    path = tmp_path / "Зимний список.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def _closed(program: Application) -> bool:
    assert program.session is not None
    return program.session.rooms.new_campaigns.dialog is None


def test_a_dropped_file_opens_a_new_campaign_with_its_counts(
    qtbot: QtBot, program: Application, customers: Path
) -> None:
    event = drop(program.window, QUrl.fromLocalFile(str(customers)))
    assert event.dropAction() is Qt.DropAction.CopyAction
    dialog = ready(qtbot, program, customers)
    assert dialog.name.text() == "Зимний список"
    assert dialog.file.phone.currentText() == "phone"
    assert dialog.file.counts.text() == "2 good · 1 duplicate · 2 bad"
    assert dialog.file.rejections.toPlainText().splitlines() == [
        "Line 4: “8 (999) 000-00-03” – no country code: write it with + or choose a default "
        "country",
        "Line 6: “12” – too short for a phone number",
    ]
    assert dialog.file.rows.index(1, 1).data() == "Егор"
    dialog.reject()


def test_a_default_country_saves_local_numbers(
    qtbot: QtBot, program: Application, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.file.country.setCurrentIndex(dialog.file.country.findData("RU"))
    qtbot.waitUntil(lambda: dialog.file.counts.text() == "3 good · 1 duplicate · 1 bad")
    dialog.reject()


def test_return_in_a_field_sends_to_nobody(
    qtbot: QtBot, program: Application, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.text.setPlainText("Hello {{name}}")
    qtbot.waitUntil(dialog.start_button.isEnabled)
    pressed: list[bool] = []
    for button in dialog.findChildren(QPushButton):
        button.clicked.connect(pressed.append)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    assert not pressed
    dialog.reject()


def test_the_first_message_is_shown_as_it_is_written(
    qtbot: QtBot, program: Application, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    assert dialog.hint.text() == "Write the message."
    dialog.message.text.setPlainText("Здравствуйте, ")
    dialog.message._text_fields.buttons[0].click()
    assert dialog.message.text.toPlainText() == "{{name}}Здравствуйте, "
    dialog.message.text.setPlainText("Hello {{name}} of {{city}} 🎉")
    assert dialog.message.preview.text() == "Hello Анна of Казань 🎉"
    assert dialog.start_button.isEnabled()
    dialog.message.text.setPlainText("Hello {{surname}}")
    assert dialog.hint.text() == "The file has no column for: surname"
    assert not dialog.create_button.isEnabled()
    dialog.reject()


def test_create_makes_a_draft_and_opens_it(
    qtbot: QtBot, program: Application, core: HandDrivenCore, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.text.setPlainText("Hello {{name}}")
    dialog.create_button.click()
    assert program.session is not None
    detail = program.session.rooms.campaigns.detail
    qtbot.waitUntil(lambda: detail.contract is not None, timeout=20_000)
    (contract,) = core.ledger.contracts.page().items
    assert contract.state is ContractState.DRAFT
    assert (contract.name, contract.message) == ("Зимний список", "Hello {{name}}")
    assert contract.counts.total == 2
    own = core.ledger.messages.history(core.ledger.messages.ids(contract.id)[1]).own
    assert dict(own.variables) == {"name": "Егор", "city": "Москва"}


def test_create_and_start_sends(
    qtbot: QtBot, program: Application, core: HandDrivenCore, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.account.setCurrentIndex(dialog.account.findData("unlimited"))
    dialog.message.text.setPlainText("Hello")
    dialog.start_button.click()

    def waiting() -> bool:
        items = core.ledger.contracts.page().items
        return bool(items) and items[0].counts.waiting == 2

    qtbot.waitUntil(waiting, timeout=20_000)
    assert core.send(10) == 2
    assert core.ledger.contracts.page().items[0].state is ContractState.COMPLETED
    qtbot.waitUntil(lambda: _closed(program))


def test_a_message_column_of_a_workbook_is_found_and_used(
    qtbot: QtBot, program: Application, core: HandDrivenCore, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Имя", "Телефон", "Сообщение"), ("Анна", 79990000001, "Привет, Анна 🎁")):
        sheet.append(row)
    book.save(tmp_path / "list.xlsx")
    dialog = ready(qtbot, program, tmp_path / "list.xlsx")
    assert dialog.message.choice().source is Source.COLUMN
    assert dialog.file.phone.currentText() == "Телефон"
    assert dialog.message.preview.text() == "Привет, Анна 🎁"
    dialog.create_button.click()
    qtbot.waitUntil(lambda: core.ledger.contracts.page().items[:1] != (), timeout=20_000)
    qtbot.waitUntil(lambda: _closed(program), timeout=20_000)
    (contract,) = core.ledger.contracts.page().items
    own = core.ledger.messages.history(core.ledger.messages.ids(contract.id)[0]).own
    assert own.body == "Привет, Анна 🎁"


def test_half_a_field_is_pointed_out_and_may_be_meant(
    qtbot: QtBot, program: Application, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.text.setPlainText("Hello {{name, 10% off")
    assert dialog.hint.text() == "“{{name, 10% off” is no field and goes out as it stands."
    assert dialog.create_button.isEnabled()
    dialog.message.text.setPlainText("Hello {{name}}, 10% off")
    assert dialog.hint.text() == ""
    dialog.reject()


def test_a_template_takes_its_parameters_from_columns(
    qtbot: QtBot, program: Application, core: HandDrivenCore, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.choose(Source.TEMPLATE)
    assert dialog.hint.text() == "Give the template's name and language."
    dialog.message.template_name.setText("winter_sale")
    dialog.message.template_language.setText("ru")
    dialog.message.parameters.setPlainText("{{name}}\n10%")
    assert dialog.message.preview.text() == "winter_sale (ru)\nАнна\n10%"
    dialog.create_button.click()
    qtbot.waitUntil(lambda: _closed(program), timeout=20_000)
    (contract,) = core.ledger.contracts.page().items
    assert contract.template == MessageTemplate("winter_sale", "ru", {"1": "{{name}}", "2": "10%"})


def test_another_file_dropped_on_the_dialog_takes_its_place(
    qtbot: QtBot, program: Application, customers: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("phone\n+79990000009\n")
    dialog = ready(qtbot, program, customers)
    drop(dialog, QUrl.fromLocalFile(str(other)))
    qtbot.waitUntil(lambda: dialog.preview is not None and dialog.preview.total == 1)
    assert dialog.name.text() == "other"
    dialog.reject()


def test_closing_the_dialog_in_the_middle_of_adding_leaves_nothing(
    qtbot: QtBot, program: Application, core: HandDrivenCore, tmp_path: Path
) -> None:
    long = tmp_path / "long.csv"
    rows = "".join(f"+7{9_000_000_000 + place}\n" for place in range(60_000))
    long.write_text("phone\n" + rows)
    dialog = ready(qtbot, program, long)
    dialog.message.text.setPlainText("Hello")
    dialog.create_button.click()
    filling = dialog._filling
    assert filling is not None
    qtbot.waitUntil(lambda: filling.rows > 0, timeout=20_000)
    dialog.reject()
    if dialog.question is not None:
        dialog.question.button_named("Discard").click()
    # What was begun is taken back, unless the last row was in before the word came.
    qtbot.waitUntil(lambda: core.ledger.contracts.page().items == (), timeout=20_000)


def _folder(folder: Path) -> Path:
    path = folder / "lists.csv"
    path.mkdir()
    return path


def _written(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return write


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_folder, "is a folder"),
        (_written("empty.csv", b""), "is empty"),
        (_written("picture.csv", PICTURE), "cannot be used"),
        (_written("names.csv", b"name,city\nAnna,Kazan\nEgor,Moscow\n"), "Choose the column"),
        (_written("book.xlsx", b"PK\x03\x04 and no more"), "cannot be used"),
        (_written("long.csv", b"phone\n" + b"9" * 200 + b"\n"), "No row of this file"),
        (lambda folder: folder / "gone.csv", "is not there any more"),
    ],
    ids=["folder", "empty", "picture", "no phone column", "broken workbook", "200 digits", "gone"],
)
def test_a_bad_file_gets_words_and_cannot_be_created(
    qtbot: QtBot,
    program: Application,
    core: HandDrivenCore,
    tmp_path: Path,
    make: Callable[[Path], Path],
    words: str,
) -> None:
    drop(program.window, QUrl.fromLocalFile(str(make(tmp_path))))
    dialog = dialog_of(program)
    qtbot.waitUntil(lambda: bool(dialog.trouble_text), timeout=20_000)
    assert words in dialog.trouble_text
    dialog.message.text.setPlainText("Hello")
    assert not dialog.create_button.isEnabled()
    assert not dialog.start_button.isEnabled()
    assert core.ledger.contracts.page().items == ()
    dialog.reject()


def test_the_column_can_be_chosen_where_none_was_found(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("who,ref\nAnna,x\nEgor,+79990000001\n" + "Ivan,y\n" * 20)
    drop(program.window, QUrl.fromLocalFile(str(path)))
    dialog = dialog_of(program)
    qtbot.waitUntil(lambda: bool(dialog.trouble_text), timeout=20_000)
    dialog.file.phone.setCurrentIndex(dialog.file.phone.findText("ref"))
    qtbot.waitUntil(lambda: dialog.preview is not None, timeout=20_000)
    assert dialog.file.counts.text() == "1 good · 0 duplicates · 21 bad"
    assert dialog.trouble_text == ""
    dialog.reject()


def test_an_account_removed_meanwhile_is_said_and_nothing_is_made(
    qtbot: QtBot, program: Application, core: HandDrivenCore, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.text.setPlainText("Hello")
    dialog.account.setCurrentIndex(dialog.account.findData("unlimited"))
    core.services.accounts.remove("unlimited")
    dialog.create_button.click()
    qtbot.waitUntil(lambda: bool(dialog.trouble_text), timeout=20_000)
    assert str(NotFound("account", "unlimited")) in dialog.trouble_text
    assert dialog.create_button.isEnabled()
    assert core.ledger.contracts.page().items == ()
    dialog.reject()


def test_a_start_ahead_schedules_the_campaign_with_its_times(
    qtbot: QtBot, program: Application, core: HandDrivenCore, customers: Path
) -> None:
    dialog = ready(qtbot, program, customers)
    dialog.message.text.setPlainText("Hello")
    dialog.when.zone.setCurrentText("Asia/Tokyo")
    dialog.when.starts.setChecked(True)
    dialog.when.quiets.setChecked(True)
    dialog.when.expires.setChecked(True)
    assert dialog.start_button.text() == "Create and schedule"
    dialog.when.start.setDateTime(QDateTime(QDate(2020, 1, 1), QTime(9, 0)))
    assert dialog.hint.text() == "The start is in the past."
    assert not dialog.start_button.isEnabled()
    tomorrow = QDate.currentDate().addDays(1)
    dialog.when.start.setDateTime(QDateTime(tomorrow, QTime(9, 0)))
    expected = dialog.when.when()
    dialog.start_button.click()
    qtbot.waitUntil(lambda: _closed(program), timeout=20_000)
    (contract,) = core.ledger.contracts.page().items
    assert contract.state is ContractState.SCHEDULED
    assert (contract.start_at, contract.expires_at) == (expected.start_at, expected.expires_at)
    assert (contract.zone, contract.quiet_hours) == ("Asia/Tokyo", expected.quiet_hours)
