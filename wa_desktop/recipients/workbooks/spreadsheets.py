"""Workbooks: .xlsx, .xlsm, .xls and .ods, read as a person sees them in the program."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.found_rows import FoundRow
from wa_desktop.recipients.source import Source
from wa_desktop.recipients.workbooks.formats.regions import PLAIN, Region
from wa_desktop.recipients.workbooks.grid import (
    MOST_TEXT,
    Book,
    Damaged,
    Encrypted,
    HiddenColumns,
    TooLong,
)
from wa_desktop.recipients.workbooks.layout import SheetLayout, layout_of
from wa_desktop.recipients.workbooks.ods import OdsBook
from wa_desktop.recipients.workbooks.packed import Packed
from wa_desktop.recipients.workbooks.xls import XlsBook
from wa_desktop.recipients.workbooks.xlsx import XlsxBook
from wa_desktop.words import words

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True, slots=True)
class Workbook:
    """One sheet of a workbook; :meth:`rows` opens it afresh.

    ``hidden_columns`` are the letters of the columns that are left out because the sheet hides
    them, and that hold something among its first rows. ``next_sheets`` are those that may be
    read instead: the visible ones behind it, none where the sheet was named.
    """

    source: Source
    sheet: str
    sheets: tuple[str, ...]
    hidden_columns: tuple[str, ...]
    _layout: SheetLayout
    next_sheets: tuple[str, ...] = ()
    region: Region = PLAIN

    def rows(self) -> Iterator[FoundRow]:
        """``(row number as the program shows it, cells)`` of every row that is not blank.

        A hidden row comes as a :class:`LeftOutRow` unless hidden rows are to be read. Raises
        :class:`InvalidInput` for a damaged file, and for a formula without a saved result.
        """
        with _opened(self.source, self.region) as book:
            for row in book.rows(self.sheet, HiddenColumns()):
                if (found := self._layout.found(row)) is not None:
                    yield found


def is_workbook(start: bytes) -> bool:
    """Whether a file's first bytes are those of a workbook, whatever its name says."""
    return start.startswith((ZIP_MARK, OLE_MARK))


def open_workbook(
    source: Source, sheet: str | None, *, hidden_rows: bool = False, region: Region = PLAIN
) -> Workbook:
    """Choose the sheet: by name, by number from 1, else the first visible one that shows rows.

    ``hidden_rows`` reads hidden rows and columns too, and hidden sheets after the visible
    ones. ``region`` gives the separators of numbers and the short date. Raises
    :class:`InvalidInput` for a workbook that is damaged, encrypted, empty or shows nothing, and
    for a sheet that it does not have.
    """
    with _opened(source, region) as book:
        names = tuple(one.name for one in book.sheets)
        if sheet is not None:
            candidates = shown = [_named(source, names, sheet)]
        else:
            shown = [one.name for one in book.sheets if not one.hidden]
            concealed = [one.name for one in book.sheets if one.hidden]
            candidates = [*shown, *concealed] if hidden_rows else shown
        for name in candidates:
            layout = layout_of(source.name, book, name, hidden_rows)
            if layout.shows_rows:
                behind = tuple(shown[shown.index(name) + 1 :]) if name in shown else ()
                return Workbook(source, name, names, layout.hidden_letters, layout, behind, region)
        if any(_holds_rows(book, name) for name in (names if sheet is None else candidates)):
            raise _all_is_hidden(source)
    if sheet is not None:
        raise _no_rows(source, candidates[0])
    raise InvalidInput(
        words("{name} is empty. Choose a workbook with phone numbers.", name=source.name)
    )


def _holds_rows(book: Book, sheet: str) -> bool:
    return any(True for _ in book.rows(sheet, HiddenColumns()))


def _named(source: Source, sheets: tuple[str, ...], sheet: str) -> str:
    folded = {name.casefold(): name for name in sheets}
    if found := folded.get(sheet.strip().casefold()):
        return found
    if sheet.isdecimal() and 1 <= int(sheet[:9]) <= len(sheets):
        return sheets[int(sheet[:9]) - 1]
    raise InvalidInput(
        words(
            "{name} has no sheet {sheet!r}. Its sheets: {sheets}.",
            name=source.name,
            sheet=sheet[:40],
            sheets=", ".join(sheets),
        )
    )


@contextmanager
def _opened(source: Source, region: Region) -> Iterator[Book]:
    """The workbook for as long as the block runs; what goes wrong inside is put in words."""
    with source.opened() as binary:
        start = binary.read(len(OLE_MARK))
        binary.seek(0)
        try:
            if start.startswith(OLE_MARK):
                yield XlsBook(binary, region)
                return
            packed = Packed(source, binary)
            try:
                yield _packed_book(source, packed, region)
            finally:
                packed.close()
        except Encrypted as error:
            raise _encrypted(source) from error
        except TooLong as error:
            raise _too_long(source) from error
        # NotImplementedError: a compression that zipfile does not know. EOFError: a cut member.
        except (Damaged, zipfile.BadZipFile, zlib.error, struct.error) as error:
            raise _unreadable(source) from error
        except (NotImplementedError, EOFError, UnicodeError) as error:
            raise _unreadable(source) from error


def _packed_book(source: Source, packed: Packed, region: Region) -> Book:
    if "xl/workbook.bin" in packed:
        raise InvalidInput(
            words(
                "{name} is a binary workbook (.xlsb). Open it in a spreadsheet program and save "
                "it as .xlsx.",
                name=source.name,
            )
        )
    if "content.xml" in packed:
        return OdsBook(packed)
    return XlsxBook(packed, region)


def _unreadable(source: Source) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} is damaged or not a workbook. Open it in a spreadsheet program and "
            "save it again as .xlsx or .csv.",
            name=source.name,
        )
    )


def _encrypted(source: Source) -> InvalidInput:
    return InvalidInput(
        words(
            "{name} is protected by a password. Save it without one and choose it again.",
            name=source.name,
        )
    )


def _too_long(source: Source) -> InvalidInput:
    return InvalidInput(
        words(
            "A cell of {name} has more than {most:,} characters. Shorten it.",
            name=source.name,
            most=MOST_TEXT,
        )
    )


def _all_is_hidden(source: Source) -> InvalidInput:
    return InvalidInput(
        words(
            "Everything in {name} is hidden: its sheets, rows or columns. Show what is to be "
            "used and save the workbook, or include hidden rows.",
            name=source.name,
        )
    )


def _no_rows(source: Source, sheet: str) -> InvalidInput:
    return InvalidInput(
        words(
            "The sheet {sheet!r} of {name} is empty. Choose another sheet.",
            sheet=sheet,
            name=source.name,
        )
    )
