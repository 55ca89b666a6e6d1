"""A cell of an OpenDocument sheet: the text that it shows."""

import math

from wa_desktop.recipients.workbooks.formats.general_numbers import general_text
from wa_desktop.recipients.workbooks.grid import Damaged
from wa_desktop.recipients.workbooks.guarded_xml import Attributes, plain_names

_FEWEST_PHONE_DIGITS = 10


class OdsCell:
    """A cell: its paragraphs, without the notes to it."""

    def __init__(self, attributes: Attributes) -> None:
        self._value_type = attributes.get("value-type")
        self._value = attributes.get("value")
        self._string = attributes.get("string-value")
        self._boolean = attributes.get("boolean-value")
        self._moment = attributes.get("date-value") or attributes.get("time-value")
        self._is_formula = "formula" in attributes
        self.repeated = repeats(attributes.get("number-columns-repeated"))
        self._pieces: list[str] = []
        self._paragraphs = 0
        self._depth = 0  # of elements inside the cell
        self._in_paragraph = False
        self._skipped = 0  # open elements that are notes or readings of characters

    def start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth == 1 and name in ("p", "h"):  # deeper ones belong to notes and drawings
            if self._paragraphs:
                self._pieces.append("\n")
            self._paragraphs += 1
            self._in_paragraph = True
        elif name in ("ruby-text", "annotation"):
            self._skipped += 1
        elif self._takes_text and name == "s":
            self._pieces.append(" " * min(repeats(plain_names(attributes).get("c")), 1_000))
        elif self._takes_text and name in ("tab", "line-break"):
            self._pieces.append("\t" if name == "tab" else "\n")

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._in_paragraph = False
        if name in ("ruby-text", "annotation"):
            self._skipped -= 1

    def text(self, piece: str) -> None:
        if self._takes_text:
            self._pieces.append(piece)

    @property
    def _takes_text(self) -> bool:
        return self._in_paragraph and not self._skipped

    @property
    def lacks_result(self) -> bool:
        """Whether it is a formula whose result was never saved."""
        if not self._is_formula or self._paragraphs or self._string is not None:
            return False
        return self._value is None and self._boolean is None and self._moment is None

    def shown(self) -> str:
        """The text that the cell shows; its value where the file has no text for it."""
        text = "".join(self._pieces).strip()
        if self._value is not None and self._value_type in ("float", None):
            return self._number(text, self._value)
        return text or self._stored()

    def _number(self, text: str, raw: str) -> str:
        """A number; one as long as a phone number without its powers of ten and thousands."""
        value = _finite(raw)
        if value is None:
            return text or raw
        if not text or not text.strip("#") or _is_scientific(text):
            return general_text(value)
        digits = str(int(abs(value))) if value.is_integer() and abs(value) < 1e16 else ""
        if len(digits) >= _FEWEST_PHONE_DIGITS and _is_bare_thousands(text):
            return general_text(value)
        return text

    def _stored(self) -> str:
        if self._boolean is not None:
            return self._boolean.upper()
        if self._value is not None:
            value = _finite(self._value)
            if value is None:
                return self._value
            percent = self._value_type == "percentage"
            return general_text(value * 100) + "%" if percent else general_text(value)
        stored = self._string if self._string is not None else self._moment
        return (stored or "").strip()


def _finite(raw: str) -> float | None:
    try:
        value = float(raw)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _is_scientific(text: str) -> bool:
    mantissa, mark, exponent = text.upper().partition("E")
    return bool(mark) and exponent[:1] in ("+", "-") and exponent[1:].isdecimal() and bool(mantissa)


def _is_bare_thousands(text: str) -> bool:
    """Groups of three digits with one separator, and nothing else."""
    separators = {one for one in text if not one.isdecimal()}
    if len(separators) != 1:
        return False
    first, *rest = text.split(separators.pop())
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in rest)


def repeats(text: str | None) -> int:
    """How often a row, a column or a cell stands there in a row."""
    if text is None:
        return 1
    if not text.isdecimal() or len(text) > 9:
        raise Damaged(f"repeated {text!r} times")
    return max(int(text), 1)
