"""Numbering plans: which national numbers a calling code has, by precompiled patterns.

The answers are those of ``phonenumbers.is_valid_number``, at a fraction of its time: an import
asks for each of a million numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import PhoneMetadata
from phonenumbers.phonemetadata import PhoneNumberDesc

from wa_desktop.person_key import person_key

# Ofcom keeps these for stories and tests: they reach nobody, and the library's plan lacks them.
# (Those of most other countries are in the plans.)
_FOR_TESTS = {"44": re.compile(r"7700900\d{3}")}
# Plans that made numbers longer (Brazil, Benin). WhatsApp knows many people by the old ones.
_MADE_LONGER = ("55", "229")

_KINDS = (
    "mobile",
    "fixed_line",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The numbers of one kind; no ``lengths``: any."""

    lengths: tuple[int, ...]
    national: re.Pattern[str]

    def fits(self, national: str) -> bool:
        if self.lengths and len(national) not in self.lengths:
            return False
        return self.national.fullmatch(national) is not None


@dataclass(frozen=True, slots=True)
class _Region:
    """The plan of one country; ``leading`` tells its numbers from its neighbours' at once."""

    leading: re.Pattern[str] | None
    whole: _Pattern
    mobile: _Pattern | None
    kinds: tuple[_Pattern, ...]

    def has(self, national: str) -> bool:
        return self.whole.fits(national) and any(one.fits(national) for one in self.kinds)

    def may_have_mobiles_of(self, length: int) -> bool:
        if self.mobile is None:
            return False
        lengths = self.mobile.lengths or self.whole.lengths
        return not lengths or length in lengths

    def has_mobile(self, national: str) -> bool:
        return self.mobile is not None and self.whole.fits(national) and self.mobile.fits(national)


@dataclass(frozen=True, slots=True)
class Plan:
    """All numbers of one calling code. National numbers here keep a leading zero of their own.

    ``trunk`` is what is dialled before the area code inside the country, such as 0 or 8.
    """

    code: str
    trunk: str
    regions: tuple[_Region, ...]
    tests: re.Pattern[str] | None

    def valid(self, national: str) -> bool:
        """Whether the plan has this number, exactly as it stands."""
        if self._lists(national):
            return True
        return self._for_tests(national) or self._lists_as_longer(national)

    def mobile(self, national: str) -> bool:
        """Whether the plan has it and it may be a mobile phone's."""
        if self._lists(national):
            return any(region.has_mobile(national) for region in self.regions)
        return self.valid(national)

    def may_have_mobiles_of(self, length: int) -> bool:
        """Whether any mobile number has so many digits without the country code."""
        longer = self.code in _MADE_LONGER
        return longer or any(region.may_have_mobiles_of(length) for region in self.regions)

    def _for_tests(self, national: str) -> bool:
        return self.tests is not None and self.tests.fullmatch(national) is not None

    def _lists(self, national: str) -> bool:
        for region in self.regions:
            if region.leading is not None and len(self.regions) > 1:
                if region.leading.match(national):
                    return region.has(national)
            elif region.has(national):
                return True
        return False

    def _lists_as_longer(self, national: str) -> bool:
        """Whether it is an old mobile number that the plan has in its new, longer form."""
        if self.code not in _MADE_LONGER:
            return False
        longer = person_key(self.code + national).removeprefix(self.code)
        return longer != national and self._lists(longer)

    def only_landline(self, national: str) -> bool:
        """Whether the plan has it, but as no mobile phone's."""
        return self.valid(national) and not self.mobile(national)

    def behind_trunk(self, national: str) -> str | None:
        """The valid number behind the trunk prefix; ``None`` if there is no such thing."""
        if not self.trunk or not national.startswith(self.trunk):
            return None
        rest = national[len(self.trunk) :]
        return rest if self.valid(rest) else None


def split_code(digits: str) -> tuple[Plan, str] | None:
    """The plan and the national number of international digits; ``None``: no such calling code."""
    for length in (1, 2, 3):
        if (plan := _plan(digits[:length])) is not None:
            return plan, digits[length:]
    return None


def is_valid(digits: str) -> bool:
    """Whether international digits are a number of their plan, exactly as they stand."""
    split = split_code(digits)
    return split is not None and split[0].valid(split[1])


def is_mobile(digits: str) -> bool:
    """Whether international digits may be a mobile phone's number."""
    split = split_code(digits)
    return split is not None and split[0].mobile(split[1])


@cache
def plan_of_country(country: str) -> Plan:
    """The plan that a country (ISO code) has a part of."""
    plan = _plan(str(phonenumbers.country_code_for_region(country)))
    assert plan is not None
    return plan


@cache
def way_abroad(country: str) -> str:
    """What is dialled there before a whole number: 00, 0011 (Australia), 011 or 810."""
    metadata = PhoneMetadata.metadata_for_region(country)
    if metadata is None:
        return "00"
    prefix = metadata.preferred_international_prefix or metadata.international_prefix or "00"
    return prefix if prefix.isdecimal() else "00"


# Keyed by what may be a calling code: at most 1,110 different texts are ever asked.
@cache
def _plan(code: str) -> Plan | None:
    if not code or code[0] == "0":
        return None
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None:
        return None
    main = PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0])
    trunk = (main.national_prefix if main is not None else None) or ""
    return Plan(code, trunk, tuple(_regions(int(code), regions)), _FOR_TESTS.get(code))


def _regions(code: int, names: tuple[str, ...]) -> Iterator[_Region]:
    for name in names:
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, name)
        if metadata is None or (whole := _pattern(metadata.general_desc)) is None:
            continue
        kinds = [_pattern(getattr(metadata, kind)) for kind in _KINDS]
        leading = metadata.leading_digits
        yield _Region(
            re.compile(leading) if leading else None,
            whole,
            kinds[0],
            tuple(one for one in kinds if one is not None),
        )


def _pattern(desc: PhoneNumberDesc | None) -> _Pattern | None:
    if desc is None or not desc.national_number_pattern:
        return None
    return _Pattern(tuple(desc.possible_length), re.compile(desc.national_number_pattern))
