import pytest

from wa_desktop.recipients.phones import PhoneFault, PhoneNumber, RejectedPhone, phones_in

MOBILE = "+7 999 123-45-67"
OTHER = "8 916 000-00-01"
LANDLINE = "+7 495 123-45-67"


@pytest.mark.parametrize(
    "between", [" ::: ", ":::", ";", "; ", " / ", "/", ", ", ",", "\n", "\r\n", " or ", " и ", "|"]
)
def test_of_several_numbers_the_first_mobile_counts(between: str) -> None:
    found = phones_in(between.join((LANDLINE, MOBILE, OTHER)), "RU")
    assert found.phone == PhoneNumber("79991234567")
    assert found.others == 2


def test_without_a_mobile_the_first_number_counts() -> None:
    found = phones_in(f"{LANDLINE}; +7 812 123-45-67")
    assert (found.phone, found.others) == (PhoneNumber("74951234567"), 1)


def test_numbers_that_may_be_mobile_count_as_mobile() -> None:
    found = phones_in("+44 20 7946 0018 / +1 202 555 0101")
    assert found.phone == PhoneNumber("12025550101")


def test_the_same_number_twice_is_one() -> None:
    assert phones_in(f"{MOBILE}; 8 (999) 123 45 67", "RU").others == 0


def test_bad_parts_beside_a_good_one_do_no_harm_where_the_sign_is_clear() -> None:
    found = phones_in(f"none; {MOBILE}", "RU")
    assert (found.phone, found.others) == (PhoneNumber("79991234567"), 0)
    assert phones_in(f"12\n{MOBILE}").phone == PhoneNumber("79991234567")


@pytest.mark.parametrize(
    ("written", "country", "digits"),
    [
        ("030/123456", "DE", "4930123456"),
        ("0171/123 45 67", "DE", "491711234567"),
        ("+49 171/1234567", None, "491711234567"),
        ("79991234567,00", None, "79991234567"),
        ("7,9991234567e10", None, "79991234567"),
        ("8 (999) 123-45-67", "RU", "79991234567"),
        ("202/555/0101", "US", "12025550101"),
        ("+7 999 123 45 67 /", None, "79991234567"),
    ],
)
def test_signs_inside_one_number_do_not_part_it(written: str, country: str, digits: str) -> None:
    found = phones_in(written, country)
    assert (found.phone, found.others) == (PhoneNumber(digits), 0)


def test_two_short_numbers_never_become_one_of_another_country() -> None:
    # Run together they would be fourteen digits of somebody else.
    found = phones_in("611 1234/612 5678", "IS")
    assert (found.phone, found.others) == (PhoneNumber("3546111234"), 1)


def test_another_ending_behind_a_slash_is_another_number() -> None:
    found = phones_in("+49 30 123456/57")
    assert (found.phone, found.others) == (PhoneNumber("4930123456"), 1)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("Anna; Ben", PhoneFault.NOT_A_NUMBER),
        ("8 999 123-45-67; 8 916 000-00-01", PhoneFault.NO_COUNTRY),
        ("order 12, +7 999 123-45-67", PhoneFault.NOT_A_NUMBER),
        ("/", PhoneFault.NOT_A_NUMBER),
        (";" * 5000, PhoneFault.TOO_LONG),
    ],
)
def test_a_cell_without_a_usable_number_says_why(written: str, reason: PhoneFault) -> None:
    assert phones_in(written).phone == RejectedPhone(reason)


@pytest.mark.parametrize(
    ("country", "cell"),
    [("DE", "0171/2345678-9"), ("DE", "+49 171 2345678-9"), ("AT", "0664 1234567-89")],
)
def test_a_mobile_with_the_ending_of_another_one_behind_a_dash_is_neither(
    country: str, cell: str
) -> None:
    found = phones_in(cell, country)
    assert found.phone == RejectedPhone(PhoneFault.TWO_READINGS)


@pytest.mark.parametrize(
    ("country", "cell", "digits"),
    [
        ("DE", "030 123456-0", "49301234560"),
        ("RU", "8-912-345-67-89", "79123456789"),
        ("DE", "0171-234567-8", "491712345678"),
    ],
)
def test_a_dash_inside_one_number_does_not_cut_it(country: str, cell: str, digits: str) -> None:
    assert phones_in(cell, country).phone == PhoneNumber(digits)
