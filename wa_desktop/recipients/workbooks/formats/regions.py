"""How a computer's region shows numbers and short dates, which a workbook leaves to it.

Source: the Unicode CLDR, by babel. Digits are grouped by three everywhere.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from wa_desktop.errors import InvalidInput
from wa_desktop.words import words

_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Region:
    """Separators, and the short date as a number format; no ``date``: the ISO form."""

    thousands: str = ","
    decimals: str = "."
    date: str = ""

    def localized(self, number: str) -> str:
        """A number written with commas for thousands and a decimal point, as the region has it."""
        return number.translate({ord(","): self.thousands, ord("."): self.decimals})


PLAIN = Region()
"""No region: 1,234.50 and 2026-12-31."""


@lru_cache(maxsize=200)
def region_of(tag: str | None) -> Region:
    """The region of a language tag such as ``ru``, ``de_AT`` or ``pt-BR``; ``None``: no region.

    Raises :class:`InvalidInput` for a tag that names none.
    """
    if tag is None:
        return PLAIN
    try:
        locale = Locale.parse(tag.replace("-", "_") if _TAG.fullmatch(tag) else "")
        symbols = locale.number_symbols["latn"]
        date = locale.date_formats["short"].pattern
    except (ValueError, TypeError, KeyError, UnknownLocaleError) as error:
        raise InvalidInput(
            words("{tag!r} is no region. Use a tag such as ru, de or pt-BR.", tag=tag[:20])
        ) from error
    return Region(symbols["group"], symbols["decimal"], _format_code(date))


def _format_code(pattern: str) -> str:
    """CLDR's ``dd.MM.yy`` as a number format with all digits of the year: ``dd.mm.yyyy``."""
    code = re.sub("y+", "yyyy", re.sub("M+", lambda found: found[0].lower(), pattern))
    code = code.replace("'", '"')  # letters that stand for themselves
    return code if re.fullmatch(r'(?:[dmy]|[^\w"]|"[^"]*")+', code) else ""
