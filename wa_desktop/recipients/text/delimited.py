"""Text tables: .csv, .tsv, .txt with any delimiter and encoding, read as a stream."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO, TextIOWrapper

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import Row
from wa_desktop.recipients.phones import looks_like_phone
from wa_desktop.recipients.source import Source
from wa_desktop.recipients.text.encodings import checked_encoding, find_encoding
from wa_desktop.words import words

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 64 * 1024
_SAMPLE_ROWS = 200
_LONGEST_CELL = csv.field_size_limit()
_LONGEST_LINE = 1 << 22
_PICTURES_AND_THE_LIKE = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"RIFF", b"BM", b"\x7fELF",
    b"MZ", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"SQLite format 3", b"II*\0", b"MM\0*")  # fmt: skip
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\r\x0b\x0c\x1a\x1b")


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """A text table whose encoding and delimiter are settled; :meth:`rows` starts afresh."""

    source: Source
    encoding: str
    delimiter: str
    first_line: int = 1  # 2 where Excel's "sep=;" stands above the table

    def rows(self) -> Iterator[Row]:
        """``(line, cells)`` of every row that is not blank; a row's line is its first one.

        Raises :class:`InvalidInput` for bytes that do not fit the encoding, a cell that is
        too long, and a quote that is never closed (which would swallow the rows after it).
        """
        with self.source.opened() as binary:
            text = TextIOWrapper(binary, encoding=self.encoding, newline="")
            try:
                yield from self._parsed(text)
            except UnicodeError as error:
                raise InvalidInput(
                    words(
                        "{name} is not written in {encoding}. Say which encoding it has, or save "
                        "it as UTF-8.",
                        name=self.source.name,
                        encoding=self.encoding,
                    )
                ) from error
            finally:
                text.detach()

    def _parsed(self, text: TextIOWrapper) -> Iterator[Row]:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=self.delimiter)
        for _ in range(self.first_line - 1):
            next(text, None)
        start = self.first_line
        try:
            for cells in reader:
                row_lines, lines.taken = lines.taken, []
                if len(row_lines) > 1 and sum(map(_quotes, row_lines)) % 2:
                    raise self._unclosed(start)
                stripped = tuple(map(str.strip, cells))
                if any(stripped):
                    yield start, stripped
                start += len(row_lines)
        except csv.Error as error:
            if "field limit" in str(error):
                raise self._unclosed(start) from error
            raise InvalidInput(
                words(
                    "Line {start:,} of {name} is broken: {error}.",
                    start=start,
                    name=self.source.name,
                    error=error,
                )
            ) from error

    def _unclosed(self, line: int) -> InvalidInput:
        return InvalidInput(
            words(
                "In line {line:,} of {name} a cell begins with a quotation mark that is never "
                "closed, or is longer than {most:,} characters. Correct that line.",
                line=line,
                name=self.source.name,
                most=_LONGEST_CELL,
            )
        )


class _Lines:
    """Hands lines to the parser, of bounded length, and remembers those of the present row."""

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._first = True
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == _LONGEST_LINE:
            raise csv.Error("line longer than the field limit")
        if self._first:
            self._first = False
            line = line.removeprefix("\ufeff")
        self.taken.append(line)
        return line


def _quotes(line: str) -> int:
    return line.count('"')


def open_delimited(source: Source, encoding: str | None, delimiter: str | None) -> DelimitedText:
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
    if not sample.strip(" \r\n" + "".join(DELIMITERS)):
        raise InvalidInput(
            words("{name} is empty. Choose a file with phone numbers.", name=source.name)
        )
    first = sample.split("\n", 1)[0].strip()
    named = first[4:] if first[:4].lower() == "sep=" and len(first) == 5 else None
    return DelimitedText(
        source,
        found,
        delimiter or named or find_delimiter(sample),
        first_line=2 if named else 1,
    )


def find_delimiter(sample: str) -> str:
    """The delimiter that cuts a piece of text into the most regular table.

    A column that looks like phone numbers counts first, then how many rows have the same
    number of cells, then that number. A single column is called comma-separated.
    """
    rated = [(_rating(sample, delimiter), delimiter) for delimiter in DELIMITERS]
    return max(rated, key=lambda one: one[0])[1]


def _rating(sample: str, delimiter: str) -> tuple[bool, float, int]:
    rows: list[Sequence[str]] = []
    try:
        for cells in csv.reader(StringIO(sample, newline=""), delimiter=delimiter):
            if any(map(str.strip, cells)):
                rows.append(cells)
            if len(rows) == _SAMPLE_ROWS:
                break
    except csv.Error:
        return False, 0.0, 0
    if not rows:
        return False, 0.0, 0
    width, same = Counter(map(len, rows)).most_common(1)[0]
    phones = max(
        sum(looks_like_phone(row[index]) for row in rows if index < len(row))
        for index in range(width)
    )
    return phones * 2 >= len(rows), (same / len(rows) if width > 1 else 0.0), width


def _sample(source: Source, encoding: str) -> str:
    """The first whole lines as text (a single long line is cut)."""
    with source.opened() as binary:
        text = TextIOWrapper(binary, encoding=encoding, newline="", errors="replace")
        try:
            sample = text.read(_SAMPLE)
            more = bool(text.read(1))
        except UnicodeError as error:
            raise InvalidInput(
                words(
                    "{name} is not written in {encoding}. Say which encoding it has.",
                    name=source.name,
                    encoding=encoding,
                )
            ) from error
        finally:
            text.detach()
    cut = max(sample.rfind("\n"), sample.rfind("\r"))
    return sample[: cut + 1] if more and cut > 0 else sample


def _is_binary(start: bytes) -> bool:
    """Whether more than one byte in a hundred is a control character that no text has."""
    return len(start.translate(None, delete=_CONTROLS)) < len(start) * 0.99


def _not_a_table(source: Source) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} is not a table but a picture or another kind of file. Choose a .csv, "
            ".txt, .xlsx, .xls or .ods file.",
            name=source.name,
        )
    )
