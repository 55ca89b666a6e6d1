"""The window's content once the core is there: a sidebar and the pages; built in one go."""

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.window.accounts.page import AccountsPage
from wa_desktop.window.campaigns.page import CampaignsPage
from wa_desktop.window.new_campaign.filling import Made
from wa_desktop.window.new_campaign.series import NewCampaigns
from wa_desktop.window.parts.notice_bar import NoticeBar
from wa_desktop.window.queues.page import QueuesPage
from wa_desktop.window.theme import Tone, line_icon, scaled_font
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring

_ACCOUNTS = 2
"""The place of the accounts in the sidebar."""


class Rooms(QWidget):
    """Campaigns, queues, accounts; and the dialog of a new campaign above them."""

    quit_wanted = Signal()

    def __init__(self, wiring: Wiring, notices: NoticeBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._notices = notices
        self.new_campaigns = NewCampaigns(wiring, self)
        self.new_campaigns.made.connect(self._made)
        self.new_campaigns.refused.connect(self._refused)
        self.campaigns = CampaignsPage(wiring, self)
        self.queues = QueuesPage(wiring, self)
        self.accounts = AccountsPage(wiring, self)
        self._names = (
            (self.tr("Campaigns"), "campaigns", self.campaigns),
            (self.tr("Queues"), "queues", self.queues),
            (self.tr("Accounts"), "accounts", self.accounts),
        )
        self._pages = QStackedWidget(self)
        self._build_sidebar()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._build_side())
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, notices.place_beside(self.sidebar.minimumWidth()))
        column.addWidget(self._pages)
        layout.addLayout(column, 1)
        self.campaigns.new_wanted.connect(self.choose_file)
        self.campaigns.refused.connect(self._refused)
        self.campaigns.account_wanted.connect(self.edit_account)
        self.accounts.refused.connect(self._refused)
        QShortcut(QKeySequence.StandardKey.New, self, self.choose_file)
        QShortcut(QKeySequence.StandardKey.Quit, self, self.quit_wanted.emit)

    def show_page(self, place: int) -> None:
        """Turn to a page by its place in the sidebar."""
        self.sidebar.setCurrentRow(place)

    def open_contract(self, contract_id: str) -> None:
        """Show one campaign."""
        self.show_page(0)
        self.campaigns.open_contract(contract_id)

    def edit_account(self, account_id: str) -> None:
        """Open the form of an account."""
        self.show_page(_ACCOUNTS)
        self.accounts.edit(account_id)

    def choose_file(self) -> None:
        """Ask for files, then open the dialog of a new campaign."""
        self.new_campaigns.choose_files()

    def new_campaign(self, paths: tuple[Path, ...]) -> None:
        """Open the dialog for these files; one that is open turns to them."""
        self.new_campaigns.open(paths)

    def abandon(self) -> None:
        """The program ends: close what is open, taking back what is half done."""
        self.new_campaigns.abandon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icons()

    def _build_side(self) -> QWidget:
        self.settings = QToolButton(self)
        self.settings.setText("⚙")
        self.settings.setAutoRaise(True)
        self.settings.setFont(scaled_font(self, 1.3))
        self.settings.setToolTip(self.tr("Settings of the window"))
        self.settings.setAccessibleName(self.tr("Settings of the window"))
        self.settings.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        side = QWidget(self)
        side.setBackgroundRole(QPalette.ColorRole.Base)
        side.setAutoFillBackground(True)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.sidebar, 1)
        column.addWidget(self.settings)
        return side

    def _build_sidebar(self) -> None:
        self.sidebar = QListWidget(self)
        self.sidebar.setAccessibleName(self.tr("Pages"))
        self.sidebar.setFrameShape(QFrame.Shape.NoFrame)
        self.sidebar.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side = round(self.fontMetrics().height() * 1.2)
        self.sidebar.setIconSize(QSize(side, side))
        for place, (name, _, page) in enumerate(self._names):
            item = QListWidgetItem(name, self.sidebar)
            item.setSizeHint(QSize(0, self.fontMetrics().height() * 2 + 4))
            item.setToolTip(f"Ctrl+{place + 1}")
            self._pages.addWidget(page)
            QShortcut(
                QKeySequence(f"Ctrl+{place + 1}"),
                self,
                lambda chosen=place: self.show_page(chosen),
            )
        widest = max(self.fontMetrics().horizontalAdvance(name) for name, _, _ in self._names)
        self.sidebar.setFixedWidth(widest + side + 48)
        self._draw_icons()
        self.sidebar.currentRowChanged.connect(self._pages.setCurrentIndex)
        self.sidebar.itemClicked.connect(self._clicked)
        self.sidebar.setCurrentRow(0)

    def _draw_icons(self) -> None:
        for place, (_, icon, _) in enumerate(self._names):
            self.sidebar.item(place).setIcon(line_icon(icon, self.palette()))

    def _clicked(self, item: QListWidgetItem) -> None:
        if self.sidebar.row(item) == 0:
            self.campaigns.show_list()

    def _made(self, made: Made) -> None:
        self.open_contract(made.contract.id)
        if made.refusal is not None:
            self._refused(translated(made.refusal))

    def _refused(self, text: str) -> None:
        self._notices.show_notice(text, Tone.WARN)
