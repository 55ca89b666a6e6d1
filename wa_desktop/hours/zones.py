"""In which time zones the owner of a phone number may be.

The rule, from sure to careful: a number whose prefix belongs to a region (fixed lines, and
mobiles of countries that give them out by region, as the USA, Brazil and Indonesia do) has
that region's zones. Any other mobile may be anywhere in its country: +7 9… may be in
Kaliningrad or in Kamchatka. Such a number has the fallback, the campaign's own zone, where
that is one of the country's, else all of the country's zones. A number of no country, or
one that cannot be read, has the fallback. Sources: phonenumbers' zone data and number types, the
tz database's list of zones by country (zone.tab).

Kept by the first nine digits and the length, beyond which no zone is told apart: 0.5 us a
number, 25 us for the first of its prefix (measured on one core).
"""

from functools import cache, lru_cache
from importlib.resources import files

import phonenumbers
from phonenumbers import PhoneNumber
from phonenumbers.phonenumberutil import is_number_type_geographical
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_geographical_number

from wa_desktop.hours.countries import PREFIX, read_prefix, region_of


def zones_of_phone(digits: str, fallback: str) -> tuple[str, ...]:
    """Every zone in which the number's owner may be; E.164 digits without the plus."""
    possible = _zones(digits[:PREFIX], len(digits))
    return (fallback,) if not possible or fallback in possible else possible


def zone_of_phone(digits: str, fallback: str) -> str:
    """The one zone that is likeliest: the prefix's if it has one, else the country's first."""
    return _likeliest(digits[:PREFIX], len(digits)) or fallback


@cache
def zone_names() -> tuple[str, ...]:
    """The zones to choose from, by name (the tz database's own list)."""
    names = (files("tzdata") / "zones").read_text("utf-8").split()
    places = sorted(one for one in names if "/" in one and not one.startswith("Etc/"))
    return (*places, "UTC")


@lru_cache(maxsize=65_536)
def _zones(prefix: str, length: int) -> tuple[str, ...]:
    number = read_prefix(prefix, length)
    if number is None:
        return ()
    kind, code = phonenumbers.number_type(number), number.country_code or 0
    if is_number_type_geographical(kind, code):
        return _by_prefix(number)
    # Where the tz database knows no such country: no plan has a region that begins with 0.
    whole = PhoneNumber(country_code=code, national_number=0)
    return _countries().get(region_of(number)) or _by_prefix(whole)


@lru_cache(maxsize=65_536)
def _likeliest(prefix: str, length: int) -> str | None:
    possible = _zones(prefix, length)
    number = read_prefix(prefix, length)
    if number is None or not possible:
        return None
    guesses = _by_prefix(number)
    return guesses[0] if len(guesses) == 1 and guesses[0] in possible else possible[0]


def _by_prefix(number: PhoneNumber) -> tuple[str, ...]:
    zones: tuple[str, ...] = time_zones_for_geographical_number(number)
    return () if UNKNOWN_TIMEZONE in zones else zones


@cache
def _countries() -> dict[str, tuple[str, ...]]:
    """The zones of each country, by its ISO code."""
    found: dict[str, tuple[str, ...]] = {}
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if line and not line.startswith("#"):
            country, _place, zone = line.split("\t")[:3]
            found[country] = (*found.get(country, ()), zone)
    return found
