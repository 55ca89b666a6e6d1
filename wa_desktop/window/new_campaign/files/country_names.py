"""Countries by name, in the language of the screen and in English, and by their codes."""

from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers.geodata.locale import LOCALE_DATA

_ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Country:
    """An ISO code, the calling code without the plus, and the name in one language."""

    code: str
    calling_code: int
    name: str


@cache
def countries(language: str) -> tuple[Country, ...]:
    """All countries of the number plans, by name."""
    found = (
        Country(code, phonenumbers.country_code_for_region(code), _name(code, language))
        for code in phonenumbers.SUPPORTED_REGIONS
    )
    return tuple(sorted(found, key=lambda one: _sortable(one.name)))


def find_country(text: str, language: str) -> Country | None:
    """The country that a person means by a name, an ISO code or a calling code.

    ``None`` where several are meant equally, and where none is.
    """
    wanted = text.strip().casefold()
    known = countries(language)
    if not wanted:
        return None
    for one in known:
        if wanted in (one.code.casefold(), *(name.casefold() for name in _names(one))):
            return one
    digits = wanted.removeprefix("+").removeprefix("00")
    if digits.isdecimal():
        main = phonenumbers.region_code_for_country_code(int(digits[:6]))
        return next((one for one in known if one.code == main), None)
    for fits in (str.startswith, str.__contains__):
        found = [one for one in known if any(fits(n.casefold(), wanted) for n in _names(one))]
        if len(found) == 1:
            return found[0]
    return None


def _names(country: Country) -> tuple[str, ...]:
    return country.name, _name(country.code, _ENGLISH)


def _name(code: str, language: str) -> str:
    names = LOCALE_DATA.get(code, {})
    name = names.get(language) or names.get(_ENGLISH) or code
    # "*de" stands for the name in that language.
    return names.get(name[1:], code) if name.startswith("*") else name


def _sortable(name: str) -> str:
    return name.casefold().replace("ё", "е")
