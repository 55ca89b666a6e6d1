"""Prefixes before and inside numbers: interpreted or refused, never another person's number."""

from functools import cache

import phonenumbers
import pytest
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

from wa_desktop.recipients.phones import PhoneFault, PhoneNumber, RejectedPhone, parse_phone


@cache
def example_mobiles() -> dict[str, str]:
    """The example mobile number of each country, as E.164 digits."""
    found = {}
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        if number is not None:
            found[region] = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:]
    return found


PARTS = range(8)
"""The countries are tried in so many parts, which run on several cores."""


def of_part(regions: dict[str, str], part: int) -> list[tuple[str, str]]:
    return list(regions.items())[part :: len(PARTS)]


def trunk_of(region: str) -> str:
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    return metadata.national_prefix or ""


@pytest.mark.parametrize("part", PARTS)
def test_an_example_mobile_is_read_in_every_form_of_its_country(part: int) -> None:
    for region, digits in of_part(example_mobiles(), part):
        written = every_form(region, digits)
        found = {one: parse_phone(one, region) for one in written}
        assert found == dict.fromkeys(written, PhoneNumber(digits)), region


def every_form(region: str, digits: str) -> list[str]:
    """A number as its country's people write it, and as it is written from abroad."""
    number = phonenumbers.parse("+" + digits)
    national = phonenumbers.national_significant_number(number)
    trunk = trunk_of(region)
    return [
        "+" + digits,
        "00" + digits,
        "+00" + digits,
        digits,
        national,
        trunk + national,
        f"+{number.country_code} ({trunk}) {national}",
        phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        phonenumbers.format_number(number, PhoneNumberFormat.RFC3966),
    ]


@pytest.mark.parametrize("part", PARTS)
def test_doubled_prefixes_give_the_number_meant_or_none(part: int) -> None:
    for region, digits in of_part(example_mobiles(), part):
        for written in doubled_prefixes(region, digits):
            found = parse_phone(written, region)
            assert isinstance(found, RejectedPhone) or found.digits == digits, (region, written)


def doubled_prefixes(region: str, digits: str) -> tuple[str, ...]:
    """A number with a prefix too many."""
    number = phonenumbers.parse("+" + digits)
    code, trunk = str(number.country_code), trunk_of(region)
    national = digits.removeprefix(code)
    return (
        "0" + digits,
        trunk + digits,
        f"+{code}{digits}",
        f"00{code}{digits}",
        f"{code}{code}{national}",
        f"{code}{trunk}{national}",
        f"+{trunk}{digits}",
        f"000{digits}",
    )


@pytest.mark.parametrize("part", PARTS)
def test_a_number_with_its_country_code_is_the_same_in_every_countrys_list(part: int) -> None:
    for country, _ in of_part(dict.fromkeys(sorted(phonenumbers.SUPPORTED_REGIONS), ""), part):
        for digits in example_mobiles().values():
            assert parse_phone("+" + digits, country) == PhoneNumber(digits), country
            assert parse_phone("00" + digits, country) == PhoneNumber(digits), country


@pytest.mark.parametrize(
    ("written", "country", "digits"),
    [
        ("0919876543210", "IN", "919876543210"),
        ("09876543211", "IN", "919876543211"),
        ("0091 98765 43210", "IN", "919876543210"),
        ("+91 0 98765 43210", None, "919876543210"),
        ("0 44 7911 123456", "GB", "447911123456"),
        ("+44 (0)20 7946 0018", None, "442079460018"),
        ("0044 020 7946 0018", "US", "442079460018"),
        ("+39 06 1234567", "IT", "39061234567"),
        ("06 1234567", "IT", "39061234567"),
        ("8 (999) 123-45-67", "RU", "79991234567"),
        ("8 999 123 45 67", "KZ", "79991234567"),
        ("8 7 999 123 45 67", "RU", "79991234567"),
        ("+7 8 999 123 45 67", None, "79991234567"),
        ("8 10 44 7911 123456", "RU", "447911123456"),
        ("84951234567", "RU", "74951234567"),
        ("011 44 7911 123456", "US", "447911123456"),
        ("0011 44 7911 123456", "AU", "447911123456"),
        ("010 44 7911 123456", "JP", "447911123456"),
        ("1 202 555 0101", "US", "12025550101"),
        ("+1 1 202 555 0101", None, "12025550101"),
        ("+55 0 21 11 98765-4321", None, "5511987654321"),
        ("0 21 11 98765-4321", "BR", "5511987654321"),
        # Carrier 55 or 5 would make a Peruvian or a Russian number of these.
        ("00 55 51 98765-4321", "BR", "5551987654321"),
        ("0057 300 1234567", "CO", "573001234567"),
        ("01 55 1234 5678", "MX", "525512345678"),
        ("044 55 1234 5678", "MX", "525512345678"),
        ("045 55 1234 5678", "MX", "525512345678"),
        ("44 55 1234 5678", "MX", "525512345678"),
        ("+52 1 55 1234 5678", None, "525512345678"),
        ("+52 01 55 1234 5678", None, "525512345678"),
        ("+52 044 55 1234 5678", None, "525512345678"),
        ("52 1 55 1234 5678", "MX", "525512345678"),
        ("0 11 15 1234-5678", "AR", "5491112345678"),
        ("11 15 1234-5678", "AR", "5491112345678"),
        ("+54 11 15-2345-6789", None, "5491123456789"),
        ("+54 9 11 15-2345-6789", None, "5491123456789"),
        ("11 1234-5679", "AR", "541112345679"),
        ("49 1512 3456789", "DE", "4915123456789"),
        ("0036 06 20 123 4567", "HU", "36201234567"),
        ("+375 8 029 491 19 11", None, "375294911911"),
    ],
)
def test_a_prefix_too_many_is_taken_off(written: str, country: str | None, digits: str) -> None:
    assert parse_phone(written, country) == PhoneNumber(digits)


