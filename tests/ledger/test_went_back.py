"""A ledger on PostgreSQL that lacks what it held before, by hand and without an engine."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.ledgers import add_account, check_counts, outcome, running, turn
from tests.opened import open_ledger
from wa_desktop.clock import now
from wa_desktop.contracts.held_back import held_back
from wa_desktop.errors import LedgerUnavailable
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.turns.proofs import LedgerWentBack
from wa_desktop.ledger.workers import LeaseLost


class Past:
    """A state of a database, kept to be brought back."""

    def __init__(self, url: str) -> None:
        self._name = urlsplit(url).path.removeprefix("/")
        self._server = url.removesuffix(self._name) + "postgres"
        self._do(f'CREATE DATABASE "{self._name}_past" TEMPLATE "{self._name}"')

    def bring_back(self) -> None:
        """Put it in the place of the present."""
        self._do(f'DROP DATABASE "{self._name}" WITH (FORCE)')
        self._do(f'ALTER DATABASE "{self._name}_past" RENAME TO "{self._name}"')

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (self._name,),
            )
            connection.execute(statement.encode())


@pytest.fixture
def ledger(made_postgres_url: str) -> Iterator[Ledger]:
    with closing(open_ledger(made_postgres_url)) as opened:
        add_account(opened)
        yield opened


def _reconnected(work: Callable[[], object]) -> None:
    """Do it on a connection that the server has not cut."""
    for _ in range(5):
        try:
            work()
        except LedgerUnavailable:
            continue
        return


def _past_of(ledger: Ledger, url: str) -> Past:
    past = Past(url)
    _reconnected(ledger.check)
    return past


def _sent_and_lost(ledger: Ledger, url: str) -> tuple[int, Contract]:
    """Three of five messages were sent, of which the ledger knows nothing any more."""
    contract = running(ledger, 5)
    worker = ledger.workers.register()
    turn(ledger, worker)
    past = _past_of(ledger, url)
    granted = turn(ledger, worker, free=3).granted
    assert len(granted) == 3
    turn(ledger, worker, outcomes=[outcome(granted[0])])
    past.bring_back()
    _reconnected(ledger.check)
    return worker, contract


def test_a_worker_finds_its_turns_missing_and_bars_all_sending(
    ledger: Ledger, made_postgres_url: str
) -> None:
    worker, contract = _sent_and_lost(ledger, made_postgres_url)
    with pytest.raises(LedgerWentBack) as found:
        turn(ledger, worker, free=5)
    assert len(found.value.sent) == 1
    counts = ledger.contracts.get(contract.id).counts
    assert (counts.in_doubt, counts.waiting) == (3, 2)
    check_counts(ledger, contract.id)
    pending = ledger.confirmation.pending()
    assert pending is not None
    assert "confirm-ledger" in pending.said
    later = ledger.workers.register()
    assert not turn(ledger, later, free=5).granted
    held = held_back(
        ledger.contracts.get(contract.id),
        ledger.accounts.get("acc"),
        ledger.workloads.read(now(), ["acc"]),
        now(),
    )
    assert held is not None
    assert "lacks its last changes" in held.reason


def test_a_confirmed_ledger_gives_out_what_was_not_sent(
    ledger: Ledger, made_postgres_url: str
) -> None:
    worker, contract = _sent_and_lost(ledger, made_postgres_url)
    with pytest.raises(LedgerWentBack):
        turn(ledger, worker)
    done = ledger.confirmation.confirm()
    assert done is not None
    assert done.in_doubt == 3
    assert ledger.confirmation.confirm() is None
    assert len(turn(ledger, ledger.workers.register(), free=5).granted) == 2
    check_counts(ledger, contract.id)


def test_what_the_lost_turns_knew_to_be_sent_is_sent_after_all(
    ledger: Ledger, made_postgres_url: str
) -> None:
    from dataclasses import replace

    worker, contract = _sent_and_lost(ledger, made_postgres_url)
    with pytest.raises(LedgerWentBack) as found:
        turn(ledger, worker)
    late = [replace(one, late_for=worker) for one in found.value.sent]
    turn(ledger, ledger.workers.register(), outcomes=late)
    counts = ledger.contracts.get(contract.id).counts
    assert (counts.sent, counts.in_doubt) == (1, 2)
    check_counts(ledger, contract.id)


def test_a_program_that_starts_anew_finds_it_by_the_file_of_the_one_before(
    ledger: Ledger, made_postgres_url: str, tmp_path: Path
) -> None:
    ledger.confirmation.look_at_earlier(tmp_path / "turns")
    _, contract = _sent_and_lost(ledger, made_postgres_url)
    with closing(open_ledger(made_postgres_url)) as later:
        later.confirmation.look_at_earlier(tmp_path / "turns")
        assert later.confirmation.pending() is not None
        assert later.contracts.get(contract.id).counts.in_doubt == 3
        check_counts(later, contract.id)
        assert not list((tmp_path / "turns").iterdir())


def test_a_worker_that_reports_after_the_confirmation_bars_nothing(
    ledger: Ledger, made_postgres_url: str
) -> None:
    worker, contract = _sent_and_lost(ledger, made_postgres_url)
    with closing(open_ledger(made_postgres_url)) as other:
        with pytest.raises(LedgerWentBack) as found:
            turn(ledger, worker)
        other.confirmation.confirm()
        other.confirmation.bar(found.value.lost)
        assert other.confirmation.pending() is None
    assert ledger.contracts.get(contract.id).counts.in_doubt == 3


def test_a_worker_that_was_taken_for_dead_did_not_see_the_ledger_go_back(ledger: Ledger) -> None:
    worker = ledger.workers.register()
    turn(ledger, worker)
    turn(ledger, worker)
    ledger.workers.bury(worker)
    with pytest.raises(LeaseLost) as found:
        turn(ledger, worker)
    assert not isinstance(found.value, LedgerWentBack)
    assert ledger.confirmation.pending() is None


def test_turns_of_a_clock_that_was_set_back_are_no_sign(ledger: Ledger) -> None:
    worker = ledger.workers.register()
    at = now()
    for moment in (at, at + 5, at - 60_000_000, at - 30_000_000):
        turn(ledger, worker, at=moment)
    assert ledger.confirmation.pending() is None
