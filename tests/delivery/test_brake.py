"""An engine beside a window keeps to its own ceiling, evenly."""

import pytest

from wa_desktop.clock import MILLISECOND, SECOND
from wa_desktop.delivery.brake import Brake

START = 1_000 * SECOND


def test_without_a_ceiling_nothing_is_held_back() -> None:
    brake = Brake(None)
    brake.spend(10_000, START)
    assert brake.allowed(START) >= 10_000
    assert brake.ready_at(START) == START


@pytest.mark.parametrize("per_second", [5.0, 100.0, 500.0])
def test_over_a_longer_time_no_more_go_than_the_ceiling_and_few_less(per_second: float) -> None:
    brake, at, sent = Brake(per_second), START, 0
    while at < START + 10 * SECOND:
        amount = brake.allowed(at)
        brake.spend(amount, at)
        sent += amount
        at = max(brake.ready_at(at), at + MILLISECOND)
    burst = max(1, per_second / 10)
    assert 10 * per_second * 0.99 - 1 <= sent <= 10 * per_second + burst


def test_rest_saves_up_no_more_than_a_tenth_of_a_second() -> None:
    brake = Brake(100.0)
    assert brake.allowed(START) == 10
    assert brake.allowed(START + 60 * SECOND) == 10


def test_a_spent_brake_says_when_it_is_ready() -> None:
    brake = Brake(100.0)
    brake.spend(brake.allowed(START), START)
    ready = brake.ready_at(START)
    assert ready == START + 10 * MILLISECOND
    assert brake.allowed(ready) == 1
    assert brake.ready_at(START + SECOND) == START + SECOND
