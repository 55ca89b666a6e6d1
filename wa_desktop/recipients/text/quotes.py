"""Refuses rows in which a quotation mark may enclose what are rows of their own."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from wa_desktop.errors import UncertainQuotes
from wa_desktop.recipients.headers import is_date
from wa_desktop.recipients.phones import looks_like_phone
from wa_desktop.words import words

_SEVERAL = re.compile(r":::|[;/,|]")  # between the phone numbers of a cell
_COMMON = 0.2  # of the rows
_FEWEST_LINES = 2  # between the first and the last
_HEADER_ROWS = 20


def common_widths(rows: Iterable[Sequence[str]]) -> frozenset[int]:
    """How many cells the rows of a table have: usually, or in the widest of the first rows,
    which is the header. Rows of several lines do not count.
    """
    plain = [row for row in rows if not any("\n" in cell or "\r" in cell for cell in row)]
    widths = {max(map(len, plain[:_HEADER_ROWS]), default=0)}
    for counts in (Counter(map(len, plain)), Counter(map(last_used, plain))):
        widths |= {width for width, count in counts.items() if count >= len(plain) * _COMMON}
    return frozenset(widths - {0})


def last_used(cells: Sequence[str]) -> int:
    """The place of the last cell that is not blank, from 1; 0 if all are."""
    for place in range(len(cells), 0, -1):
        if cells[place - 1].strip():
            return place
    return 0


def encloses_rows(cells: Sequence[str], widths: frozenset[int], delimiter: str) -> bool:
    """Whether a row of several lines may hold other rows inside its quotation marks.

    A row whose quotation marks swallowed others has more or fewer cells than the rest, or one
    of its cells has a line with a phone number among other cells, or lines all of which have
    as many delimiters as a row.
    """
    if widths and last_used(cells) not in widths and len(cells) not in widths:
        return True
    return any(
        _holds_rows(cell.splitlines(), widths, delimiter)
        for cell in cells
        if "\n" in cell or "\r" in cell
    )


def _holds_rows(lines: list[str], widths: frozenset[int], delimiter: str) -> bool:
    if any(delimiter in line and _holds_phone(line, delimiter) for line in lines):
        return True
    # The first and the last line may be parts of rows.
    whole = {line.count(delimiter) for line in lines[1:-1]}
    return len(lines) >= _FEWEST_LINES + 2 and len(whole) == 1 and max(whole) + 1 in widths - {1, 2}


def _holds_phone(line: str, delimiter: str) -> bool:
    """Whether a cell of the line is a phone number, or several."""
    return any(
        looks_like_phone(part) and not is_date(part.strip())
        for cell in line.split(delimiter)
        for part in _SEVERAL.split(cell)
    )


def followed_by_text(name: str, line: int, end: int) -> UncertainQuotes:
    """The mark that closes a cell has something other than a delimiter behind it."""
    if end > line:
        return UncertainQuotes(
            words(
                "In line {line:,} of {name} a quotation mark opens a cell, and the one that would "
                "close it, in line {end:,}, is followed by other text. Correct these lines, or "
                "read quotation marks as plain characters (quoting=none).",
                line=line,
                end=end,
                name=name,
            ),
            line,
        )
    return UncertainQuotes(
        words(
            "In line {line:,} of {name} the quotation mark that closes a cell is followed by "
            "other text. Correct that line, or read quotation marks as plain characters "
            "(quoting=none).",
            line=line,
            name=name,
        ),
        line,
    )


def enclosing_rows(name: str, line: int, end: int) -> UncertainQuotes:
    """A cell of several lines that may hold other rows."""
    return UncertainQuotes(
        words(
            "In line {line:,} of {name} a quotation mark opens a cell that ends in line {end:,} "
            "and may hold other rows. Correct these lines, or read quotation marks as plain "
            "characters (quoting=none).",
            line=line,
            end=end,
            name=name,
        ),
        line,
    )


def never_closed(name: str, line: int, most: int) -> UncertainQuotes:
    """A cell without an end, or too long a one."""
    return UncertainQuotes(
        words(
            "In line {line:,} of {name} a cell begins with a quotation mark that is never "
            "closed, or is longer than {most:,} characters. Correct that line, or read quotation "
            "marks as plain characters (quoting=none).",
            line=line,
            name=name,
            most=most,
        ),
        line,
    )
