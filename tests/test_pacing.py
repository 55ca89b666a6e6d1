"""A throttled account is halved at once, climbs back by steps, and waits as it was told."""

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wa_desktop.clock import SECOND
from wa_desktop.pacing import (
    CLIMB_EVERY,
    FASTEST,
    SLOWEST,
    UNSLOWED,
    Pace,
    climbed,
    throttled,
    wait_after_throttle,
)

AT = 1_700_000_000 * SECOND
rates = st.floats(0.001, FASTEST)
ceilings = st.none() | rates
paces = st.builds(Pace, st.none() | rates, st.integers(AT - 10**9, AT + 10**9))


@pytest.mark.parametrize(
    ("pace", "ceiling", "measured", "halved"),
    [
        (UNSLOWED, 80.0, 60.0, 40.0),
        (UNSLOWED, None, 60.0, 30.0),
        (UNSLOWED, None, None, 40.0),
        (UNSLOWED, None, 0.0, 40.0),
        (Pace(30.0, 0), 80.0, 60.0, 20.0),
        (Pace(10.0, 0), 80.0, 60.0, 10.0),
        (Pace(100.0, 0), 20.0, 60.0, 10.0),
        (Pace(1 / 60, 0), 80.0, None, 1 / 60),
        (UNSLOWED, 1 / 3600, None, 1 / 7200),
        (Pace(25.0, 0), None, None, 20.0),
    ],
)
def test_throttling_halves_the_present_rate(
    pace: Pace, ceiling: float | None, measured: float | None, halved: float
) -> None:
    assert throttled(pace, ceiling, measured, AT) == Pace(halved, AT)


def test_a_burst_of_refusals_halves_once() -> None:
    pace = throttled(UNSLOWED, 80.0, None, AT)
    for later in (0, SECOND // 2, SECOND - 1):
        assert throttled(pace, 80.0, None, AT + later) == pace
    assert throttled(pace, 80.0, None, AT + SECOND) == Pace(20.0, AT + SECOND)


def test_a_clock_set_back_a_day_does_not_hide_a_refusal() -> None:
    earlier = AT - 86_400 * SECOND
    assert throttled(Pace(40.0, AT), 80.0, None, earlier) == Pace(20.0, earlier)
    assert climbed(Pace(40.0, AT), 80.0, earlier) == Pace(40.0, earlier)


def test_the_way_back_to_a_ceiling_is_a_tenth_of_it_every_five_seconds() -> None:
    pace = Pace(40.0, AT)
    assert climbed(pace, 80.0, AT + CLIMB_EVERY - 1) == pace
    assert climbed(pace, 80.0, AT + CLIMB_EVERY) == Pace(48.0, AT + CLIMB_EVERY)
    assert climbed(pace, 80.0, AT + 2 * CLIMB_EVERY + 3) == Pace(56.0, AT + 2 * CLIMB_EVERY)
    assert climbed(pace, 80.0, AT + 5 * CLIMB_EVERY) == Pace(None, AT + 5 * CLIMB_EVERY)


def test_the_way_back_without_a_ceiling_is_a_fifth_every_five_seconds() -> None:
    assert climbed(Pace(100.0, AT), None, AT + CLIMB_EVERY).per_second == pytest.approx(120.0)
    assert climbed(Pace(100.0, AT), None, AT + 13 * CLIMB_EVERY).per_second is None


def test_a_ceiling_lowered_below_the_rate_takes_its_place() -> None:
    assert climbed(Pace(40.0, AT), 20.0, AT + 1) == Pace(None, AT + 1)
    assert Pace(40.0, AT).within(20.0) == 20.0
    assert Pace(10.0, AT).within(20.0) == 10.0
    assert UNSLOWED.within(None) is None


@given(paces, ceilings, st.none() | rates)
def test_a_throttled_rate_lies_between_half_of_the_present_one_and_itself(
    pace: Pace, ceiling: float | None, measured: float | None
) -> None:
    slower = throttled(pace, ceiling, measured, AT)
    assert slower.per_second is not None
    present = pace.within(ceiling) or measured or 80.0
    if slower != pace:
        assert present / 2 <= slower.per_second <= present
        assert slower.per_second >= min(SLOWEST, (ceiling or 4 * present) / 4, present)


@given(paces, ceilings, st.integers(0, 10**12))
def test_a_climb_only_raises_and_ends_at_the_ceiling(
    pace: Pace, ceiling: float | None, passed: int
) -> None:
    after = climbed(pace, ceiling, pace.changed_at + passed)
    if after.per_second is not None:
        assert pace.per_second is not None
        assert pace.per_second <= after.per_second < (ceiling or FASTEST)
        assert pace.changed_at <= after.changed_at <= pace.changed_at + passed


@given(rates, ceilings, st.lists(st.integers(0, 20 * SECOND), max_size=20))
def test_many_looks_climb_as_far_as_one(
    rate: float, ceiling: float | None, pauses: list[int]
) -> None:
    assume(rate < (ceiling or FASTEST))
    at, pace = AT, Pace(rate, AT)
    for pause in pauses:
        at += pause
        pace = climbed(pace, ceiling, at)
    whole = climbed(Pace(rate, AT), ceiling, at).per_second
    top = ceiling or FASTEST
    assert (pace.per_second or top) == pytest.approx(whole or top)


@given(st.integers(1, 10_000), st.integers(0, 2**32))
def test_an_untold_wait_lasts_one_to_thirty_seconds(tries: int, seed: int) -> None:
    assert 1.0 <= wait_after_throttle(None, tries, random.Random(seed)) <= 30.0


def test_untold_waits_grow() -> None:
    rng = random.Random(1)
    means = [sum(wait_after_throttle(None, n, rng) for _ in range(200)) / 200 for n in range(1, 6)]
    assert means == sorted(means)
    assert means[-1] > 20


@pytest.mark.parametrize("told", [0.5, 7.0, 3600.0])
def test_a_told_wait_is_kept(told: float) -> None:
    assert wait_after_throttle(told, 3, random.Random()) == told


def test_a_told_wait_of_nothing_is_no_answer() -> None:
    assert wait_after_throttle(0.0, 1, random.Random()) >= 1.0


def test_tries_count_from_one() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        wait_after_throttle(None, 0, random.Random())
