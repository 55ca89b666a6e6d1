"""``POST /api/ledger/confirm``: send on from a database that went back."""

from fastapi import APIRouter

from wa_desktop.server.fields import Shown
from wa_desktop.server.state import Core

router = APIRouter(prefix="/api/ledger", tags=["Ledger"])


class LedgerConfirmed(Shown):
    """Whether there was something to confirm, and how many messages are in doubt."""

    confirmed: bool
    messages_in_doubt: int


@router.post("/confirm")
def confirm_ledger(core: Core) -> LedgerConfirmed:
    """Send on from a database that lacks its last changes, as after a failover."""
    done = core.confirmation.confirm()
    return LedgerConfirmed(
        confirmed=done is not None, messages_in_doubt=0 if done is None else done.in_doubt
    )
