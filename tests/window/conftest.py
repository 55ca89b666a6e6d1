"""Fixtures of the window: a core driven by hand, what pages are built from, a whole program."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QTranslator
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.window.core import HandDrivenCore
from tests.window.shown import shown_application
from wa_desktop.assets import resource
from wa_desktop.contracts.services import Services
from wa_desktop.window.application import Application
from wa_desktop.window.background import Background
from wa_desktop.window.bridge import Bridge
from wa_desktop.window.theme import apply_theme
from wa_desktop.window.translation import install_language
from wa_desktop.window.wiring import Wiring


class CoreOfWindow:
    """The hand-driven core as the program of the window wants it."""

    def __init__(self, core: HandDrivenCore) -> None:
        self.core = core
        self.on_start: Callable[[], None] = lambda: None
        self.calls: list[str] = []

    def open(self) -> Services:
        self.calls.append("open")
        return self.core.services

    def start(self) -> None:
        self.calls.append("start")
        self.on_start()

    def stop(self) -> None:
        self.calls.append("stop")


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp: QApplication) -> None:
    """English words and the program's own look."""
    install_language(qapp, "en")
    QLocale.setDefault(QLocale("en_GB"))
    apply_theme(qapp)


@pytest.fixture(scope="module", autouse=True)
def collected_here() -> Iterator[None]:
    """Circles with widgets in them are freed on this thread, as the program sees to."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def core(tmp_path: Path) -> Iterator[HandDrivenCore]:
    """An empty ledger with its services."""
    folder = tmp_path / "core"
    folder.mkdir()
    found = HandDrivenCore(folder)
    yield found
    found.close()


@pytest.fixture
def failures() -> list[BaseException]:
    """Errors that nobody asked for; a test that expects some clears the list."""
    return []


@pytest.fixture
def wiring(qtbot: QtBot, core: HandDrivenCore, failures: list[BaseException]) -> Iterator[Wiring]:
    """What a page is built from. Pages end before it does."""
    background = Background(failures.append)
    bridge = Bridge()
    bridge.listen(core.events)
    yield Wiring(core.services, background, bridge)
    # Pages that were closed go now: left to the collector, one may die on a pool thread.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    bridge.close()
    background.close()
    assert not failures


@pytest.fixture
def own_core(core: HandDrivenCore) -> CoreOfWindow:
    """The core that ``program`` opens."""
    return CoreOfWindow(core)


@pytest.fixture
def program(qtbot: QtBot, own_core: CoreOfWindow) -> Iterator[Application]:
    """The whole program with its window on the screen and its pages shown."""
    with shown_application(qtbot, own_core) as application:
        yield application


@pytest.fixture
def russian(qapp: QApplication) -> Iterator[None]:
    """The screen in Russian for one test."""
    before = QLocale()
    translator = QTranslator()
    assert translator.load("wa_desktop_ru", str(resource("translations")))
    qapp.installTranslator(translator)
    QLocale.setDefault(QLocale("ru_RU"))
    yield
    qapp.removeTranslator(translator)
    QLocale.setDefault(before)
