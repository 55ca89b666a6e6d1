"""Small painted parts: a framed card, a figure on a card, a state as a coloured label."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from wa_desktop.window.formats import number
from wa_desktop.window.theme import Tone, border, scaled_font, tinted, tone_color


class Card(QFrame):
    """A rounded frame on the base colour; with a tone, washed with it."""

    def __init__(self, parent: QWidget | None = None, tone: Tone | None = None) -> None:
        super().__init__(parent)
        self._tone = tone

    @property
    def tone(self) -> Tone | None:
        """The wash."""
        return self._tone

    def set_tone(self, tone: Tone | None) -> None:
        """Change the wash."""
        if tone is not self._tone:
            self._tone = tone
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.setPen(border(palette))
        ground = palette.color(QPalette.ColorRole.Base)
        painter.setBrush(tinted(self._tone, palette) if self._tone else ground)
        painter.drawRoundedRect(QRectF(self.contentsRect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


class Tile(Card):
    """One figure with its name. The figure takes its tone's colour once it is not zero."""

    def __init__(self, name: str, tone: Tone = Tone.QUIET, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figure_tone = tone
        self._value = 0
        self._figure = QLabel("0", self)
        self._figure.setFont(scaled_font(self, 1.5, bold=True))
        self._name = QLabel(name, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(0)
        layout.addWidget(self._figure)
        layout.addWidget(self._name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_value(0)

    @property
    def value(self) -> int:
        """The figure shown."""
        return self._value

    def set_value(self, value: int) -> None:
        """Show a figure."""
        self._value = value
        self._figure.setText(number(value))
        palette = QPalette(self.palette())
        if value and self._figure_tone is not Tone.QUIET:
            palette.setColor(
                QPalette.ColorRole.WindowText, tone_color(self._figure_tone, self.palette())
            )
        self._figure.setPalette(palette)
        self.setAccessibleName(f"{self._name.text()}: {self._figure.text()}")

    def sizeHint(self) -> QSize:
        room = self.fontMetrics().horizontalAdvance("0" * 9)
        return super().sizeHint().expandedTo(QSize(room + 24, 0))


class Badge(QLabel):
    """A state in a coloured pill."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tone = Tone.QUIET
        self.setContentsMargins(10, 3, 10, 3)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, text: str, tone: Tone) -> None:
        """Show a word in a tone."""
        self._tone = tone
        self.setText(text)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tinted(self._tone, self.palette()))
        radius = self.height() / 2
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setPen(tone_color(self._tone, self.palette()))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
