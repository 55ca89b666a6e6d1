"""Reading files in a child process: previews and streams of rows, for window and server."""

import logging
import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self

from wa_desktop.errors import InvalidInput, ReadingStopped
from wa_desktop.recipients.child import (
    Bug,
    FileFacts,
    Finished,
    InputFault,
    NoMemory,
    PackedRows,
    Progress,
    Reply,
    send_preview,
    send_rows,
    unpack,
)
from wa_desktop.recipients.memory import EXIT_CODE, limit_of_this_computer
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.recipients.rows import ReadRow
from wa_desktop.recipients.source import shown_name
from wa_desktop.words import words

log = logging.getLogger(__name__)

CHUNK = 1_000  # rows
_GRACE = 2.0  # seconds a child has to end after SIGTERM

# A process that shares nothing with this one: a fork would copy the locks of the window's and the
# engine's threads. It is forked from one that has the reader's modules only, where the system can
# do that: a file's first rows are there after 0.10 s in place of 0.37 s.
if sys.platform == "win32":
    _PROCESSES = multiprocessing.get_context("spawn")
else:
    _PROCESSES = multiprocessing.get_context("forkserver")
    _PROCESSES.set_forkserver_preload(["__main__", send_preview.__module__])


class ChildReading:
    """One child process at work on one file.

    One thread calls :meth:`next_reply`; :meth:`cancel` may be called from any thread. The
    child is gone when :meth:`close` returns.
    """

    def __init__(self, name: str, target: Callable[..., None], *arguments: object) -> None:
        self._name = name
        self._cancelled = False
        self._memory = limit_of_this_computer()
        self._replies, child_end = _PROCESSES.Pipe(duplex=False)
        self._process: BaseProcess = _PROCESSES.Process(
            target=target,
            args=(child_end, self._memory, *arguments),
            name="wa-desktop file reader",
            daemon=True,
        )
        try:
            self._process.start()
        except BaseException:
            self._replies.close()
            raise
        finally:
            child_end.close()

    @property
    def pid(self) -> int | None:
        """The child's process id."""
        return self._process.pid

    def next_reply(self) -> Reply:
        """The child's next reply; waits for it.

        Raises :class:`InvalidInput` that the child met, and :class:`ReadingStopped` when the
        child was cancelled, killed or failed.
        """
        try:
            reply: Reply = self._replies.recv()
        except (EOFError, OSError) as error:
            raise self._stopped() from error
        if isinstance(reply, InputFault):
            raise reply.error()
        if isinstance(reply, NoMemory):
            raise self._too_large()
        if isinstance(reply, Bug):
            log.error("the file reader failed:\n%s", reply.trace)
            raise ReadingStopped(
                words(
                    "{name} could not be read because of a fault in this program. The log has "
                    "the details; try another format, such as .csv.",
                    name=self._name,
                )
            )
        return reply

    def cancel(self) -> None:
        """End the child; whoever waits for its next reply gets :class:`ReadingStopped`."""
        self._cancelled = True
        try:
            self._process.terminate()
        except ValueError:
            return  # closed already

    def close(self) -> None:
        """End the child if it is still at work, and free what it held. Safe to repeat."""
        self._replies.close()
        try:
            # A child that is done ends by itself; one that is not is of no more use.
            self._process.terminate()
            self._process.join(_GRACE)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process.close()
        except ValueError:
            return  # closed already

    def _too_large(self) -> InvalidInput:
        return InvalidInput(
            words(
                "{name} needs more memory than the {limit:,} MB that reading a file may take. "
                "Save it as .csv and choose that file.",
                name=self._name,
                limit=self._memory >> 20,
            )
        )

    def _stopped(self) -> ReadingStopped | InvalidInput:
        if self._cancelled:
            return ReadingStopped(words("The reading of {name} was cancelled.", name=self._name))
        self._process.join(_GRACE)
        if self._process.exitcode == EXIT_CODE:
            return self._too_large()
        return ReadingStopped(
            words(
                "The reading of {name} ended before it was done: its process was ended, "
                "perhaps for want of memory. Nothing was taken from the file; try again.",
                name=self._name,
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class PreviewReading(ChildReading):
    """A file's preview in the making: :meth:`result` waits for it."""

    def __init__(self, path: Path, options: ReadOptions) -> None:
        super().__init__(shown_name(path.name), send_preview, str(path), options)

    def result(self, on_progress: Callable[[int], None] | None = None) -> FilePreview:
        """The preview; ``on_progress`` gets the rows read so far, on this thread.

        Raises as :meth:`next_reply`.
        """
        while not isinstance(reply := self.next_reply(), FilePreview):
            if isinstance(reply, Progress) and on_progress is not None:
                on_progress(reply.rows)
        return reply


class RowStream(ChildReading):
    """A file's rows as an iterator of lists of at most ``chunk`` rows, in constant memory.

    ``file`` is known once the stream stands. Use it in a ``with`` block: leaving it early
    ends the child. Iteration raises as :meth:`next_reply`.
    """

    file: FileFacts

    def __init__(self, path: Path, options: ReadOptions, chunk: int = CHUNK) -> None:
        super().__init__(shown_name(path.name), send_rows, str(path), options, max(1, chunk))
        try:
            facts = self.next_reply()
        except BaseException:
            self.close()
            raise
        assert isinstance(facts, FileFacts)
        self.file = facts
        self._names = tuple(name for name, _ in facts.plan.variables)
        self._done = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[ReadRow]:
        if self._done:
            raise StopIteration
        reply = self.next_reply()
        if isinstance(reply, Finished):
            self._done = True
            self.close()
            raise StopIteration
        assert isinstance(reply, PackedRows)
        return [unpack(row, self._names) for row in reply.rows]


def preview_in_child(
    path: Path, options: ReadOptions, on_progress: Callable[[int], None] | None = None
) -> FilePreview:
    """``preview_file`` in a child process; waits for it. Raises as :class:`PreviewReading`."""
    with PreviewReading(path, options) as reading:
        return reading.result(on_progress)


def stream_rows(path: Path, options: ReadOptions, chunk: int = CHUNK) -> RowStream:
    """A file's rows from a child process; raises what is wrong with the file at once."""
    return RowStream(path, options, chunk)
