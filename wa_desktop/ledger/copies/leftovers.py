"""What a killed backup, upgrade or restore left half-made goes at the next start.

Only under the lock of whoever might be at work on it, so never beneath a program that is.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout

from wa_desktop.errors import LedgerError
from wa_desktop.ledger.copies.backup import Series, backups_folder
from wa_desktop.ledger.copies.restore import remove_half_restored
from wa_desktop.ledger.files import locked

log = logging.getLogger(__name__)

_PARTS = re.compile(r"\.(ledger-|before-restore-|before-upgrade-\w+-)partial")
"""Of every series that a backups folder holds."""


def remove_leftovers(ledger: Path | None, backups: Path | None) -> None:
    """Remove them beside a ledger on SQLite and in the backups folder (by default beside it).

    What another program is at work on stays, and so does what cannot be removed: neither is
    a reason not to start.
    """
    if ledger is not None:
        backups = backups or backups_folder(ledger)
        with _if_possible(ledger), locked(ledger.with_suffix(".upgrade-lock"), 0):
            remove_half_restored(ledger)
        with _if_possible(ledger):
            Series(ledger.parent, f"{ledger.stem}.before-upgrade-").remove_half_made()
    if backups is None:
        return
    for part in backups.glob(".*-partial"):
        named = _PARTS.fullmatch(part.name)
        if named is not None:
            with _if_possible(part):
                Series(backups, named[1]).remove_half_made()


@contextmanager
def _if_possible(path: Path) -> Iterator[None]:
    try:
        yield
    except Timeout:
        log.debug("another program is at work at %s", path.name)
    except (OSError, LedgerError) as error:
        log.warning("could not tidy up at %s: %s", path.name, error)
