"""What the cells of a sheet of Office Open XML show, however the sheet's XML is read."""

import re
from datetime import date, datetime, time

from wa_desktop.recipients.workbooks.formats.number_formats import NumberFormat, number_format
from wa_desktop.recipients.workbooks.formats.regions import PLAIN, Region
from wa_desktop.recipients.workbooks.grid import MOST_COLUMNS, MOST_ROWS, Damaged, SheetRow
from wa_desktop.recipients.workbooks.guarded_xml import Attributes, is_true

_MOST_KNOWN = 20_000  # numbers whose text is kept
_MOST_EXACT_DIGITS = 15
# Halves of characters (D800 to DFFF) stay as they are written: no database can hold them.
_ESCAPE = re.compile(r"_x((?![Dd][89A-Fa-f])[0-9A-Fa-f]{4})_")


class CellTexts:
    """Texts of cells; ``formats`` by cell style, ``strings`` the shared ones.

    ``distrusts_results``: the workbook asks for a new computation on opening, so a formula's
    0 is what the writing program put in place of a result.
    """

    def __init__(
        self,
        formats: list[NumberFormat],
        strings: list[str],
        distrusts_results: bool,
        region: Region = PLAIN,
    ) -> None:
        self._formats = {str(place): one for place, one in enumerate(formats)}
        self._general = number_format("General", region=region)
        self._strings = strings
        self._distrusts_results = distrusts_results
        self._known: dict[tuple[str, str], str] = {}

    def lacks_result(self, value: str | None, kind: str) -> bool:
        """Whether a formula's result was never saved; ``value`` is ``None`` where none stands."""
        if value is None or (not value and kind != "str"):
            return True
        return self._distrusts_results and kind == "n" and is_zero(value)

    def shown(self, raw: str, kind: str, style: str) -> str:
        """What a cell shows for its stored text, type and style."""
        shape = self._formats.get(style, self._general)
        if kind == "n":
            return self._number(raw, style, shape)
        if kind == "s":
            return shape.text(self._shared(raw))
        if kind == "b":
            return "TRUE" if is_true(raw) else "FALSE"
        if kind == "d":
            return _date_text(raw)
        return raw.strip() if kind == "e" else shape.text(unescaped(raw))

    def _number(self, raw: str, style: str, shape: NumberFormat) -> str:
        if shape.is_general and raw.isdecimal() and len(raw) <= _MOST_EXACT_DIGITS:
            return str(int(raw))
        known = self._known.get((style, raw))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[style, raw] = _number_text(raw, shape)
        return known

    def _shared(self, raw: str) -> str:
        try:
            return self._strings[int(raw)]
        except (ValueError, IndexError) as error:
            raise Damaged(f"shared string {raw!r}") from error


class Lines:
    """Row numbers of a sheet: a row without one follows the row before it."""

    def __init__(self) -> None:
        self._line = 0

    def row(self, attributes: Attributes, cells: list[str], unsaved: list[int]) -> SheetRow | None:
        """A row that holds something. Raises :class:`Damaged` for a number that no row has."""
        line = attributes.get("r")
        self._line = self._line + 1 if line is None else whole(line)
        if self._line > MOST_ROWS:
            raise Damaged(f"row {self._line}")
        if not cells and not unsaved:
            return None
        hidden = is_true(attributes.get("hidden")) or is_zero(attributes.get("ht"))
        return SheetRow(self._line, hidden, cells, tuple(unsaved))


def put(cells: list[str], place: int, text: str) -> None:
    """Put a text into its place in a row; what lies before it is blank."""
    missing = place - len(cells)
    if missing < 0:
        cells[place] = text
        return
    if missing:
        cells.extend([""] * missing)
    cells.append(text)


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold, which the format writes as ``_x000D_``."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def place_of_letters(letters: str) -> int:
    """The place of a column, from 0. Raises :class:`Damaged` for one that no sheet has."""
    place = 0
    for letter in letters:
        if not "A" <= letter <= "Z":
            raise Damaged(f"column {letters!r}")
        place = place * 26 + ord(letter) - 64
    if not 1 <= place <= MOST_COLUMNS:
        raise Damaged(f"column {letters!r}")
    return place - 1


def is_zero(text: str | None) -> bool:
    """Whether a text is a number that is zero."""
    try:
        return text is not None and float(text) == 0
    except ValueError:
        return False


def whole(text: str | None) -> int:
    """A number from 1. Raises :class:`Damaged` for anything else."""
    if text is None or not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise Damaged(f"no number from 1: {text!r}")
    return int(text)


def _number_text(raw: str, shape: NumberFormat) -> str:
    """A number as the cell shows it; what is no number stays as it is."""
    try:
        value = float(raw)
    except ValueError:
        return raw.strip()
    return shape.number(value)


def _date_text(raw: str) -> str:
    """A cell of the type date, in ISO form as it is stored; no program shows it otherwise."""
    try:
        moment = datetime.fromisoformat(raw.strip())
    except ValueError:
        return raw.strip()
    if moment.time() == time() and len(raw.strip()) <= len(date.min.isoformat()) + 9:
        return moment.date().isoformat()
    return moment.isoformat(sep=" ", timespec="seconds" if moment.second else "minutes")
