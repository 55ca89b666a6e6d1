"""What the window keeps from one run to the next: language, size and place, country, doubts.

A small ini file in the data folder; nothing of value, so what cannot be read or written is
passed over in silence.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QByteArray, QSettings

NAME = "window.ini"
MOST_LEFT = 500
"""Campaigns whose doubts are remembered as left alone; the longest ago is dropped first."""
_LANGUAGE = "language"
_GEOMETRY = "geometry"
_LEFT = "left_doubts"
_COUNTRY = "country"


@dataclass(frozen=True, slots=True)
class LeftDoubts:
    """How many messages of a campaign were in doubt, and when the newest came to be so."""

    newest: int
    count: int

    def newer_than(self, other: "LeftDoubts") -> bool:
        """Whether a doubt has come since; by the count too, since clocks are set back."""
        return self.newest > other.newest or self.count > other.count


class Remembered:
    """Reads at the start; written by a pool thread. ``folder`` None: keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / NAME
        self.language: str | None = None
        """The language that was chosen; ``None``: the system's."""
        self.geometry: QByteArray | None = None
        """As ``saveGeometry`` gave it."""
        self.country: str | None = None
        """The default country of numbers that was chosen last, as an ISO code."""
        self.left_doubts: Mapping[str, LeftDoubts] = MappingProxyType({})
        """By campaign, in the order in which they were left; replaced as a whole."""
        if self._file is not None and self._file.is_file():
            self._read(QSettings(str(self._file), QSettings.Format.IniFormat))

    def leave_doubts(self, contract_id: str, doubts: LeftDoubts) -> None:
        """Note that a person leaves these doubts alone."""
        others = {key: one for key, one in self.left_doubts.items() if key != contract_id}
        kept = [*others.items(), (contract_id, doubts)][-MOST_LEFT:]
        self.left_doubts = MappingProxyType(dict(kept))

    def forget_doubts(self, contract_ids: frozenset[str]) -> None:
        """These campaigns are gone."""
        self.left_doubts = MappingProxyType(
            {key: one for key, one in self.left_doubts.items() if key not in contract_ids}
        )

    def _read(self, kept: QSettings) -> None:
        language, geometry = kept.value(_LANGUAGE), kept.value(_GEOMETRY)
        if isinstance(language, str) and language:
            self.language = language
        if isinstance(geometry, QByteArray):
            self.geometry = geometry
        country = kept.value(_COUNTRY)
        if isinstance(country, str) and re.fullmatch("[A-Z]{2}", country):
            self.country = country
        found = (_left(line) for line in str(kept.value(_LEFT) or "").split(";"))
        self.left_doubts = MappingProxyType(dict(one for one in found if one is not None))

    def write(self) -> None:
        """Write all down; off the GUI thread."""
        if self._file is None or not self._file.parent.is_dir():
            return
        kept = QSettings(str(self._file), QSettings.Format.IniFormat)
        kept.setValue(_LANGUAGE, self.language or "")
        kept.setValue(_COUNTRY, self.country or "")
        if self.geometry is not None:
            kept.setValue(_GEOMETRY, self.geometry)
        lines = (f"{key} {one.newest} {one.count}" for key, one in self.left_doubts.items())
        kept.setValue(_LEFT, ";".join(lines))
        kept.sync()


def _left(line: str) -> tuple[str, LeftDoubts] | None:
    contract_id, *figures = line.split(" ")
    if len(figures) != 2 or not all(one.isdecimal() for one in figures):
        return None
    return contract_id, LeftDoubts(*map(int, figures))
