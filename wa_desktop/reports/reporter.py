"""Writes the log of an unattended program: what changes in the ledger, and how its health is."""

import logging
import os
import socket
import threading
from collections.abc import Callable

from wa_desktop.errors import LedgerError
from wa_desktop.ledger.condition import Barred, Conditions
from wa_desktop.reports.checkup import Checkup
from wa_desktop.reports.health import Health, Level, Report, Source
from wa_desktop.reports.journal import Journal

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two looks at the ledger, each a few short statements."""

_IN_THE_JOURNAL = frozenset({Source.ACCOUNT, Source.SWITCH, Source.CONTRACT})
"""Their begin and end are rows of the history; only what was so before is logged here."""

_BY_ITSELF = frozenset({Source.ENGINE, Source.PROVIDER, Source.QUEUE})
"""Logged where they are noticed."""


class Reporter:
    """A thread that looks every few seconds.

    ``sends``: whether this process has an engine, which logs the ledger's troubles itself.
    ``probe`` looks after the queue where nothing else in the process does.
    """

    def __init__(
        self,
        conditions: Conditions,
        journal: Journal,
        checkup: Checkup,
        *,
        sends: bool,
        probe: Callable[[], None] | None = None,
    ) -> None:
        self._conditions = conditions
        self._journal = journal
        self._checkup = checkup
        self._probe = probe
        self._own = _BY_ITSELF | {Source.LEDGER} if sends else _BY_ITSELF
        self._told: dict[tuple[Source, str], Report] | None = None
        self._barred: str | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def start(self) -> None:
        """Look now and from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more; a look at a ledger that hangs is not waited for."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(1)

    def _run(self) -> None:
        while True:
            try:
                health = self._checkup.recent()
                self._tell(health)
                if not any(one.source is Source.LEDGER for one in health.reports):
                    self._tell_others(health)
                    self._journal.see(self._checkup.workers)
                    self._journal.follow()
                if self._probe is not None:
                    self._probe()
            except LedgerError as error:
                log.debug("the ledger could not be read: %s", error)
            except Exception:
                log.exception("a look at the program's health failed in an unforeseen way")
            if self._stop.wait(EVERY):
                return

    def _tell_others(self, health: Health) -> None:
        """Write into the ledger that this process's engine may send nothing, or may again."""
        bars = (one.text for one in health.reports if one.source is Source.ENGINE and one.about)
        why = next(bars, None)
        if why is None and self._barred is None:
            return
        if why is None or self._barred is None:  # else only a figure in it has changed
            here = Barred(socket.gethostname(), os.getpid(), why or "")
            self._conditions.note_barred(here, holds=why is not None)
            self._barred = why

    def _tell(self, health: Health) -> None:
        """Log what began and what ended since the last look."""
        first = self._told is None
        known = self._told or {}
        found = {(one.source, one.about): one for one in reversed(health.reports)}
        if any(one.source is Source.LEDGER for one in health.reports):
            # Nothing is known of what only the ledger tells.
            found = known | found
        for key in found.keys() - known.keys():
            if first or key[0] not in _IN_THE_JOURNAL:
                self._begun(found[key])
        for key in known.keys() - found.keys():
            if key[0] not in _IN_THE_JOURNAL | self._own:
                log.info("this is over: %s", known[key].text)
        self._told = found

    def _begun(self, report: Report) -> None:
        if report.source not in self._own:
            level = logging.ERROR if report.level is Level.NOT_OK else logging.WARNING
            log.log(level, "%s", report.text)
