"""The desk on either engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.limits.desk import Desk, open_desk


@pytest.fixture
def desk(ledger_url: str, tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(ledger_url, tmp_path)
    yield opened
    opened.ledger.close()
