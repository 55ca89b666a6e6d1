"""Opens any list of recipients as a table: a name for each column and rows of text cells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import FoundRow, LeftOutRow, Row
from wa_desktop.recipients.names import PhoneName, distinct_names, says_message, says_phone
from wa_desktop.recipients.phones import looks_like_phone
from wa_desktop.recipients.source import Source, source_of
from wa_desktop.recipients.text.delimited import open_delimited
from wa_desktop.recipients.workbooks.spreadsheets import is_workbook, open_workbook
from wa_desktop.words import words

SAMPLE_ROWS = 200
_MOST_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read any number of times; each reading starts at its first row.

    ``encoding`` and ``delimiter`` are those of a text table, ``sheet`` and ``sheets`` those of a
    workbook. ``sample`` holds the first data rows. Rows have the header's line number or
    follow it; blank ones are passed over.
    """

    name: str
    columns: tuple[str, ...]
    header_row: int | None
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    sheets: tuple[str, ...]
    sample: tuple[Row, ...]
    _rows: Callable[[], Iterator[FoundRow]] = field(repr=False)

    @property
    def has_header(self) -> bool:
        """Whether a row of the file names the columns."""
        return self.header_row is not None

    def __iter__(self) -> Iterator[FoundRow]:
        """``(line, cells)`` of each data row below the header, and rows that are left out.

        Raises :class:`InvalidInput` when the file turns out to be broken or is gone.
        """
        rows = self._rows()
        if self.header_row is None:
            return rows
        for row in rows:
            if _line(row) > self.header_row:
                return chain((row,), rows)
        return rows


def open_table(
    origin: Path | str | bytes | BinaryIO,
    *,
    name: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    header: bool | None = None,
) -> Table:
    """Open a text table or a workbook, told apart by content; ``None`` means "find out".

    A stream must be able to seek and stays the caller's to close. Raises
    :class:`InvalidInput`, with what to do, for everything that is no table.
    """
    source = source_of(origin, name)
    with source.opened() as binary:
        workbook = is_workbook(binary.read(8))
    if workbook:
        book = open_workbook(source, sheet)
        return _table(source, header, book.rows, sheet=book.sheet, sheets=book.sheets)
    text = open_delimited(source, encoding, delimiter)
    return _table(source, header, text.rows, encoding=text.encoding, delimiter=text.delimiter)


def _table(
    source: Source,
    header: bool | None,
    rows: Callable[[], Iterator[FoundRow]],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    sheets: tuple[str, ...] = (),
) -> Table:
    found = (row for row in rows() if not isinstance(row, LeftOutRow))
    first = tuple(islice(found, SAMPLE_ROWS + 1))
    if not first:
        raise InvalidInput(
            words("{name} is empty. Choose a file with phone numbers.", name=source.name)
        )
    has_header = header_stands_first(first) if header is None else header
    sample = first[1:] if has_header else first[:SAMPLE_ROWS]
    width = max(len(cells) for _, cells in first)
    if width > _MOST_COLUMNS:
        raise InvalidInput(
            words(
                "{name} has {width:,} columns, more than {most:,}. Keep the columns "
                "you need, or say which delimiter it has.",
                name=source.name,
                width=width,
                most=_MOST_COLUMNS,
            )
        )
    if has_header:
        width = _width(first[0][1], sample)
    columns = distinct_names(first[0][1] if has_header else (), width)
    return Table(
        source.name,
        columns,
        first[0][0] if has_header else None,
        encoding,
        delimiter,
        sheet,
        sheets,
        sample,
        rows,
    )


def _line(row: FoundRow) -> int:
    return row.line if isinstance(row, LeftOutRow) else row[0]


def _width(titles: tuple[str, ...], sample: tuple[Row, ...]) -> int:
    """How many columns the header spans: one without a title counts if rows have something there.

    Cells beyond the header's own are a fault of their row, not another column.
    """
    used = max((_last_used(cells) for _, cells in sample), default=0)
    return max(_last_used(titles), min(used, len(titles)))


def _last_used(cells: tuple[str, ...]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell), default=0)


def header_stands_first(rows: tuple[Row, ...]) -> bool:
    """Whether the first row names columns: known words do, phone numbers and figures do not."""
    titles = rows[0][1]
    if any(map(looks_like_phone, titles)):
        return False
    if any(says_phone(title) >= PhoneName.MAY_MEAN_IT or says_message(title) for title in titles):
        return True
    return not any(title.replace(".", "", 1).isdecimal() for title in titles)
