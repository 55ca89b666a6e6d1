"""One clock for all instants of a ledger: PostgreSQL's, whatever this computer's own shows."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise

import pytest

from tests.services.shifted_clock import ShiftedClock
from tests.slow_path import SlowPath
from wa_desktop.clock import MILLISECOND, SECOND, monotonic, wall_offset
from wa_desktop.clock import now as wall_now
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import LedgerClock, Sample, measure, now

HOUR = 3_600 * SECOND
SetClock = Callable[[float], None]


@pytest.fixture
def set_wall_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets this process's wall clock off by so many seconds."""
    real = time.time_ns
    shift = 0

    def set_to(seconds: float) -> None:
        nonlocal shift
        shift = round(seconds * 1e9)

    monkeypatch.setattr(time, "time_ns", lambda: real() + shift)
    return set_to


@pytest.fixture
def database(postgres_url: str) -> Iterator[Database]:
    with closing(Database(postgres_url)) as opened:
        yield opened


def _sample(offset: int, there: int, back: int) -> Sample:
    """As if the server's clock were ahead of the monotonic one by ``offset``."""
    before = monotonic() - there - back
    return Sample(before, before + there + offset, before + there + back)


@pytest.mark.parametrize("seconds", [-86_400, -90, 0, 90, 600])
def test_the_servers_time_is_taken_however_wrong_this_computers_clock_is(
    database: Database, set_wall_clock: SetClock, seconds: int
) -> None:
    right = wall_now()
    set_wall_clock(seconds)
    assert abs(now(database) - right) < 5 * SECOND
    ahead = database.clock.ahead()
    assert ahead is not None
    assert abs(ahead - seconds * SECOND) < SECOND


def test_a_wall_clock_that_is_set_later_moves_nothing(
    database: Database, set_wall_clock: SetClock
) -> None:
    before = now(database)
    set_wall_clock(600)
    assert database.clock.was_disturbed
    assert 0 <= now(database) - before < 10 * SECOND
    assert not database.clock.was_disturbed


def test_the_clock_can_be_read_inside_transactions_of_all_kinds(database: Database) -> None:
    before = now(database)
    with database.read():
        measure(database)
    with database.write():
        measure(database)
    with database.write(piped=True):
        measure(database)
    assert 0 <= now(database) - before < 30 * SECOND


def test_on_sqlite_it_is_this_computers_clock(sqlite_url: str, set_wall_clock: SetClock) -> None:
    with closing(Database(sqlite_url)) as database:
        for seconds in (0, 600, -600):
            set_wall_clock(seconds)
            assert abs(now(database) - wall_now()) < SECOND
            assert database.clock.ahead() is None
            assert not database.clock.was_disturbed


@pytest.mark.parametrize("seconds", [-600.0, 0.5, 600.0])
def test_a_servers_clock_that_was_set_is_followed(postgres_url: str, seconds: float) -> None:
    server = ShiftedClock(postgres_url)
    with closing(Database(postgres_url)) as database:
        before = now(database)
        server.set(seconds)
        measure(database)
        assert abs(now(database) - before - seconds * SECOND) < 10 * SECOND
        ahead = database.clock.ahead()
        assert ahead is not None
        assert abs(ahead + seconds * SECOND) < 0.4 * SECOND


def test_a_path_of_300_ms_costs_no_more_precision_than_its_directions_differ(
    postgres_url: str,
) -> None:
    with (
        SlowPath(postgres_url, there=0.15, back=0.15) as path,
        closing(Database(path.url)) as database,
    ):
        measure(database)
        assert abs(database.clock.offset() - wall_offset()) < 60 * MILLISECOND


def test_samples_with_a_long_round_trip_change_nothing_that_a_short_one_has_shown() -> None:
    clock = LedgerClock(of_server=True)
    clock.note(_sample(HOUR, 1 * MILLISECOND, 1 * MILLISECOND))
    known = clock.offset()
    clock.note(_sample(HOUR, 2 * MILLISECOND, 5 * SECOND))
    clock.note(_sample(HOUR, 5 * SECOND, 2 * MILLISECOND))
    assert abs(clock.offset() - known) < 2 * MILLISECOND


def test_a_shorter_round_trip_betters_what_a_long_one_has_shown() -> None:
    clock = LedgerClock(of_server=True)
    clock.note(_sample(HOUR, 10 * MILLISECOND, 2 * SECOND))
    assert abs(clock.offset() - HOUR) > 900 * MILLISECOND
    clock.note(_sample(HOUR, 1 * MILLISECOND, 1 * MILLISECOND))
    assert abs(clock.offset() - HOUR) < 2 * MILLISECOND


def test_a_clock_that_drifts_is_followed_without_a_step() -> None:
    clock = LedgerClock(of_server=True)
    base = monotonic()
    offsets = []
    for second in range(0, 3_600, 2):  # 50 microseconds a second, for an hour
        theirs = base + second * SECOND + HOUR + second * 50
        sent = base + second * SECOND
        clock.note(Sample(sent - MILLISECOND, theirs, sent + MILLISECOND))
        offsets.append(clock.offset())
    assert abs(offsets[-1] - HOUR - 3_600 * 50) < 2 * MILLISECOND
    assert max(abs(b - a) for a, b in pairwise(offsets)) < 5 * MILLISECOND


@pytest.mark.parametrize("step", [-HOUR, -SECOND, 120 * MILLISECOND, HOUR])
def test_a_turn_by_another_time_than_the_servers_does_not_agree(step: int) -> None:
    clock = LedgerClock(of_server=True)
    clock.note(_sample(HOUR, MILLISECOND, MILLISECOND))
    asked_at = monotonic()
    assert clock.agrees(clock.offset(), asked_at, monotonic() + HOUR)
    asked_at = monotonic()
    before = clock.offset()
    assert not clock.agrees(before, asked_at, monotonic() + HOUR + step)
    assert abs(clock.offset() - HOUR - step) < 10 * MILLISECOND
    assert clock.agrees(None, monotonic(), monotonic() + HOUR)
    assert clock.agrees(HOUR, monotonic(), None)
