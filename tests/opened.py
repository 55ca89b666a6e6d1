"""Opened ledgers and programs, closed at the end: ``ledger``, ``place``, ``program``."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledgers import SLICE
from tests.programs import Place
from wa_desktop.app import Program
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.sql import slices
from wa_desktop.ledger.vault import Vault

PASSPHRASE = "a passphrase of the tests"


def open_ledger(url: str) -> Ledger:
    """A ledger that the caller closes."""
    return Ledger.open(url, Vault.from_passphrase(PASSPHRASE))


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger; the test runs once on each engine."""
    opened = open_ledger(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def even_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of ``SLICE`` rows each, however long they take."""
    monkeypatch.setattr(slices, "SMALLEST", SLICE)
    monkeypatch.setattr(slices, "LARGEST", SLICE)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of an empty ledger on SQLite."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def sqlite_ledger(sqlite_url: str) -> Iterator[Ledger]:
    """An empty ledger on SQLite, where the engine makes no difference."""
    opened = open_ledger(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def place(home: Path, ledger_url: str, queue_url: str | None) -> Place:
    """Where a program lives; the test runs once on each of the four pairs of stores."""
    return Place(home, ledger_url, queue_url)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    """An opened program that does not send yet, once on each of the four pairs."""
    with Program.open(place.settings()) as opened:
        yield opened


@pytest.fixture
def light_program(home: Path, sqlite_url: str) -> Iterator[Program]:
    """An opened program on SQLite alone, where the stores make no difference."""
    with Program.open(Place(home, sqlite_url, None).settings()) as opened:
        yield opened
