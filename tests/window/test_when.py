"""When a new campaign may send: wall times of a zone, folded away until they are wanted."""

from datetime import datetime, time

import pytest
from PySide6.QtCore import QDate, QDateTime, QTime
from pytestqt.qtbot import QtBot

from wa_desktop.clock import from_datetime, now
from wa_desktop.hours.local_time import ClockNote, to_moment, zone_named
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.hours.zones import zone_names
from wa_desktop.window.new_campaign.when import AT_ONCE, TimeFault, When
from wa_desktop.window.new_campaign.when_panel import WhenPanel

BERLIN = "Europe/Berlin"
NOON = datetime.fromisoformat("2027-06-01T12:00")
AT = to_moment(NOON, BERLIN)


def test_nothing_set_leaves_the_contract_as_it_is() -> None:
    assert (AT_ONCE.start_at, AT_ONCE.own_zone, AT_ONCE.quiet_hours) == (None, None, None)
    assert AT_ONCE.fault(AT) is None


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        (When(BERLIN, start=NOON), TimeFault.START_PAST),
        (When(BERLIN, expiry=NOON), TimeFault.EXPIRY_PAST),
        (
            When(BERLIN, start=NOON.replace(hour=15), expiry=NOON.replace(hour=14)),
            TimeFault.EXPIRY_BEFORE_START,
        ),
        (When(BERLIN, quiet=(time(9), time(9))), TimeFault.QUIET_EMPTY),
        (When(BERLIN, start=NOON.replace(hour=13), expiry=NOON.replace(hour=14)), None),
    ],
)
def test_times_that_cannot_be_are_found(when: When, fault: TimeFault | None) -> None:
    assert when.fault(AT) is fault


def test_an_hour_that_does_not_exist_is_noted() -> None:
    assert (
        When(BERLIN, start=datetime.fromisoformat("2027-03-28T02:30")).note
        is ClockNote.MOVED_FORWARD
    )


def test_the_zones_to_choose_from_are_those_the_core_knows() -> None:
    names = zone_names()
    assert len(names) > 400
    assert {"Europe/Moscow", "America/Sao_Paulo", "UTC"} <= set(names)
    assert all(zone_named(one) for one in names)


@pytest.mark.window
def test_the_panel_is_folded_and_says_what_is_set(qtbot: QtBot) -> None:
    panel = WhenPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show()
    assert panel.when().own_zone is None
    assert not panel.starts.isVisible()
    assert panel.head.text() == "When (at once)"
    panel.head.click()
    assert panel.starts.isVisible()
    panel.zone.setCurrentText("Asia/Tokyo")
    panel.start.setDateTime(QDateTime(QDate(2027, 6, 1), QTime(12, 0)))
    panel.starts.setChecked(True)
    expected = from_datetime(NOON.replace(tzinfo=zone_named("Asia/Tokyo")))
    assert panel.when().start_at == expected
    assert panel.head.text().startswith("When (01/06/2027")
    assert "on this computer" in panel.note.text()
    panel.quiets.setChecked(True)
    assert panel.when().quiet_hours == QuietHours(time(21), time(9), "Asia/Tokyo")
    panel.expires.setChecked(True)
    assert panel.when().expires_at is not None
    assert panel.when().fault(now()) is TimeFault.EXPIRY_BEFORE_START
