"""Where an account's claims go on: behind the last row that was given out.

PostgreSQL keeps claimed rows in the queue's index until they are cleaned away, and a claim
that looked from the start would step over all of them: at 5,000 a second that was half of its
time. Rows may come back in front of it (returned by a stop, a retry that is due), so at least
once a second a claim looks from the start.
"""

from typing import NamedTuple

from wa_desktop.clock import SECOND

_LOOKED_ANEW_AFTER = SECOND
_MOST = 1_000


class Place(NamedTuple):
    """A row's place in the queue of its contract."""

    due_at: int
    message_id: int


class Fronts:
    """The fronts of the contracts that one engine claims from; each is but a hint."""

    def __init__(self) -> None:
        self._fronts: dict[int, tuple[Place, int]] = {}

    def of(self, contract: int, at: int) -> Place | None:
        """Behind which place to look at the moment ``at``; ``None``: from the start."""
        place, since = self._fronts.get(contract, (None, at))
        if 0 <= at - since < _LOOKED_ANEW_AFTER:
            return place
        del self._fronts[contract]
        return None

    def advance(self, contract: int, place: Place, at: int) -> None:
        """Note that all up to the place was given out."""
        if len(self._fronts) >= _MOST:
            self._fronts.clear()
        _, since = self._fronts.get(contract, (None, at))
        self._fronts[contract] = (place, since)

    def forget(self, contract: int) -> None:
        """Look from the start again."""
        self._fronts.pop(contract, None)

    def forget_all(self) -> None:
        """Rows came back: look from the start everywhere."""
        self._fronts.clear()
