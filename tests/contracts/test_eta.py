"""The time when a contract will be done, against cases worked out by hand."""

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.clock import SECOND, from_datetime, from_seconds
from wa_desktop.contracts.eta import PaceFacts, Spent, ZoneShare, eta
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.hours.warm_up import DAY, WarmUp
from wa_desktop.pacing import Pace

AT = 1_782_864_000 * SECOND
HOUR = 3600 * SECOND
NIGHT = QuietHours(time(21), time(9))
ONE_A_SECOND = PaceFacts(per_second=1.0)


def _utc(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("remaining", "facts", "seconds"),
    [
        (100, PaceFacts(per_second=20 / 60), 300.0),
        (80, PaceFacts(concurrency=4, latency=0.5), 10.0),
        (80, PaceFacts(per_second=20.0, concurrency=4, latency=0.5), 10.0),
        (80, PaceFacts(per_second=2.0, concurrency=4, latency=0.5), 40.0),
        (5_000, PaceFacts(), 5.0),  # nothing known: the provider's highest rate
        (0, ONE_A_SECOND, 0.0),
        (60, PaceFacts(per_second=1.0, start_at=AT + HOUR), 3660.0),
        (60, PaceFacts(per_second=1.0, start_at=AT - HOUR), 60.0),
        (60, PaceFacts(per_second=1.0, start_at=AT + HOUR, held_until=AT + 2 * HOUR), 7260.0),
        # Slowed to 40 of 80: 200 in 5 s, 240 in 5 s, the other 160 at 56 a second.
        (600, PaceFacts(per_second=80.0, pace=Pace(40.0, AT)), 10 + 160 / 56),
        # Slowed to 100 without a ceiling: 500 in 5 s, the other 300 at 120 a second.
        (800, PaceFacts(pace=Pace(100.0, AT)), 7.5),
    ],
)
def test_rates_add_up(remaining: int, facts: PaceFacts, seconds: float) -> None:
    assert eta(remaining, facts, AT) == pytest.approx(AT + from_seconds(seconds), abs=5)


def test_a_daily_limit_goes_on_a_day_after_its_places_were_taken() -> None:
    # 250 at once, 250 a day after the last of them, 100 a day after that.
    facts = PaceFacts(per_second=1.0, daily_limit=250)
    assert eta(600, facts, AT) == pytest.approx(AT + 2 * DAY + 600 * SECOND, abs=5)


def test_what_the_last_day_spent_comes_back_when_it_is_a_day_old() -> None:
    # 40 places are left; 60 come free in an hour.
    facts = PaceFacts(per_second=1.0, daily_limit=100, spent=(Spent(AT - 23 * HOUR, 60),))
    assert eta(100, facts, AT) == pytest.approx(AT + HOUR + 60 * SECOND, abs=5)


def test_more_spent_than_the_limit_allows_now_only_waits() -> None:
    spent = (Spent(AT - 20 * HOUR, 90), Spent(AT - 22 * HOUR, 30))
    facts = PaceFacts(per_second=1.0, daily_limit=100, spent=spent)
    # After 2 hours 90 of 100 are taken still, after 4 hours none.
    assert eta(50, facts, AT) == pytest.approx(AT + 4 * HOUR + 40 * SECOND, abs=5)


@pytest.mark.parametrize(("sent", "on_the_last_day"), [(0, 50), (30, 80)])
def test_a_warm_up_plan_gives_each_day_its_share(sent: int, on_the_last_day: int) -> None:
    facts = PaceFacts(per_second=1.0, warm_up=WarmUp((50, 100)), warm_up_from=AT, warm_up_sent=sent)
    expected = AT + 2 * DAY + on_the_last_day * SECOND
    assert eta(200, facts, AT) == pytest.approx(expected, abs=5)


def test_a_start_on_another_day_of_the_plan_begins_with_that_day_s_cap() -> None:
    plan = WarmUp((50, 100))
    facts = PaceFacts(
        per_second=1.0, warm_up=plan, warm_up_from=AT, warm_up_sent=50, start_at=AT + DAY
    )
    assert eta(100, facts, AT) == pytest.approx(AT + DAY + 100 * SECOND, abs=5)


