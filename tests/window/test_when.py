"""When a new campaign may send: wall times of a zone, folded away until they are wanted."""

import time as time_module
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time

import pytest
from PySide6.QtCore import QDate, Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCompleter, QDateTimeEdit, QLineEdit
from pytestqt.qtbot import QtBot

from wa_desktop.clock import SECOND, from_datetime, now
from wa_desktop.hours.local_time import ClockNote, to_moment, zone_named
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.hours.zones import zone_names
from wa_desktop.window.new_campaign.when import AT_ONCE, TWICE, TimeFault, When, offsets
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
    gap = datetime.fromisoformat("2027-03-28T02:30")
    assert When(BERLIN, start=gap).start_note is ClockNote.MOVED_FORWARD
    assert When(BERLIN, expiry=gap).expiry_note is ClockNote.MOVED_FORWARD


def test_an_hour_that_comes_twice_is_the_one_that_was_chosen() -> None:
    wall = datetime.fromisoformat("2027-10-31T02:30")
    first, second = When(BERLIN, start=wall), When(BERLIN, start=wall.replace(fold=1))
    assert (first.start_note, second.start_note) == TWICE
    assert first.start_at is not None
    assert second.start_at == first.start_at + 3_600 * SECOND
    assert offsets(wall, BERLIN) == ("+02:00", "+01:00")


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
    _set(panel.start, "2027-06-01T12:00")
    panel.starts.setChecked(True)
    expected = from_datetime(NOON.replace(tzinfo=zone_named("Asia/Tokyo")))
    assert panel.when().start_at == expected
    assert panel.head.text() == "When (01/06/2027 12:00 in Asia/Tokyo)"
    assert "on this computer" in panel.note.text()
    panel.quiets.setChecked(True)
    assert panel.when().quiet_hours == QuietHours(time(21), time(9), "Asia/Tokyo")
    panel.expires.setChecked(True)
    assert panel.when().expires_at is not None
    assert panel.when().fault(now()) is TimeFault.EXPIRY_BEFORE_START


