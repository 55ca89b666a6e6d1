"""What a worker remembers of its last turns, to see whether the ledger still holds them.

On PostgreSQL a standby that takes over may lack the last commits: messages that were sent wait
there again. So each turn stamps the worker's own row (``last_seen``), and changes the row only
where it shows a stamp that this worker left. Because a standby holds the commits up to one of
them and none after it, the stamp that it shows says which turns are lost.

The stamps, and the messages that each turn began, are kept in memory and in a file of the data
folder, one for each worker. The file outlives the program, also when it is killed; it is not
forced to disk, so a power cut of the worker's own machine may take the last seconds of it.
"""

import logging
import os
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from wa_desktop.ledger.turns.settle import Outcome

log = logging.getLogger(__name__)

_REMEMBERED = 100_000
"""Messages that are remembered at most: at full speed the last half minute, else hours."""

_FILE_BYTES = 4 * 1024 * 1024
"""A file this large is put aside in favour of a new one; the one put aside before goes."""

_SUFFIX = ".turns"


@dataclass(frozen=True, slots=True)
class Lost:
    """What the ledger lacks of a worker's turns: the messages that they began, and how many
    turns; ``seconds``: over how long; ``until``: the stamp of
    the last one; ``sent``: what they knew to be sent (not after a restart)."""

    worker: int
    messages: tuple[int, ...]
    turns: int
    seconds: float
    until: int
    sent: tuple[Outcome, ...] = ()


@dataclass(slots=True)
class Memory:
    """The turns of one worker, oldest first: their stamps and the messages that they began.

    ``unsure`` are the stamps of turns since then whose end is unknown.
    """

    worker: int
    turns: deque[tuple[int, tuple[int, ...]]] = field(default_factory=deque)
    unsure: list[int] = field(default_factory=list)
    begun: int = 0
    sent: deque[tuple[int, tuple[Outcome, ...]]] = field(
        default_factory=lambda: deque(maxlen=5_000)
    )

    def expected(self) -> list[int] | None:
        """The stamps that the ledger may show; ``None``: any, since there was no turn yet."""
        return [self.turns[-1][0], *self.unsure] if self.turns else None

    def add(self, stamp: int, messages: tuple[int, ...], sent: tuple[Outcome, ...] = ()) -> None:
        """A turn was committed."""
        self.turns.append((stamp, messages))
        if sent:
            self.sent.append((stamp, sent))
        self.unsure.clear()
        self.begun += len(messages)
        while len(self.turns) > 1 and self.begun > _REMEMBERED:
            self.begun -= len(self.turns.popleft()[1])

    def lost(self, shown: int | None) -> Lost | None:
        """What a ledger lacks that shows this stamp, ``None``: no such worker.

        Nothing where it shows the last one, or one that is not known: of a turn after it.
        """
        known = [stamp for stamp, _ in self.turns]
        if not known or (shown is not None and shown in self.unsure):
            return None
        if shown in known:
            gone = list(self.turns)[known.index(shown) + 1 :]
        elif shown is None or shown < min(known):
            gone = list(self.turns)
        else:
            return None
        if not gone:
            return None
        messages = tuple(one for _, begun in gone for one in begun)
        since = shown if shown is not None else gone[0][0]
        stamps = {stamp for stamp, _ in gone}
        sent = tuple(one for stamp, some in self.sent if stamp in stamps for one in some)
        seconds = max(0.0, (gone[-1][0] - since) / 1e6)
        return Lost(self.worker, messages, len(gone), seconds, gone[-1][0], sent)


class Witness:
    """Remembers the turns of one worker at a time; ``keep_in`` also in a file."""

    def __init__(self) -> None:
        self._memory = Memory(0)
        self._folder: Path | None = None
        self._uid = ""
        self._file: int | None = None

    def keep_in(self, folder: Path, uid: str) -> None:
        """From now on keep the turns in a file of the folder, too; ``uid``: of the ledger."""
        self._folder, self._uid = folder, uid

    def expected(self, worker: int) -> list[int] | None:
        """The stamps that the ledger may show of the worker; ``None``: any."""
        return self._of(worker).expected()

    def unsure(self, worker: int, stamp: int) -> None:
        """A turn of that stamp may be committed or not; the answer is still to come."""
        self._of(worker).unsure.append(stamp)

    def undone(self, worker: int, stamp: int) -> None:
        """The turn was rolled back for certain."""
        with suppress(ValueError):
            self._of(worker).unsure.remove(stamp)

    def committed(
        self, worker: int, stamp: int, messages: Iterable[int], sent: tuple[Outcome, ...] = ()
    ) -> None:
        """A turn was committed that began these messages, none of which was sent yet, and noted
        that others were sent."""
        begun = tuple(messages)
        self._of(worker).add(stamp, begun, sent)
        self._write(f"{stamp} {' '.join(map(str, begun))}\n")

    def lost(self, worker: int, shown: int | None) -> Lost | None:
        """As ``Memory.lost``."""
        return self._of(worker).lost(shown)

    def earlier(self) -> list[tuple[Path, Memory]]:
        """What the files of the folder tell of workers of this ledger."""
        if self._folder is None or not self._folder.is_dir():
            return []
        found = []
        for path in sorted(self._folder.glob(f"{self._uid}-*{_SUFFIX}")):
            number = path.name.removeprefix(f"{self._uid}-").removesuffix(_SUFFIX)
            if number.isdigit():
                found.append((path, _read(path, int(number))))
        return found

    def close(self) -> None:
        """Close the file; it stays for the next start."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _of(self, worker: int) -> Memory:
        if self._memory.worker != worker:
            self._memory = Memory(worker)
            self.close()
        return self._memory

    def _write(self, line: str) -> None:
        if self._folder is None:
            return
        try:
            if self._file is None:
                self._open()
            assert self._file is not None
            os.write(self._file, line.encode())
            if os.lseek(self._file, 0, os.SEEK_CUR) > _FILE_BYTES:
                self.close()
                path = self._path()
                path.replace(_aside(path))
        except OSError as error:
            # Sending goes on without it: only a restart right at a failover would need it.
            log.warning("the last turns cannot be kept in %s: %s", self._folder, error.strerror)
            self._folder = None
            self.close()

    def _open(self) -> None:
        assert self._folder is not None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file = os.open(self._path(), flags, 0o600)

    def _path(self) -> Path:
        assert self._folder is not None
        return self._folder / f"{self._uid}-{self._memory.worker}{_SUFFIX}"


def forget_file(path: Path) -> None:
    """Remove a worker's file, and the one put aside."""
    _aside(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    return path.with_name(f"{path.name}-before")


def _read(path: Path, worker: int) -> Memory:
    memory = Memory(worker)
    for one in (_aside(path), path):
        with suppress(OSError):
            _take_lines(memory, one.read_bytes().split(b"\n"))
    return memory


def _take_lines(memory: Memory, lines: Sequence[bytes]) -> None:
    """All but the last, which is empty, or half-written by a program that was killed."""
    for line in lines[:-1]:
        numbers = line.split()
        if numbers and all(one.isdigit() for one in numbers):
            memory.add(int(numbers[0]), tuple(int(one) for one in numbers[1:]))
