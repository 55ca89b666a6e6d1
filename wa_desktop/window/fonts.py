"""Whether there is a font to draw letters with."""

import sys

from PySide6.QtGui import QFontDatabase

_ALIASES = {"Monospace", "Sans Serif", "Serif"}
"""What fontconfig names even where no font is installed."""


def warn_without_fonts() -> None:
    """Say on stderr how to get fonts where a window would show empty boxes. Needs the
    application."""
    if sys.platform == "linux" and _ALIASES.issuperset(QFontDatabase.families()):
        print(
            "No fonts are installed, so the window shows no letters. Install the package "
            "fonts-dejavu-core (Debian, Ubuntu), dejavu-sans-fonts (Fedora) or ttf-dejavu (Arch).",
            file=sys.stderr,
        )
