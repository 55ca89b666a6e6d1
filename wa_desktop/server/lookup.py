"""Finds what a path names; a text that no id can be is not found, whatever it holds."""

import re

from wa_desktop.errors import NotFound
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.messages import MessageHistory
from wa_desktop.ledger.records import Contract

_CONTRACT_ID = re.compile(r"[a-z0-9]{1,64}")
_MESSAGE_ID = re.compile(r"[0-9]{1,18}")


def known_contract(ledger: Ledger, contract_id: str) -> Contract:
    """The contract; ``NotFound`` also for one that is being deleted."""
    if not _CONTRACT_ID.fullmatch(contract_id):
        raise NotFound("contract", contract_id[:64])
    return ledger.contracts.get(contract_id)


def known_message(ledger: Ledger, message_id: str) -> MessageHistory:
    """The message with its history, or ``NotFound``."""
    if not _MESSAGE_ID.fullmatch(message_id):
        raise NotFound("message", message_id[:64])
    return ledger.messages.history(int(message_id))
