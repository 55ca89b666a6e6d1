"""Which country a phone number belongs to.

Of countries that share a calling code (+1, +7, …) the one whose plan has the number's prefix,
else the code's main one. Source: phonenumbers' metadata. Kept by the first nine digits and the
length, as are the zones.
"""

from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber

PREFIX = 9
"""So many digits tell country and zone."""

_NOWHERE = (None, "ZZ", "001")
"""Of a code that no country has, or that none has alone (satellites, toll-free)."""


def country_of_phone(digits: str) -> str | None:
    """The country's ISO code; ``None`` for a number of none. E.164 digits without the plus."""
    return _country(digits[:PREFIX], len(digits))


@lru_cache(maxsize=65_536)
def _country(prefix: str, length: int) -> str | None:
    number = read_prefix(prefix, length)
    found = None if number is None else region_of(number)
    return None if found in _NOWHERE else found


def read_prefix(prefix: str, length: int) -> PhoneNumber | None:
    """A number of that prefix and length, whichever it is."""
    try:
        return phonenumbers.parse("+" + prefix.ljust(length, "0"), None)
    except NumberParseException:
        return None


def region_of(number: PhoneNumber) -> str:
    """The ISO code of the number's country, of the several that may share a calling code."""
    return phonenumbers.region_code_for_number(number) or str(
        phonenumbers.region_code_for_country_code(number.country_code or 0)
    )
