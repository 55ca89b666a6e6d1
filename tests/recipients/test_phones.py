import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.phones import (
    PhoneFault,
    PhoneNumber,
    RejectedPhone,
    checked_country,
    looks_like_phone,
    mask,
    parse_phone,
)


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("79991234567", None),
        ("+79991234567", None),
        ("+7 999 123-45-67", None),
        ("+7 (999) 123\u201145\u201367", None),
        ("0079991234567", None),
        ("79991234567.0", None),
        ("79991234567,00", None),
        ("7.9991234567E+10", None),
        ("7,9991234567e10", None),
        ("'79991234567", None),
        ('="79991234567"', None),
        ("\u202a+7\u00a0999\u00a0123\u00a045\u00a067\u202c", None),
        ("\ufeff\u200b+7 999 123 45 67", None),
        ("\uff0b\uff17\uff19\uff19\uff19\uff11\uff12\uff13\uff14\uff15\uff16\uff17", None),
        ("٧٩٩٩١٢٣٤٥٦٧", None),
        ("tel:+7-999-123-45-67", None),
        ("whatsapp:+79991234567", None),
        ("8 999 123-45-67", "RU"),
        ("9991234567", "RU"),
        ("79991234567", "RU"),
        ("79991234567", "US"),
        ("79991234567", "DE"),
    ],
)
def test_every_written_form_gives_the_same_digits(written: str, country: str | None) -> None:
    assert parse_phone(written, country) == PhoneNumber("79991234567")


@pytest.mark.parametrize(
    ("written", "country", "digits"),
    [
        ("+44 7700 900123", None, "447700900123"),
        ("447700900123", None, "447700900123"),
        ("07700 900123", "GB", "447700900123"),
        ("+44 (0)7700 900123", None, "447700900123"),
        ("00 44 7700 900123", "RU", "447700900123"),
        ("0044 7700 900123", "US", "447700900123"),
        ("(202) 555-0101", "US", "12025550101"),
        ("+39 06 1234567", None, "39061234567"),
        ("+45 20 12 34 56", None, "4520123456"),
        ("4520123456", "DK", "4520123456"),
        ("380501234567", "RU", "380501234567"),
        ("+52 1 55 1234 5678", None, "525512345678"),
    ],
)
def test_numbers_of_many_countries_are_read(written: str, country: str | None, digits: str) -> None:
    assert parse_phone(written, country) == PhoneNumber(digits)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", PhoneFault.EMPTY),
        ("  \u00a0 ", PhoneFault.EMPTY),
        ("'", PhoneFault.EMPTY),
        ("12", PhoneFault.TOO_SHORT),
        ("+7 999", PhoneFault.TOO_SHORT),
        ("+7 999 123 45", PhoneFault.TOO_SHORT),
        ("9" * 200, PhoneFault.TOO_LONG),
        ("x" * 10_000_000, PhoneFault.TOO_LONG),
        ("+7 999 123 45 67 89", PhoneFault.WRONG_LENGTH),
        ("+1 202 555 0101 99", PhoneFault.TOO_LONG),
        ("Anna", PhoneFault.NOT_A_NUMBER),
        ("+7 999 123 45 67 Anna", PhoneFault.NOT_A_NUMBER),
        ("++79991234567", PhoneFault.NOT_A_NUMBER),
        ("7999+1234567", PhoneFault.NOT_A_NUMBER),
        ("7999\x001234567", PhoneFault.NOT_A_NUMBER),
        ("☎️79991234567", PhoneFault.NOT_A_NUMBER),
        ("7²999123456", PhoneFault.NOT_A_NUMBER),
        ("+999 000 000 00", PhoneFault.UNKNOWN_COUNTRY),
        ("8 999 123-45-67", PhoneFault.NO_COUNTRY),
        ("9991234567", PhoneFault.NO_COUNTRY),
        ("2025550101", PhoneFault.NO_COUNTRY),
        ("7.99912E+10", PhoneFault.DIGITS_LOST),
        ("8E+10", PhoneFault.DIGITS_LOST),
        ("+44 0042 7643821", PhoneFault.WRONG_LENGTH),
    ],
)
def test_what_is_no_number_is_rejected_with_its_reason(written: str, reason: PhoneFault) -> None:
    assert parse_phone(written) == RejectedPhone(reason)


@given(st.text(max_size=80), st.sampled_from([None, "RU", "US", "DE", "GB", "IT"]))
@settings(deadline=None, max_examples=300)
def test_no_text_raises_and_what_is_accepted_is_plain_digits(
    text: str, country: str | None
) -> None:
    found = parse_phone(text, country)
    if isinstance(found, PhoneNumber):
        assert found.digits.isascii()
        assert found.digits.isdecimal()
        assert 7 <= len(found.digits) <= 15


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.data())
@settings(deadline=None, max_examples=200)
def test_an_example_number_of_any_country_survives_every_format(
    region: str, data: st.DataObject
) -> None:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if number is None:
        return
    expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    style = data.draw(
        st.sampled_from(
            [phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL]
        )
    )
    written = phonenumbers.format_number(number, style)
    assert parse_phone(written) == PhoneNumber(expected[1:])
    local = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    assert parse_phone(local, region) == PhoneNumber(expected[1:])


@given(st.from_regex(r"\+?[1-9][0-9]{6,14}", fullmatch=True))
@settings(deadline=None, max_examples=200)
def test_reading_a_valid_number_again_changes_nothing(text: str) -> None:
    found = parse_phone(text)
    if isinstance(found, PhoneNumber) and phonenumbers.is_valid_number(
        phonenumbers.parse("+" + found.digits)
    ):
        assert parse_phone("+" + found.digits) == found


def test_a_default_country_may_be_written_in_any_case_and_be_left_blank() -> None:
    assert checked_country(" ru ") == "RU"
    assert checked_country("") is None
    assert checked_country(None) is None


def test_an_unknown_default_country_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match="Atlantis"):
        checked_country("Atlantis")


@pytest.mark.parametrize("cell", ["+7 999 123-45-67", "(202) 555-0101", "89991234567"])
def test_a_cell_may_look_like_a_phone_in_any_country(cell: str) -> None:
    assert looks_like_phone(cell)


@pytest.mark.parametrize("cell", ["", "phone", "12", "1" * 30, "Order 12345678", "x" * 1000])
def test_a_cell_that_does_not_look_like_a_phone(cell: str) -> None:
    assert not looks_like_phone(cell)


def test_a_masked_phone_shows_four_digits() -> None:
    assert mask("79991234567") == "…4567"