BERLIN_HERE, KATHMANDU, SAO_PAULO = "Europe/Berlin", "Asia/Kathmandu", "America/Sao_Paulo"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts this computer into a time zone."""

    def put(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time_module.tzset()

    yield put
    monkeypatch.undo()
    time_module.tzset()


def _panel(qtbot: QtBot, *, zone: str | None = None, start: str | None = None) -> WhenPanel:
    panel = WhenPanel(None)  # type: ignore[arg-type]
    qtbot.addWidget(panel)
    panel.show()
    panel.head.click()
    if zone is not None:
        panel.zone.setCurrentText(zone)
    if start is not None:
        panel.starts.setChecked(True)
        _set(panel.start, start)
    return panel


def _set(edit: QDateTimeEdit, text: str) -> None:
    wall = datetime.fromisoformat(text)
    edit.setDate(QDate(wall.year, wall.month, wall.day))
    edit.setTime(QTime(wall.hour, wall.minute))


def _utc(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.window
@pytest.mark.parametrize(
    ("computer", "zone", "start", "moment"),
    [
        # 02:30 is skipped on this computer, and exists where the campaign is.
        (BERLIN_HERE, KATHMANDU, "2027-03-28T02:30", "2027-03-27T20:45"),
        (BERLIN_HERE, SAO_PAULO, "2027-03-28T02:30", "2027-03-28T05:30"),
        # Skipped where the campaign is: moved.
        (BERLIN_HERE, BERLIN_HERE, "2027-03-28T02:30", "2027-03-28T01:00"),
        (KATHMANDU, BERLIN_HERE, "2027-03-28T02:30", "2027-03-28T01:00"),
        ("America/New_York", SAO_PAULO, "2027-03-14T02:30", "2027-03-14T05:30"),
        ("Africa/Cairo", "UTC", "2027-04-30T00:30", "2027-04-30T00:30"),
    ],
)
def test_any_wall_time_of_any_zone_can_be_set(
    qtbot: QtBot,
    here: Callable[[str], None],
    computer: str,
    zone: str,
    start: str,
    moment: str,
) -> None:
    here(computer)
    panel = _panel(qtbot, zone=zone, start=start)
    assert panel.when().start == datetime.fromisoformat(start)
    assert panel.when().start_at == _utc(moment)


@pytest.mark.window
def test_a_time_that_the_clocks_skip_is_explained_with_the_one_that_is_taken(
    qtbot: QtBot, here: Callable[[str], None]
) -> None:
    here(BERLIN_HERE)
    panel = _panel(qtbot, start="2027-03-28T02:30")
    assert panel.note.text() == (
        "28/03/2027 02:30 does not exist in Europe/Berlin: the clocks go forward. "
        "It starts at 03:00."
    )
    panel.expires.setChecked(True)
    _set(panel.start, "2027-03-27T02:30")
    _set(panel.expiry, "2027-03-28T02:30")
    assert panel.note.text().endswith("It expires at 03:00.")


@pytest.mark.window
def test_of_an_hour_that_comes_twice_the_user_chooses_which(
    qtbot: QtBot, here: Callable[[str], None]
) -> None:
    here(BERLIN_HERE)
    panel = _panel(qtbot, start="2027-10-31T02:30")
    assert panel.which.isVisible()
    assert [panel.which.itemText(place) for place in (0, 1)] == [
        "First (UTC+02:00)",
        "Second (UTC+01:00)",
    ]
    assert panel.note.text().startswith("31/10/2027 02:30 comes twice in Europe/Berlin")
    assert panel.when().start_at == _utc("2027-10-31T00:30")
    panel.which.setCurrentIndex(1)
    assert panel.when().start_at == _utc("2027-10-31T01:30")
    _set(panel.start, "2027-10-31T04:30")
    assert not panel.which.isVisible()
    _set(panel.start, "2027-10-31T02:30")
    assert panel.when().start_at == _utc("2027-10-31T00:30")


@pytest.mark.window
@pytest.mark.parametrize("zone", [SAO_PAULO, KATHMANDU])
def test_where_no_clock_changes_nothing_is_explained_but_the_time_here(
    qtbot: QtBot, here: Callable[[str], None], zone: str
) -> None:
    here(BERLIN_HERE)
    panel = _panel(qtbot, zone=zone, start="2027-10-31T02:30")
    assert not panel.which.isVisible()
    assert panel.note.text().startswith("The start is ")
    assert panel.note.text().endswith(" on this computer.")
    assert "\n" not in panel.note.text()


@pytest.mark.window
def test_the_zone_is_the_computers_until_another_is_typed(
    qtbot: QtBot, here: Callable[[str], None]
) -> None:
    here(KATHMANDU)
    panel = _panel(qtbot, start="2027-06-01T12:00")
    assert panel.when().zone == KATHMANDU
    assert panel.note.text() == ""
    panel.zone.setEditText("Asia/Tok")
    assert panel.when().zone == KATHMANDU
    assert panel.note.text().startswith("“Asia/Tok” is no time zone. Until you choose one, Asia/Ka")
    panel.zone.setEditText("asia/tokyo")
    assert panel.when().zone == "Asia/Tokyo"
    panel.zone.setEditText("Nowhere")
    panel.start.setFocus()
    _field(panel).editingFinished.emit()
    assert panel.zone.currentText() == "Asia/Tokyo"


@pytest.mark.window
def test_the_zone_stays_while_the_zones_get_their_words(
    qtbot: QtBot, here: Callable[[str], None]
) -> None:
    here(KATHMANDU)
    panel = _panel(qtbot)
    qtbot.waitUntil(lambda: panel.zone.all_named, timeout=20_000)
    assert (panel.when().zone, panel.zone.currentText()) == (KATHMANDU, KATHMANDU)
    QTest.keyClick(panel.zone, Qt.Key.Key_Down)
    following = zone_names()[zone_names().index(KATHMANDU) + 1]
    assert (panel.when().zone, panel.zone.currentText()) == (following, following)


@pytest.mark.window
def test_a_zone_is_chosen_with_the_keyboard_alone(qtbot: QtBot) -> None:
    panel = _panel(qtbot, zone=KATHMANDU)
    qtbot.waitUntil(lambda: panel.zone.all_named, timeout=20_000)
    field = _field(panel)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "sao_p")
    popup = _completer(panel).popup()
    assert popup is not None
    qtbot.waitUntil(popup.isVisible)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert (panel.when().zone, panel.zone.currentText()) == (SAO_PAULO, SAO_PAULO)


@pytest.mark.window
@pytest.mark.parametrize(
    ("typed", "found"),
    [("paulo", SAO_PAULO), ("brazil", SAO_PAULO), ("brasil", SAO_PAULO), ("nepal", KATHMANDU)],
)
def test_a_zone_is_found_by_city_and_country(qtbot: QtBot, typed: str, found: str) -> None:
    panel = _panel(qtbot)
    qtbot.waitUntil(lambda: _offered(panel, typed, found), timeout=20_000)


@pytest.mark.window
def test_a_zone_is_found_in_the_users_language(qtbot: QtBot, russian: None) -> None:
    panel = _panel(qtbot)
    qtbot.waitUntil(lambda: _offered(panel, "екатеринбург", "Asia/Yekaterinburg"), timeout=20_000)


def _offered(panel: WhenPanel, typed: str, found: str) -> bool:
    completer = _completer(panel)
    completer.setCompletionPrefix(typed)
    model = completer.completionModel()
    rows = (model.index(row, 0) for row in range(model.rowCount()))
    return found in [completer.pathFromIndex(one) for one in rows]


def _field(panel: WhenPanel) -> QLineEdit:
    field = panel.zone.lineEdit()
    assert field is not None
    return field


def _completer(panel: WhenPanel) -> QCompleter:
    completer = panel.zone.completer()
    assert completer is not None
    return completer
