"""Opens any list of recipients as a table: a name for each column and rows of text cells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import FoundRow, LeftOutReason, LeftOutRow, Row
from wa_desktop.recipients.headers import (
    HEADER_ROWS,
    find_header,
    picked,
    picked_rows,
    used_columns,
)
from wa_desktop.recipients.markup.kinds import (
    KIND_BYTES,
    is_web_page,
    is_xml_workbook,
    refuse_a_lock_file,
    refuse_other_kinds,
)
from wa_desktop.recipients.markup.web_page import open_web_page
from wa_desktop.recipients.markup.xml_workbook import open_xml_workbook
from wa_desktop.recipients.names import distinct_names
from wa_desktop.recipients.options import Quoting
from wa_desktop.recipients.source import Source, source_of
from wa_desktop.recipients.text.delimited import open_delimited
from wa_desktop.recipients.workbooks.formats.regions import region_of
from wa_desktop.recipients.workbooks.spreadsheets import is_workbook, open_workbook
from wa_desktop.words import words

SAMPLE_ROWS = 200
_MOST_COLUMNS = 2_000


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be read any number of times; each reading starts at its first row.

    ``encoding`` and ``delimiter`` are those of a text table, ``sheet`` and ``sheets`` those of a
    workbook. ``hidden_columns`` are the letters of the columns that a workbook hides and that
    are left out, ``next_sheets`` the visible sheets behind one that nobody named. ``sample``
    holds the first data rows. Rows have the header's line number or follow it; blank ones are
    passed over.
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
    hidden_columns: tuple[str, ...] = ()
    next_sheets: tuple[str, ...] = ()

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
    quoting: Quoting = Quoting.STANDARD,
    sheet: str | None = None,
    header: bool | None = None,
    header_row: int | None = None,
    hidden_rows: bool = False,
    region: str | None = None,
) -> Table:
    """Open a text table or a workbook, told apart by content; ``None`` means "find out".

    ``header_row`` is the header's line, from 1, and stands above ``header``. ``hidden_rows``
    includes what a workbook hides; ``region`` is as in ``ReadOptions``. A stream must be able to
    seek and stays the caller's to close. Raises :class:`InvalidInput`, with what to do, for
    everything that is no table.
    """
    shown_as = region_of(region)
    source = source_of(origin, name)
    refuse_a_lock_file(source)
    with source.opened() as binary:
        start = binary.read(KIND_BYTES)
    refuse_other_kinds(source, start)
    if is_workbook(start):
        book = open_workbook(source, sheet, hidden_rows=hidden_rows, region=shown_as)
        found = _Found(
            source,
            book.rows,
            sheet=book.sheet,
            sheets=book.sheets,
            hidden_columns=book.hidden_columns,
            next_sheets=book.next_sheets,
        )
    elif is_xml_workbook(start):
        xml = open_xml_workbook(source, sheet, hidden_rows=hidden_rows)
        found = _Found(source, xml.rows, sheet=xml.sheet, sheets=xml.sheets)
    elif is_web_page(start):
        page = open_web_page(source, encoding, hidden_rows=hidden_rows)
        found = _Found(source, page.rows, encoding=page.encoding)
    else:
        text = open_delimited(source, encoding, delimiter, quoting)
        found = _Found(source, text.rows, encoding=text.encoding, delimiter=text.delimiter)
    return _table(found, header, header_row)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a reader found out before the header is looked for."""

    source: Source
    rows: Callable[[], Iterator[FoundRow]]
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    next_sheets: tuple[str, ...] = ()


def _table(found: _Found, header: bool | None, header_row: int | None) -> Table:
    first, skipped = _first_rows(found.rows())
    if not first:
        raise _empty(found.source.name, skipped)
    place = _header_place(found.source.name, first, header, header_row)
    if place is None and header is None and header_row is None and skipped is not None:
        _refuse_an_undecodable_header(found.source.name, skipped)
    titles = () if place is None else first[place][1]
    sample = first[0 if place is None else place + 1 :][:SAMPLE_ROWS]
    width = max((len(cells) for cells in (titles, *(cells for _, cells in sample))), default=0)
    if width > _MOST_COLUMNS:
        raise _too_wide(found.source.name, width)
    rows = found.rows
    if place is not None:
        width = _width(titles, sample)
        used = used_columns(titles, sample, width)
        if len(used) < width:
            titles, sample = picked(titles, used), tuple(picked_rows(sample, used, width))
            rows = partial(_without_blank_columns, rows, used, width)
            width = len(used)
    return Table(
        found.source.name,
        distinct_names(titles, width),
        None if place is None else first[place][0],
        found.encoding,
        found.delimiter,
        found.sheet,
        found.sheets,
        sample,
        rows,
        found.hidden_columns,
        found.next_sheets,
    )


def _first_rows(rows: Iterator[FoundRow]) -> tuple[tuple[Row, ...], LeftOutRow | None]:
    """The first rows that are not left out, and the first that is if it stands before them."""
    first: list[Row] = []
    skipped: LeftOutRow | None = None
    for row in rows:
        if not isinstance(row, LeftOutRow):
            first.append(row)
            if len(first) > HEADER_ROWS + SAMPLE_ROWS:
                break
        elif not first and skipped is None:
            skipped = row
    return tuple(first), skipped


def _without_blank_columns(
    rows: Callable[[], Iterator[FoundRow]], used: tuple[int, ...], width: int
) -> Iterator[FoundRow]:
    for row in rows():
        yield row if isinstance(row, LeftOutRow) else (row[0], picked(row[1], used, width))


def _header_place(
    name: str, first: tuple[Row, ...], header: bool | None, header_row: int | None
) -> int | None:
    """The header's place among the first rows, from 0; ``None`` without one."""
    if header_row is not None:
        for place, (line, _) in enumerate(first):
            if line == header_row:
                return place
        raise InvalidInput(
            words(
                "Line {line:,} of {name} cannot be the header: it is blank, hidden, or too far "
                "below. The first lines with content: {lines}.",
                line=header_row,
                name=name,
                lines=", ".join(str(line) for line, _ in first[:10]),
            )
        )
    if header is None:
        return find_header(first)
    return (find_header(first) or 0) if header else None


def _refuse_an_undecodable_header(name: str, row: LeftOutRow) -> None:
    if row.reason is LeftOutReason.UNDECODABLE:
        raise InvalidInput(
            words(
                "Line {line:,} of {name} may name the columns, but holds bytes that do not fit "
                "the encoding. Correct that line, or say which encoding the file has.",
                line=row.line,
                name=name,
            )
        )


def _empty(name: str, skipped: LeftOutRow | None) -> InvalidInput:
    if skipped is not None and skipped.reason is LeftOutReason.HIDDEN:
        return InvalidInput(
            words("All rows of {name} are hidden. Show the rows you need and save it.", name=name)
        )
    if skipped is not None:
        return InvalidInput(
            words(
                "No row of {name} fits its encoding. Say which encoding it has, or save it as "
                "UTF-8.",
                name=name,
            )
        )
    return InvalidInput(words("{name} is empty. Choose a file with phone numbers.", name=name))


def _too_wide(name: str, width: int) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} has {width:,} columns, more than {most:,}. Keep the columns "
            "you need, or say which delimiter it has.",
            name=name,
            width=width,
            most=_MOST_COLUMNS,
        )
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
