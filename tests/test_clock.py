"""The clock that an engine goes by: nobody can set it, and it follows when it is told to."""

from wa_desktop.clock import SECOND, SteadyClock, now

HOUR = 3_600 * SECOND


def _set_by(clock: SteadyClock, step: int) -> None:
    """As if the wall clock had been set by so much since the clock was made."""
    clock._offset -= step


def test_a_steady_clock_shows_the_time_and_only_goes_on() -> None:
    clock = SteadyClock()
    moments = [clock.now() for _ in range(100)]
    assert moments == sorted(moments)
    assert abs(moments[-1] - now()) < SECOND


def test_a_wall_clock_that_is_set_shows_as_drift_until_it_is_followed() -> None:
    for step in (HOUR, -HOUR):
        clock = SteadyClock()
        _set_by(clock, step)
        before = clock.now()
        assert abs(clock.drift() - step) < SECOND
        assert abs(clock.follow() - step) < SECOND
        assert abs(clock.now() - before - step) < SECOND
        assert abs(clock.drift()) < SECOND


def test_a_correction_of_the_clock_is_followed_without_a_word() -> None:
    clock = SteadyClock()
    _set_by(clock, SECOND // 1_000)
    assert clock.follow() == 0


def test_a_clock_goes_by_the_source_that_it_is_given_however_the_wall_clock_is_set() -> None:
    ahead = 0
    clock = SteadyClock(lambda: ahead, step=SECOND)
    before = clock.now()
    ahead = HOUR
    assert clock.follow() == HOUR
    assert clock.offset == HOUR
    assert 0 <= clock.now() - before - HOUR < SECOND
    ahead += SECOND // 2
    assert clock.follow() == 0
    assert clock.offset == ahead


def test_a_wall_clock_that_is_set_shows_as_drift_beside_another_source_too() -> None:
    clock = SteadyClock(lambda: 0)
    clock._wall -= HOUR
    assert abs(clock.drift() - HOUR) < SECOND
    assert clock.follow() == 0
    assert abs(clock.drift()) < SECOND
