"""Which country the local numbers of a list are from: a proposal, sure only without a rival.

A wrong country turns every number into a stranger's, so nothing is assumed while two countries
fit.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice

import phonenumbers
from phonenumbers import PhoneNumberFormat

from wa_desktop.recipients.phones.found import (
    FEWEST_DIGITS,
    MOST_DIGITS,
    PhoneFault,
    PhoneNumber,
)
from wa_desktop.recipients.phones.plans import Plan, is_mobile, plan_of_country, split_code
from wa_desktop.recipients.phones.reading import parse_phone
from wa_desktop.recipients.phones.written import bare_digits

MOST_CELLS = 200
_FEWEST_CELLS = 3  # fewer numbers fit too many countries
_MOST_SHOWN = 5
_WHOLE_LIST = 0.9  # of the numbers without a plus: they have their country codes
_GOOD = 0.9
_LIKELY = 0.5
_RIVAL = 0.5  # of the best country's mobiles
_SHAPED, _UNSHAPED = 0.8, 0.1
_WITH_OLD_PREFIXES = ("AR", "MX")  # need the slow reading
_GROUPS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class CountryFit:
    """How a country's plan fits a list's local numbers: ``good`` of ``cells`` are valid there.

    ``sure``: no other country is as likely.
    """

    country: str
    good: int
    cells: int
    sure: bool


class Origin(StrEnum):
    """What speaks for a proposed country."""

    DATA = "data"
    ACCOUNT = "account"
    COMPUTER = "computer"


@dataclass(frozen=True, slots=True)
class CountryProposal:
    """A country to choose; ``sure`` only where the data leave no doubt."""

    country: str
    origin: Origin
    sure: bool


def fitting_countries(cells: Iterable[str]) -> tuple[CountryFit, ...]:
    """The countries that a list's local numbers may be from, the likeliest first.

    Empty where the list has no local numbers, or none fits. Reads the first 200 cells.
    """
    local, codes = _local_numbers(cells)
    if not local:
        return ()
    scores = [one for country in _MAIN_COUNTRIES if (one := _score(country, local)).good > 0]
    best = max(
        scores,
        key=lambda one: (one.proper, codes[plan_of_country(one.country).code], one.shaped),
        default=None,
    )
    sure = best is not None and _no_rival(best, scores, len(local), codes)
    scores.sort(
        key=lambda one: (sure and one is best, one.mobile, one.proper, one.shaped, one.good),
        reverse=True,
    )
    likely = [one for one in scores if one.good >= _LIKELY * len(local)][:_MOST_SHOWN]
    return tuple(
        CountryFit(one.region(), one.good, len(local), sure and one is best) for one in likely
    )


def propose_country(
    fits: Sequence[CountryFit], own_number: str | None = None, region: str | None = None
) -> tuple[CountryProposal, ...]:
    """Countries to offer, the best first.

    ``own_number`` is the account's, as E.164 digits with or without a plus; ``region`` the
    computer's (ISO code). Those two decide between countries that fit the data, and come last
    where the data speak for others.
    """
    others = [(Origin.ACCOUNT, _country_of(own_number)), (Origin.COMPUTER, _known(region))]
    likely = {one.country: one for one in fits}
    found: list[CountryProposal] = [
        CountryProposal(one.country, Origin.DATA, True) for one in fits if one.sure
    ]
    found += [CountryProposal(code, origin, False) for origin, code in others if code in likely]
    found += [CountryProposal(one.country, Origin.DATA, False) for one in fits]
    found += [CountryProposal(code, origin, False) for origin, code in others if code]
    first: dict[str, CountryProposal] = {}
    for one in found:
        first.setdefault(one.country, one)
    return tuple(first.values())


def may_be_local(text: str, digits: str, fits: Sequence[CountryFit]) -> bool:
    """Whether a number that was read as a whole one may be a local one of a likely country."""
    bare = bare_digits(text)
    if isinstance(bare, PhoneFault) or bare[0] == "+" or bare.startswith("00"):
        return False
    likely = fits[:1] if fits and fits[0].sure else fits
    return any(
        parse_phone(text, one.country) != PhoneNumber(digits)
        for one in likely
        if one.good >= _GOOD * one.cells
    )


@dataclass(frozen=True, slots=True)
class _Score:
    """``proper`` counts the mobiles that are written as the country writes them: with its trunk
    prefix or without; ``shaped`` those whose digits are also grouped so. ``bare`` counts the
    mobiles without a trunk prefix, whether the country writes it or not."""

    country: str
    numbers: tuple[str, ...]
    mobile: int
    proper: int
    shaped: int
    bare: int

    @property
    def good(self) -> int:
        return len(self.numbers)

    def region(self) -> str:
        """The country of most of the numbers, among those that share the calling code."""
        found = Counter(
            phonenumbers.region_code_for_number(phonenumbers.parse("+" + one))
            for one in self.numbers
        )
        best = max(found, key=lambda code: (found[code], code == self.country))
        return best or self.country


def _local_numbers(cells: Iterable[str]) -> tuple[list[tuple[str, str]], Counter[str]]:
    """Text and digits of the numbers without a plus, where they are no whole numbers; and how
    many of the others have which calling code."""
    found: list[tuple[str, str]] = []
    codes: Counter[str] = Counter()
    whole = 0
    for text in islice(cells, MOST_CELLS):
        digits = bare_digits(text)
        if isinstance(digits, PhoneFault) or not FEWEST_DIGITS <= len(digits) <= MOST_DIGITS:
            continue
        read = parse_phone(digits)
        if digits[0] == "+" or digits.startswith("00"):
            if isinstance(read, PhoneNumber) and (split := split_code(read.digits)):
                codes[split[0].code] += 1
            continue
        found.append((text, digits))
        whole += isinstance(read, PhoneNumber)
    return ([] if whole >= _WHOLE_LIST * len(found) else found), codes


def _score(country: str, local: list[tuple[str, str]]) -> _Score:
    plan = plan_of_country(country)
    numbers = []
    mobile = proper = shaped = bare = 0
    for text, digits in local:
        number = _read(digits, country, plan)
        if number is None:
            continue
        numbers.append(number)
        if is_mobile(number):
            mobile += 1
            bare += digits == number.removeprefix(plan.code)
            groups = _national_groups(number)
            if "".join(groups) == digits:
                proper += 1
                written = _GROUPS.findall(text)
                shaped += len(written) > 2 and [*map(len, written)] == [*map(len, groups)]
    return _Score(country, tuple(numbers), mobile, proper, shaped, bare)


def _read(digits: str, country: str, plan: Plan) -> str | None:
    inner = plan.behind_trunk(digits) or (digits if plan.valid(digits) else None)
    if inner is not None:
        return plan.code + inner
    if country in _WITH_OLD_PREFIXES:
        found = parse_phone(digits, country)
        own = isinstance(found, PhoneNumber) and found.digits.startswith(plan.code)
        return found.digits if own and isinstance(found, PhoneNumber) else None
    # Whole numbers among the local ones, as people mix them.
    return digits if digits.startswith(plan.code) and plan.valid(digits[len(plan.code) :]) else None


def _national_groups(number: str) -> list[str]:
    """The groups of digits that the country writes the number in."""
    parsed = phonenumbers.parse("+" + number)
    return _GROUPS.findall(phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL))


def _no_rival(best: _Score, scores: Sequence[_Score], cells: int, codes: Counter[str]) -> bool:
    if cells < _FEWEST_CELLS or best.good < _GOOD * cells or best.proper < _LIKELY * cells:
        return False
    rivals = [
        one
        for one in scores
        if one is not best
        and (one.proper >= _RIVAL * best.proper or _may_lack_zeros(one, best, cells))
    ]
    # The list's whole numbers say where it is from; so does the way the digits are grouped.
    own = codes[plan_of_country(best.country).code]
    if own >= _FEWEST_CELLS and own >= _GOOD * codes.total():
        return not any(codes[plan_of_country(one.country).code] for one in rivals)
    shaped = best.shaped >= _SHAPED * cells
    return all(shaped and one.shaped <= _UNSHAPED * cells for one in rivals)


def _may_lack_zeros(one: _Score, best: _Score, cells: int) -> bool:
    """Whether the list may be that country's, its trunk zeros dropped by a spreadsheet."""
    return best.bare >= _LIKELY * best.proper and one.bare >= _GOOD * cells


def _main_countries() -> tuple[str, ...]:
    return tuple(
        sorted(
            regions[0]
            for regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values()
            if regions[0] != phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
        )
    )


_MAIN_COUNTRIES = _main_countries()


@cache
def _country_of(number: str | None) -> str | None:
    digits = "".join(one for one in number or "" if one.isdecimal())
    if not digits or split_code(digits) is None:
        return None
    try:
        return _known(phonenumbers.region_code_for_number(phonenumbers.parse("+" + digits)))
    except phonenumbers.NumberParseException:
        return None


def _known(region: str | None) -> str | None:
    return region if region in phonenumbers.SUPPORTED_REGIONS else None
