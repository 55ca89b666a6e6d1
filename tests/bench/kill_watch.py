"""The worker that the kill bench kills, watched: who waits for it in vain learns why."""

import signal
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.programs import Place, Worker
from wa_desktop.errors import LedgerError
from wa_desktop.ledger.sql.database import Database

PROGRAM = Path(__file__).with_name("kill_program.py")
STUCK_SECONDS = 30.0
_PAUSE = 0.005
_LINES = 150
_STOOD_STILL = 1.0

_TABLES = {
    "accounts": "SELECT * FROM accounts ORDER BY id",
    "workers": "SELECT * FROM workers ORDER BY id",
    "contracts": "SELECT * FROM contracts ORDER BY id",
    "counters": "SELECT * FROM counters ORDER BY contract_id",
    "messages": "SELECT contract_id, state, claimed_by, COUNT(1), MIN(due_at), MAX(due_at) "
    "FROM messages GROUP BY contract_id, state, claimed_by ORDER BY 1, 2",
}
_UNTOLD = frozenset({"secrets", "body", "template"})
_SERVER = (
    "SELECT pid, state, wait_event_type, wait_event, pg_blocking_pids(pid), "
    "CAST(now() - xact_start AS text), query FROM pg_stat_activity WHERE datname = "
    "current_database()"
)


class Stuck(Exception):
    """What was waited for did not come; the text is the whole diagnosis."""


class Watched:
    """A worker process and its ledger. Times are seconds."""

    def __init__(self, place: Place, database: Database, worker: Worker, log: Path) -> None:
        self.place = place
        self.database = database
        self.worker = worker
        self.began = time.monotonic()
        self._log = log

    def wait_until(
        self, condition: Callable[[], object], what: str, seconds: float = STUCK_SECONDS
    ) -> None:
        """Wait for it. Raises ``Stuck`` after so long, or at once when the worker has ended."""
        now = began = time.monotonic()
        still = 0.0
        while not condition():
            before, now = now, time.monotonic()
            still = max(still, now - before)
            if not self.worker.running:
                raise Stuck(self._diagnosis(f"the worker ended while {what} was waited for"))
            if now - began > seconds:
                told = f"waited {seconds:g} s in vain for {what}"
                if still > _STOOD_STILL:
                    told += f"; the machine itself stood still for up to {still:.1f} s meanwhile"
                raise Stuck(self._diagnosis(told))
            time.sleep(_PAUSE)

    def kill(self) -> None:
        """SIGKILL; returns when the process is gone, and what its server still did for it."""
        self.worker.kill()
        settled(self.database)

    def _diagnosis(self, told: str) -> str:
        if self.worker.running:
            before = self._log.stat().st_size
            self.worker.send(signal.SIGUSR1)
            _wait_for_growth(self._log, before)
            told += f"; the worker (process {self.worker.pid}) lives"
        else:
            told += f"; the worker has ended with code {self.worker.wait()}"
        with self._log.open(errors="replace") as log:
            tail = "".join(deque(log, _LINES))
        return f"{told}\n--- its output and stacks\n{tail}\n{_rows(self.database)}"


@contextmanager
def watched(
    place: Place, database: Database, *, migrations: Path | None = None
) -> Iterator[Watched]:
    """A worker that runs while the block does, with its output in a file of its own."""
    log = place.home / f"worker-{time.monotonic_ns()}.log"
    program = (str(PROGRAM), str(migrations or ""))
    with Worker(place, log=log, program=program) as worker:
        yield Watched(place, database, worker, log)


def settled(database: Database) -> None:
    """Wait until the server has ended what a killed program had asked of it."""
    if database.is_sqlite:
        return
    deadline = time.monotonic() + STUCK_SECONDS
    while _busy(database) and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def _busy(database: Database) -> int:
    with database.read():
        return int(
            database.scalar(
                "SELECT COUNT(1) FROM pg_stat_activity WHERE datname = current_database() "
                "AND state <> 'idle' AND pid <> pg_backend_pid()"
            )
        )


def _wait_for_growth(log: Path, size: int) -> None:
    """Stacks are written bit by bit: wait until some came and no more do."""
    deadline = time.monotonic() + 3
    before = size
    while time.monotonic() < deadline:
        time.sleep(0.2)
        now = log.stat().st_size
        if now > size and now == before:
            return
        before = now


def _tells(column: str, value: object) -> bool:
    return bool(value) and column not in _UNTOLD


def _rows(database: Database) -> str:
    """What the ledger holds of all that decides whether something is sent."""
    told = []
    questions = _TABLES if database.is_sqlite else _TABLES | {"the server": _SERVER}
    for name, sql in questions.items():
        told.append(f"--- {name}")
        try:
            with database.read():
                cursor = database.peewee.execute_sql(sql)
                columns = [one[0] for one in cursor.description]
                for row in cursor.fetchall():
                    named = zip(columns, row, strict=True)
                    told.append(
                        ", ".join(f"{key}={value}" for key, value in named if _tells(key, value))
                    )
        except LedgerError as error:
            told.append(str(error))
    return "\n".join(told)
