"""Text tables: .csv, .tsv, .txt with any delimiter and encoding, read as a stream."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO, TextIOWrapper
from itertools import islice, takewhile
from typing import Protocol

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import FoundRow, LeftOutReason, LeftOutRow
from wa_desktop.recipients.headers import HEADER_ROWS
from wa_desktop.recipients.options import Quoting
from wa_desktop.recipients.phones import looks_like_phone
from wa_desktop.recipients.source import Source
from wa_desktop.recipients.text.encodings import checked_encoding, find_encoding
from wa_desktop.recipients.text.faulty_bytes import FAULT_MARK, MARK_FAULTS
from wa_desktop.recipients.text.quotes import (
    common_widths,
    encloses_rows,
    enclosing_rows,
    followed_by_text,
    last_used,
    never_closed,
)
from wa_desktop.words import words

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 64 * 1024
_SAMPLE_ROWS = 200
_LONGEST_CELL = csv.field_size_limit()
_LONGEST_LINE = 1 << 22
_SHIFTED_LINE_END = "\u0a00"  # no character: a line end of UTF-16 that begins a byte too early
_PICTURES_AND_THE_LIKE = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"RIFF", b"BM", b"\x7fELF",
    b"MZ", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"SQLite format 3", b"II*\0", b"MM\0*")  # fmt: skip
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r\x0b\x0c\x1a\x1b")


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """A text table whose encoding and delimiter are settled; :meth:`rows` starts afresh.

    ``widths`` are the usual numbers of cells of a row.
    """

    source: Source
    encoding: str
    delimiter: str
    quoting: Quoting = Quoting.STANDARD
    widths: frozenset[int] = frozenset()
    first_line: int = 1  # 2 where Excel's "sep=;" stands above the table

    def rows(self) -> Iterator[FoundRow]:
        """``(line, cells)`` of every row that is not blank; a row's line is its first one.

        A row with bytes that do not fit the encoding is left out. Raises
        :class:`UncertainQuotes` for quotation marks that may enclose other rows, and
        :class:`InvalidInput` for a cell that is too long.
        """
        with self.source.opened() as binary:
            text = TextIOWrapper(binary, self.encoding, errors=MARK_FAULTS, newline="")
            try:
                yield from self._parsed(text)
            except UnicodeError as error:  # such as UTF-16 without its mark
                raise _not_written_in(self.source, self.encoding) from error
            finally:
                text.detach()

    def _parsed(self, text: TextIOWrapper) -> Iterator[FoundRow]:
        above = self.first_line - 1
        for _ in range(above):
            next(text, None)
        faulty: list[str] = []
        lines = _lines(text, faulty)
        if self.encoding.lower().startswith("utf-16"):
            lines = self._aligned(lines)
        reader = _reader(lines, self.delimiter, self.quoting, strict=True)
        start = self.first_line
        try:
            for cells in reader:
                end = above + reader.line_num
                stripped = tuple(map(str.strip, cells))
                if faulty:
                    faulty.clear()
                    yield LeftOutRow(start, LeftOutReason.UNDECODABLE)
                elif any(stripped):
                    if end > start and encloses_rows(cells, self.widths, self.delimiter):
                        raise enclosing_rows(self.source.name, start, end)
                    yield start, stripped
                start = end + 1
        except csv.Error as error:
            raise self._fault(error, start, above + reader.line_num) from error

    def _aligned(self, lines: Iterator[str]) -> Iterator[str]:
        """Refuse UTF-16 in which a byte is missing: all text behind it would be one garbled row."""
        for number, line in enumerate(lines, start=self.first_line):
            if _SHIFTED_LINE_END in line:
                raise InvalidInput(
                    words(
                        "{name} is damaged from line {line:,} on: half a character is missing. "
                        "Save it again.",
                        name=self.source.name,
                        line=number,
                    )
                )
            yield line

    def _fault(self, error: csv.Error, start: int, end: int) -> InvalidInput:
        if "field limit" in str(error):
            return self._too_long(start)
        if "unexpected end" in str(error):
            return never_closed(self.source.name, start, _LONGEST_CELL)
        if "expected after" in str(error):
            return followed_by_text(self.source.name, start, end)
        return InvalidInput(
            words(
                "Line {start:,} of {name} is broken: {error}.",
                start=start,
                name=self.source.name,
                error=error,
            )
        )

    def _too_long(self, line: int) -> InvalidInput:
        if self.quoting is Quoting.STANDARD:
            return never_closed(self.source.name, line, _LONGEST_CELL)
        return InvalidInput(
            words(
                "In line {line:,} of {name} a cell is longer than {most:,} characters. Correct "
                "that line.",
                line=line,
                name=self.source.name,
                most=_LONGEST_CELL,
            )
        )


def _lines(text: TextIOWrapper, faulty: list[str]) -> Iterator[str]:
    """Hands lines of bounded length to the parser, and those with faulty bytes to ``faulty``."""
    first = True
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error("line longer than the field limit")
        if first:
            first = False
            line = line.removeprefix("\ufeff")
        if FAULT_MARK in line:
            faulty.append(line)
        yield line


class _Reader(Protocol):
    """A parser of :mod:`csv`; ``line_num`` counts the lines that it took."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


