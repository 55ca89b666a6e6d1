"""Digits of a number in the places that a number format gives them."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from wa_desktop.recipients.workbooks.formats.format_codes import Part, Token
from wa_desktop.recipients.workbooks.formats.general_numbers import rounded
from wa_desktop.recipients.workbooks.formats.regions import PLAIN, Region

_PADDING = {"0": "0", "?": " ", "#": ""}


@dataclass(frozen=True, slots=True)
class DigitPattern:
    """Places before and after the point, with the literals between them.

    ``shift``: the powers of ten that percent signs and trailing commas move the point by.
    """

    whole: tuple[Token, ...]
    decimals: tuple[Token, ...]
    has_point: bool
    thousands: bool
    shift: int
    _common: tuple[str, str, int] | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_common", _common_form(self))

    @property
    def is_bare_thousands(self) -> bool:
        """Whether it shows a whole number with commas and nothing else beside spaces."""
        literals = [text for part, text in self.whole if part is not Part.DIGIT]
        return (
            self.thousands
            and self.shift == 0
            and not self.has_point
            and not "".join(literals).strip(" ()-")
        )

    def shown(self, value: Decimal, region: Region = PLAIN) -> str:
        """A number that is not negative, with the separators of a region."""
        if self._common is not None:
            before, after, count = self._common
            number = rounded(value.scaleb(self.shift) if self.shift else value, count)
            digits = format(number, ",f" if self.thousands else "f")
            return before + (digits if region is PLAIN else region.localized(digits)) + after
        places = sum(part is Part.DIGIT for part, _ in self.decimals)
        value = rounded(value.scaleb(self.shift), places)
        whole, _, decimals = format(value, "f").partition(".")
        text = self._whole(whole.lstrip("0"), region)
        return text + self._decimals(decimals, region) if self.has_point or self.decimals else text

    def _whole(self, digits: str, region: Region) -> str:
        """From the right: each place takes a digit, the leftmost one all that are left."""
        left = sum(part is Part.DIGIT for part, _ in self.whole)
        shown: list[str] = []
        count = 0

        def put(digit: str) -> None:
            nonlocal count
            if digit and self.thousands and count and count % 3 == 0 and digit != " ":
                shown.append(region.thousands)
            shown.append(digit)
            count += bool(digit)

        for part, text in reversed(self.whole):
            if part is not Part.DIGIT:
                shown.append(text)
                continue
            left -= 1
            put(digits[-1] if digits else _PADDING[text])
            digits = digits[:-1]
            while left == 0 and digits:
                put(digits[-1])
                digits = digits[:-1]
        return "".join(text[::-1] if len(text) > 1 else text for text in shown)[::-1]

    def _decimals(self, digits: str, region: Region) -> str:
        significant = len(digits.rstrip("0"))
        shown = [region.decimals] if self.has_point else []
        place = 0
        for part, text in self.decimals:
            if part is not Part.DIGIT:
                shown.append(text)
                continue
            shown.append(digits[place] if place < significant else _PADDING[text])
            place += 1
        return "".join(shown)


def _common_form(pattern: DigitPattern) -> tuple[str, str, int] | None:
    """What stands before and after a number such as ``#,##0.00``, and its decimals.

    ``None`` for less common forms. Most cells have this one; it is shown five times as fast.
    """
    before, digits, between = _around(pattern.whole)
    after = ""
    decimals = ""
    if pattern.decimals:
        start, decimals, after = _around(pattern.decimals)
        between += start
    if re.fullmatch("#*0", digits) is None or re.fullmatch("0*", decimals) is None:
        return None
    if pattern.has_point:
        return None if between or not decimals else (before, after, len(decimals))
    return before, between, 0


def _around(tokens: tuple[Token, ...]) -> tuple[str, str, str]:
    """The literals before the first digit, the digits up to the last one, the literals after."""
    places = [at for at, (part, _) in enumerate(tokens) if part is Part.DIGIT]
    first, last = (places[0], places[-1] + 1) if places else (len(tokens), len(tokens))
    pieces = (tokens[:first], tokens[first:last], tokens[last:])
    before, digits, after = ("".join(text for _, text in piece) for piece in pieces)
    return before, digits, after


def digit_pattern(tokens: tuple[Token, ...]) -> DigitPattern:
    """Read a number section: where the point stands, and what each comma means."""
    point = next((at for at, (part, _) in enumerate(tokens) if part is Part.POINT), None)
    end = len(tokens) if point is None else point
    digits = [at for at, (part, _) in enumerate(tokens) if part is Part.DIGIT]
    before = [at for at in digits if at < end]
    thousands = any(
        part is Part.COMMA and before and before[0] < at < before[-1]
        for at, (part, _) in enumerate(tokens)
    )
    scaling = _scaling(tokens, digits) + (_scaling(tokens, before) if before != digits else 0)
    percents = sum(part is Part.PERCENT for part, _ in tokens)
    whole = [_literal(one) for one in tokens[:end] if one[0] is not Part.COMMA]
    if not before:
        whole.append((Part.DIGIT, "#"))
    return DigitPattern(
        whole=tuple(whole),
        decimals=()
        if point is None
        else tuple(_literal(one) for one in tokens[point + 1 :] if one[0] is not Part.COMMA),
        has_point=point is not None,
        thousands=thousands,
        shift=2 * percents - 3 * scaling,
    )


def _scaling(tokens: tuple[Token, ...], digits: list[int]) -> int:
    """How many commas directly follow the last digit: each divides by a thousand."""
    count = 0
    for part, _ in tokens[digits[-1] + 1 :] if digits else ():
        if part is not Part.COMMA:
            break
        count += 1
    return count


def _literal(token: Token) -> Token:
    """Whatever is not a digit stands for itself: a percent sign, a second point."""
    return token if token[0] is Part.DIGIT else (Part.LITERAL, token[1])
