"""That messages of a campaign are in doubt, with what can be done about all of them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from wa_desktop.ledger.records import Contract
from wa_desktop.window.campaigns.actions import may_settle
from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.theme import Tone


class DoubtCard(ActionCard):
    """Shown while there is doubt; once left alone, it comes back with a new doubt."""

    resend_wanted = Signal()
    treat_as_sent_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._left: dict[str, int] = {}
        self._contract: Contract | None = None

    def show_contract(self, contract: Contract | None) -> None:
        """Show a campaign's doubts."""
        self._contract = contract
        count = contract.counts.in_doubt if contract is not None else 0
        if contract is None or count <= self._left.get(contract.id, 0):
            self.show_words("", Tone.WARN)
            return
        self._left.pop(contract.id, None)
        actions = (
            NoticeAction(self.tr("Send again…"), self.resend_wanted.emit),
            NoticeAction(self.tr("Treat as sent…"), self.treat_as_sent_wanted.emit),
            NoticeAction(self.tr("Leave"), self._leave),
        )
        text = self.tr(
            "%Ln message(s) are in doubt: it is unknown whether they arrived.", "", count
        )
        self.show_words(text, Tone.WARN, actions if may_settle(contract) else ())

    def _leave(self) -> None:
        if self._contract is not None:
            self._left[self._contract.id] = self._contract.counts.in_doubt
            self.show_contract(self._contract)
