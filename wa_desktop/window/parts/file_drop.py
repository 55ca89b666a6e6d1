"""Files dropped from outside: looked at only, and always as a copy, never as a move."""

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QDropEvent


def _file_in(data: QMimeData) -> Path | None:
    for url in data.urls():
        if url.isLocalFile():
            return Path(url.toLocalFile())
    return None


def accept_file(event: QDropEvent) -> bool:
    """Take a drag that holds a local file, as a copy; a move could delete the user's file."""
    if _file_in(event.mimeData()) is None:
        event.ignore()
        return False
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    return True


def dropped_file(event: QDropEvent) -> Path | None:
    """The first local file of a drop, ``None`` when it holds none."""
    return _file_in(event.mimeData()) if accept_file(event) else None
