"""A campaign in a data folder of its own, to be copied, moved and looked at."""

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.commands.running import Ended, run
from tests.faults.scene import Scene, begin
from tests.programs import Place, Worker
from tests.standin.client import StandIn
from wa_desktop.app import Program
from wa_desktop.ledger.states import ContractState

AMOUNT = 300
COPIED = "copied or moved"


def at(home: Path, redis_url: str | None = None) -> Place:
    """The place of a program whose data folder that is."""
    return Place(home, f"sqlite:///{home / 'ledger.db'}", redis_url)


@contextmanager
def begun(place: Place, cloud: StandIn, amount: int = AMOUNT) -> Iterator[Scene]:
    """A campaign that is started; nothing sends yet."""
    with Program.open(place.settings()) as program:
        yield begin(program, cloud, amount)


def sent_in_part(place: Place, cloud: StandIn, share: float = 0.2) -> None:
    """A campaign of which a part was sent when its program was ended in good order."""
    with begun(place, cloud) as scene, Worker(place) as worker:
        scene.wait_for_share(share)
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0
    assert cloud.count() < AMOUNT


def everyone_once(cloud: StandIn, amount: int = AMOUNT) -> None:
    """Each recipient got one message."""
    assert len({one.to for one in cloud.accepted()}) == cloud.count() == amount


def here(place: Place) -> Ended:
    """``wa-desktop here`` on that place."""
    return run("here", extra=place.environment())


def look(place: Place, sql: str) -> object:
    """The first column of the first row in the ledger's file."""
    with closing(sqlite3.connect(place.home / "ledger.db", timeout=20)) as ledger:
        return ledger.execute(sql).fetchone()[0]


def is_done(place: Place) -> bool:
    """Whether the only campaign has been worked through."""
    state = look(place, "SELECT state FROM contracts")
    return bool(state == ContractState.COMPLETED.value)
