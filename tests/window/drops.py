"""Drops files on a window and waits for the dialog of a new campaign."""

import os
from pathlib import Path
from urllib.parse import quote

from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from wa_desktop.window.application import Application
from wa_desktop.window.new_campaign.dialog import NewCampaignDialog
from wa_desktop.window.parts.questions import Question


def drop(target: QWidget, *urls: QUrl, text: str | None = None) -> QDropEvent:
    """Drop these addresses as a file manager does that would rather move the files."""
    data = QMimeData()
    data.setUrls(list(urls))
    if text is not None:
        data.setText(text)
    every = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction
    state = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(target, QDragEnterEvent(QPoint(5, 5), every, data, *state))
    event = QDropEvent(QPointF(5, 5), every, data, *state)
    event.setDropAction(Qt.DropAction.MoveAction)
    QApplication.sendEvent(target, event)
    return event


def dialog_of(program: Application) -> NewCampaignDialog:
    """The dialog that is open."""
    assert program.session is not None
    dialog = program.session.rooms.new_campaigns.dialog
    assert dialog is not None
    return dialog


def ready(qtbot: QtBot, program: Application, path: Path) -> NewCampaignDialog:
    """The dialog of a dropped file once that was read and the accounts are there."""
    drop(program.window, QUrl.fromLocalFile(str(path)))
    dialog = dialog_of(program)
    qtbot.waitUntil(lambda: dialog.preview is not None, timeout=20_000)
    qtbot.waitUntil(lambda: dialog.account.count() > 0)
    return dialog


def question_of(program: Application) -> Question:
    """What the new campaigns ask about several files."""
    assert program.session is not None
    question = program.session.rooms.new_campaigns.question
    assert question is not None
    return question


def has_dialog(program: Application) -> bool:
    """Whether the dialog of a new campaign is open."""
    assert program.session is not None
    return program.session.rooms.new_campaigns.dialog is not None


def address(path: Path) -> QUrl:
    """The address of a file as a file manager gives it; its name may be any bytes."""
    return QUrl.fromEncoded(QByteArray(b"file://" + quote(os.fsencode(path)).encode()))
