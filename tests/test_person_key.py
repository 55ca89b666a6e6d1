"""Spellings of one person's number share a key; numbers of two persons never do."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.person_key import other_person, person_key

SAME = {
    "Brazil: the ninth digit": ["5511987654321", "551187654321"],
    "Brazil: a number that began with 6": ["5521965432100", "552165432100"],
    "Argentina: the 9": ["541123456789", "5491123456789"],
    "Argentina: a long area code": ["542966123456", "5492966123456"],
    "Mexico: the 1": ["525512345678", "5215512345678"],
    "Benin: 01 in front": ["2290197123456", "22997123456"],
    "Gabon: Airtel": ["24177123456", "24107123456", "2417123456"],
    "Gabon: Airtel, the other": ["24174123456", "24104123456"],
    "Gabon: Libertis": ["24166123456", "24106123456"],
    "Gabon: Libertis, the other": ["24162123456", "24102123456"],
    "Gabon: Moov": ["24165123456", "24105123456"],
}
OWN = {
    "Brazil: a landline": "551132654321",
    "Brazil: a landline of the same end as a mobile": "551152654321",
    "Brazil: freephone": "558007654321",
    "Brazil: a mobile whose eight digits would be a landline's": "5511932654321",
    "Argentina: freephone": "548001234567",
    "Gabon: a landline": "24111123456",
    "Italy: the zero belongs to a landline": "390612345678",
    "Italy: a mobile": "393471234567",
    "Israel: a Palestinian mobile by Israel's code": "972599123456",
    "Palestine: the same by its own code": "970599123456",
    "Ivory Coast: of today": "2250707123456",
    "Mayotte": "262639123456",
    "Russia": "79995550001",
    "USA": "12125550123",
}
CHANGED = ("BR", "AR", "MX", "BJ", "GA")


@st.composite
def valid_numbers(draw: st.DrawFn, regions: tuple[str, ...]) -> str:
    """A number that its country's plan has, mobile or landline, as E.164 digits."""
    region = draw(st.sampled_from(regions))
    found = phonenumbers.PhoneMetadata.metadata_for_region(region)
    assert found is not None
    kind = draw(st.sampled_from((found.mobile, found.fixed_line)))
    assert kind is not None
    national = draw(st.from_regex(f"(?a:{kind.national_number_pattern})", fullmatch=True))
    return f"{found.country_code}{national}"


@pytest.mark.parametrize("spellings", SAME.values(), ids=SAME)
def test_spellings_of_one_number_are_one_person(spellings: list[str]) -> None:
    assert {person_key(one) for one in spellings} == {spellings[0]}


@pytest.mark.parametrize("phone", OWN.values(), ids=OWN)
def test_a_number_without_another_spelling_is_its_own_key(phone: str) -> None:
    assert person_key(phone) == phone


@given(st.from_regex(r"(?a:[1-9]\d{6,14})", fullmatch=True))
def test_a_key_is_its_own_key(phone: str) -> None:
    assert person_key(person_key(phone)) == person_key(phone)


@given(valid_numbers(CHANGED))
def test_a_key_keeps_the_country_and_the_end_of_the_number(phone: str) -> None:
    key = person_key(phone)
    assert key[:2] == phone[:2]
    assert key[-6:] == phone[-6:]
    assert abs(len(key) - len(phone)) <= 2


@given(valid_numbers(("BR", "AR", "MX", "BJ")), valid_numbers(("BR", "AR", "MX", "BJ")))
def test_two_numbers_written_in_the_same_way_are_two_persons(one: str, other: str) -> None:
    if one != other and len(one) == len(other) and one[:3] == other[:3]:
        assert person_key(one) != person_key(other)


@given(valid_numbers(("BR",)))
def test_a_brazilian_landline_is_never_taken_for_a_mobile(phone: str) -> None:
    if len(phone) == 12 and phone[4] in "2345":
        assert person_key(phone) == phone


@given(valid_numbers(tuple(sorted(phonenumbers.SUPPORTED_REGIONS - set(CHANGED)))))
def test_in_all_other_countries_each_number_is_its_own_key(phone: str) -> None:
    assert person_key(phone) == phone


@pytest.mark.parametrize(
    ("phone", "known_as", "expected"),
    [
        ("5511987654321", "551187654321", None),  # the same key
        ("5215512345678", "525512345678", None),
        ("79990000001", "79990000001", None),
        ("2250707123456", "22507123456", "22507123456"),  # Ivory Coast: two digits more (2021)
        ("22507123456", "2250707123456", "2250707123456"),
        ("8412345678901", "84345678901", "84345678901"),
        ("79990000001", "79990000002", None),  # somebody else
        ("12125550123", "13125550123", None),  # a digit altered: another subscriber
        ("79990000001", "US.13491208655302741918", None),  # a user name's id
        ("79990000001", "", None),
        ("79990000001", "0000001", None),  # no country
        ("2250707123456", "2260707123456", None),  # another country
        ("2250707123456", "22507071234", None),  # another end
    ],
)
def test_only_another_spelling_of_the_number_is_learnt(
    phone: str, known_as: str, expected: str | None
) -> None:
    assert other_person(phone, known_as) == expected
