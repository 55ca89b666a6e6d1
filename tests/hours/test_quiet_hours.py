"""Nobody is written to in their night, whatever the clocks do in it."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.clock import SECOND, from_datetime, to_datetime
from wa_desktop.errors import InvalidInput
from wa_desktop.hours.quiet_hours import QuietHours

ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe")
MINUTE = 60 * SECOND
NIGHT = QuietHours(time(21), time(9))
NOON = QuietHours(time(12), time(14))
clocks = st.times().map(lambda one: one.replace(second=0, microsecond=0))
moments = st.integers(1_514_764_800, 1_956_528_000).map(lambda second: second * SECOND)


def _at(text: str, zone: str = "UTC", fold: int = 0) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (NIGHT, "2026-07-01T20:59", None),
        (NIGHT, "2026-07-01T21:00", "2026-07-02T09:00"),
        (NIGHT, "2026-07-01T23:59", "2026-07-02T09:00"),
        (NIGHT, "2026-07-02T00:00", "2026-07-02T09:00"),
        (NIGHT, "2026-07-02T08:59", "2026-07-02T09:00"),
        (NIGHT, "2026-07-02T09:00", None),
        (NIGHT, "2028-02-28T22:00", "2028-02-29T09:00"),
        (NIGHT, "2028-02-29T22:00", "2028-03-01T09:00"),
        (NOON, "2026-07-01T11:59", None),
        (NOON, "2026-07-01T12:00", "2026-07-01T14:00"),
        (NOON, "2026-07-01T14:00", None),
        (QuietHours(time(0), time(6)), "2026-07-01T00:00", "2026-07-01T06:00"),
        (QuietHours(time(18), time(0)), "2026-07-01T18:00", "2026-07-02T00:00"),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_quiet_lasts_from_its_start_to_its_end(
    hours: QuietHours, now: str, until: str | None, zone: str
) -> None:
    expected = None if until is None else _at(until, zone)
    assert hours.quiet_until(_at(now, zone), zone) == expected


@pytest.mark.parametrize(
    ("hours", "zone", "now", "until"),
    [
        # The night is an hour shorter, and an hour longer.
        (NIGHT, "Europe/Berlin", "2026-03-28T20:00", "2026-03-29T07:00"),
        (NIGHT, "Europe/Berlin", "2026-10-24T19:00", "2026-10-25T08:00"),
        # It ends in the hour that is left out, and in the hour that comes twice.
        (QuietHours(time(1), time(2, 30)), "Europe/Berlin", "2026-03-29T00:30", "2026-03-29T01:00"),
        (QuietHours(time(1), time(2, 30)), "Europe/Berlin", "2026-10-25T00:30", "2026-10-25T01:30"),
        (QuietHours(time(1), time(2, 30)), "Europe/Berlin", "2026-10-25T01:29", "2026-10-25T01:30"),
        # It begins in them.
        (QuietHours(time(2, 30), time(5)), "Europe/Berlin", "2026-03-29T01:00", "2026-03-29T03:00"),
        (QuietHours(time(2, 30), time(5)), "Europe/Berlin", "2026-10-25T01:10", "2026-10-25T04:00"),
        # Half an hour is left out, or comes twice.
        (QuietHours(time(0), time(2, 15)), "Australia/Lord_Howe", "2026-10-03T15:29",
         "2026-10-03T15:30"),
        (QuietHours(time(0), time(1, 45)), "Australia/Lord_Howe", "2026-04-04T15:00",
         "2026-04-04T15:15"),
        # Midnight itself is left out.
        (QuietHours(time(20), time(0)), "America/Sao_Paulo", "2018-11-04T02:00",
         "2018-11-04T03:00"),
    ],
)  # fmt: skip
def test_a_night_in_which_the_clock_is_changed_is_never_cut_in_two(
    hours: QuietHours, zone: str, now: str, until: str
) -> None:
    assert hours.quiet_until(_at(now), zone) == _at(until)
    assert hours.quiet_until(_at(until), zone) is None


@given(clocks, clocks, moments, st.sampled_from(ZONES))
def test_it_is_quiet_when_the_wall_says_so(start: time, end: time, at: int, zone: str) -> None:
    hours = QuietHours(start, end)
    until = hours.quiet_until(at, zone)
    shown = to_datetime(at).astimezone(ZoneInfo(zone))
    calm_day = {
        (shown + timedelta(hours=step)).astimezone(UTC).astimezone(ZoneInfo(zone)).utcoffset()
        for step in range(-30, 31)
    }
    wall = shown.time()
    by_wall = start <= wall < end if start <= end else not end <= wall < start
    if len(calm_day) == 1:
        assert (until is not None) == by_wall
    if until is not None:
        assert at < until <= at + 26 * 3600 * SECOND


@given(clocks, clocks, moments, st.sampled_from(ZONES))
def test_what_waits_for_the_end_of_the_quiet_may_then_be_sent(
    start: time, end: time, at: int, zone: str
) -> None:
    hours = QuietHours(start, end)
    until = hours.quiet_until(at, zone)
    # With less than two hours of day, a night may last into the next where the clock changes.
    day = (start.hour * 60 + start.minute - end.hour * 60 - end.minute) % 1440
    if until is not None and day > 120:
        assert hours.quiet_until(until, zone) is None
        assert hours.quiet_until(until - MINUTE, zone) == until


@given(clocks, moments, st.sampled_from(ZONES))
def test_equal_times_mean_no_quiet(clock: time, at: int, zone: str) -> None:
    hours = QuietHours(clock, clock)
    assert hours.quiet_until(at, zone) is None
    assert hours.quiet_until_any(at, ZONES) is None


def test_quiet_in_one_of_several_zones_is_quiet() -> None:
    zones = ("Europe/Berlin", "Asia/Kolkata")
    # 09:00 in Berlin is 07:00 UTC in summer; 21:00 in Kolkata is 15:30 UTC.
    assert NIGHT.quiet_until_any(_at("2026-07-01T04:00"), zones) == _at("2026-07-01T07:00")
    assert NIGHT.quiet_until_any(_at("2026-07-01T07:00"), zones) is None
    assert NIGHT.quiet_until_any(_at("2026-07-01T15:29"), zones) is None
    assert NIGHT.quiet_until_any(_at("2026-07-01T15:30"), zones) == _at("2026-07-02T07:00")


def test_zones_without_a_common_day_get_the_moment_that_is_quiet_in_the_fewest() -> None:
    # Days of Honolulu (19-07 UTC), New York (13-01) and Paris (07-19): no moment is in all three.
    zones = ("Pacific/Honolulu", "America/New_York", "Europe/Paris")
    until = NIGHT.quiet_until_any(_at("2026-07-01T11:00"), zones)
    assert until == _at("2026-07-01T13:00")
    assert NIGHT.quiet_until_any(until, zones) is None
    assert sum(NIGHT.quiet_until(until, zone) is not None for zone in zones) == 1


@given(moments, st.lists(st.sampled_from(ZONES), min_size=1, unique=True))
def test_several_zones_wait_for_each_of_them_where_they_can(at: int, zones: list[str]) -> None:
    short = QuietHours(time(2), time(4))
    until = short.quiet_until_any(at, tuple(zones))
    quiet = [one for zone in zones if (one := short.quiet_until(at, zone)) is not None]
    assert (until is None) == (not quiet)
    if until is not None:
        assert until >= max(quiet)
        assert all(short.quiet_until(until, zone) is None for zone in zones)


def test_json_there_and_back() -> None:
    value = {"from": "21:00", "to": "09:30", "zone": "Asia/Kolkata"}
    hours = QuietHours.from_json(value)
    assert hours == QuietHours(time(21), time(9, 30), "Asia/Kolkata")
    assert hours.to_json() == value
    assert QuietHours.from_json({"from": "00:00", "to": "23:59"}).zone is None


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (None, "quietHours"),
        ([], "quietHours"),
        ({"from": "21:00"}, "quietHours"),
        ({"from": "24:00", "to": "09:00"}, "quietHours.from"),
        ({"from": "9:00", "to": "09:00"}, "quietHours.from"),
        ({"from": "21:00", "to": "09:00:00"}, "quietHours.to"),
        ({"from": "21:00", "to": 9}, "quietHours.to"),
        ({"from": "٢١:00", "to": "09:00"}, "quietHours.from"),
        ({"from": "21:00", "to": "09:00", "zone": "Mars/Olympus"}, "zone"),
        ({"from": "21:00", "to": "09:00", "zone": 3}, "quietHours.zone"),
        ({"from": "21:00", "to": "09:00", "days": 3}, "quietHours.days"),
    ],
)
def test_what_is_wrong_is_named(value: Any, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        QuietHours.from_json(value)
    assert [problem.at for problem in caught.value.problems] == [place]
