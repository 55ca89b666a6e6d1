"""Workbooks of Office Open XML (.xlsx, .xlsm): parts, sheets, formats and shared strings."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

from wa_desktop.recipients.workbooks.formats.number_formats import (
    BUILT_IN,
    NumberFormat,
    number_format,
)
from wa_desktop.recipients.workbooks.formats.regions import PLAIN, Region
from wa_desktop.recipients.workbooks.grid import (
    MOST_TEXT,
    Damaged,
    HiddenColumns,
    SheetName,
    SheetRow,
    TooLong,
)
from wa_desktop.recipients.workbooks.guarded_xml import (
    Attributes,
    is_true,
    local_name,
    parse_whole,
)
from wa_desktop.recipients.workbooks.packed import Packed
from wa_desktop.recipients.workbooks.xlsx_cells import CellTexts, unescaped
from wa_desktop.recipients.workbooks.xlsx_sheet import sheet_rows


class XlsxBook:
    """One open workbook."""

    def __init__(self, packed: Packed, region: Region = PLAIN) -> None:
        """Raises :class:`Damaged`."""
        self._packed = packed
        self._region = region
        self._part = _main_part(packed)
        self._targets = _relations(packed, self._part)
        book = _BookPart()
        with packed.member(self._part) as stream:
            parse_whole(stream, book.start)
        self._from_1904 = book.from_1904
        self._distrusts_results = book.distrusts_results
        self._paths: dict[str, str] = {}
        sheets: list[SheetName] = []
        for name, relation, hidden in book.sheets:
            kind, path = self._targets.get(relation, ("", ""))
            if kind == "worksheet":
                self._paths[name] = path
                sheets.append(SheetName(name, hidden))
        self.sheets = tuple(sheets)
        self._formats: list[NumberFormat] | None = None
        self._strings: list[str] | None = None

    def rows(self, sheet: str, hidden: HiddenColumns) -> Iterator[SheetRow]:
        """See :class:`~wa_desktop.recipients.workbooks.grid.Book`."""
        if self._formats is None:
            self._formats = self._read_formats()
        if self._strings is None:
            self._strings = self._read_strings()
        texts = CellTexts(self._formats, self._strings, self._distrusts_results, self._region)
        with self._packed.member(self._paths[sheet]) as stream:
            yield from sheet_rows(stream, texts, hidden)

    def _read_formats(self) -> list[NumberFormat]:
        part = _Styles()
        for path in self._of_kind("styles"):
            with self._packed.member(path) as stream:
                parse_whole(stream, part.start, part.end)
        codes = {**BUILT_IN, **part.codes}
        return [
            number_format(codes.get(one, "General"), self._from_1904, self._region)
            for one in part.used
        ]

    def _read_strings(self) -> list[str]:
        part = _Strings()
        for path in self._of_kind("sharedStrings"):
            with self._packed.member(path) as stream:
                parse_whole(stream, part.start, part.end, part.text)
        return part.strings

    def _of_kind(self, wanted: str) -> list[str]:
        return [
            path for kind, path in self._targets.values() if kind == wanted and path in self._packed
        ][:1]


def _main_part(packed: Packed) -> str:
    for kind, path in _relations(packed, "").values():
        if kind == "officeDocument":
            return path
    return "xl/workbook.xml"


def _relations(packed: Packed, part: str) -> dict[str, tuple[str, str]]:
    """``id: (kind, path)`` of the parts that a part refers to."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, tuple[str, str]] = {}

    def start(element: str, attributes: Attributes) -> None:
        if local_name(element) == "Relationship" and "Target" in attributes:
            target = unquote(attributes["Target"].replace("\\", "/"))
            place = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = attributes.get("Type", "").rpartition("/")[2]
            found[attributes.get("Id", "")] = kind, place

    if path in packed:
        with packed.member(path) as stream:
            parse_whole(stream, start)
    return found


class _BookPart:
    """Names of sheets, the date system, and whether results are to be computed on opening."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.from_1904 = False
        self.distrusts_results = False

    def start(self, element: str, attributes: Attributes) -> None:
        name = local_name(element)
        if name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(" id")), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.sheets.append((attributes.get("name", ""), relation, hidden))
        elif name == "workbookPr":
            self.from_1904 = is_true(attributes.get("date1904"))
        elif name == "calcPr":
            self.distrusts_results = is_true(attributes.get("fullCalcOnLoad"))


class _Styles:
    """Format codes by number, and the format number of each cell style."""

    def __init__(self) -> None:
        self.codes: dict[int, str] = {}
        self.used: list[int] = []
        self._in_cell_styles = False

    def start(self, element: str, attributes: Attributes) -> None:
        name = local_name(element)
        if name == "numFmt":
            if not self.used:  # those after the cell styles belong to conditional formats
                self.codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cell_styles = True
        elif name == "xf" and self._in_cell_styles:
            self.used.append(_number(attributes.get("numFmtId", "0")))

    def end(self, element: str) -> None:
        if local_name(element) == "cellXfs":
            self._in_cell_styles = False


class _Strings:
    """Shared texts; runs of rich text are joined, readings of Japanese characters left out."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._pieces: list[str] = []
        self._in_text = False
        self._in_reading = False

    def start(self, element: str, _: Attributes) -> None:
        name = local_name(element)
        if name == "t":
            self._in_text = not self._in_reading
        elif name == "rPh":
            self._in_reading = True
        elif name == "si":
            self._pieces = []

    def text(self, piece: str) -> None:
        if self._in_text:
            self._pieces.append(piece)

    def end(self, element: str) -> None:
        name = local_name(element)
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._in_reading = False
        elif name == "si":
            text = unescaped("".join(self._pieces))
            if len(text) > MOST_TEXT:
                raise TooLong
            self.strings.append(text)


def _number(text: str | None) -> int:
    try:
        return int(text or "")
    except ValueError as error:
        raise Damaged(f"no number: {text!r}") from error
