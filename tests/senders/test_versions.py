"""When a version of the provider's API ends, and from when on that is said."""

from datetime import date, timedelta

import pytest

from wa_desktop.ledger.records import DEFAULT_API_VERSION
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.senders.versions import WARN_BEFORE, end_of, ends_soon

END_OF_23 = date(2027, 10, 8)


@pytest.mark.parametrize(
    ("version", "end"),
    [
        ("v21.0", date(2027, 1, 21)),
        ("v22.0", date(2027, 5, 20)),
        ("v23.0", END_OF_23),
        ("v24.0", date(2028, 2, 18)),
        ("v25.0", date(2028, 7, 29)),
        ("v17.0", date(2026, 9, 24)),
        ("v99.0", None),
        ("latest", None),
    ],
)
def test_each_version_has_its_end_and_older_ones_have_ended(version: str, end: date | None) -> None:
    assert end_of(version) == end


def test_an_end_is_said_120_days_before_and_ever_after() -> None:
    assert timedelta(days=120) == WARN_BEFORE
    assert not ends_soon("v23.0", END_OF_23 - timedelta(days=120))
    assert ends_soon("v23.0", END_OF_23 - timedelta(days=119))
    assert ends_soon("v23.0", END_OF_23 + timedelta(days=1_000))
    assert not ends_soon("v99.0", END_OF_23 + timedelta(days=10_000))


def test_the_default_is_the_same_everywhere_and_in_the_list() -> None:
    assert CloudApiSettings("1", "t").api_version == DEFAULT_API_VERSION == "v25.0"
    assert end_of(DEFAULT_API_VERSION) is not None
