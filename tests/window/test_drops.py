"""Several files, and files elsewhere: each is used, or the window says why it is not."""

import os
from functools import partial
from pathlib import Path

import pytest
import typer.main
from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from tests.window.conftest import CoreOfWindow
from tests.window.core import HandDrivenCore
from tests.window.drops import address, dialog_of, drop, has_dialog, question_of
from wa_desktop.commands import window as window_command
from wa_desktop.ledger.records import Contract
from wa_desktop.window.application import Application
from wa_desktop.window.parts.notice_bar import NoticeRow

pytestmark = pytest.mark.window

ONE_LIST, EACH = "One list of all files", "A campaign for each file"


@pytest.fixture
def lists(tmp_path: Path) -> tuple[Path, Path]:
    """Two lists of two persons each; one person is in both, the columns in another order."""
    first, second = tmp_path / "winter.csv", tmp_path / "spring.csv"
    first.write_text("phone,name\n+79990000001,Anna\n+79990000002,Egor\n")
    second.write_text("Name,Note,Telephone\nOlga,x,+79990000003\nEgor,y,+79990000002\n")
    return first, second


def _notices(program: Application) -> list[str]:
    return [row.text for row in program.window.findChildren(NoticeRow)]


def _read(qtbot: QtBot, program: Application) -> None:
    files = dialog_of(program).desk
    qtbot.waitUntil(lambda: files.files.unread is None, timeout=20_000)
    qtbot.waitUntil(lambda: dialog_of(program).account.count() > 0)


def _shows(program: Application, name: str) -> bool:
    return has_dialog(program) and dialog_of(program).name.text() == name


def _contracts(core: HandDrivenCore) -> tuple[Contract, ...]:
    return core.ledger.contracts.page().items


def test_several_files_are_asked_about_once_and_make_one_list(
    qtbot: QtBot, program: Application, core: HandDrivenCore, lists: tuple[Path, Path]
) -> None:
    drop(program.window, *map(address, lists))
    question = question_of(program)
    assert all(path.name in question.informativeText() for path in lists)
    assert not has_dialog(program)
    question.button_named(ONE_LIST).click()
    _read(qtbot, program)
    dialog = dialog_of(program)
    assert dialog.file.file.text() == "One list of 2 files"
    dialog.message.text.setPlainText("Hello {{name}}")
    assert dialog.create_button.isEnabled()
    dialog.create_button.click()
    qtbot.waitUntil(lambda: not has_dialog(program), timeout=20_000)
    (contract,) = _contracts(core)
    assert contract.counts.total == 3
    bodies = [
        core.ledger.messages.history(one).own.variables["name"]
        for one in core.ledger.messages.ids(contract.id)[:2]
    ]
    assert bodies == ["Anna", "Egor"]


def test_a_campaign_for_each_file_comes_one_after_another(
    qtbot: QtBot, program: Application, core: HandDrivenCore, lists: tuple[Path, Path]
) -> None:
    drop(program.window, *map(address, lists))
    question_of(program).button_named(EACH).click()
    for path in lists:
        qtbot.waitUntil(partial(_shows, program, path.stem), timeout=20_000)
        _read(qtbot, program)
        dialog_of(program).message.text.setPlainText("Hello")
        dialog_of(program).create_button.click()
    qtbot.waitUntil(lambda: not has_dialog(program), timeout=20_000)
    assert {one.name for one in _contracts(core)} == {"winter", "spring"}


def test_cancelling_one_of_several_campaigns_asks_about_the_rest(
    qtbot: QtBot, program: Application, lists: tuple[Path, Path]
) -> None:
    drop(program.window, *map(address, lists))
    question_of(program).button_named(EACH).click()
    assert "1 file" in dialog_of(program).windowTitle()
    dialog_of(program).reject()
    question_of(program).button_named("Next: spring.csv").click()
    assert dialog_of(program).name.text() == "spring"
    dialog_of(program).reject()
    assert not has_dialog(program)


def test_the_question_can_be_left_without_a_campaign(
    program: Application, lists: tuple[Path, Path]
) -> None:
    drop(program.window, *map(address, lists))
    question_of(program).reject()
    assert not has_dialog(program)


