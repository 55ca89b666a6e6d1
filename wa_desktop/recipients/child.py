"""The child process that reads a file, so that parsing never takes the window's interpreter.

It sends :class:`Reply` values through a pipe, whose small buffer holds the child back when
nobody reads. Rows go as plain tuples: pickling those costs a fraction of the classes.
"""

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

from wa_desktop.errors import InvalidInput, NoPhoneColumn, Problem, UncertainQuotes
from wa_desktop.recipients.columns import ColumnPlan
from wa_desktop.recipients.found_rows import LeftOutRow
from wa_desktop.recipients.memory import limit_memory
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import FilePreview, open_planned, preview_file
from wa_desktop.recipients.rows import ReadRow, RecipientRow, RejectedRow, read_rows

MOST_OF_A_REPLY = 64 << 20
"""Bytes. The parent must be able to hold a reply, however much memory the child may take."""

_SET_ASIDE = 4 << 20
"""Bytes that are let go when the memory is used up, so that this can be said."""

PackedRow = (
    tuple[int, str, str | None, tuple[str, ...], int, str | None]
    | tuple[int, str, str]
    | LeftOutRow
)


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was found out about a file before its first row."""

    name: str
    columns: tuple[str, ...]
    plan: ColumnPlan
    header_row: int | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Rows read so far."""

    rows: int


@dataclass(frozen=True, slots=True)
class PackedRows:
    """A chunk of rows, see :func:`pack` and :func:`unpack`."""

    rows: tuple[PackedRow, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """Every row was sent."""


@dataclass(frozen=True, slots=True)
class InputFault:
    """The file cannot be used.

    ``columns`` is set where it has no column of phone numbers, ``line`` where its quotation
    marks are in doubt.
    """

    message: str
    problems: tuple[Problem, ...]
    columns: tuple[str, ...] | None = None
    line: int | None = None

    def error(self) -> InvalidInput:
        """The same as an exception, for the parent to raise."""
        if self.columns is not None:
            return NoPhoneColumn(self.columns)
        if self.line is not None:
            return UncertainQuotes(self.message, self.line)
        return InvalidInput(self.message, self.problems)


@dataclass(frozen=True, slots=True)
class NoMemory:
    """Reading the file takes more memory than the child may have."""


@dataclass(frozen=True, slots=True)
class Bug:
    """The child failed in a way it should not have; ``trace`` is for the log."""

    trace: str


Reply = FileFacts | Progress | PackedRows | FilePreview | Finished | InputFault | NoMemory | Bug


def pack(row: ReadRow) -> PackedRow:
    """A row without its class and without the names of its variables."""
    if isinstance(row, RecipientRow):
        values = tuple(row.variables.values())
        return row.line, row.phone, row.message, values, row.more_numbers, row.written
    if isinstance(row, LeftOutRow):
        return row
    return row.line, row.phone_text, row.reason


def unpack(row: PackedRow, names: tuple[str, ...]) -> ReadRow:
    """What :func:`pack` was given; ``names`` are those of the plan's variables."""
    if isinstance(row, LeftOutRow):
        return row
    if len(row) == 3:
        return RejectedRow(*row)
    line, phone, message, values, more, written = row
    variables = dict(zip(names, values, strict=True))
    return RecipientRow(line, phone, message, variables, None, more, written)


def send_preview(replies: Connection, memory: int, path: str, options: ReadOptions) -> None:
    """Entry of a child: a file's preview, with progress before it. ``memory`` in bytes."""

    def work() -> Iterator[Reply]:
        yield preview_file(Path(path), options, lambda rows: replies.send(Progress(rows)))

    _serve(replies, memory, work)


def send_rows(
    replies: Connection, memory: int, path: str, options: ReadOptions, chunk: int
) -> None:
    """Entry of a child: the file's facts, then its rows in chunks. ``memory`` in bytes."""

    def work() -> Iterator[Reply]:
        planned = open_planned(Path(path), options)
        table, plan, country = planned.table, planned.plan, planned.country
        yield FileFacts(
            table.name,
            table.columns,
            plan,
            table.header_row,
            table.encoding,
            table.delimiter,
            table.sheet,
        )
        read = read_rows(table, plan, country=country, possible=options.possible_numbers)
        packed = map(pack, read)
        while rows := tuple(islice(packed, chunk)):
            yield PackedRows(rows)
        planned.check_unchanged()
        yield Finished()

    _serve(replies, memory, work)


def _serve(replies: Connection, memory: int, work: Callable[[], Iterator[Reply]]) -> None:
    """Send what the work yields; a parent that is gone ends it quietly."""
    # A Ctrl-C in the terminal is for the parent, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(AttributeError, OSError):
        os.nice(5)  # the window and the engine come first
    limit_memory(memory)
    with replies, suppress(BrokenPipeError, ConnectionResetError):
        if (fault := _send_all(replies, work)) is not None:
            replies.send(fault)


def _send_all(replies: Connection, work: Callable[[], Iterator[Reply]]) -> Reply | None:
    """Send the replies; returns the one that says why they end early.

    Everything that the work holds is free again when this returns.
    """
    set_aside = bytearray(_SET_ASIDE)
    try:
        for reply in work():
            data = ForkingPickler.dumps(reply)
            if len(data) > MOST_OF_A_REPLY:
                return NoMemory()
            replies.send_bytes(data)
    except NoPhoneColumn as error:
        return InputFault(str(error), error.problems, columns=error.columns)
    except UncertainQuotes as error:
        return InputFault(str(error), error.problems, line=error.line)
    except InvalidInput as error:
        return InputFault(str(error), error.problems)
    except MemoryError:
        del set_aside
        return NoMemory()
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception:
        return Bug(traceback.format_exc())
    return None
