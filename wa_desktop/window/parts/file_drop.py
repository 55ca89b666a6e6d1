"""Files dropped from outside: only looked at, and always taken as a copy, never as a move."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDropEvent

from wa_desktop.window.formats import fill

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a drop or a file chooser holds: local files, and names of what is no local file."""

    paths: tuple[Path, ...]
    elsewhere: tuple[str, ...] = ()

    @property
    def refusal(self) -> str:
        """Why some of it is not taken and what to do; blank when all of it is."""
        if not self.elsewhere:
            return ""
        told = translate(
            "FileDrop",
            "%1 is not on this computer, so it cannot be read. Copy the file to this computer "
            "first, then drop the copy.",
        )
        return fill(told, ", ".join(self.elsewhere))


def accept_files(event: QDropEvent) -> bool:
    """Take a drag that holds addresses, as a copy; a move could delete the user's file.

    Addresses of other computers are taken too, so that the program can say why it reads no
    such file: a refused drop looks like a fault.
    """
    if not event.mimeData().urls():
        event.ignore()
        return False
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()
    return True


def dropped_files(event: QDropEvent) -> Dropped:
    """All that a drop holds, in its order, each file once."""
    return files_at(event.mimeData().urls()) if accept_files(event) else Dropped(())


def files_at(urls: list[QUrl]) -> Dropped:
    """The files at these addresses."""
    paths: dict[Path, None] = {}
    elsewhere: dict[str, None] = {}
    for url in urls:
        path = local_path(url)
        if path is None:
            elsewhere[url.toDisplayString()] = None
        else:
            paths[path] = None
    return Dropped(tuple(paths), tuple(elsewhere))


def local_path(url: QUrl) -> Path | None:
    """The file at an address, ``None`` when it is not a file of this computer.

    On Unix a name is bytes, and an address carries them all; ``QUrl.toLocalFile`` loses those
    that are not UTF-8.
    """
    if not url.isLocalFile() or not url.path():
        return None
    if sys.platform == "win32":
        return Path(url.toLocalFile())  # a host makes it \\host\share, which Windows reads
    if url.host() not in ("", "localhost", socket.gethostname().lower()):
        return None
    raw = unquote_to_bytes(
        bytes(url.toEncoded(QUrl.ComponentFormattingOption.FullyEncoded).data())
        .removeprefix(b"file://")
        .partition(b"#")[0]
        .partition(b"?")[0]
    )
    name = raw[raw.index(b"/") :]
    return None if b"\0" in name else Path(os.fsdecode(name))


def shown_name(path: Path) -> str:
    """A file's name as it can be shown and stored."""
    return showable(path.name or str(path))


def showable(text: str) -> str:
    """A text with a mark for each byte of a file's name that is not UTF-8; Qt would drop it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
