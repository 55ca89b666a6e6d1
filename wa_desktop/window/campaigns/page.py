"""The room of campaigns: the list, and one of them opened."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from wa_desktop.window.campaigns.detail_page import CampaignDetailPage
from wa_desktop.window.campaigns.list_page import CampaignListPage
from wa_desktop.window.wiring import Wiring


class CampaignsPage(QWidget):
    """Switches between list and detail."""

    new_wanted = Signal()
    refused = Signal(str)
    account_wanted = Signal(str)

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list = CampaignListPage(wiring, self)
        self.detail = CampaignDetailPage(wiring, self)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.detail)
        self.list.opened.connect(self.open_contract)
        self.list.new_wanted.connect(self.new_wanted)
        self.detail.left.connect(self.show_list)
        self.detail.refused.connect(self.refused)
        self.detail.account_wanted.connect(self.account_wanted)
        self.detail.duplicated.connect(self.open_contract)

    def open_contract(self, contract_id: str) -> None:
        """Show one campaign."""
        self.detail.open_contract(contract_id)
        self._stack.setCurrentWidget(self.detail)

    def show_list(self) -> None:
        """Back to the list."""
        self._stack.setCurrentWidget(self.list)
        self.list.table.setFocus()

    @property
    def shows_list(self) -> bool:
        """Whether the list is on screen."""
        return self._stack.currentWidget() is self.list
