"""The fixtures ``api`` (shared by all tests of a worker) and ``fresh_api`` (the test's own)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.api import Api, served


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A served API that others use too: make accounts and contracts of your own."""
    with served(tmp_path_factory.mktemp("api")) as one:
        yield one


@pytest.fixture
def fresh_api(tmp_path: Path) -> Iterator[Api]:
    """A served API with an empty ledger."""
    with served(tmp_path) as one:
        yield one
