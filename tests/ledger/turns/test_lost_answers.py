"""Turns whose answer was lost: what they did is found, and done again it changes nothing."""

import threading
from collections.abc import Iterator

import psycopg
import pytest

from tests.ledgers import (
    add_account,
    check_counts,
    execute,
    in_flight,
    outcome,
    running,
    turn,
    value,
    waiting_for_locks,
)
from tests.opened import open_ledger
from tests.waiting import wait_until
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.lifetimes import USUAL
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.ledger.turns.turn import CycleResult, Turn, Want

CAPPED = 131049
"""A refusal that is counted for each person."""

_TABLES = ("events", "minutes", "suppressions", "person_tries")


@pytest.fixture
def postgres_ledger(made_postgres_url: str) -> Iterator[Ledger]:
    opened = open_ledger(made_postgres_url)
    yield opened
    opened.close()


def _written(ledger: Ledger) -> list[object]:
    """All that settling writes, but for the moments of it."""
    counts = [value(ledger, f"SELECT COUNT(1) FROM {one}") for one in _TABLES]
    sums = value(ledger, "SELECT COALESCE(SUM(sent + failed + retried + in_doubt), 0) FROM minutes")
    tries = value(ledger, "SELECT COALESCE(SUM(tries), 0) FROM person_tries")
    attempts = value(ledger, "SELECT SUM(attempts + refusals) FROM messages")
    return [*counts, sums, tries, attempts, in_flight(ledger)]


@pytest.mark.parametrize("kind", list(OutcomeKind))
def test_an_outcome_that_is_settled_twice_counts_once(ledger: Ledger, kind: OutcomeKind) -> None:
    add_account(ledger)
    contract = running(ledger, 3)
    execute(ledger, "UPDATE accounts SET kind = 'cloud_api'")
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=3).granted
    due = now() + 3600 * SECOND if kind is OutcomeKind.RETRY else None
    code = CAPPED if kind in (OutcomeKind.RETRY, OutcomeKind.FAILED) else None
    ends = [outcome(one, kind, due_at=due, code=code) for one in granted]
    turn(ledger, worker, outcomes=ends)
    once = _written(ledger)
    turn(ledger, worker, outcomes=ends)
    assert _written(ledger) == once
    check_counts(ledger, contract.id)


def test_what_a_worker_holds_is_known_with_the_time_of_its_last_sign(ledger: Ledger) -> None:
    add_account(ledger)
    running(ledger, 2)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=2).granted
    held = ledger.holdings.of(worker)
    assert held.messages == {one.message_id: "acc" for one in granted}
    assert held.last_seen is not None
    ledger.workers.bury(worker)
    assert ledger.holdings.of(worker).messages == {}


def test_the_look_at_what_a_worker_holds_waits_for_a_commit_that_is_still_on_its_way(
    made_postgres_url: str, postgres_ledger: Ledger
) -> None:
    ledger = postgres_ledger
    add_account(ledger)
    running(ledger, 1)
    worker = ledger.workers.register()
    found: list[dict[int, str]] = []
    look = threading.Thread(target=lambda: found.append(dict(ledger.holdings.of(worker).messages)))
    with psycopg.connect(made_postgres_url) as lost:  # what a cut turn has done at the server
        lost.execute("SELECT 1 FROM workers WHERE id = %s FOR UPDATE", (worker,))
        lost.execute("UPDATE messages SET state = 4, claimed_by = %s", (worker,))
        look.start()
        wait_until(lambda: waiting_for_locks(made_postgres_url) == 1, "the look to wait")
        assert found == []
        lost.commit()
    look.join(10)
    assert [len(one) for one in found] == [1]


def test_a_pause_of_the_queue_that_a_turn_waited_for_holds_for_that_turn(
    made_postgres_url: str, postgres_ledger: Ledger
) -> None:
    ledger = postgres_ledger
    add_account(ledger)
    running(ledger, 3)
    worker = ledger.workers.register()
    results: list[CycleResult] = []
    claim = Turn(worker, now(), wants=(Want("acc", 3),))
    claiming = threading.Thread(target=lambda: results.append(ledger.cycle.run(claim)))
    with psycopg.connect(made_postgres_url) as pausing:
        pausing.execute("SELECT id FROM accounts ORDER BY id FOR NO KEY UPDATE")
        pausing.execute("INSERT INTO ledger_info (name, value) VALUES ('paused:messages', '1')")
        claiming.start()
        wait_until(lambda: waiting_for_locks(made_postgres_url) == 1, "the turn to wait")
        pausing.commit()
    claiming.join(10)
    assert [one.granted for one in results] == [()]


def test_a_lifetime_is_declared_with_its_grants_and_ends_with_its_worker(ledger: Ledger) -> None:
    assert ledger.lifetimes.longest() == USUAL
    quick, slow = ledger.workers.register(), ledger.workers.register()
    ledger.cycle.run(Turn(slow, now(), lifetime=8 * USUAL))
    ledger.cycle.run(Turn(quick, now(), lifetime=2 * USUAL))
    assert ledger.lifetimes.longest() == 8 * USUAL
    ledger.workers.bury(slow)
    assert ledger.lifetimes.longest() == 2 * USUAL
    ledger.cycle.run(Turn(quick, now(), lifetime=USUAL))
    assert ledger.lifetimes.longest() == USUAL
    assert value(ledger, "SELECT COUNT(1) FROM ledger_info WHERE name LIKE 'grants:%'") == 0
