"""That messages of a campaign are in doubt, with what can be done about all of them."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from wa_desktop.ledger.records import Contract
from wa_desktop.window.background import Lane
from wa_desktop.window.campaigns.actions import may_send_again, may_treat_as_sent
from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.remembered import LeftDoubts
from wa_desktop.window.theme import Tone
from wa_desktop.window.wiring import Wiring


class DoubtCard(ActionCard):
    """Shown while there is doubt; once left alone, it stays away until there is a new doubt."""

    resend_wanted = Signal()
    treat_as_sent_wanted = Signal()

    def __init__(self, wiring: Wiring, parent: QWidget) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._shown: tuple[str, LeftDoubts] | None = None

    def show_contract(self, contract: Contract | None, newest: int | None = None) -> None:
        """Show a campaign's doubts; ``newest`` is when the last of them came."""
        count = contract.counts.in_doubt if contract is not None else 0
        if contract is None or newest is None or not count:
            self._hide()
            return
        doubts = LeftDoubts(newest, count)
        left = self._wiring.remembered.left_doubts.get(contract.id)
        if left is not None and not doubts.newer_than(left):
            self._hide()
            return
        self._shown = (contract.id, doubts)
        actions = []
        if may_send_again(contract):
            actions.append(NoticeAction(self.tr("Send again…"), self.resend_wanted.emit))
        if may_treat_as_sent(contract):
            actions += [
                NoticeAction(self.tr("Treat as sent…"), self.treat_as_sent_wanted.emit),
                NoticeAction(self.tr("Leave"), self._leave),
            ]
        text = self.tr(
            "%Ln message(s) are in doubt: it is unknown whether they arrived.", "", count
        )
        self.show_words(text, Tone.WARN, actions)

    def _hide(self) -> None:
        self._shown = None
        self.show_words("", Tone.WARN)

    def _leave(self) -> None:
        if self._shown is None:
            return
        remembered = self._wiring.remembered
        remembered.leave_doubts(*self._shown)
        self._hide()
        self._wiring.background.run(self, remembered.write, lambda _: None, lane=Lane.CORE)
