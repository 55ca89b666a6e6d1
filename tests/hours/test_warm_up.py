"""A warm-up plan: its days, its caps, its form."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.errors import InvalidInput
from wa_desktop.hours.warm_up import DAY, WarmUp, day_of, until

START = 1_700_000_000_000_000
PLAN = WarmUp((50, 100, 200))


def test_each_day_has_its_cap_and_after_the_last_there_is_none() -> None:
    assert [PLAN.cap_on(day) for day in (1, 2, 3, 4, 400)] == [50, 100, 200, None, None]


@pytest.mark.parametrize(
    ("passed", "day"), [(0, 1), (DAY - 1, 1), (DAY, 2), (2 * DAY, 3), (-5, 1), (-3 * DAY, 1)]
)
def test_a_day_is_twenty_four_hours_from_the_start(passed: int, day: int) -> None:
    assert day_of(START, START + passed) == day


@given(st.integers(-DAY, 400 * DAY))
def test_the_present_day_ends_within_a_day_and_then_the_next_begins(passed: int) -> None:
    at = START + passed
    end = until(START, at)
    assert end > at
    assert end - max(at, START) <= DAY
    assert day_of(START, end) == day_of(START, at) + 1


def test_days_count_from_one() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        PLAN.cap_on(0)


def test_json_there_and_back() -> None:
    assert WarmUp.from_json([50, 100, 200]) == PLAN
    assert PLAN.to_json() == [50, 100, 200]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (None, "warmUp"),
        ([], "warmUp"),
        ({"1": 50}, "warmUp"),
        ([1] * 367, "warmUp"),
        ([50, 0], "warmUp[1]"),
        ([50, "100"], "warmUp[1]"),
        ([True], "warmUp[0]"),
        ([1.5], "warmUp[0]"),
        ([1_000_001], "warmUp[0]"),
    ],
)
def test_what_is_wrong_is_named(value: Any, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        WarmUp.from_json(value)
    assert [problem.at for problem in caught.value.problems] == [place]
