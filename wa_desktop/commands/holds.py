"""What holds a campaign back, told where somebody waits for it."""

from wa_desktop.clock import SECOND, iso, now
from wa_desktop.commands.output import remark
from wa_desktop.contracts.held_back import HeldBack, Obstacle
from wa_desktop.contracts.outlooks import Outlooks
from wa_desktop.errors import LedgerUnavailable
from wa_desktop.ledger.records import Contract, Limit

_MOMENTS = 10 * SECOND
_LONG = 3_600 * SECOND
_SAME = 600 * SECOND


class Holds:
    """Tells what holds a campaign back for more than moments, each hold once."""

    def __init__(self, outlooks: Outlooks) -> None:
        self._outlooks = outlooks
        self._told: tuple[Limit | Obstacle, int] | None = None

    def note(self, contract: Contract) -> None:
        """Look at the campaign as it stands now."""
        try:
            held = self._outlooks.of(contract).held_back
        except LedgerUnavailable:
            return
        if held is None or held.until is None or not held.ends_by_itself:
            return
        # The end of a limit may move with each message; that alone is no news.
        known = (held.by, held.until // _SAME)
        ahead = held.until - now()
        if ahead < _MOMENTS or known == self._told:
            return
        self._told = known
        remark(f"Held back: {held_text(held)}")
        if ahead > _LONG:
            remark("It goes on by itself then, as long as a worker or the window runs.")


def held_text(held: HeldBack | None) -> str | None:
    """What holds a campaign back, in a line."""
    if held is None:
        return None
    until = f", until {iso(held.until)}" if held.until is not None else ""
    return f"{held.by.value}{until}. {held.reason}"