def test_several_files_dropped_on_the_dialog_are_asked_about_too(
    qtbot: QtBot, program: Application, lists: tuple[Path, Path]
) -> None:
    drop(program.window, address(lists[0]))
    drop(dialog_of(program), *map(address, lists))
    question_of(program).button_named(ONE_LIST).click()
    _read(qtbot, program)
    assert len(dialog_of(program).desk.files) == 2


def test_the_file_chooser_takes_several_files(
    program: Application, lists: tuple[Path, Path]
) -> None:
    assert program.session is not None
    rooms = program.session.rooms
    rooms.choose_file()
    (chooser,) = rooms.findChildren(QFileDialog)
    assert chooser.fileMode() is QFileDialog.FileMode.ExistingFiles
    chooser.urlsSelected.emit([address(path) for path in lists])
    assert "2 file" in question_of(program).text()
    chooser.reject()


def test_the_command_takes_several_files() -> None:
    command = typer.main.get_command(window_command.app)
    context = command.make_context("window", ["a.csv", "b.csv"])
    assert context.params["files"] == [Path("a.csv"), Path("b.csv")]


def test_files_that_came_before_the_pages_are_all_asked_about(
    qtbot: QtBot, own_core: CoreOfWindow, lists: tuple[Path, Path]
) -> None:
    application = Application(own_core)
    for path in lists:
        drop(application.window, address(path))
    with qtbot.waitSignal(application.ready, timeout=20_000):
        application.window.show()
    assert all(path.name in question_of(application).informativeText() for path in lists)
    application.end()
    qtbot.waitUntil(lambda: not application.window.isVisible(), timeout=20_000)
    application.close()
    application.window.deleteLater()


def test_a_file_of_the_list_without_a_needed_column_is_named(
    qtbot: QtBot, program: Application, core: HandDrivenCore, lists: tuple[Path, Path]
) -> None:
    drop(program.window, *map(address, lists))
    question_of(program).button_named(ONE_LIST).click()
    _read(qtbot, program)
    dialog = dialog_of(program)
    dialog.message.text.setPlainText("Hello {{note}}")
    assert dialog.hint.text() == "winter.csv has no column for: note"
    assert not dialog.create_button.isEnabled()
    assert [one.text() for one in dialog.message._text_fields.buttons] == ["name"]


