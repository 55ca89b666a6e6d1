"""The tray icon: progress at a glance, a menu from memory, and notices while nobody looks."""

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPen
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from wa_desktop.events import NoticeLevel
from wa_desktop.window.formats import fill, percent
from wa_desktop.window.shell.running import Running
from wa_desktop.window.theme import app_icon

_SIDE = 64
_NAMES_SHOWN = 8
_ICONS = {
    NoticeLevel.INFO: QSystemTrayIcon.MessageIcon.Information,
    NoticeLevel.WARNING: QSystemTrayIcon.MessageIcon.Warning,
    NoticeLevel.ERROR: QSystemTrayIcon.MessageIcon.Critical,
}


class Tray(QObject):
    """Does nothing where the desktop has no tray: the window's own notices say the same."""

    window_wanted = Signal()
    new_wanted = Signal()
    campaign_wanted = Signal(str)
    quit_wanted = Signal()

    def __init__(self, running: Running, parent: QObject) -> None:
        super().__init__(parent)
        self._running = running
        self._shown: int | None = -1
        self.menu = QMenu()
        self.menu.aboutToShow.connect(self.rebuild_menu)
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.window_wanted)
        running.changed.connect(self._follow)
        self._follow()
        self._there = False
        self.appear()

    @property
    def available(self) -> bool:
        """Whether the desktop has a tray."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def appear(self) -> bool:
        """Put the icon into the tray, also into one that came later; whether there is one."""
        there = self.available
        if there and not self._there:
            self.icon.hide()  # one that was shown in a tray before is in none now
            self.icon.show()
        self._there = there
        return there

    def tell(self, text: str, level: NoticeLevel) -> None:
        """Show a notice beside the icon."""
        if self.available:
            self.icon.showMessage("wa-desktop", text, _ICONS[level])

    def rebuild_menu(self) -> None:
        """The menu as things stand, from memory."""
        self.menu.clear()
        for contract in self._running.contracts[:_NAMES_SHOWN]:
            name = contract.name.replace("&", "&&")
            action = self.menu.addAction(f"{name} – {percent(contract.counts.progress)}")
            action.setData(contract.id)
            action.triggered.connect(self._chosen)
        if not self._running.contracts:
            self.menu.addAction(self.tr("No campaign is running")).setEnabled(False)
        self.menu.addSeparator()
        self.menu.addAction(self.tr("Show the window")).triggered.connect(self.window_wanted)
        self.menu.addAction(self.tr("New campaign…")).triggered.connect(self.new_wanted)
        self.menu.addSeparator()
        self.menu.addAction(self.tr("Quit")).triggered.connect(self.quit_wanted)

    def close(self) -> None:
        """Take the icon away."""
        self.icon.hide()
        self.menu.deleteLater()

    def _chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.campaign_wanted.emit(action.data())

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.window_wanted.emit()

    def _follow(self) -> None:
        progress = self._running.progress
        if progress == self._shown:
            return
        self._shown = progress
        if progress is None:
            self.icon.setToolTip("wa-desktop")
            self.icon.setIcon(app_icon())
            return
        amount = len(self._running.contracts)
        text = self.tr("%n campaign(s) at work: %1", "", amount)
        self.icon.setToolTip(fill(text, percent(progress)))
        self.icon.setIcon(progress_icon(progress))


def progress_icon(progress: int) -> QIcon:
    """The program's icon with a ring that closes as the work is done."""
    pixmap = app_icon().pixmap(_SIDE, _SIDE)
    pixmap.setDevicePixelRatio(1)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width = pixmap.width() / 9
    area = QRectF(pixmap.rect()).adjusted(width, width, -width, -width)
    painter.setPen(QPen(QColor(0, 0, 0, 90), width))
    painter.drawEllipse(area)
    pen = QPen(QColor("#f0b95c"), width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawArc(area, 90 * 16, round(-360 * 16 * progress / 100))
    painter.end()
    return QIcon(pixmap)
