"""Waits grow, stay within bounds and do not fall together."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.delivery.backoff import ceiling, exponential, pair_rate, wait_before_retry
from wa_desktop.error_table import reaction_for

attempts = st.integers(1, 10_000)
seeds = st.integers(0, 2**32)


@given(attempts, seeds)
def test_an_exponential_wait_stays_within_its_span(attempt: int, seed: int) -> None:
    wait = exponential(attempt, random.Random(seed), base=2.0, cap=300.0)
    assert 0.0 <= wait <= min(300.0, 2.0 * 2 ** min(attempt - 1, 60))


def test_the_span_doubles_until_the_cap() -> None:
    spans = [ceiling(attempt, base=2.0, factor=2.0, cap=30.0) for attempt in range(1, 7)]
    assert spans == [2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_waits_spread_over_the_whole_span() -> None:
    rng = random.Random(1)
    waits = [exponential(4, rng, base=2.0, cap=300.0) for _ in range(1000)]
    assert min(waits) < 1.0
    assert max(waits) > 15.0
    assert 7.0 < sum(waits) / len(waits) < 9.0


@given(st.integers(0, 1000), seeds)
def test_a_pair_waits_at_least_four_to_the_power_of_its_tries(tries: int, seed: int) -> None:
    floor = min(4.0 ** min(tries, 64), 4096.0)
    assert floor <= pair_rate(tries, random.Random(seed)) <= floor * 1.25


def test_the_same_seed_gives_the_same_wait() -> None:
    assert exponential(3, random.Random(5)) == exponential(3, random.Random(5))


@pytest.mark.parametrize("attempt", [0, -1])
def test_attempts_count_from_one(attempt: int) -> None:
    with pytest.raises(ValueError, match="count from 1"):
        exponential(attempt, random.Random())


@given(st.sampled_from([1, 131000, 131016, 131049, 131056, 132069, 424242]), attempts, seeds)
def test_a_rule_s_wait_is_within_its_bounds(code: int, attempt: int, seed: int) -> None:
    rule = reaction_for(code)
    wait = wait_before_retry(rule, attempt, random.Random(seed))
    assert rule.wait_first / 2 <= wait <= rule.wait_cap * 1.25


def test_what_the_provider_asks_for_is_the_least() -> None:
    rule = reaction_for(130429)
    assert wait_before_retry(rule, 1, random.Random(), asked=90.0) == 90.0
    assert wait_before_retry(rule, 1, random.Random(), asked=0.0) <= 1.0


def test_the_first_pair_wait_is_a_second_and_the_second_four() -> None:
    rule = reaction_for(131056)
    assert 1.0 <= wait_before_retry(rule, 1, random.Random()) <= 1.25
    assert 4.0 <= wait_before_retry(rule, 2, random.Random()) <= 5.0
