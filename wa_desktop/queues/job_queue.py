"""A Huey that carries entries of one job as JSON. It deserialises nothing else.

Huey's own serializer is pickle, which runs whatever a writer to the queue put into it. Huey
reads stored bytes in more places than the queue: the schedule, the revoke keys before each
job, results, locks and rate limits. This class does not use any of them.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, NoReturn

from huey.api import Huey, Task
from huey.serializer import Serializer
from huey.storage import SqliteStorage

from wa_desktop.queues.dropped import Dropped
from wa_desktop.queues.entries import LONGEST, Entry, Job, Unreadable, decoded, encoded

log = logging.getLogger(__name__)

_DROPPED_AT_ONCE = 1_000
"""Unreadable entries removed in one go. After them the thread looks at its stop flag."""

Faults = Callable[[BaseException | None, float], None]
"""Receives the error of a read, ``None`` after a read that worked, and when the read began
(monotonic seconds)."""


class NoSerializer(Serializer):  # type: ignore[misc]
    """Refuses everything, for the parts of Huey that store data of their own."""

    def serialize(self, data: object) -> NoReturn:  # noqa: ARG002 - Huey's
        """Raises ``Unreadable``."""
        raise Unreadable("only jobs are stored")

    def deserialize(self, data: object) -> NoReturn:  # noqa: ARG002 - Huey's
        """Raises ``Unreadable``."""
        raise Unreadable("only jobs are read")


class BoundedSqliteStorage(SqliteStorage):  # type: ignore[misc]
    """Huey's tables in a SQLite file. A value that is too long or no BLOB is removed unread.

    Huey's own query fails on a TEXT that is not UTF-8, and the entry would stay in front.
    """

    def dequeue(self) -> bytes | None:
        """Remove the next entry and return it, an empty one for a value that is refused."""
        if not self.sql("SELECT 1 FROM task WHERE queue = ? LIMIT 1", (self.name,), results=True):
            return None
        with self.db(commit=True) as cursor:
            cursor.execute(
                "SELECT id, CASE WHEN typeof(data) = 'blob' AND length(data) <= ? THEN data END "
                "FROM task WHERE queue = ? ORDER BY priority DESC, id LIMIT 1",
                (LONGEST, self.name),
            )
            found = cursor.fetchone()
            if found is None:
                return None
            number, data = found
            cursor.execute("DELETE FROM task WHERE id = ?", (number,))
            return bytes(data or b"")


class JobQueue(Huey):  # type: ignore[misc]
    """Takes entries of one job only. ``faults`` is called from the threads that read."""

    def __init__(self, name: str, job: Job, dropped: Dropped, **options: Any) -> None:
        super().__init__(
            name, results=False, store_none=False, serializer=NoSerializer(), **options
        )
        self.job = job
        self.faults: Faults = lambda _, __: None
        self._dropped = dropped
        self._task: type[Task] | None = None

    def carry_out(self, work: Callable[[str], None]) -> Callable[[str], None]:
        """Call ``work`` with the id of each entry; returns what enqueues an entry."""
        self._task = self.task(name=self.job.value)(work).task_class

        def put(id: str) -> None:
            self.storage.enqueue(encoded(Entry(self.job, id)))

        return put

    def put_probe(self) -> None:
        """Write an entry that asks for nothing. Raises what a real one would raise."""
        self.storage.enqueue(encoded(Entry(Job.PROBE, Job.PROBE.value)))

    def dequeue(self) -> Task | None:
        """The next job; unreadable entries before it are removed and counted."""
        for _ in range(_DROPPED_AT_ONCE):
            began = time.monotonic()
            try:
                data = self.storage.dequeue()
            except Exception as error:
                self.faults(error, began)
                raise
            self.faults(None, began)
            if data is None:
                return None
            try:
                entry = decoded(data, self.job)
            except Unreadable as error:
                self._dropped.note(str(error))
                continue
            if entry is not None and self._task is not None:
                return self._task((entry.id,))
        return None

    def execute(self, task: Task, timestamp: object = None) -> None:  # noqa: ARG002
        """Carry out the job. Revocation, expiry, retries, results and callbacks do not exist."""
        try:
            task.execute()
        except Exception:
            log.exception("the job %r failed", self.job.value)

    def read_schedule(self, timestamp: object = None) -> list[Task]:  # noqa: ARG002
        """Always empty: no job waits in the schedule, so it is never read."""
        return []
