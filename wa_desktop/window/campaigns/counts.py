"""A campaign's counts as tiles."""

from PySide6.QtWidgets import QWidget

from wa_desktop.ledger.records import Counts
from wa_desktop.window.parts.card import Tile
from wa_desktop.window.parts.flow import FlowLayout
from wa_desktop.window.theme import Tone


class CountTiles(QWidget):
    """One tile for each state that a person tells apart; they add up to the first.

    What the provider holds back is part of what was sent, and shows once there is some.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.total = Tile(self.tr("Messages"), parent=self)
        self.waiting = Tile(self.tr("Waiting"), parent=self)
        self.delayed = Tile(self.tr("Delayed"), parent=self)
        self.active = Tile(self.tr("Sending"), Tone.BUSY, self)
        self.sent = Tile(self.tr("Sent"), Tone.GOOD, self)
        self.held = Tile(self.tr("Held by the provider"), parent=self)
        self.held.setToolTip(
            self.tr(
                "Part of what was sent. The provider holds these back while it watches how the "
                "first ones are received, then sends or drops them by itself."
            )
        )
        self.held.hide()
        self.delivered = Tile(self.tr("Delivered"), Tone.GOOD, self)
        self.read = Tile(self.tr("Read"), Tone.GOOD, self)
        self.failed = Tile(self.tr("Failed"), Tone.BAD, self)
        self.in_doubt = Tile(self.tr("In doubt"), Tone.WARN, self)
        self.skipped = Tile(self.tr("Skipped"), parent=self)
        self.in_doubt.setToolTip(
            self.tr("Whether these arrived is unknown, so they are not sent again by themselves.")
        )
        layout = FlowLayout(self, even=True)
        for tile in self.findChildren(Tile):
            layout.addWidget(tile)

    def show_counts(self, counts: Counts) -> None:
        """Show these counts."""
        self.total.set_value(counts.total)
        self.waiting.set_value(counts.draft + counts.waiting)
        self.delayed.set_value(counts.delayed)
        self.active.set_value(counts.active)
        self.sent.set_value(counts.sent)
        self.held.set_value(counts.held)
        self.held.setVisible(bool(counts.held))
        self.delivered.set_value(counts.delivered)
        self.read.set_value(counts.read)
        self.failed.set_value(counts.failed)
        self.in_doubt.set_value(counts.in_doubt)
        self.skipped.set_value(counts.skipped)
