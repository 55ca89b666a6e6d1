"""The window keeps its language, size and place in its data folder."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray
from pytestqt.qtbot import QtBot

from tests.window.conftest import CoreOfWindow
from wa_desktop.commands.window import data_folder
from wa_desktop.settings import load_settings
from wa_desktop.window.application import Application
from wa_desktop.window.remembered import MOST_LEFT, NAME, LeftDoubts, Remembered
from wa_desktop.window.shell.settings_menu import SettingsMenu


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    first = Remembered(tmp_path)
    assert (first.language, first.geometry) == (None, None)
    first.language, first.geometry = "ru", QByteArray(b"\x01\xd9\xd0\xcb")
    first.write()
    second = Remembered(tmp_path)
    assert (second.language, second.geometry) == ("ru", QByteArray(b"\x01\xd9\xd0\xcb"))
    second.language = None
    second.write()
    assert Remembered(tmp_path).language is None


def test_doubts_left_alone_are_kept_for_each_campaign(tmp_path: Path) -> None:
    first = Remembered(tmp_path)
    first.leave_doubts("winter", LeftDoubts(1_790_000_000_000_000, 3))
    first.leave_doubts("spring", LeftDoubts(1_790_000_000_000_001, 1))
    first.write()
    second = Remembered(tmp_path)
    assert second.left_doubts == first.left_doubts
    second.forget_doubts(frozenset({"winter"}))
    second.write()
    assert set(Remembered(tmp_path).left_doubts) == {"spring"}


def test_no_more_than_so_many_campaigns_are_kept(tmp_path: Path) -> None:
    kept = Remembered(tmp_path)
    for place in range(MOST_LEFT + 5):
        kept.leave_doubts(str(place), LeftDoubts(place, 1))
    assert len(kept.left_doubts) == MOST_LEFT
    assert str(MOST_LEFT + 4) in kept.left_doubts


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xfe", b"[General]\ngeometry=12\n", b"[General]\nleft_doubts=a b;c 1;d 1 x\n"],
)
def test_a_file_that_makes_no_sense_is_passed_over(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    kept = Remembered(tmp_path)
    assert (kept.language, kept.geometry, dict(kept.left_doubts)) == (None, None, {})


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    Remembered(tmp_path / "data").write()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("file", [None, "LOG_LEVEL=INFO\n", "WA_DESKTOP_HOME=~/elsewhere\n"])
@pytest.mark.parametrize("named", [False, True])
def test_the_folder_is_the_one_of_the_settings(
    home: Path, monkeypatch: pytest.MonkeyPatch, file: str | None, named: bool
) -> None:
    monkeypatch.delenv("WA_DESKTOP_HOME")
    if file is not None:
        Path("settings").write_text(file)
    if file is not None and named:
        monkeypatch.setenv("WA_DESKTOP_ENV", "settings")
    assert data_folder() == load_settings().home


@pytest.mark.window
def test_size_and_language_come_back_at_the_next_start(
    qtbot: QtBot, own_core: CoreOfWindow, tmp_path: Path
) -> None:
    first = Application(own_core, remembered=Remembered(tmp_path))
    with qtbot.waitSignal(first.ready, timeout=20_000):
        first.window.show()
    first.window.resize(860, 540)
    assert first.session is not None
    menu = first.session.rooms.settings.menu()
    assert isinstance(menu, SettingsMenu)
    languages = menu.languages
    assert languages.title() == "Language (from the next start on)"
    assert [one.text() for one in languages.actions()] == ["System", "English", "Русский"]
    languages.actions()[2].trigger()
    (row,) = first.window.notices.rows()
    assert "the next time" in row.text
    with qtbot.waitSignal(first.ended, timeout=20_000):
        first.end()
    first.close()
    kept = Remembered(tmp_path)
    assert kept.language == "ru"
    second = Application(own_core, remembered=kept)
    assert (second.window.width(), second.window.height()) == (860, 540)
    second.close()
    second.window.deleteLater()
    first.window.deleteLater()
