"""The countries of phone numbers: their codes, their names in the user's language."""

import unicodedata
from dataclasses import dataclass
from functools import cache

import phonenumbers
from babel import Locale, UnknownLocaleError

from wa_desktop.errors import InvalidInput
from wa_desktop.words import words

# Names in daily use that the Unicode names lack, folded as by :func:`_folded`.
_ALSO_CALLED = {
    "usa": "US",
    "america": "US",
    "сша": "US",
    "америка": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "англия": "GB",
    "британия": "GB",
    "uae": "AE",
    "эмираты": "AE",
    "объединенные арабские эмираты": "AE",
    "holland": "NL",
    "голландия": "NL",
    "czech republic": "CZ",
    "turkey": "TR",
    "белоруссия": "BY",
    "киргизстан": "KG",
    "молдавия": "MD",
    "south korea": "KR",
    "южная корея": "KR",
    "корея": "KR",
    "россия": "RU",
    "рф": "RU",
    "russian federation": "RU",
    "российская федерация": "RU",
}
_ALWAYS_KNOWN = ("en", "ru")


@dataclass(frozen=True, slots=True)
class Country:
    """``code`` is the ISO 3166 one, ``calling_code`` without a plus, such as 7 or 49."""

    code: str
    name: str
    calling_code: str


@cache
def countries(language: str) -> tuple[Country, ...]:
    """All countries that have phone numbers, by their names in a language such as ru or pt_BR.

    A language that is not known gives English names.
    """
    names = _names(language) or _names("en")
    found = [
        Country(code, names.get(code, code), str(phonenumbers.country_code_for_region(code)))
        for code in phonenumbers.SUPPORTED_REGIONS
    ]
    return tuple(sorted(found, key=lambda one: _folded(one.name)))


def matching(typed: str, language: str) -> tuple[Country, ...]:
    """The countries that a person may mean who has typed so much: name, code or calling code.

    Names that begin so come first. Names count in the language, in English and in Russian.
    """
    wanted = _folded(typed).removeprefix("+")
    if not wanted:
        return countries(language)
    first, later = [], []
    for one in countries(language):
        names = {*_all_names(language).get(one.code, ()), one.code.lower(), one.calling_code}
        if any(name.startswith(wanted) for name in names):
            first.append(one)
        elif any(wanted in name for name in names if len(wanted) > 1):
            later.append(one)
    exact = [
        one
        for one in first
        if one.code in (wanted.upper(), _ALSO_CALLED.get(wanted)) or _is_main(one, wanted)
    ]
    return tuple(dict.fromkeys((*exact, *first, *later)))


def _is_main(country: Country, calling_code: str) -> bool:
    """Whether a calling code is first of all that country's: 7 is Russia's, 1 the USA's."""
    if country.calling_code != calling_code:
        return False
    return phonenumbers.region_code_for_country_code(int(calling_code)) == country.code


def checked_country(given: str | None) -> str | None:
    """The ISO 3166 code of a country given by its code or its name in English or Russian.

    Blank is ``None``; raises :class:`InvalidInput` if unknown.
    """
    text = (given or "").strip()
    if not text:
        return None
    code = text.upper()
    if code in phonenumbers.SUPPORTED_REGIONS:
        return code
    folded = _folded(text)
    named = _ALSO_CALLED.get(folded) or _by_name().get(folded)
    if named is None:
        raise InvalidInput(
            words(
                "{country} is no country that is known here. Give its name or its two letters, "
                "such as Russia, RU or DE.",
                country=text[:40],
            )
        )
    return named


@cache
def _by_name() -> dict[str, str]:
    return {
        _folded(one.name): one.code for language in _ALWAYS_KNOWN for one in countries(language)
    }


@cache
def _all_names(language: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for known in dict.fromkeys((language, *_ALWAYS_KNOWN)):
        for one in countries(known):
            found.setdefault(one.code, []).append(_folded(one.name))
    for name, code in _ALSO_CALLED.items():
        found.setdefault(code, []).append(name)
    return {code: tuple(names) for code, names in found.items()}


@cache
def _names(language: str) -> dict[str, str]:
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return {}
    return dict(locale.territories)


def _folded(name: str) -> str:
    """A name without case, accents and signs, for comparing: "Côte d’Ivoire" = "cote divoire"."""
    plain = unicodedata.normalize("NFKD", name.replace("ё", "е").replace("Ё", "Е"))
    kept = "".join(one for one in plain if one.isalnum() or one.isspace())
    return " ".join(kept.casefold().split())
