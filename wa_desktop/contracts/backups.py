"""One backup of the ledger a day, made by the program itself while it runs."""

import logging
import threading
from pathlib import Path

from wa_desktop.clock import SECOND, now
from wa_desktop.errors import WaDesktopError
from wa_desktop.events import EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.copies.backup import Backup, list_backups
from wa_desktop.ledger.copies.verify import CopyStopped
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.words import words

log = logging.getLogger(__name__)

DAY = 24 * 3600 * SECOND
FIRST_AFTER = 3600 * SECOND
"""How long a program without any backup runs before it makes the first one."""

RETRY_AFTER = 3600 * SECOND
_SETTLED_AFTER = 60 * SECOND
"""A start is not the moment for a backup that is overdue."""

_LOOK_EVERY = 60.0


class AutomaticBackups:
    """A thread that makes backups; ``once`` is one look at whether one is due.

    The wall clock decides, so that a computer that slept makes up for it. A failure is told
    once with a notice, tried again each hour, and never leaves this class.
    """

    def __init__(self, ledger: Ledger, folder: Path, events: EventBus, *, started: int = 0) -> None:
        self._ledger = ledger
        self._folder = folder
        self._events = events
        self._started = started or now()
        self._failed_at: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backups", daemon=True)

    def start(self) -> None:
        """Make backups from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; a backup under way is left, and nothing of it stays."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def due_at(self, at: int) -> int:
        """When the next one is due: a day after the last, else an hour after the start."""
        last = max((one.taken_at for one in list_backups(self._folder) if one.ledger), default=None)
        if last is None or last > at:
            due = self._started + FIRST_AFTER
        else:
            due = max(last + DAY, self._started + _SETTLED_AFTER)
        return due if self._failed_at is None else max(due, self._failed_at + RETRY_AFTER)

    def once(self, at: int) -> Backup | None:
        """Make a backup if one is due at that moment; returns it."""
        try:
            if at < self.due_at(at):
                return None
            made = self._ledger.back_up(self._folder, stopped=self._stop.is_set)
        except CopyStopped:
            return None
        except Exception as error:
            self._note_failure(error, at)
            return None
        self._failed_at = None
        return made

    def _note_failure(self, error: Exception, at: int) -> None:
        if isinstance(error, WaDesktopError):
            why = str(error)
            log.warning("the daily backup was not made: %s", error)
        else:
            why = words("The log says why.")
            log.error("the daily backup failed in an unforeseen way", exc_info=error)
        if self._failed_at is None:
            self._events.post(Notice(NoticeKind.BACKUP_FAILED, NoticeLevel.WARNING, detail=why))
        self._failed_at = at

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY):
            self.once(now())