@pytest.mark.parametrize(
    ("written", "country", "reason"),
    [
        ("15 1234-5678", "AR", PhoneFault.NO_AREA_CODE),
        ("0 15 1234-5678", "AR", PhoneFault.NO_AREA_CODE),
        ("+54 15 1234-5678", None, PhoneFault.NO_AREA_CODE),
        ("+54 9 15 1234-5678", None, PhoneFault.NO_AREA_CODE),
        ("555-0101", "US", PhoneFault.NO_AREA_CODE),
        # A zero lost from "01 55…" or "044 791…", or New Jersey and Britain.
        ("1 551 234 5678", "MX", PhoneFault.TWO_READINGS),
        ("44 7912 345678", "MX", PhoneFault.TWO_READINGS),
        ("0 49 1512 3456789", "DE", PhoneFault.TWO_READINGS),
        ("+49 49 1512 3456789", None, PhoneFault.TWO_READINGS),
        ("0 44 7911 123456", "IN", PhoneFault.NOT_IN_PLAN),
    ],
)
@pytest.mark.parametrize("possible", [False, True])
def test_what_may_be_another_persons_number_is_refused(
    written: str, country: str | None, reason: PhoneFault, possible: bool
) -> None:
    found = parse_phone(written, country, possible=possible)
    assert isinstance(found, RejectedPhone)
    if not possible:
        assert found.reason is reason


@pytest.mark.parametrize("written", ["+7 200 123 45 67", "+1 555 078 3881", "+44 7700 901000"])
def test_a_number_that_only_has_the_right_length_is_refused_unless_asked_for(written: str) -> None:
    assert parse_phone(written) == RejectedPhone(PhoneFault.NOT_IN_PLAN)
    digits = "".join(filter(str.isdecimal, written))
    assert parse_phone(written, possible=True) == PhoneNumber(digits)


def test_numbers_kept_for_tests_and_stories_count_as_valid() -> None:
    assert parse_phone("+44 7700 900123") == PhoneNumber("447700900123")
    assert parse_phone("07700 900999", "GB") == PhoneNumber("447700900999")
    assert parse_phone("+44 7700 901000") == RejectedPhone(PhoneFault.NOT_IN_PLAN)


@pytest.mark.parametrize("written", ["+55 11 8765-4321", "11 8765-4321", "0 21 11 8765-4321"])
def test_a_brazilian_mobile_without_the_ninth_digit_is_valid_as_it_stands(written: str) -> None:
    assert parse_phone(written, "BR") == PhoneNumber("551187654321")


def test_a_number_of_benin_before_the_01_is_valid_as_it_stands() -> None:
    assert parse_phone("+229 97 12 34 56") == PhoneNumber("22997123456")
    assert parse_phone("97 12 34 56", "BJ") == PhoneNumber("22997123456")


@pytest.mark.parametrize("kind", [PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE])
def test_what_is_valid_agrees_with_the_library(kind: int) -> None:
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number_for_type(region, kind)
        if example is None:
            continue
        digits = phonenumbers.format_number(example, PhoneNumberFormat.E164)
        for last in range(len(digits) - 1, max(len(digits) - 9, 4), -1):
            for figure in "0159":
                changed = digits[:last] + figure + digits[last + 1 :]
                if not phonenumbers.is_valid_number(phonenumbers.parse(changed)):
                    continue
                found = parse_phone(changed)
                assert isinstance(found, PhoneNumber), changed
                assert found.digits == phonenumbers.format_number(
                    phonenumbers.parse(changed), PhoneNumberFormat.E164
                ).removeprefix("+")
