"""Colours and icons that follow the palette, light or dark; sizes follow the font."""

import sys
from enum import Enum
from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

from wa_desktop.assets import resource


class Tone(Enum):
    """What a colour says; the values are its shades on light and on dark ground."""

    QUIET = ("#5f6b76", "#a3adb8")
    BUSY = ("#1d5fa8", "#7db4f0")
    GOOD = ("#1b7a4b", "#6fcf97")
    WARN = ("#95600a", "#f0b95c")
    BAD = ("#b3261e", "#f28b82")


_ACCENT = ("#1f7a6d", "#2f9c8b")


def is_dark(palette: QPalette) -> bool:
    """Whether the palette has light text on dark ground."""
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def tone_color(tone: Tone, palette: QPalette) -> QColor:
    """The tone's shade for this ground."""
    return QColor(tone.value[is_dark(palette)])


def accent(palette: QPalette) -> QColor:
    """The program's own colour for this ground."""
    return QColor(_ACCENT[is_dark(palette)])


def blend(front: QColor, back: QColor, share: float) -> QColor:
    """``share`` of the front colour on the back colour."""
    mixed = [
        f * share + b * (1 - share)
        for f, b in zip(front.getRgbF()[:3], back.getRgbF()[:3], strict=True)  # type: ignore[index]
    ]
    return QColor.fromRgbF(*mixed)


def tinted(tone: Tone, palette: QPalette) -> QColor:
    """A light wash of the tone, to write its shade on."""
    return blend(tone_color(tone, palette), palette.color(QPalette.ColorRole.Base), 0.14)


def border(palette: QPalette) -> QColor:
    """The line around cards."""
    ground = palette.color(QPalette.ColorRole.Base)
    return blend(palette.color(QPalette.ColorRole.WindowText), ground, 0.18)


def apply_theme(app: QApplication) -> None:
    """Set style and accent, now and when the desktop turns light or dark."""
    if sys.platform == "linux":
        app.setStyle("Fusion")
    _set_accent()
    QGuiApplication.styleHints().colorSchemeChanged.connect(_set_accent)
    app.setWindowIcon(app_icon())


def _set_accent(_scheme: object = None) -> None:
    own = QPalette()
    shade = accent(QGuiApplication.palette())
    for role in (QPalette.ColorRole.Highlight, QPalette.ColorRole.Accent):
        own.setColor(role, shade)
    own.setColor(QPalette.ColorRole.HighlightedText, QColor("white"))
    own.setColor(QPalette.ColorRole.Link, shade)
    QApplication.setPalette(own)


def scaled_font(widget: QWidget, factor: float, *, bold: bool = False) -> QFont:
    """The widget's font, larger or smaller by a factor."""
    font = QFont(widget.font())
    font.setPointSizeF(font.pointSizeF() * factor)
    font.setBold(bold)
    return font


def app_icon() -> QIcon:
    """The program's icon in the usual sizes."""
    renderer = QSvgRenderer(QByteArray(_svg("wa-desktop")))
    found = QIcon()
    for side in (16, 22, 32, 48, 64, 128, 256):
        found.addPixmap(_drawn(renderer, QSize(side, side)))
    return found


def line_icon(name: str, palette: QPalette) -> QIcon:
    """A one-colour icon in the colour of the text, and of chosen text."""
    found = QIcon()
    for mode, role in (
        (QIcon.Mode.Normal, QPalette.ColorRole.Text),
        (QIcon.Mode.Selected, QPalette.ColorRole.HighlightedText),
    ):
        shade = palette.color(role).name().encode()
        renderer = QSvgRenderer(QByteArray(_svg(name).replace(b"currentColor", shade)))
        for side in (16, 24, 32, 48):
            found.addPixmap(_drawn(renderer, QSize(side, side)), mode)
    return found


@cache
def _svg(name: str) -> bytes:
    return resource(f"icons/{name}.svg").read_bytes()


def _drawn(renderer: QSvgRenderer, size: QSize) -> QPixmap:
    pixmap = QPixmap(size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return pixmap
