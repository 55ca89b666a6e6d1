"""Two programs do everything at once on one ledger, and all adds up after it.

Longer: ``python -m tests.bench.stress``.
"""

from tests.bench.stress import stress


def test_two_programs_may_do_everything_at_once(ledger_url: str) -> None:
    tally = stress(ledger_url, seed=1, seconds=2)
    assert tally.troubles == []
    assert tally.acts["turns"] > 20
