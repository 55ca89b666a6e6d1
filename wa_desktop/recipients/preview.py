"""What a file holds, before anything is made of it: first rows, columns and full counts."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from wa_desktop.errors import InvalidInput, NoPhoneColumn
from wa_desktop.person_key import person_key
from wa_desktop.recipients.columns import ColumnPlan, plan_columns
from wa_desktop.recipients.files import Table, open_table
from wa_desktop.recipients.found_rows import LeftOutReason, LeftOutRow, LeftOutTally
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.phones import checked_country
from wa_desktop.recipients.rows import RecipientRow, RejectedRow, read_rows
from wa_desktop.recipients.source import shown_name
from wa_desktop.recipients.stamp import FileStamp, changed_file, refuse_a_changed_file

SHOWN_ROWS = 20
SHOWN_REJECTIONS = 100
PROGRESS_EVERY = 20_000  # rows


@dataclass(frozen=True, slots=True)
class FilePreview:
    """A file's first rows and its counts.

    good + duplicates + rejected + all that is left out = total data rows.

    ``rows`` are the first rows as they stand, ``recipients`` the first good ones (for a look
    at a filled-in message), ``rejections`` the first hundred. ``encoding`` and ``delimiter``
    are those of a text table, ``sheet`` and ``sheets`` those of a workbook.

    ``left_out`` counts rows by reason (only those that occurred), ``left_out_lines`` has the
    first lines of each. ``header_row`` is the header's line in the file. ``phone_columns`` are
    the other columns that hold numbers, with how many good ones; ``more_numbers`` counts the
    cells that hold several numbers. ``hidden_columns`` are the letters of the columns that a
    workbook hides and that are left out. ``settled``: read the file with these options to get
    exactly what was previewed, or a refusal when it is another file by then.
    """

    name: str
    columns: tuple[str, ...]
    plan: ColumnPlan
    has_header: bool
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    recipients: tuple[RecipientRow, ...]
    total: int
    good: int
    duplicates: int
    rejected: int
    rejections: tuple[RejectedRow, ...]
    left_out: Mapping[LeftOutReason, int] = field(default_factory=dict)
    left_out_lines: Mapping[LeftOutReason, tuple[int, ...]] = field(default_factory=dict)
    header_row: int | None = None
    phone_columns: tuple[tuple[str, int], ...] = ()
    more_numbers: int = 0
    hidden_columns: tuple[str, ...] = ()
    settled: ReadOptions = field(default_factory=ReadOptions)


@dataclass(frozen=True, slots=True)
class Planned:
    """A file that is ready to be read: its table, the plan of its columns, and how to get the
    same again.

    ``stamp`` is of the file as it was opened, ``country`` the checked default country.
    """

    table: Table
    plan: ColumnPlan
    country: str | None
    settled: ReadOptions
    path: Path
    stamp: FileStamp | None

    def check_unchanged(self) -> None:
        """Raise :class:`InvalidInput` when the file changed since it was opened."""
        refuse_a_changed_file(self.table.name, self.stamp, FileStamp.of(self.path))


def open_planned(path: Path, options: ReadOptions) -> Planned:
    """Open a file and plan its columns.

    Raises :class:`InvalidInput` for options or a file that cannot be used, and for one that is
    not the file of ``options.stamp``.
    """
    country = checked_country(options.country)
    stamp = FileStamp.of(path)
    refuse_a_changed_file(shown_name(path.name), options.stamp, stamp)
    table, plan = _first_with_numbers(path, options, country)
    if options.stamp is not None and options.stamp.columns not in ((), table.columns):
        raise changed_file(table.name)
    if stamp is not None:
        stamp = replace(stamp, columns=table.columns)
    return Planned(table, plan, country, _settled(options, table, plan, stamp), path, stamp)


def _first_with_numbers(
    path: Path, options: ReadOptions, country: str | None
) -> tuple[Table, ColumnPlan]:
    """The table, of the first sheet that has phone numbers unless one was named.

    Raises :class:`NoPhoneColumn` with the columns of the first sheet.
    """
    table = _opened(path, options)
    try:
        return table, _planned(table, options, country)
    except NoPhoneColumn:
        for sheet in table.next_sheets:
            with suppress(InvalidInput):  # it is empty, hidden or broken
                other = _opened(path, replace(options, sheet=sheet))
                return other, _planned(other, options, country)
        raise


def _opened(path: Path, options: ReadOptions) -> Table:
    return open_table(
        path,
        encoding=options.encoding,
        delimiter=options.delimiter,
        quoting=options.quoting,
        sheet=options.sheet,
        header=options.header,
        header_row=options.header_row,
        hidden_rows=options.hidden_rows,
        region=options.region,
    )


def _planned(table: Table, options: ReadOptions, country: str | None) -> ColumnPlan:
    return plan_columns(
        table,
        phone=options.phone,
        message=options.message,
        own_messages=options.own_messages,
        country=country,
        second_phone=options.second_phone,
        possible=options.possible_numbers,
    )


def _settled(
    options: ReadOptions, table: Table, plan: ColumnPlan, stamp: FileStamp | None
) -> ReadOptions:
    """The options with everything in them that was found out."""
    return replace(
        options,
        phone=table.columns[plan.phone],
        message=None if plan.message is None else table.columns[plan.message],
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        header=table.has_header,
        header_row=table.header_row,
        stamp=stamp,
    )


def preview_file(
    path: Path, options: ReadOptions, on_progress: Callable[[int], None] | None = None
) -> FilePreview:
    """Read a whole file and count; ``on_progress`` gets the rows read so far now and then.

    CPU work for seconds on a large file: see ``reading.preview_in_child``. Memory grows
    with the distinct people only. Raises :class:`InvalidInput`.
    """
    planned = open_planned(path, options)
    table, plan, country = planned.table, planned.plan, planned.country
    seen: set[int] = set()
    recipients: list[RecipientRow] = []
    rejections: list[RejectedRow] = []
    total = good = rejected = more_numbers = 0
    left_out = LeftOutTally()
    read = read_rows(table, plan, country=country, possible=options.possible_numbers)
    for total, row in enumerate(read, start=1):
        if isinstance(row, LeftOutRow):
            left_out.take(row)
        elif isinstance(row, RejectedRow):
            rejected += 1
            if len(rejections) < SHOWN_REJECTIONS:
                rejections.append(row)
        else:
            good += 1
            seen.add(int(person_key(row.phone)))
            more_numbers += row.more_numbers > 0
            if len(recipients) < SHOWN_ROWS:
                recipients.append(row)
        if on_progress is not None and total % PROGRESS_EVERY == 0:
            on_progress(total)
    planned.check_unchanged()
    return FilePreview(
        name=table.name,
        columns=table.columns,
        plan=plan,
        has_header=table.has_header,
        encoding=table.encoding,
        delimiter=table.delimiter,
        sheet=table.sheet,
        sheets=table.sheets,
        rows=tuple(cells for _, cells in islice(table.sample, SHOWN_ROWS)),
        recipients=tuple(recipients),
        total=total,
        good=len(seen),
        duplicates=good - len(seen),
        rejected=rejected,
        rejections=tuple(rejections),
        left_out=left_out.counts,
        left_out_lines=left_out.lines,
        header_row=table.header_row,
        phone_columns=plan.other_phones,
        more_numbers=more_numbers,
        hidden_columns=table.hidden_columns,
        settled=planned.settled,
    )
