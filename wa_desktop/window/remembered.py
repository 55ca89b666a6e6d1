"""What the window keeps from one run to the next: its language, size and place.

A small ini file in the data folder; nothing of value, so what cannot be read or written is
passed over in silence.
"""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

NAME = "window.ini"
_LANGUAGE = "language"
_GEOMETRY = "geometry"


class Remembered:
    """Reads at the start; written by a pool thread. ``folder`` None: keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / NAME
        self.language: str | None = None
        """The language that was chosen; ``None``: the system's."""
        self.geometry: QByteArray | None = None
        """As ``saveGeometry`` gave it."""
        if self._file is not None and self._file.is_file():
            self._read(QSettings(str(self._file), QSettings.Format.IniFormat))

    def _read(self, kept: QSettings) -> None:
        language, geometry = kept.value(_LANGUAGE), kept.value(_GEOMETRY)
        if isinstance(language, str) and language:
            self.language = language
        if isinstance(geometry, QByteArray):
            self.geometry = geometry

    def write(self) -> None:
        """Write both down; off the GUI thread."""
        if self._file is None or not self._file.parent.is_dir():
            return
        kept = QSettings(str(self._file), QSettings.Format.IniFormat)
        kept.setValue(_LANGUAGE, self.language or "")
        if self.geometry is not None:
            kept.setValue(_GEOMETRY, self.geometry)
        kept.sync()
