"""Counts the queue entries that could not be read, and logs the count at most once a minute."""

import logging
import threading
import time

from wa_desktop.words import Words, words

log = logging.getLogger(__name__)

TELL_EVERY = 60.0
"""Seconds between two lines in the log, however many entries are dropped."""

_SHOWN_FOR = 3_600.0
"""Seconds for which the warning is shown after the last dropped entry."""


class Dropped:
    """The count since the start of the program. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._told = 0
        self._told_at: float | None = None
        self._last: float | None = None
        self._why = ""

    @property
    def count(self) -> int:
        """The number of dropped entries."""
        return self._count

    def note(self, why: str) -> None:
        """Count a dropped entry; ``why`` must not contain any of its content."""
        with self._lock:
            self._count += 1
            self._last = time.monotonic()
            self._why = why
        self.tell()

    def tell(self) -> None:
        """Log the number of entries dropped since the last line, at most once a minute."""
        at = time.monotonic()
        with self._lock:
            more = self._count - self._told
            if not more or (self._told_at is not None and at - self._told_at < TELL_EVERY):
                return
            self._told, self._told_at = self._count, at
            why = self._why
        log.warning(
            "dropped %d queue entries that this version of wa-desktop cannot read (the last: %s)",
            more,
            why,
        )

    @property
    def warning(self) -> Words | None:
        """The warning to show for an hour after the last dropped entry."""
        last = self._last
        if last is None or time.monotonic() - last > _SHOWN_FOR:
            return None
        return words(
            "{count} queue entries could not be read and were dropped. They come from another "
            "version of wa-desktop or from another program that writes to the queue. No message "
            "is lost. If no other version runs, restrict access to the queue.",
            count=self._count,
        )
