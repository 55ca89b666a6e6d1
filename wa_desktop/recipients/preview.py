"""What a file holds, before anything is made of it: first rows, columns and full counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from wa_desktop.person_key import person_key
from wa_desktop.recipients.columns import ColumnPlan, plan_columns
from wa_desktop.recipients.files import Table, open_table
from wa_desktop.recipients.found_rows import LeftOutReason, LeftOutRow
from wa_desktop.recipients.left_out import LeftOutTally
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.phones import checked_country
from wa_desktop.recipients.rows import RecipientRow, RejectedRow, read_rows

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
    cells that hold several numbers. ``settled``: read the file with these options to get
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
    settled: ReadOptions = ReadOptions()


def open_planned(path: Path, options: ReadOptions) -> tuple[Table, ColumnPlan, str | None]:
    """A file's table, the plan of its columns and the checked default country.

    Raises :class:`InvalidInput` for options or a file that cannot be used.
    """
    country = checked_country(options.country)
    table = open_table(
        path,
        encoding=options.encoding,
        delimiter=options.delimiter,
        sheet=options.sheet,
        header=options.header,
    )
    plan = plan_columns(
        table,
        phone=options.phone,
        message=options.message,
        own_messages=options.own_messages,
        country=country,
    )
    return table, plan, country


def preview_file(
    path: Path, options: ReadOptions, on_progress: Callable[[int], None] | None = None
) -> FilePreview:
    """Read a whole file and count; ``on_progress`` gets the rows read so far now and then.

    CPU work for seconds on a large file: see ``reading.preview_in_child``. Memory grows
    with the distinct numbers only. Raises :class:`InvalidInput`.
    """
    table, plan, country = open_planned(path, options)
    seen: set[int] = set()
    recipients: list[RecipientRow] = []
    rejections: list[RejectedRow] = []
    total = good = rejected = 0
    left_out = LeftOutTally()
    for total, row in enumerate(read_rows(table, plan, country=country), start=1):
        if isinstance(row, LeftOutRow):
            left_out.take(row)
        elif isinstance(row, RejectedRow):
            rejected += 1
            if len(rejections) < SHOWN_REJECTIONS:
                rejections.append(row)
        else:
            good += 1
            seen.add(int(person_key(row.phone)))
            if len(recipients) < SHOWN_ROWS:
                recipients.append(row)
        if on_progress is not None and total % PROGRESS_EVERY == 0:
            on_progress(total)
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
    )
