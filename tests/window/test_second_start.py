"""A second start of the window: the first comes to the front with its files, and only one runs."""

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.waiting import wait_until
from wa_desktop.ledger.engine_lock import EngineLock
from wa_desktop.window.application import Application
from wa_desktop.window.second_start.one_window import OneWindow
from wa_desktop.window.second_start.request import Request, request_of_this_start

pytestmark = pytest.mark.window
ROOT = Path(__file__).parents[2]

PROGRAM = """
    import sys, tempfile, time
    from pathlib import Path
    from wa_desktop.window.application import run_window
    from wa_desktop.window.shell.main_window import MainWindow

    folder, words = Path(sys.argv[1]), sys.argv[2:]

    def say(*said):
        print(*said, flush=True)

    def wait_for(gate):
        while f"wait-{gate}" in words and not (folder / gate).exists():
            time.sleep(0.01)

    class Told(MainWindow):
        def come_forward(self):
            super().come_forward()
            say("front", self.isVisible())

        def __init__(self):
            super().__init__()
            self.files_dropped.connect(lambda paths: say("file", *paths))

    import wa_desktop.window.application as application
    application.MainWindow = Told

    class Core:
        core = None

        def open(self):
            say("opening")
            wait_for("open")
            from tests.window.core import HandDrivenCore
            self.core = HandDrivenCore(Path(tempfile.mkdtemp(dir=folder)))
            return self.core.services

        def start(self):
            say("started")

        def stop(self):
            say("stopping")
            wait_for("stop")
            if self.core is not None:
                self.core.close()

    files = [Path(one) for one in words if one.endswith(".csv")]
    sys.exit(run_window(Core(), folder=folder, files=files))
"""

HAND_OVER = """
    import sys
    from pathlib import Path
    from PySide6.QtCore import QCoreApplication
    from wa_desktop.window.second_start.one_window import OneWindow
    from wa_desktop.window.second_start.request import Request

    app = QCoreApplication([])
    files = tuple(map(Path, sys.argv[2:]))
    print(OneWindow(Path(sys.argv[1])).take(Request(files), patience=2), flush=True)
"""


class Start:
    """A start of the window as a process; what it says is read line by line."""

    def __init__(self, folder: Path, *words: str, program: str = PROGRAM) -> None:
        self._lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program), str(folder), *words],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def says(self, line: str) -> Self:
        """Wait for that line."""
        wait_until(lambda: line in self._lines, f"a start to say {line!r}", 60)
        return self

    @property
    def lines(self) -> list[str]:
        """What it has said."""
        return list(self._lines)

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def end(self) -> int:
        """Its exit code, once it has ended by itself."""
        code = self._process.wait(60)
        self._reader.join(10)
        return code

    def close(self) -> None:
        """End it, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(10)
        self._reader.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line.rstrip("\n"))


@pytest.fixture
def starts(qapp: QApplication, tmp_path: Path) -> "Iterator[Starts]":
    """Starts on one data folder that does not exist yet.

    This process keeps the virtual screen alive, which resets itself after its last program.
    """
    found = Starts(tmp_path / "data")
    yield found
    for one in found.made:
        one.close()


FirstOn = Callable[[Path], OneWindow]


@pytest.fixture
def first_on(qapp: QApplication) -> Iterator[FirstOn]:
    """Makes this process the first window of a data folder."""
    made: list[OneWindow] = []

    def first(folder: Path) -> OneWindow:
        made.append(OneWindow(folder))
        assert made[-1].take(Request())
        return made[-1]

    yield first
    for one in made:
        one.release()
        one.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class Starts:
    """Makes starts on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Start] = []

    def window(self, *words: str) -> Start:
        """Start the window."""
        return self._made(Start(self.folder, *words))

    def hand_over(self, *files: str, folder: Path | None = None) -> Start:
        """Only what a second start does before it would open a window."""
        return self._made(Start(folder or self.folder, *files, program=HAND_OVER))

    def _made(self, start: Start) -> Start:
        self.made.append(start)
        return start


def test_a_second_start_brings_the_first_to_the_front_with_its_file(
    starts: Starts, tmp_path: Path
) -> None:
    first = starts.window().says("started")
    list_file = tmp_path / "список.csv"
    list_file.write_text("phone\n+79991234567\n")
    second = starts.window(str(list_file))
    assert second.end() == 0
    first.says("front True").says(f"file {list_file}")
    assert "opening" not in second.lines
    third = starts.window()
    assert third.end() == 0
    wait_until(lambda: first.lines.count("front True") == 2, "the window in front again")


