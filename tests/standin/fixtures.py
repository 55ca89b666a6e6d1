"""The fixture ``cloud``: a stand-in of the test's own."""

from collections.abc import Iterator

import pytest

from tests.standin.client import StandIn


@pytest.fixture
def cloud() -> Iterator[StandIn]:
    """A fresh stand-in Cloud API that accepts everything at once."""
    with StandIn() as standin:
        yield standin
