"""Whatever is done to a ledger in whatever order, it stands as a plain model of it does.

More and longer stories: ``python -m tests.bench.model``.
"""

from collections.abc import Callable
from itertools import count
from pathlib import Path

from tests.bench.model.stage import Tally
from tests.bench.model.telling import tell
from tests.opened import open_ledger


def test_a_ledger_on_sqlite_is_what_a_plain_model_says(tmp_path: Path) -> None:
    numbers = count()
    tally = Tally()
    tell(
        lambda: open_ledger(f"sqlite:///{tmp_path / str(next(numbers))}.db"),
        tally,
        examples=12,
        steps=30,
    )
    assert tally.acts.total() > 100


def test_a_ledger_on_postgresql_is_what_a_plain_model_says(
    postgres_databases: Callable[[], str],
) -> None:
    tally = Tally()
    tell(lambda: open_ledger(postgres_databases()), tally, examples=3, steps=30)
    assert tally.acts.total() > 20