def test_a_second_start_waits_for_nothing_while_the_first_is_opening(
    starts: Starts, tmp_path: Path
) -> None:
    first = starts.window("wait-open").says("opening")
    list_file = tmp_path / "list.csv"
    second = starts.window(str(list_file))
    assert second.end() == 0
    first.says("front True").says(f"file {list_file}")
    (starts.folder / "open").touch()
    first.says("started")


def test_of_two_starts_at_the_same_moment_one_shows_a_window(starts: Starts) -> None:
    both = [starts.window(), starts.window()]
    wait_until(lambda: any("started" in one.lines for one in both), "a window", 60)
    first, second = sorted(both, key=lambda one: "opening" not in one.lines)
    assert second.end() == 0
    assert "opening" not in second.lines
    first.says("front True")


def test_a_first_that_was_killed_blocks_nothing(starts: Starts) -> None:
    first = starts.window().says("started")
    first.send(signal.SIGKILL)
    assert first.end() == -signal.SIGKILL
    starts.window().says("started")


def test_a_start_while_the_first_ends_opens_the_window_anew(starts: Starts) -> None:
    first = starts.window("wait-stop").says("started")
    first.send(signal.SIGTERM)
    first.says("stopping")
    second = starts.window()
    (starts.folder / "stop").touch()
    assert first.end() == 0
    second.says("started")


def test_a_first_that_does_not_answer_is_told_and_no_second_window_opens(starts: Starts) -> None:
    first = starts.window().says("started")
    first.send(signal.SIGSTOP)
    try:
        second = starts.hand_over()
        second.says("None")
    finally:
        first.send(signal.SIGCONT)


def test_another_data_folder_has_a_window_of_its_own(starts: Starts, tmp_path: Path) -> None:
    starts.window().says("started")
    starts.hand_over(folder=tmp_path / "other").says("True")


def test_a_program_without_a_window_is_no_first(starts: Starts) -> None:
    starts.folder.mkdir()
    with EngineLock(starts.folder / "ledger.db"):
        starts.window().says("started")


def test_a_window_in_the_tray_comes_back_by_a_second_start(
    qtbot: QtBot, program: Application, starts: Starts, first_on: FirstOn
) -> None:
    one = first_on(starts.folder)
    one.asked.connect(program.show_again)
    program.window.hide()
    starts.hand_over()
    qtbot.waitUntil(program.window.isVisible, timeout=60_000)
    program.window.showMinimized()
    starts.hand_over()
    qtbot.waitUntil(lambda: not program.window.isMinimized(), timeout=60_000)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n",
        b'{"files": "/etc/passwd", "token": ""}\n',
        b'{"files": [1], "token": ""}\n',
        b"[]\n",
        b"x" * 200_000,
    ],
)
def test_what_is_no_request_is_dropped(
    qtbot: QtBot, tmp_path: Path, first_on: FirstOn, sent: bytes
) -> None:
    one = first_on(tmp_path)
    asked: list[Request] = []
    one.asked.connect(asked.append)
    socket = QLocalSocket()
    socket.connectToServer(_address(tmp_path))
    assert socket.waitForConnected(1_000)
    with qtbot.waitSignal(socket.disconnected, timeout=10_000):
        socket.write(sent)
    assert not asked


def test_only_the_user_may_connect(first_on: FirstOn, tmp_path: Path) -> None:
    first_on(tmp_path)
    assert not stat.S_IMODE(Path(_address(tmp_path)).stat().st_mode) & 0o077


@pytest.mark.parametrize("runtime", [True, False])
@pytest.mark.parametrize("name", ["данные", "d" * 150])
def test_a_data_folder_of_any_name_is_reached(
    first_on: FirstOn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    runtime: bool,
    name: str,
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    if runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    first_on(tmp_path / name)
    socket = QLocalSocket()
    socket.connectToServer(_address(tmp_path / name))
    assert socket.waitForConnected(1_000)
    socket.abort()


def test_a_file_name_that_is_not_utf_8_survives() -> None:
    request = Request((Path(os.fsdecode(b"/tmp/\xff\xfe.csv")), Path("/tmp/Ж.csv")), "token")
    assert Request.from_bytes(request.to_bytes()) == request


def test_a_file_is_named_from_the_root_since_the_first_stands_elsewhere() -> None:
    assert request_of_this_start([Path("list.csv")]).files == (Path.cwd() / "list.csv",)
    assert request_of_this_start([]).files == ()


def _address(folder: Path) -> str:
    [file] = folder.glob("window-*.address")
    return str(json.loads(file.read_text())["address"])
