"""One queue's figures as tiles."""

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from wa_desktop.ledger.records import QueueFigures
from wa_desktop.window.parts.card import Tile
from wa_desktop.window.parts.flow import FlowLayout
from wa_desktop.window.theme import Tone, scaled_font


class QueueTiles(QWidget):
    """The words are those of the queue; ``messages`` adds what only messages have."""

    def __init__(self, title: str, *, messages: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        head = QLabel(title, self)
        head.setFont(scaled_font(self, 1.15, bold=True))
        self.waiting = Tile(self.tr("Waiting"), parent=self)
        self.active = Tile(self.tr("Active"), Tone.BUSY, self)
        self.completed = Tile(self.tr("Completed"), Tone.GOOD, self)
        self.failed = Tile(self.tr("Failed") if messages else self.tr("Cancelled"), Tone.BAD, self)
        self.delayed = Tile(self.tr("Delayed"), parent=self)
        self.skipped = Tile(self.tr("Skipped"), parent=self) if messages else None
        self.in_doubt = Tile(self.tr("In doubt"), Tone.WARN, self) if messages else None
        tiles = FlowLayout(even=True)
        for tile in self.findChildren(Tile):
            tiles.addWidget(tile)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(head)
        layout.addLayout(tiles)

    def show_figures(self, figures: QueueFigures) -> None:
        """Show these."""
        self.waiting.set_value(figures.waiting)
        self.active.set_value(figures.active)
        self.completed.set_value(figures.completed)
        self.failed.set_value(figures.failed)
        self.delayed.set_value(figures.delayed)
        if self.skipped is not None:
            self.skipped.set_value(figures.skipped)
        if self.in_doubt is not None:
            self.in_doubt.set_value(figures.in_doubt)
