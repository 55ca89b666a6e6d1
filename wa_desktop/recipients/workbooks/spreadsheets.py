"""Workbooks: .xlsx, .xls, .ods. The library holds one sheet in memory while it is read."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.source import Source
from wa_desktop.words import words

ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A packed workbook of a few kilobytes can unpack to more than the memory of the machine.
_MOST_UNPACKED = 2 << 30

Row = tuple[int, tuple[str, ...]]
Cell = int | float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True, slots=True)
class Workbook:
    """One sheet of a workbook; :meth:`rows` opens it afresh."""

    source: Source
    sheet: str
    sheets: tuple[str, ...]

    def rows(self) -> Iterator[Row]:
        """``(row number as the program shows it, cells)`` of every row that is not blank."""
        with self.source.opened() as binary, _opened(self.source, binary) as book:
            sheet = book.get_sheet_by_name(self.sheet)
            for number, cells in enumerate(sheet.iter_rows(), start=1):
                texts = tuple(map(_text, cells))
                if any(texts):
                    yield number, texts


def is_workbook(start: bytes) -> bool:
    """Whether a file's first bytes are those of a workbook, whatever its name says."""
    return start.startswith((ZIP_MARK, OLE_MARK))


def open_workbook(source: Source, sheet: str | None) -> Workbook:
    """Choose the sheet: by name, by number from 1, else the first visible one with content.

    Raises :class:`InvalidInput` for a workbook that is damaged, encrypted or empty, and for
    a sheet that it does not have.
    """
    with source.opened() as binary, _opened(source, binary) as book:
        tables = [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
        if sheet is not None:
            return Workbook(source, _named(source, tables, sheet), tuple(tables))
        hidden = {
            one.name for one in book.sheets_metadata if one.visible != SheetVisibleEnum.Visible
        }
        for name in sorted(tables, key=lambda one: one in hidden):
            if _has_content(source, book, name):
                return Workbook(source, name, tuple(tables))
    raise InvalidInput(
        words("{name} is empty. Choose a workbook with phone numbers.", name=source.name)
    )


def _named(source: Source, tables: list[str], sheet: str) -> str:
    folded = {name.casefold(): name for name in tables}
    if found := folded.get(sheet.strip().casefold()):
        return found
    if sheet.isdecimal() and 1 <= int(sheet[:9]) <= len(tables):
        return tables[int(sheet[:9]) - 1]
    raise InvalidInput(
        words(
            "{name} has no sheet {sheet!r}. Its sheets: {sheets}.",
            name=source.name,
            sheet=sheet[:40],
            sheets=", ".join(tables),
        )
    )


def _has_content(source: Source, book: CalamineWorkbook, name: str) -> bool:
    try:
        found: CalamineSheet = book.get_sheet_by_name(name)
    except CalamineError as error:
        raise _unreadable(source) from error
    return found.start is not None


class _opened:  # noqa: N801 - used like a function: with _opened(source, binary) as book
    """The workbook for as long as the block runs; the library's errors become ours."""

    def __init__(self, source: Source, binary: BinaryIO) -> None:
        self._source = source
        self._book = _load(source, binary)

    def __enter__(self) -> CalamineWorkbook:
        return self._book

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._book.close()
        if error is not None and _is_the_librarys(error):
            raise _unreadable(self._source) from error


def _load(source: Source, binary: BinaryIO) -> CalamineWorkbook:
    _refuse_a_bomb(source, binary)
    try:
        return CalamineWorkbook.from_filelike(binary)
    except PasswordError as error:
        raise _encrypted(source) from error
    except BaseException as error:
        if not _is_the_librarys(error):
            raise
        binary.seek(0)
        start = binary.read(1 << 20)
        if start.startswith(OLE_MARK) and _ENCRYPTED in start:
            raise _encrypted(source) from error
        raise _unreadable(source) from error


def _is_the_librarys(error: BaseException) -> bool:
    """Its own errors, and a panic of its Rust part, which Python sees as no ``Exception``."""
    return isinstance(error, CalamineError) or type(error).__name__ == "PanicException"


def _refuse_a_bomb(source: Source, binary: BinaryIO) -> None:
    try:
        if binary.read(4) == ZIP_MARK:
            with zipfile.ZipFile(binary) as packed:
                size = sum(member.file_size for member in packed.infolist())
            if size > _MOST_UNPACKED:
                raise InvalidInput(
                    words(
                        "{name} unpacks to {size:,} MB, too much for a workbook. Save it as .csv.",
                        name=source.name,
                        size=size >> 20,
                    )
                )
    # The middle one is how zipfile refuses a compression that it does not know.
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _unreadable(source) from error
    finally:
        binary.seek(0)


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


def _text(cell: Cell) -> str:
    """A cell as a person would type it: whole numbers without a point, dates in ISO form."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e16 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
