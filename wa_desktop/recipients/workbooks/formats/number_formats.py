"""The text that a cell shows for its value, by its number format.

A workbook leaves the separators of numbers and the short date to the computer's region. Without
a region they are a comma for thousands, a point for decimals, and the ISO form (2026-12-05). The
built-in currency formats have no symbol.
"""

import math
from collections.abc import Callable
from functools import lru_cache

from wa_desktop.recipients.workbooks.formats.dates import (
    dated_text,
    iso_date,
    iso_moment,
    moment_of,
)
from wa_desktop.recipients.workbooks.formats.digits import DigitPattern, digit_pattern
from wa_desktop.recipients.workbooks.formats.format_codes import Kind, Part, Section, sections_of
from wa_desktop.recipients.workbooks.formats.general_numbers import exact, general_text
from wa_desktop.recipients.workbooks.formats.regions import PLAIN, Region

_ISO_DATE = "[$-F800]yyyy-mm-dd"
_ISO_MOMENT = 'yyyy-mm-dd" "hh:mm'  # quoted, so that it is no format that somebody wrote
_AMOUNT = "#,##0_);(#,##0)"
_AMOUNT_2 = "#,##0.00_);(#,##0.00)"

BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00",
    5: _AMOUNT, 6: _AMOUNT, 7: _AMOUNT_2, 8: _AMOUNT_2,
    9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: _ISO_DATE, 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: _ISO_MOMENT,
    **dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), _ISO_DATE),
    **dict.fromkeys((32, 34, 55), "h:mm"), **dict.fromkeys((33, 35, 56), "h:mm:ss"),
    37: _AMOUNT, 38: _AMOUNT, 39: _AMOUNT_2, 40: _AMOUNT_2,
    41: _AMOUNT, 42: _AMOUNT, 43: _AMOUNT_2, 44: _AMOUNT_2,
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
"""Format codes by number; those that depend on the computer's region as said above."""

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "=": lambda value, limit: value == limit,
    "<>": lambda value, limit: value != limit,
}
# A whole number as long as a phone number is read as one, not as thousands.
_LEAST_PHONE = 1_000_000_000
_TOO_LARGE = 1e21  # for places of digits
_SAMPLE_DAY = 46387  # 31 December 2026


class NumberFormat:
    """One format code, ready to show values. Equal codes share one object."""

    def __init__(self, code: str, from_1904: bool = False, region: Region = PLAIN) -> None:
        self._from_1904 = from_1904
        self._region = region
        self._short_date = sections_of(region.date)[0] if region.date else None
        if code == _ISO_MOMENT and region.date:
            code = f"{region.date} hh:mm"
        sections = sections_of(code)
        self.is_general = len(sections) == 1 and _is_general(sections[0])
        self._text = next((one for one in sections if one.kind is Kind.TEXT), None)
        if len(sections) > 3:
            self._text = sections[3]
        numbers = [one for one in sections[:3] if one.kind is not Kind.TEXT or len(sections) == 1]
        self._sections = tuple((one, _pattern(one)) for one in numbers) or (
            (sections_of("General")[0], None),
        )
        self._conditional = any(one.condition for one in numbers)

    def text(self, text: str) -> str:
        """What a cell with text shows."""
        if self._text is None:
            return text.strip()
        return "".join(
            text if part is Part.TEXT else literal
            for part, literal in self._text.tokens
            if part in (Part.TEXT, Part.LITERAL)
        ).strip()

    def number(self, value: float) -> str:
        """What a cell with a number, a date or a time shows."""
        if not math.isfinite(value):
            return str(value)
        if self.is_general or abs(value) >= _TOO_LARGE:
            return self._general(value)
        section, pattern, signed = self._choose(value)
        if section.kind in (Kind.DATE, Kind.ISO_DATE):
            return self._dated(section, value).strip()
        shown = self._shown(section, pattern, abs(value))
        if signed and value < 0 and any(one in "123456789" for one in shown):
            shown = "-" + shown
        return shown.strip()

    def _choose(self, value: float) -> tuple[Section, DigitPattern | None, bool]:
        """The section for a value, and whether a minus is to be put before a negative one."""
        sections = self._sections
        if self._conditional:
            for section, pattern in sections:
                if section.condition is None or _HOLDS[section.condition[0]](
                    value, section.condition[1]
                ):
                    return section, pattern, section.condition is None or not _is_negative(section)
            return sections_of("General")[0], None, True
        if value < 0 and len(sections) > 1:
            return *sections[1], False
        if value == 0 and len(sections) > 2:
            return *sections[2], False
        return *sections[0], True

    def _dated(self, section: Section, value: float) -> str:
        moment = moment_of(value, self._from_1904)
        if moment is None:
            return general_text(value)
        if section.kind is Kind.ISO_DATE:
            if self._short_date is not None and not moment.milliseconds:
                return dated_text(self._short_date, moment)
            return iso_moment(moment) if moment.milliseconds else iso_date(moment)
        return dated_text(section, moment)

    def _general(self, value: float) -> str:
        text = general_text(value)
        return text if self._region is PLAIN else self._region.localized(text)

    def _shown(self, section: Section, pattern: DigitPattern | None, value: float) -> str:
        if section.kind is Kind.NUMBER:
            assert pattern is not None
            if pattern.is_bare_thousands and value >= _LEAST_PHONE and value.is_integer():
                return general_text(value)
            return pattern.shown(exact(value), self._region)
        if section.kind is Kind.LITERAL:
            return "".join(text for part, text in section.tokens if part is Part.LITERAL)
        if section.kind is Kind.GENERAL:
            return "".join(
                self._general(value) if part is Part.GENERAL else text
                for part, text in section.tokens
            )
        return self._general(value)


def _is_general(section: Section) -> bool:
    """Whether a section that stands alone shows numbers as if there were no format."""
    parts = [part for part, _ in section.tokens]
    if section.kind is Kind.LITERAL:
        return not parts  # a colour and nothing else
    return section.kind in (Kind.GENERAL, Kind.TEXT) and len(parts) == 1


def _pattern(section: Section) -> DigitPattern | None:
    return digit_pattern(section.tokens) if section.kind is Kind.NUMBER else None


def _is_negative(section: Section) -> bool:
    """Whether a condition lets nothing but negative numbers through, which then lose the minus."""
    assert section.condition is not None
    return section.condition[0] in ("<", "<=") and section.condition[1] <= 0


@lru_cache(maxsize=2_000)
def number_format(code: str, from_1904: bool = False, region: Region = PLAIN) -> NumberFormat:
    """The format of a code; the 1904 system counts days from 1 January 1904."""
    return NumberFormat(code, from_1904, region)


def region_sample(region: Region) -> str:
    """An amount and a date as the region shows them, for a person who chooses one."""
    amount = number_format("#,##0.00", region=region).number(1234.5)
    return f"{amount} · {number_format(BUILT_IN[14], region=region).number(_SAMPLE_DAY)}"
