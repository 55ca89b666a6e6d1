"""Routes on the place of the ledger: a copy sends nothing until it is confirmed."""

from fastapi import APIRouter

from wa_desktop.server.fields import Shown
from wa_desktop.server.state import Core

router = APIRouter(prefix="/api/place", tags=["Place"])


class PlaceShown(Shown):
    """Whether the ledger is sent from here. ``sent_from`` is where it was sent last, ``here`` this
    place, both only where a person is to confirm it."""

    confirmed: bool
    sent_from: str | None = None
    here: str | None = None


class PlaceConfirmed(Shown):
    """``confirmed`` is false where there was nothing to confirm; ``resumed`` are the contracts
    that go on."""

    confirmed: bool
    resumed: list[str]


@router.get("")
def place(core: Core) -> PlaceShown:
    """Whether the ledger was copied or moved, so that nothing is sent until that is confirmed."""
    moved = core.places.moved()
    if moved is None:
        return PlaceShown(confirmed=True)
    return PlaceShown(confirmed=False, sent_from=moved.sent_from, here=moved.here)


@router.post("/confirm")
def confirm(core: Core) -> PlaceConfirmed:
    """This is the copy to send from: what was paused for it goes on. No other copy may send."""
    done = core.places.confirm()
    if done is None:
        return PlaceConfirmed(confirmed=False, resumed=[])
    return PlaceConfirmed(confirmed=True, resumed=list(done.resumed))
