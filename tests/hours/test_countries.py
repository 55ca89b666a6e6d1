"""Which country a number belongs to."""

import pytest

from wa_desktop.hours.countries import country_of_phone


@pytest.mark.parametrize(
    ("digits", "country"),
    [
        ("79991234567", "RU"),
        ("77011234567", "KZ"),
        ("12125550123", "US"),
        ("14165550123", "CA"),
        ("4915112345678", "DE"),
        ("447400123456", "GB"),
        ("33612345678", "FR"),
        ("870773111632", None),  # a satellite's
        ("99999999999", None),
        ("1", None),
    ],
)
def test_a_number_has_the_country_of_its_plan(digits: str, country: str | None) -> None:
    assert country_of_phone(digits) == country
