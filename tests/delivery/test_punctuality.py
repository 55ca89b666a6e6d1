"""Messages that are late for their slots: few are given back, never all."""

from wa_desktop.clock import MILLISECOND, SECOND
from wa_desktop.delivery.punctuality import Punctuality

EIGHTY = SECOND / 80


def test_what_is_in_time_for_its_slot_goes_out() -> None:
    punctuality = Punctuality()
    assert not any(punctuality.gives_back(12 * MILLISECOND, EIGHTY) for _ in range(1_000))
    assert not punctuality.gives_back(9 * MILLISECOND, SECOND / 1_000)
    assert not punctuality.gives_back(59 * SECOND, 60 * SECOND)


def test_what_would_share_its_second_with_those_in_time_is_given_back() -> None:
    assert Punctuality().gives_back(13 * MILLISECOND, EIGHTY)
    assert Punctuality().gives_back(11 * MILLISECOND, SECOND / 1_000)


def test_a_machine_that_is_always_late_sends_all_the_same() -> None:
    punctuality = Punctuality()
    given_back = sum(punctuality.gives_back(SECOND, EIGHTY) for _ in range(10_000))
    assert given_back == 20


def test_one_in_a_hundred_may_be_given_back_for_long() -> None:
    punctuality = Punctuality()
    given_back = sum(
        punctuality.gives_back(SECOND if number % 100 == 0 else 0, EIGHTY)
        for number in range(20_000)
    )
    assert given_back >= 190
