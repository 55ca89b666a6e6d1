"""Shows how a campaign stands and does what the window offers about it."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from wa_desktop.contracts.outlooks import Outlook
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.contracts.services import Services
from wa_desktop.ledger.records import Account, Contract
from wa_desktop.window.campaigns.action_bar import ActionBar
from wa_desktop.window.campaigns.standing import Offer, offer_words, standing
from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.wiring import Wiring

_NO_START = ContractChanges(clear=("start_at",))


class StandingCard(ActionCard):
    """Acts through the page's action bar."""

    account_wanted = Signal(str)
    """The id of the account whose form is to be opened."""

    def __init__(self, wiring: Wiring, actions: ActionBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._bar = actions

    def show_standing(
        self, contract: Contract, account: Account, outlook: Outlook, at: int
    ) -> None:
        """Show how a campaign stands at that moment."""
        found = standing(contract, account, outlook, at)
        actions = [
            NoticeAction(offer_words(offer), lambda chosen=offer: self._take(chosen, account.id))  # type: ignore[misc]
            for offer in found.offers
        ]
        self.show_words(found.text, found.tone, actions)

    def _take(self, offer: Offer, account_id: str) -> None:
        if offer in (Offer.EDIT_ACCOUNT, Offer.REPLACE_TOKEN):
            self.account_wanted.emit(account_id)
            return
        services = self._wiring.services
        verbs: dict[Offer, Callable[[str], object]] = {
            Offer.START_NOW: lambda one: services.contracts.start(one, at_once=True),
            Offer.NOT_NOW: lambda one: services.contracts.change(one, _NO_START),
            Offer.RESUME_ACCOUNT: lambda _: services.accounts.resume(account_id),
            Offer.RESUME_QUEUE: lambda _: _resume_queues(services),
        }
        self._bar.act(verbs[offer])


def _resume_queues(services: Services) -> None:
    for queue in services.ledger.switches.paused():
        services.queues.resume(queue)
