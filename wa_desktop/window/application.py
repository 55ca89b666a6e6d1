"""The window as a program: opens fast, shows the core once it is there, ends in order."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from wa_desktop.errors import LedgerBusy, WaDesktopError
from wa_desktop.window.background import Background, Lane
from wa_desktop.window.bridge import Bridge
from wa_desktop.window.core import Core, Waiting
from wa_desktop.window.fonts import warn_without_fonts
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.remembered import Remembered
from wa_desktop.window.second_start.no_answer import tell_no_answer
from wa_desktop.window.second_start.one_window import OneWindow
from wa_desktop.window.second_start.request import Request, request_of_this_start, use_token
from wa_desktop.window.shell.collector import Collector
from wa_desktop.window.shell.failures import Failure, Failures
from wa_desktop.window.shell.main_window import MainWindow
from wa_desktop.window.shell.settings_menu import SettingsMenu
from wa_desktop.window.shell.signals import StopSignals
from wa_desktop.window.theme import Tone, apply_theme
from wa_desktop.window.translation import install_language, translated

if TYPE_CHECKING:  # loaded after the first paint: 500 ms
    from wa_desktop.window.shell.session import Session

log = logging.getLogger(__name__)

_LOOK_MS = 250
"""How often it is looked whether the core waits for something."""


class Stage(Enum):
    """Where the program stands in its life."""

    OPENING = "opening"
    TROUBLE = "trouble"
    OPEN = "open"
    ENDING = "ending"


class Application(QObject):
    """Carries the window from its first paint to its end."""

    ready = Signal()
    """The core is there and its pages are shown."""
    ending = Signal()
    """The core is being stopped."""
    ended = Signal(int)
    """All is stopped; the exit code."""

    def __init__(
        self,
        core: Core,
        parent: QObject | None = None,
        *,
        remembered: Remembered | None = None,
        waiting: Waiting | None = None,
    ) -> None:
        super().__init__(parent)
        self._core = core
        self._waiting = waiting
        self._looks = QTimer(self, interval=_LOOK_MS)
        self._looks.timeout.connect(self._show_waiting)
        self._remembered = remembered or Remembered(None)
        self._dropped: tuple[Path, ...] = ()
        self._end_asked = False
        self.stage = Stage.OPENING
        self.failures = Failures(self)
        self.background = Background(self.failures.report, self)
        self.bridge = Bridge(self)
        self.window = MainWindow()
        if self._remembered.geometry is not None:
            self.window.restoreGeometry(self._remembered.geometry)
        self.session: Session | None = None
        self.failures.reported.connect(self._show_failure)
        self.window.first_painted.connect(self.open_core)
        self.window.files_dropped.connect(self._take_files)
        self.window.close_wanted.connect(self.ask_to_end)
        self.window.opening.retry_wanted.connect(self.open_core)
        self.window.opening.quit_wanted.connect(self.end)

    def open_core(self) -> None:
        """Open and start the core, off the GUI thread."""
        self.stage = Stage.OPENING
        self.window.opening.show_opening()
        if self._waiting is not None:
            self._looks.start()
        self.background.run(self, self._opened_core, self._opened, self._refused, lane=Lane.CORE)

    def ask_to_end(self) -> None:
        """End, after a question where campaigns are at work."""
        if self.session is not None and self.stage is Stage.OPEN:
            self.session.ask_to_end()
        else:
            self.end()

    def end(self) -> None:
        """Stop the core, then the program. What is at work goes on at the next start."""
        if self.stage is Stage.OPENING:
            self._end_asked = True
            if self._waiting is not None:
                self._waiting.give_up()
        elif self.stage is not Stage.ENDING:
            self._stop()

    def show_again(self, request: Request) -> None:
        """A second start wants the window in front, with its files in it."""
        self._end_asked = False  # who starts it again wants it to stay
        use_token(request)
        self.window.come_forward()
        if request.files:
            self.window.files_dropped.emit(request.files)

    def close(self) -> None:
        """Free what lives outside Qt; when no loop runs any more."""
        self.bridge.close()
        self.background.close()
        if self.session is not None:
            self.session.close()

    def _opened_core(self) -> "Callable[[], Session]":
        """On a pool thread: load the pages, open the core, listen to its news, start it."""
        from wa_desktop.window.shell.session import Session  # noqa: PLC0415
        from wa_desktop.window.wiring import Wiring  # noqa: PLC0415

        start_here: Callable[[], None] | None = None
        try:
            services = self._core.open()
            self.bridge.listen(services.events)
            try:
                self._core.start()
            except LedgerBusy:
                start_here = self._core.start
        except BaseException:
            self.bridge.deafen()
            self._core.stop()
            raise
        wiring = Wiring(services, self.background, self.bridge, self._remembered)
        return lambda: Session(wiring, self.window, self, start_here=start_here)

    def _show_waiting(self) -> None:
        if self.stage is not Stage.OPENING or self._waiting is None:
            self._looks.stop()
        elif said := self._waiting.said:
            self.window.opening.show_waiting(translated(said))

    def _opened(self, build: "Callable[[], Session]") -> None:
        self.stage = Stage.OPEN
        if self._end_asked:
            self._stop()
            return
        session = self.session = build()
        session.end_wanted.connect(self.end)
        session.trouble_over.connect(self.failures.forgive)
        menu = SettingsMenu(self._remembered.language, session.rooms)
        menu.language_chosen.connect(self._choose_language)
        session.rooms.settings.setMenu(menu)
        self.window.show_rooms(session.rooms)
        self.bridge.flush()
        if self._dropped:
            session.rooms.new_campaign(self._dropped)
            self._dropped = ()
        self.ready.emit()

    def _refused(self, error: BaseException) -> None:
        self.stage = Stage.TROUBLE
        if self._end_asked:
            self._stop()
            return
        if not isinstance(error, WaDesktopError):
            self.failures.report(error)
        self.window.opening.show_trouble(translated(str(error)) or type(error).__name__)

    def _stop(self) -> None:
        self.stage = Stage.ENDING
        self.ending.emit()
        self.background.stopping.set()
        if self.session is not None:
            self.session.rooms.abandon()
        self.window.opening.show_finishing()
        self.window.show_opening_page()
        self._remembered.geometry = self.window.saveGeometry()
        self._remember()
        self.background.run(
            self, self._core.stop, self._stopped, self._stopped_badly, lane=Lane.CORE
        )

    def _stopped(self, _answer: object) -> None:
        self.window.let_close()
        self.ended.emit(0)

    def _stopped_badly(self, error: BaseException) -> None:
        log.error("the program could not be stopped in order: %s", error)
        self.window.let_close()
        self.ended.emit(1)

    def _choose_language(self, code: str | None) -> None:
        self._remembered.language = code
        self._remember()
        self.window.notices.show_notice(
            self.tr("The language changes when the window is opened the next time."), passing=True
        )

    def _remember(self) -> None:
        """In the lane that stops the core: what is written is written before the end."""
        self.background.run(self, self._remembered.write, lambda _: None, lane=Lane.CORE)

    def _take_files(self, paths: tuple[Path, ...]) -> None:
        if self.session is not None and self.stage is Stage.OPEN:
            self.session.rooms.new_campaign(paths)
        else:
            self._dropped = tuple(dict.fromkeys((*self._dropped, *paths)))

    def _show_failure(self, failure: Failure) -> None:
        text = translated(failure.text)
        if not failure.known:
            text = self.tr("Something went wrong in this program.") + f" {text}"
        copy = NoticeAction(
            self.tr("Copy details"), lambda: QGuiApplication.clipboard().setText(failure.details)
        )
        self.window.notices.show_notice(text, Tone.BAD, copy)


@dataclass
class _Stopwatch:
    """Prints what ``--measure-start`` asks for; ``since`` is when the process began."""

    since: float

    def painted(self) -> None:
        """The window is on the screen."""
        print(f"first paint after {time.time() - self.since:.2f} s", flush=True)

    def ready(self) -> None:
        """The pages are on the screen."""
        print(f"ready after {time.time() - self.since:.2f} s", flush=True)


def run_window(
    core: Core,
    argv: Sequence[str] = (),
    *,
    language: str | None = None,
    measure_since: float | None = None,
    files: Sequence[Path] = (),
    folder: Path | None = None,
    waiting: Waiting | None = None,
) -> int:
    """Open the window and stay until it ends; returns the exit code.

    ``measure_since`` (seconds since the epoch): print the time from then to the first paint
    and until the pages are there, then end. ``files``: lists to begin a new campaign with.
    ``folder``: where the window keeps its language, size and place. Where another window has
    it, that one comes to the front with the files, and this returns. ``waiting``: what the core
    waits for.
    """
    app = QApplication(["wa-desktop", *argv])
    warn_without_fonts()
    app.setApplicationName("wa-desktop")
    app.setApplicationDisplayName("wa-desktop")
    app.setDesktopFileName("wa-desktop")
    app.setQuitOnLastWindowClosed(False)
    remembered = Remembered(folder)
    install_language(app, language or remembered.language)
    apply_theme(app)
    one = None if folder is None else OneWindow(folder)
    if one is not None:
        first = one.take(request_of_this_start(files))
        if not first:
            return 0 if first is False else tell_no_answer(app)
    collector = Collector()
    own = Application(core, remembered=remembered, waiting=waiting)
    own.ready.connect(collector.settle)
    own.failures.install()
    signals = StopSignals(own)
    signals.came.connect(own.end)
    own.ended.connect(app.exit)
    if one is not None:
        one.asked.connect(own.show_again)
        own.ending.connect(one.stop_listening)
    if files:
        own.window.files_dropped.emit(tuple(files))
    if measure_since is not None:
        watch = _Stopwatch(measure_since)
        own.window.first_painted.connect(watch.painted)
        own.ready.connect(watch.ready)
        own.ready.connect(own.end)
    own.window.show()
    try:
        return app.exec()
    finally:
        signals.close()
        own.close()
        own.failures.uninstall()
        collector.close()
        if one is not None:
            one.release()
        # Left to Python, the application goes first and what is left of its windows crashes.
        shiboken6.delete(own.window)