@pytest.mark.parametrize(
    ("zone", "hours", "at", "done"),
    [
        # A minute before the night 60 go out, the other 60 after it.
        ("Europe/Berlin", NIGHT, "2026-07-01T18:59", "2026-07-02T07:01"),
        ("Europe/Berlin", NIGHT, "2026-03-28T19:59", "2026-03-29T07:01"),
        ("Europe/Berlin", NIGHT, "2026-10-24T18:59", "2026-10-25T08:01"),
        ("Asia/Kolkata", NIGHT, "2026-07-01T15:29", "2026-07-02T03:31"),
        ("America/Sao_Paulo", NIGHT, "2018-11-03T23:59", "2018-11-04T11:01"),
        ("Asia/Kolkata", NIGHT, "2028-02-28T15:29", "2028-02-29T03:31"),
        ("Asia/Kolkata", NIGHT, "2028-02-29T15:29", "2028-03-01T03:31"),
        ("Australia/Lord_Howe", QuietHours(time(0), time(2, 15)), "2026-10-03T13:29",
         "2026-10-03T15:31"),
        ("Australia/Lord_Howe", QuietHours(time(0), time(1, 45)), "2026-04-04T12:59",
         "2026-04-04T15:16"),
    ],
)  # fmt: skip
def test_a_night_is_waited_out(zone: str, hours: QuietHours, at: str, done: str) -> None:
    facts = PaceFacts(per_second=1.0, quiet_hours=hours, zones=(ZoneShare(zone, 1.0),))
    assert eta(120, facts, _utc(at)) == pytest.approx(_utc(done), abs=5)


def test_quiet_hours_without_zones_go_by_their_own_clock() -> None:
    hours = QuietHours(time(21), time(9), "Europe/Berlin")
    facts = PaceFacts(per_second=1.0, quiet_hours=hours)
    assert eta(60, facts, _utc("2026-07-01T20:00")) == pytest.approx(
        _utc("2026-07-02T07:01"), abs=5
    )


def test_each_zone_is_sent_to_in_its_own_day() -> None:
    zones = (ZoneShare("Europe/Berlin", 0.5), ZoneShare("Asia/Kolkata", 0.5))
    facts = PaceFacts(per_second=1.0, quiet_hours=NIGHT, zones=zones)
    # 09:30 in Kolkata: its half goes now. 09:00 in Berlin is three hours later.
    at = _utc("2026-07-01T04:00")
    assert eta(100, facts, at) == pytest.approx(_utc("2026-07-01T07:00") + 50 * SECOND, abs=5)
    # Both are awake: together they take as long as one.
    awake = _utc("2026-07-01T08:00")
    assert eta(100, facts, awake) == pytest.approx(awake + 100 * SECOND, abs=5)


@pytest.mark.parametrize(
    "facts",
    [PaceFacts(daily_limit=0), PaceFacts(per_second=0.0), PaceFacts(concurrency=0)],
)
def test_what_can_never_be_sent_has_no_end(facts: PaceFacts) -> None:
    assert eta(1, facts, AT) is None


def test_a_million_at_250_a_day_take_four_thousand_days() -> None:
    done = eta(1_000_000, PaceFacts(per_second=20 / 60, daily_limit=250), AT)
    assert done is not None
    assert (done - AT) / DAY == pytest.approx(4_000, rel=0.02)


@given(
    st.integers(0, 100_000),
    st.integers(1, 50_000),
    st.sampled_from([0.1, 1.0, 80.0, None]),
    st.sampled_from([None, 250, 2_000]),
    st.sampled_from([None, NIGHT]),
    st.sampled_from([None, WarmUp((20, 40, 80))]),
    st.integers(0, 365 * 24),
)
def test_more_messages_are_never_done_earlier(
    remaining: int,
    more: int,
    rate: float | None,
    daily: int | None,
    quiet: QuietHours | None,
    warm_up: WarmUp | None,
    hour: int,
) -> None:
    at = AT + hour * HOUR
    facts = PaceFacts(
        per_second=rate,
        daily_limit=daily,
        quiet_hours=quiet,
        warm_up=warm_up,
        warm_up_from=at,
        zones=(ZoneShare("Europe/Berlin", 0.7), ZoneShare("Asia/Kolkata", 0.3)),
    )
    first, second = eta(remaining, facts, at), eta(remaining + more, facts, at)
    assert first is not None
    assert second is not None
    # Beyond the events that are looked at one by one, the mean rate may be off by a little.
    assert at <= first <= second + (second - at) // 20
