"""What a front end is handed: the core's verbs, the ledger's readers and the news."""

from dataclasses import dataclass

from wa_desktop.contracts.accounts import AccountService
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.confirmation import Confirmation
from wa_desktop.contracts.doubts import Doubts
from wa_desktop.contracts.outlooks import Outlooks
from wa_desktop.contracts.places import Places
from wa_desktop.contracts.queue_switch import QueueSwitch
from wa_desktop.contracts.service import ContractService
from wa_desktop.contracts.suppressions import Suppressions
from wa_desktop.events import EventBus
from wa_desktop.ledger.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Services:
    """Built once by the composition root; windows and servers read and act through it."""

    ledger: Ledger
    contracts: ContractService
    accounts: AccountService
    again: Again
    doubts: Doubts
    queues: QueueSwitch
    outlooks: Outlooks
    suppressions: Suppressions
    places: Places
    confirmation: Confirmation
    events: EventBus
    queue_backend: str
    """``sqlite`` or ``redis``."""
