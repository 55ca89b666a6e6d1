"""The desk on either engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.model.stage import HandClock, hand_driven
from tests.limits.desk import NOON, Desk, open_desk


@pytest.fixture
def desk(ledger_url: str, tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(ledger_url, tmp_path)
    yield opened
    opened.ledger.close()


@pytest.fixture
def clock() -> Iterator[HandClock]:
    """The desk's moments and the program's clock are one."""
    hand = HandClock(NOON)
    with hand_driven(hand):
        yield hand
