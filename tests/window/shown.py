"""The whole program with its window on the screen, ended in good order."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from wa_desktop.window.application import Application
from wa_desktop.window.core import Core


@contextmanager
def shown_application(qtbot: QtBot, core: Core) -> Iterator[Application]:
    """A program on this core, from its window's first paint to its end."""
    application = Application(core)
    with qtbot.waitSignal(application.ready, timeout=20_000):
        application.window.show()
    yield application
    application.end()
    qtbot.waitUntil(lambda: not application.window.isVisible(), timeout=20_000)
    application.close()
    application.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