def test_a_file_of_the_list_that_cannot_be_read_is_named_and_can_be_left_out(
    qtbot: QtBot, program: Application, lists: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    drop(program.window, *map(address, lists), address(tmp_path / "folder"))
    question_of(program).button_named(ONE_LIST).click()
    _read(qtbot, program)
    dialog = dialog_of(program)
    assert "folder" in dialog.trouble_text
    assert "is a folder" in dialog.trouble_text
    dialog.message.text.setPlainText("Hello")
    assert not dialog.create_button.isEnabled()
    dialog.trouble.button("Leave this file out").click()
    assert dialog.trouble_text == ""
    assert dialog.create_button.isEnabled()


def test_a_file_without_phones_in_the_list_asks_for_its_column(
    qtbot: QtBot, program: Application, lists: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "names.csv").write_text("name,city\nAnna,Kazan\nEgor,Moscow\n")
    drop(program.window, address(lists[0]), address(tmp_path / "names.csv"))
    question_of(program).button_named(ONE_LIST).click()
    _read(qtbot, program)
    dialog = dialog_of(program)
    assert dialog.trouble_text.startswith("names.csv: No column with phone numbers")
    assert dialog.file.which.currentText() == "names.csv"


def test_a_list_that_breaks_off_in_its_second_file_leaves_no_campaign(
    qtbot: QtBot, program: Application, core: HandDrivenCore, lists: tuple[Path, Path]
) -> None:
    drop(program.window, *map(address, lists))
    question_of(program).button_named(ONE_LIST).click()
    _read(qtbot, program)
    dialog = dialog_of(program)
    dialog.message.text.setPlainText("Hello")
    lists[1].unlink()
    dialog.create_button.click()
    qtbot.waitUntil(lambda: bool(dialog.trouble_text), timeout=20_000)
    assert "spring.csv" in dialog.trouble_text
    assert _contracts(core) == ()


@pytest.mark.parametrize(
    "url",
    [
        "smb://server/share/list.csv",
        "mtp://phone/Download/list.csv",
        "https://example.com/list.csv",
        "file://otherhost/share/list.csv",
    ],
)
def test_a_file_elsewhere_is_refused_with_the_way_out(program: Application, url: str) -> None:
    event = drop(program.window, QUrl(url), text="text")
    assert event.dropAction() is Qt.DropAction.CopyAction
    (told,) = _notices(program)
    assert url in told
    assert "Copy the file to this computer first" in told
    assert not has_dialog(program)


def test_a_file_here_is_used_and_the_one_elsewhere_said(
    program: Application, lists: tuple[Path, Path]
) -> None:
    drop(program.window, QUrl("smb://server/share/list.csv"), address(lists[0]))
    assert dialog_of(program).name.text() == "winter"
    assert any("smb://server" in told for told in _notices(program))


def test_a_file_elsewhere_dropped_on_the_dialog_is_said_there(
    qtbot: QtBot, program: Application, lists: tuple[Path, Path]
) -> None:
    drop(program.window, address(lists[0]))
    _read(qtbot, program)
    dialog = dialog_of(program)
    drop(dialog, QUrl("mtp://phone/list.csv"))
    assert "Copy the file to this computer first" in dialog.trouble_text
    assert dialog.preview is not None


def test_a_text_that_is_dropped_is_no_file(program: Application) -> None:
    assert drop(program.window, text="text").dropAction() is not Qt.DropAction.CopyAction
    assert not has_dialog(program)


def test_a_file_on_a_mounted_share_is_read_like_any_other(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    mount = tmp_path / "gvfs" / "smb-share:server=a b,share=ü#1"
    mount.mkdir(parents=True)
    path = mount / "100% list?.csv"
    path.write_text("phone\n+79990000001\n")
    drop(program.window, address(path))
    _read(qtbot, program)
    assert dialog_of(program).preview is not None


def test_a_file_name_that_is_not_utf_8_works(
    qtbot: QtBot, program: Application, core: HandDrivenCore, tmp_path: Path
) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9 list.csv")
    path.write_text("phone\n+79990000001\n")
    drop(program.window, address(path))
    _read(qtbot, program)
    dialog = dialog_of(program)
    assert dialog.trouble_text == ""
    assert dialog.file.file.text() == "caf\ufffd list.csv"
    dialog.message.text.setPlainText("Hello")
    dialog.create_button.click()
    qtbot.waitUntil(lambda: not has_dialog(program), timeout=20_000)
    (contract,) = _contracts(core)
    assert contract.name == "caf\ufffd list"


def test_a_name_that_is_not_utf_8_is_said_where_its_file_cannot_be_read(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    drop(program.window, address(tmp_path / os.fsdecode(b"caf\xe9.csv")))
    _read(qtbot, program)
    assert "caf\ufffd.csv is not there any more" in dialog_of(program).trouble_text


def test_an_address_with_a_zero_byte_is_no_file(program: Application) -> None:
    drop(program.window, QUrl.fromEncoded(QByteArray(b"file:///tmp/a%00b.csv")))
    assert not has_dialog(program)


def test_a_file_dropped_while_a_campaign_is_made_comes_next(
    qtbot: QtBot, program: Application, lists: tuple[Path, Path], tmp_path: Path
) -> None:
    long = tmp_path / "long.csv"
    long.write_text("phone\n" + "".join(f"+7{9_000_000_000 + n}\n" for n in range(30_000)))
    drop(program.window, address(long))
    _read(qtbot, program)
    dialog = dialog_of(program)
    dialog.message.text.setPlainText("Hello")
    dialog.create_button.click()
    drop(dialog, address(lists[0]))
    qtbot.waitUntil(partial(_shows, program, "winter"), timeout=30_000)
