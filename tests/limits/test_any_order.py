"""Whatever is set, changed and sent in whatever order, no limit is exceeded and all ends.

More and longer stories: ``python -m tests.bench.model --of limits``.
"""

from collections.abc import Callable
from itertools import count
from pathlib import Path

from tests.bench.model.limits import LimitsMachine
from tests.bench.model.stage import Tally
from tests.bench.model.telling import tell
from tests.opened import open_ledger


def test_limits_hold_in_any_order_on_sqlite(tmp_path: Path) -> None:
    numbers = count()
    tally = Tally()
    tell(
        lambda: open_ledger(f"sqlite:///{tmp_path / str(next(numbers))}.db"),
        tally,
        LimitsMachine,
        examples=10,
        steps=30,
    )
    assert tally.granted > 20


def test_limits_hold_in_any_order_on_postgresql(postgres_databases: Callable[[], str]) -> None:
    tally = Tally()
    tell(lambda: open_ledger(postgres_databases()), tally, LimitsMachine, examples=5, steps=30)
    assert tally.granted > 5
