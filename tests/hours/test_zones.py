"""A phone number's zones: those of its region, or all in which its owner may be."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.hours.zones import zone_of_phone, zones_of_phone

HOME = "Europe/Lisbon"


@pytest.mark.parametrize(
    ("phone", "zone"),
    [
        ("436641234567", "Europe/Vienna"),
        ("919876543210", "Asia/Kolkata"),
        ("74951234567", "Europe/Moscow"),
        ("14155551234", "America/Los_Angeles"),
        ("12125551234", "America/New_York"),
        ("5511987654321", "America/Sao_Paulo"),
        ("6281234567890", "Asia/Jakarta"),
        ("447400123456", "Europe/London"),
        ("38344123456", "Europe/Belgrade"),
    ],
)
def test_a_number_of_one_zone_has_that_zone(phone: str, zone: str) -> None:
    assert zones_of_phone(phone, HOME) == (zone,)
    assert zone_of_phone(phone, HOME) == zone


@pytest.mark.parametrize(
    ("phone", "some", "likeliest"),
    [
        ("79991234567", {"Europe/Kaliningrad", "Europe/Moscow", "Asia/Kamchatka"}, "Europe/Moscow"),
        ("61412345678", {"Australia/Perth", "Australia/Lord_Howe"}, "Australia/Sydney"),
        ("351912345678", {"Europe/Lisbon", "Atlantic/Azores"}, "Europe/Lisbon"),
        ("34612345678", {"Europe/Madrid", "Atlantic/Canary"}, "Europe/Madrid"),
        ("4915112345678", {"Europe/Berlin"}, "Europe/Berlin"),
        ("18005551234", {"America/New_York", "Pacific/Honolulu"}, "America/New_York"),
    ],
)
def test_a_mobile_that_may_be_anywhere_has_all_zones_of_its_country(
    phone: str, some: set[str], likeliest: str
) -> None:
    assert some <= set(zones_of_phone(phone, "Pacific/Auckland"))
    assert zone_of_phone(phone, "Pacific/Auckland") == likeliest


def test_countries_of_one_calling_code_are_told_apart() -> None:
    assert all(zone.startswith("Asia/") for zone in zones_of_phone("77011234567", HOME))
    assert "Asia/Almaty" not in zones_of_phone("79991234567", HOME)
    assert zones_of_phone("61891641234", HOME) != zones_of_phone("61412345678", HOME)


@pytest.mark.parametrize("phone", ["870123456789", "99999", "", "abc", "999999999999999"])
def test_a_number_of_no_country_has_the_fallback(phone: str) -> None:
    assert zones_of_phone(phone, HOME) == (HOME,)
    assert zone_of_phone(phone, HOME) == HOME


def test_a_possible_number_that_no_plan_knows_has_all_zones_of_its_country() -> None:
    assert len(zones_of_phone("70001234567", HOME)) > 5


@given(st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True))
def test_every_number_has_zones_that_exist(phone: str) -> None:
    zones = zones_of_phone(phone, HOME)
    assert zones
    assert zone_of_phone(phone, HOME) in zones
    for zone in zones:
        ZoneInfo(zone)


def test_a_mobile_of_a_country_of_many_zones_has_the_campaigns_own_if_it_is_one_of_them() -> None:
    assert zones_of_phone("79161234567", "Europe/Moscow") == ("Europe/Moscow",)
    assert "Europe/Moscow" in zones_of_phone("79161234567", "Europe/Berlin")
    assert len(zones_of_phone("79161234567", "Europe/Berlin")) > 5
