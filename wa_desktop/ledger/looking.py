"""Looks at a ledger without making or changing anything: for ``doctor``."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.errors import LedgerError
from wa_desktop.hours.zones import zones_of_phone
from wa_desktop.ledger.copies.integrity import check_at_start
from wa_desktop.ledger.engine_lock import ledger_file
from wa_desktop.ledger.inspection import Inspection
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.reaching import reach
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.upgrade import Standing, standing
from wa_desktop.ledger.vault import Vault
from wa_desktop.words import words

NOTHING = Standing((), ())


@dataclass(frozen=True, slots=True)
class Seen:
    """What is there. ``inspection`` is ``None`` where no database is yet, ``ledger`` also where
    it is empty (``standing`` has nothing applied) or of an older schema, which the next start
    brings up. Accounts' tokens cannot be read."""

    standing: Standing = NOTHING
    inspection: Inspection | None = None
    ledger: Ledger | None = None

    @property
    def is_new(self) -> bool:
        """Whether there is no ledger yet."""
        return not self.standing.applied


@contextmanager
def looked_at(url: str, vault: Vault | None = None) -> Iterator[Seen]:
    """The ledger at a URL as it stands; with ``vault`` its key can be compared. Raises
    ``LedgerError`` and its kinds when it is out of reach, too new or damaged; no password is in
    their words."""
    path = ledger_file(url)
    if path is None:
        reach(url)
    elif _is_missing(path):
        yield Seen()
        return
    else:
        check_at_start(path)
    with closing(Database(url)) as database:
        found = standing(database)
        if not found.applied:
            yield Seen() if database.is_sqlite else Seen(found, Inspection(database))
            return
        # Nothing is sealed or opened by looking.
        key = vault or Vault.from_passphrase("")
        ledger = None if found.missing else Ledger(database, key, zones_of_phone)
        yield Seen(found, Inspection(database), ledger)


def _is_missing(path: Path) -> bool:
    try:
        return not path.exists() or (path.is_file() and not path.stat().st_size)
    except OSError as error:
        raise LedgerError(
            words(
                "The ledger's folder {folder} cannot be read ({reason}). Let this user read it.",
                folder=path.parent,
                reason=error.strerror,
            )
        ) from error