def _reader(lines: Iterable[str], delimiter: str, quoting: Quoting, *, strict: bool) -> _Reader:
    """The parser. Spaces before a quotation mark do not make it a plain character."""
    if quoting is Quoting.NONE:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, quotechar=None)
    skip = delimiter != " "
    return csv.reader(lines, delimiter=delimiter, strict=strict, skipinitialspace=skip)


def open_delimited(
    source: Source,
    encoding: str | None,
    delimiter: str | None,
    quoting: Quoting = Quoting.STANDARD,
) -> DelimitedText:
    """Settle encoding and delimiter of a text table.

    Raises :class:`InvalidInput` for an empty file, one that is no text (a picture renamed
    .csv) and an unknown encoding or delimiter.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n\0'):
        raise InvalidInput(
            words("The delimiter must be one character, such as a comma or a semicolon.")
        )
    with source.opened() as binary:
        start = binary.read(_SAMPLE)
    if not start.strip():
        raise InvalidInput(
            words("{name} is empty. Choose a file with phone numbers.", name=source.name)
        )
    if start.startswith(_PICTURES_AND_THE_LIKE):
        raise _not_a_table(source)
    encoding = checked_encoding(encoding) if encoding else None
    # UTF-16 is full of zero bytes; it is told apart by its own rule.
    if encoding is None and b"\0" not in start and _is_binary(start):
        raise _not_a_table(source)
    found = encoding or find_encoding(source)
    sample = _sample(source, found).removeprefix("\ufeff")
    if sample.count("\0") > len(sample) / 1000:
        raise _not_a_table(source)
    lines = sample.splitlines()
    if sum(FAULT_MARK in line for line in lines) * 2 > len(lines):
        raise _not_written_in(source, found)
    if not sample.strip(" \r\n" + "".join(DELIMITERS)):
        raise InvalidInput(
            words("{name} is empty. Choose a file with phone numbers.", name=source.name)
        )
    first = sample.split("\n", 1)[0].strip()
    named = first[4:] if first[:4].lower() == "sep=" and len(first) == 5 else None
    chosen = delimiter or named or find_delimiter(sample, quoting)
    return DelimitedText(
        source,
        found,
        chosen,
        quoting,
        common_widths(_sample_rows(sample, chosen, quoting)),
        first_line=2 if named else 1,
    )


def find_delimiter(sample: str, quoting: Quoting = Quoting.STANDARD) -> str:
    """The delimiter that cuts a piece of text into the most regular table.

    A column that looks like phone numbers counts first, then how many rows have the same
    number of cells, then that number. A single column is called comma-separated. Stray
    quotation marks do not change the choice: the text is also rated without any.
    """
    ways = {quoting, Quoting.NONE}
    rated = [
        (max(_rating(_sample_rows(sample, delimiter, way)) for way in ways), delimiter)
        for delimiter in DELIMITERS
    ]
    return max(rated, key=lambda one: one[0])[1]


def _rating(found: list[list[str]]) -> tuple[bool, float, int]:
    if not found:
        return False, 0.0, 0
    titles = sum(1 for _ in takewhile(lambda row: last_used(row) <= 1, found[:HEADER_ROWS]))
    rows = found[titles:] or found
    width, same = Counter(map(len, rows)).most_common(1)[0]
    phones = max(
        sum(looks_like_phone(row[index]) for row in rows if index < len(row))
        for index in range(width)
    )
    return phones * 2 >= len(rows), (same / len(rows) if width > 1 else 0.0), width


def _sample_rows(sample: str, delimiter: str, quoting: Quoting) -> list[list[str]]:
    """The first rows that are not blank; none where the text cannot be cut at all."""
    reader = _reader(StringIO(sample, newline=""), delimiter, quoting, strict=False)
    try:
        return list(islice((row for row in reader if any(map(str.strip, row))), _SAMPLE_ROWS))
    except csv.Error:
        return []


def _sample(source: Source, encoding: str) -> str:
    """The first whole lines as text (a single long line is cut)."""
    with source.opened() as binary:
        text = TextIOWrapper(binary, encoding=encoding, newline="", errors=MARK_FAULTS)
        try:
            sample = text.read(_SAMPLE)
            more = bool(text.read(1))
        except UnicodeError as error:
            raise _not_written_in(source, encoding) from error
        finally:
            text.detach()
    cut = max(sample.rfind("\n"), sample.rfind("\r"))
    return sample[: cut + 1] if more and cut > 0 else sample


def _is_binary(start: bytes) -> bool:
    """Whether more than one byte in a hundred is a control character that no text has."""
    return len(start.translate(None, delete=_CONTROLS)) < len(start) * 0.99


def _not_written_in(source: Source, encoding: str) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} is not written in {encoding}. Say which encoding it has, or save it as UTF-8.",
            name=source.name,
            encoding=encoding,
        )
    )


def _not_a_table(source: Source) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} is not a table but a picture or another kind of file. Choose a .csv, "
            ".txt, .xlsx, .xls or .ods file.",
            name=source.name,
        )
    )
