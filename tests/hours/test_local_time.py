"""Wall times become the right moments on each side of every change of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wa_desktop.clock import from_datetime, to_datetime
from wa_desktop.errors import InvalidInput
from wa_desktop.hours.local_time import (
    ClockNote,
    LocalStart,
    last_moment,
    parse_start,
    read_start,
    resolve,
    to_moment,
    to_wall,
    zone_named,
)

ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe")
walls = st.datetimes(datetime.fromisoformat("2000-01-02"), datetime.fromisoformat("2040-01-01"))


def _utc(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        ("Europe/Berlin", "2026-01-15T09:00", "2026-01-15T08:00"),
        ("Europe/Berlin", "2026-07-15T09:00", "2026-07-15T07:00"),
        ("Europe/Berlin", "2026-03-29T01:59", "2026-03-29T00:59"),
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00"),
        ("Asia/Kolkata", "2026-03-29T02:30", "2026-03-28T21:00"),
        ("America/Sao_Paulo", "2026-11-01T00:30", "2026-11-01T03:30"),
        ("Europe/Berlin", "2028-02-29T12:00", "2028-02-29T11:00"),
        ("Australia/Lord_Howe", "2026-07-01T12:00", "2026-07-01T01:30"),
        ("Australia/Lord_Howe", "2026-12-01T12:00", "2026-12-01T01:00"),
    ],
)
def test_a_plain_wall_time_is_its_moment(zone: str, wall: str, moment: str) -> None:
    start = resolve(datetime.fromisoformat(wall), zone)
    assert (start.moment, start.note) == (_utc(moment), None)


@pytest.mark.parametrize(
    ("zone", "wall", "moment"),
    [
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-03-29T02:59:59.5", "2026-03-29T01:00"),
        ("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00"),
        ("America/Sao_Paulo", "2018-11-04T00:45", "2018-11-04T03:00"),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30"),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T10:00"),
    ],
)
def test_a_time_that_does_not_exist_becomes_the_first_minute_after(
    zone: str, wall: str, moment: str
) -> None:
    start = resolve(datetime.fromisoformat(wall), zone)
    assert (start.moment, start.note) == (_utc(moment), ClockNote.MOVED_FORWARD)


@pytest.mark.parametrize(
    ("zone", "wall", "first", "second"),
    [
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T01:30"),
        ("America/Sao_Paulo", "2019-02-16T23:30", "2019-02-17T01:30", "2019-02-17T02:30"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", "2026-04-04T15:15"),
    ],
)
def test_a_time_that_comes_twice_is_its_first(
    zone: str, wall: str, first: str, second: str
) -> None:
    start = resolve(datetime.fromisoformat(wall), zone)
    assert (start.moment, start.note) == (_utc(first), ClockNote.FIRST_OF_TWO)
    assert last_moment(datetime.fromisoformat(wall), zone) == _utc(second)


@given(walls, st.sampled_from(ZONES))
def test_every_moment_shows_its_wall_time_or_the_next_that_exists(
    wall: datetime, zone: str
) -> None:
    start = resolve(wall, zone)
    shown = to_wall(start.moment, zone)
    if start.note is ClockNote.MOVED_FORWARD:
        assert timedelta(0) < shown - wall <= timedelta(hours=1)
        before = to_datetime(start.moment - 1).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert before < wall
    else:
        assert shown == wall
        assert start.moment <= last_moment(wall, zone)


@given(walls, walls, st.sampled_from(ZONES))
def test_a_later_wall_time_on_another_day_is_a_later_moment(
    one: datetime, other: datetime, zone: str
) -> None:
    if abs(one - other) > timedelta(hours=1):
        assert (one < other) == (to_moment(one, zone) < to_moment(other, zone))


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "x" * 5000]
)
def test_an_unknown_zone_is_named(name: str) -> None:
    with pytest.raises(InvalidInput, match="no time zone named") as caught:
        zone_named(name)
    assert repr(name[:64]) in str(caught.value)


def test_a_local_start_is_a_wall_time_in_its_zone() -> None:
    start = LocalStart(datetime.fromisoformat("2026-03-29T09:00"), "Europe/Berlin").start()
    assert start.moment == _utc("2026-03-29T07:00")


def test_a_wall_time_with_a_zone_of_its_own_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no zone of its own"):
        to_moment(datetime(2026, 1, 1, tzinfo=UTC), "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "zone", "moment"),
    [
        ("2026-03-29T09:00", "Europe/Berlin", "2026-03-29T07:00"),
        ("2026-03-29 09:00:30", "Europe/Berlin", "2026-03-29T07:00:30"),
        ("2026-03-29T09:00:00+02:00", None, "2026-03-29T07:00"),
        ("2026-03-29t09:00:00z", None, "2026-03-29T09:00"),
        (" 2026-03-29T09:00:00.25-03:30 ", "Europe/Berlin", "2026-03-29T12:30:00.25"),
        ("2028-02-29T00:00", "Asia/Kolkata", "2028-02-28T18:30"),
    ],
)
def test_a_start_is_read_with_its_offset_or_in_the_zone(
    text: str, zone: str | None, moment: str
) -> None:
    assert parse_start(text, zone) == _utc(moment)


def test_a_start_in_a_gap_is_told() -> None:
    assert read_start("2026-03-29T02:30", "Europe/Berlin").note is ClockNote.MOVED_FORWARD


@pytest.mark.parametrize(
    "text",
    [
        *("", "tomorrow", "2026-03-29", "2026-W01-1T09:00", "20260329T0900", "2027-02-29T09:00"),
        *("2026-03-29T24:01", "1999-12-31T23:59", "9999-12-31T23:59:59-23:00", "2026-13-01T00:00"),
        *("2026-03-29T09:00+2", "2026-03-29T09:00:00+25:00", "٢٠٢٦-03-29T09:00"),
    ],
)
def test_what_is_no_start_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"no time to start at\. Write 2026"):
        parse_start(text, "Europe/Berlin")


def test_a_wall_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="does not say in which zone"):
        parse_start("2026-03-29T09:00", None)


def test_an_unknown_zone_beside_a_start_is_refused_even_where_the_offset_decides() -> None:
    with pytest.raises(InvalidInput, match="Mars"):
        parse_start("2026-03-29T09:00:00Z", "Mars/Olympus")


def test_of_a_time_that_comes_twice_the_fold_says_which() -> None:
    wall = datetime.fromisoformat("2027-10-31T02:30")
    start = resolve(wall.replace(fold=1), "Europe/Berlin")
    assert (start.moment, start.note) == (_utc("2027-10-31T01:30"), ClockNote.SECOND_OF_TWO)
    assert last_moment(wall, "Europe/Berlin") == start.moment
    once = resolve(wall.replace(fold=1), "Asia/Kathmandu")
    assert once == resolve(wall, "Asia/Kathmandu")
