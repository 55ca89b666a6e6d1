"""What holds a campaign back, told where somebody waits for it."""

from wa_desktop.clock import SECOND, iso, now
from wa_desktop.commands.output import remark
from wa_desktop.contracts.held_back import HeldBack, Obstacle
from wa_desktop.contracts.outlooks import Outlooks
from wa_desktop.errors import LedgerUnavailable
from wa_desktop.ledger.records import Contract
from wa_desktop.reports.health import Health, Source

_MOMENTS = 10 * SECOND
_LONG = 3_600 * SECOND
_SAME = 600 * SECOND


class Holds:
    """Tells what holds a campaign back for more than moments, each hold once."""

    def __init__(self, outlooks: Outlooks) -> None:
        self._outlooks = outlooks
        self._told: object = None

    def note(self, contract: Contract, health: Health) -> None:
        """Look at the campaign as it stands now."""
        try:
            held = self._outlooks.of(contract).held_back
        except LedgerUnavailable:
            return
        if held is not None and held.by is Obstacle.PAUSED:
            self._tell_switched_off(health)
        elif held is None or held.until is None or not held.ends_by_itself:
            if isinstance(self._told, str):
                self._told = None  # switched on again, and told of anew once it is off
        else:
            self._tell_until(held, held.until)

    def _tell_switched_off(self, health: Health) -> None:
        """A queue is paused until somebody resumes it; what else bars all sending is a trouble of
        the engine's, told as such."""
        reason = " ".join(one.text for one in health.reports if one.source is Source.SWITCH)
        if reason and self._told != reason:
            self._told = reason
            remark(f"Held back: {reason}")

    def _tell_until(self, held: HeldBack, until: int) -> None:
        # The end of a limit may move with each message; that alone is no news.
        known = (held.by, until // _SAME)
        ahead = until - now()
        if ahead < _MOMENTS or known == self._told:
            return
        self._told = known
        remark(f"Held back: {held_text(held)}")
        if ahead > _LONG:
            remark("It goes on by itself then, as long as a worker, a server or the window runs.")


def held_text(held: HeldBack | None) -> str | None:
    """What holds a campaign back, in a line."""
    if held is None:
        return None
    until = f", until {iso(held.until)}" if held.until is not None else ""
    return f"{held.by.value}{until}. {held.reason}"
