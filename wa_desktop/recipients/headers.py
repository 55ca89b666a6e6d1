"""Finds the row that names a table's columns: titles and blank rows may stand above it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from wa_desktop.recipients.found_rows import Row
from wa_desktop.recipients.names import PhoneName, says_message, says_phone
from wa_desktop.recipients.phones import PhoneNumber, looks_like_phone, parse_phone

HEADER_ROWS = 20
"""How many of the first rows may be the header."""

_WIDE_ENOUGH = 0.67  # of the cells that rows of the table fill
_DATE = re.compile(
    r"((19|20)\d\d[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](19|20)\d\d)( .*)?"
)


def find_header(rows: Sequence[Row]) -> int | None:
    """The place of the header among the first rows, from 0; ``None`` where there is none.

    It stands above the first row that holds a phone number, and names about as many columns as
    the rows below fill. A row that names a column of phone numbers goes before other rows.
    """
    if not rows:
        return None
    data = next((place for place, row in enumerate(rows) if _holds_phone(row[1])), len(rows))
    if (below_titles := _below_titles_with_figures(rows, data)) is not None:
        return below_titles
    if data == 0:
        return None
    above = [cells for _, cells in rows[: min(HEADER_ROWS, data)]]
    usual = _usually_filled(rows[data:] or rows)
    wide = [place for place, cells in enumerate(above) if _is_wide(cells, usual)]
    if wide and _names_columns(above[wide[0]]):
        return wide[0]
    for place in wide or range(len(above)):
        if _means_phones(above[place]):
            return place
    first = wide[0] if wide else 0
    return None if _holds_figures(above[first]) else first


def used_columns(titles: Sequence[str], rows: Sequence[Row], width: int) -> tuple[int, ...]:
    """The places of the columns, of ``width``, that have a title or something in the rows."""
    return tuple(
        place
        for place in range(width)
        if (place < len(titles) and titles[place])
        or any(place < len(cells) and cells[place] for _, cells in rows)
    )


def picked(
    cells: tuple[str, ...], places: Sequence[int], width: int | None = None
) -> tuple[str, ...]:
    """The cells at those places, and those beyond ``width``, which are a fault of their row."""
    beyond = () if width is None else cells[width:]
    own = tuple(cells[place] if place < len(cells) else "" for place in places)
    return (*own, *beyond) if any(beyond) else own


def picked_rows(rows: Sequence[Row], places: Sequence[int], width: int) -> Iterator[Row]:
    """Rows with the cells at those places."""
    for line, cells in rows:
        yield line, picked(cells, places, width)


def _below_titles_with_figures(rows: Sequence[Row], data: int) -> int | None:
    """A header below narrower rows that hold figures which only look like phone numbers."""
    usual = _usually_filled(rows)
    for place in range(data + 1, min(HEADER_ROWS, len(rows))):
        cells = rows[place][1]
        if _means_phones(cells) and not _holds_phone(cells) and _is_wide(cells, usual):
            above = [row for _, row in rows[:place]]
            most = _filled(cells) * _WIDE_ENOUGH
            return (
                None if any(_filled(row) > most or _holds_number(row) for row in above) else place
            )
    return None


def _is_wide(cells: Sequence[str], usual: int) -> bool:
    return _filled(cells) > usual * _WIDE_ENOUGH


def is_date(text: str) -> bool:
    """Whether a text is a date in figures, which looks like a phone number, too."""
    return _DATE.fullmatch(text) is not None


def _usually_filled(rows: Sequence[Row]) -> int:
    telling = [row for row in rows if _holds_phone(row[1])] or rows
    counts = Counter(_filled(cells) for _, cells in telling)
    return max(counts, key=lambda filled: (counts[filled], filled))


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, cells))


def _holds_phone(cells: Sequence[str]) -> bool:
    return any(looks_like_phone(cell) and not is_date(cell) for cell in cells)


def _holds_number(cells: Sequence[str]) -> bool:
    return any(isinstance(parse_phone(cell, None), PhoneNumber) for cell in cells)


def _means_phones(cells: Sequence[str]) -> bool:
    return any(says_phone(cell) is PhoneName.MEANS_IT for cell in cells)


def _names_columns(cells: Sequence[str]) -> bool:
    return any(says_phone(cell) >= PhoneName.HOLDS_A_WORD or says_message(cell) for cell in cells)


def _holds_figures(cells: Sequence[str]) -> bool:
    return any(cell.replace(".", "", 1).isdecimal() for cell in cells)
