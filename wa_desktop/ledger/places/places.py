"""Whether the ledger is sent from where it was sent last. If not it is a copy, or was moved: what
would go on by itself waits until a person says that this is the one to send from.
"""

import logging
from dataclasses import dataclass, replace

from wa_desktop.errors import LedgerUnavailable
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.copies.restored import MOVED, make_safe
from wa_desktop.ledger.places.file_place import FilePlace
from wa_desktop.ledger.places.records import (
    Line,
    Place,
    place_now,
    read,
    remove,
    same,
    settle_here,
    write,
)
from wa_desktop.ledger.places.server_place import ServerPlace
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import ContractState
from wa_desktop.words import Words, words

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Moved:
    """The ledger waits for a word. ``sent_from`` and ``here`` are places, in words."""

    sent_from: Words
    here: Words

    @property
    def said(self) -> Words:
        """What is the matter and what to do, for who has no button for it."""
        return words(
            "This ledger was copied or moved. Messages last went out from {place}. Nothing is "
            "sent from {here}, so that nobody gets a message twice. If no other copy sends any "
            "more, confirm this place: `wa-desktop here`, or the button in the window.",
            place=self.sent_from,
            here=self.here,
        )


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What saying "this is the one" changed: the contracts that go on, by their ids."""

    resumed: tuple[str, ...]


class Places:
    """Reads and writes from where the ledger is sent."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def moved(self) -> Moved | None:
        """Whether it would be sent from elsewhere than last time; changes nothing."""
        with self._database.read():
            sent = read(self._database, Line.SENT)
            here = self._here(Line.SENT)
        return None if sent is None or same(sent, here) else _moved(sent, here)

    def take_up(self) -> Moved | None:
        """For who is about to send: note this place if it is the one, or the first.

        Else the ledger is made safe, once, and nothing must be sent until ``moved`` is ``None``.
        Several programs may ask at once.
        """
        with self._database.write():
            self._lock()
            sent = read(self._database, Line.SENT)
            here = self._here(Line.SENT)
            if sent is None or same(sent, here):
                if sent is None or not _equal(sent, here):
                    write(self._database, Line.SENT, here)
                remove(self._database, Line.WAITS)
                return None
            self._make_safe()
        return _moved(sent, here)

    def confirm(self) -> Confirmed | None:
        """This is the place to send from: what was paused for its sake goes on.

        ``None`` where nothing waited for that.
        """
        with self._database.write():
            self._lock()
            sent = read(self._database, Line.SENT)
            if sent is None or same(sent, self._here(Line.SENT)):
                return None
            self._make_safe()
            resumed = self._resumed()
            settle_here(self._database)
        log.info("the ledger is sent from here from now on; %d campaigns go on", len(resumed))
        return Confirmed(resumed)

    def _make_safe(self) -> None:
        """Unless it was done in this place: what a person started since is left alone."""
        here = self._here(Line.WAITS)
        if same(read(self._database, Line.WAITS), here):
            return
        done = make_safe(self._database, MOVED)
        write(self._database, Line.WAITS, here)
        log.warning(
            "the ledger was copied or moved: %d campaigns are paused, %d messages are in doubt",
            done.contracts_paused,
            done.messages_in_doubt,
        )

    def _resumed(self) -> tuple[str, ...]:
        """Let go on what was paused for the place; what waited for its time waits for it again."""
        contracts = Contracts(self._database)
        paused = [
            one for one in contracts.in_states((ContractState.PAUSED,)) if one.state_reason == MOVED
        ]
        for one in paused:
            waits = one.start_at is not None and one.started_at is None
            target = ContractState.SCHEDULED if waits else ContractState.QUEUED
            contracts.move(one.id, target)
        return tuple(one.id for one in paused)

    def _lock(self) -> None:
        """One program at a time settles the place."""
        self._database.rows(
            "SELECT value FROM ledger_info WHERE name = 'uid'" + self._database.for_update
        )

    def _here(self, line: Line) -> Place:
        try:
            return place_now(self._database, line)
        except OSError as error:
            raise LedgerUnavailable(
                words(
                    "The ledger's file {file} cannot be looked at ({reason}).",
                    file=self._database.path,
                    reason=error.strerror,
                )
            ) from error


def _moved(sent: Place, here: Place) -> Moved:
    return Moved(sent.said, here.said)


def _equal(sent: Place, here: Place) -> bool:
    """Whether there is nothing to note: the same place, under the same names."""
    if isinstance(sent, ServerPlace) and isinstance(here, ServerPlace):
        return replace(sent, server=here.server) == here
    if isinstance(sent, FilePlace) and isinstance(here, FilePlace):
        return sent == here
    return False
