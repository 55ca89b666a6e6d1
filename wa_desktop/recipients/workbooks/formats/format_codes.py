"""Number formats of workbooks, such as ``#,##0.00;[Red]-0``, taken apart into sections."""

import re
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """What a section of a format makes of a value."""

    GENERAL = auto()
    NUMBER = auto()
    DATE = auto()
    LITERAL = auto()
    """Nothing of the value is shown, only the section's own characters, if any."""
    TEXT = auto()
    PLAIN_NUMBER = auto()
    """A fraction or powers of ten: shown without the format, for a person to read."""
    ISO_DATE = auto()
    """A date in the way of the computer's region, which the file does not tell."""


class Part(Enum):
    """What a token of a section stands for."""

    LITERAL = auto()
    DIGIT = auto()
    POINT = auto()
    COMMA = auto()
    PERCENT = auto()
    GENERAL = auto()
    TEXT = auto()
    DATE = auto()
    ELAPSED = auto()
    HALF_DAY = auto()
    ODD = auto()


Token = tuple[Part, str]


@dataclass(frozen=True, slots=True)
class Section:
    """One section; ``condition`` is an operator and a number, ``language`` a tag such as "419"."""

    kind: Kind
    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None = None
    language: str | None = None


_TOKEN = re.compile(
    r"""
    "(?P<quoted>[^"]*)"? | \\(?P<escaped>.) | _(?P<space>.) | \*(?P<fill>.)
    | \[(?P<bracket>[^\]]*)\]
    | (?P<general>General) | (?P<half_day>AM/PM|A/P)
    | (?P<exponent>E[+-]) | (?P<date>y+|m+|d+|h+|s+(?:\.0+)?|[ebg]+)
    | (?P<digit>[0#?]) | (?P<point>\.) | (?P<comma>,) | (?P<percent>%) | (?P<text>@)
    | (?P<slash>/) | (?P<end>;) | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_PARTS = {
    "quoted": Part.LITERAL,
    "escaped": Part.LITERAL,
    "other": Part.LITERAL,
    "slash": Part.LITERAL,
    "general": Part.GENERAL,
    "half_day": Part.HALF_DAY,
    "exponent": Part.ODD,
    "date": Part.DATE,
    "digit": Part.DIGIT,
    "point": Part.POINT,
    "comma": Part.COMMA,
    "percent": Part.PERCENT,
    "text": Part.TEXT,
}
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)\s*(-?[0-9.]+)")
_ELAPSED = re.compile(r"(?:h+|m+|s+)", re.IGNORECASE)
_SYSTEM_DATE, _SYSTEM_TIME = "F800", "F400"


def sections_of(code: str) -> tuple[Section, ...]:
    """The sections of a format code; there is always at least one."""
    sections: list[Section] = []
    tokens: list[Token] = []
    condition: tuple[str, float] | None = None
    language: str | None = None
    for found in _TOKEN.finditer(code):
        name, text = found.lastgroup or "", found.group(found.lastgroup or 0)
        if name == "end":
            sections.append(_section(tokens, condition, language))
            tokens, condition, language = [], None, None
        elif name == "bracket":
            condition = _condition(text) or condition
            language = _language(text) or language
            tokens += _bracket(text)
        elif name == "space":
            tokens.append((Part.LITERAL, " "))
        elif name != "fill":
            tokens.append((_PARTS[name], text))
    sections.append(_section(tokens, condition, language))
    return tuple(sections)


def _condition(text: str) -> tuple[str, float] | None:
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return found[1], float(found[2])
    except ValueError:
        return None


def _language(text: str) -> str | None:
    if not text.startswith("$"):
        return None
    return text.partition("-")[2] or None


def _bracket(text: str) -> list[Token]:
    """Elapsed time such as [h], a currency such as [$€-407]; colours and the like show nothing."""
    if _ELAPSED.fullmatch(text):
        return [(Part.ELAPSED, text.lower())]
    if text.startswith("$"):
        return [(Part.LITERAL, text[1:].partition("-")[0])]
    return []


def _section(
    tokens: list[Token], condition: tuple[str, float] | None, language: str | None
) -> Section:
    parts = {part for part, _ in tokens}
    if language is not None and language.upper() == _SYSTEM_DATE:
        return Section(Kind.ISO_DATE, (), condition)
    if parts & {Part.DATE, Part.ELAPSED, Part.HALF_DAY}:
        if language is not None and language.upper() == _SYSTEM_TIME:
            # The region decides between 12 and 24 hours, and the file does not tell it.
            tokens = [one for one in tokens if one[0] not in (Part.HALF_DAY, Part.LITERAL)]
            tokens = [one for pair in tokens for one in (pair, (Part.LITERAL, ":"))][:-1]
        return Section(Kind.DATE, _with_minutes(tokens), condition, language)
    return Section(_kind(tokens, parts), tuple(tokens), condition, language)


def _kind(tokens: list[Token], parts: set[Part]) -> Kind:
    if Part.ODD in parts or _is_fraction(tokens):
        return Kind.PLAIN_NUMBER
    if Part.GENERAL in parts:
        return Kind.GENERAL
    if Part.DIGIT in parts:
        return Kind.NUMBER
    return Kind.TEXT if Part.TEXT in parts else Kind.LITERAL


def _is_fraction(tokens: list[Token]) -> bool:
    """Whether a slash stands between digits, as in ``# ?/?`` and ``# ?/16``."""
    shown = [one for one in tokens if one != (Part.LITERAL, " ")]
    return any(
        shown[place] == (Part.LITERAL, "/") and shown[place - 1][0] is Part.DIGIT
        for place in range(1, len(shown))
    )


def _with_minutes(tokens: list[Token]) -> tuple[Token, ...]:
    """``m`` after hours or before seconds means minutes; it becomes ``n`` to tell it apart."""
    lowered = [(part, text.lower() if part is Part.DATE else text) for part, text in tokens]
    clock = [
        place
        for place, (part, text) in enumerate(lowered)
        if part is Part.ELAPSED or (part is Part.DATE and text[0] in "ymdhs")
    ]
    for order, place in enumerate(clock):
        part, text = lowered[place]
        if part is not Part.DATE or text[0] != "m" or len(text) > 2:
            continue
        before = lowered[clock[order - 1]][1][0] if order else ""
        after = lowered[clock[order + 1]][1][0] if order + 1 < len(clock) else ""
        if before == "h" or after == "s":
            lowered[place] = (part, "n" * len(text))
    return tuple(lowered)
