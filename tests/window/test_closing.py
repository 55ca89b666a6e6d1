"""Closing with scheduled campaigns, late starts in the window, and a tray that goes."""

from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from tests.window.conftest import CoreOfWindow
from tests.window.core import HandDrivenCore
from wa_desktop.clock import SECOND, from_datetime, now
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.events import Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState
from wa_desktop.queues.sweep import Sweep
from wa_desktop.window import words
from wa_desktop.window.application import Application, Stage
from wa_desktop.window.formats import moment, moment_there
from wa_desktop.window.shell.away import MISSES, Away
from wa_desktop.window.shell.closing import ClosingQuestion
from wa_desktop.window.shell.main_window import MainWindow
from wa_desktop.window.shell.session import Session

pytestmark = pytest.mark.window

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


def _scheduled(
    core: HandDrivenCore, name: str, start_at: int, *, zone: str | None = None
) -> Contract:
    contract = core.make(name, 3)
    core.services.contracts.change(contract.id, ContractChanges(start_at=start_at, zone=zone))
    return core.services.contracts.start(contract.id)


def _session(program: Application) -> Session:
    assert program.session is not None
    return program.session


def _question(qtbot: QtBot, program: Application) -> ClosingQuestion:
    program.window.close()
    session = _session(program)
    qtbot.waitUntil(lambda: session.question is not None, timeout=10_000)
    assert session.question is not None
    return session.question


def _shown(question: ClosingQuestion) -> list[str]:
    return [one.text() for one in question.buttons() if one.isVisible()]


def _notices(program: Application) -> list[str]:
    return [row.text for row in program.window.notices.rows()]


def test_closing_with_a_campaign_for_later_asks_and_names_it(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    later, sooner = now() + 30 * HOUR, now() + 20 * HOUR
    _scheduled(core, "Later", later)
    _scheduled(core, "Sooner", sooner)
    question = _question(qtbot, program)
    assert question.text() == words.Counted().scheduled(2)
    said = question.informativeText()
    assert f"“Sooner” starts on {moment(sooner)}." in said
    assert words.Counted().more_scheduled(1) in said
    assert "up to 30 minutes" in said
    keep = (
        "Keep running in the tray"
        if _session(program).tray.available
        else "Keep running, minimised"
    )
    assert _shown(question) == [keep, "Quit anyway", "Cancel"]
    assert ("no tray" in said) is not _session(program).tray.available
    question.button_named("Cancel").click()
    qtbot.waitUntil(lambda: _session(program).question is None)
    assert program.stage is Stage.OPEN


def test_one_scheduled_in_this_very_moment_is_asked_about(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    session = _session(program)
    qtbot.waitUntil(lambda: session.running.scheduled == (), timeout=10_000)
    _scheduled(core, "Winter", now() + HOUR)
    program.window.close()  # before the news of it have come
    qtbot.waitUntil(lambda: session.question is not None, timeout=10_000)


def test_quit_anyway_leaves_the_schedule_as_it_is(
    qtbot: QtBot, program: Application, own_core: CoreOfWindow, core: HandDrivenCore
) -> None:
    contract = _scheduled(core, "Winter", now() + HOUR)
    question = _question(qtbot, program)
    with qtbot.waitSignal(program.ended, timeout=10_000):
        question.button_named("Quit anyway").click()
    assert core.ledger.contracts.get(contract.id).state is ContractState.SCHEDULED
    assert own_core.calls[-1] == "stop"


def test_keep_running_leaves_the_core_at_work(
    qtbot: QtBot, program: Application, own_core: CoreOfWindow, core: HandDrivenCore
) -> None:
    _scheduled(core, "Winter", now() + HOUR)
    question = _question(qtbot, program)
    question.button_named(_shown(question)[0]).click()
    qtbot.waitUntil(lambda: program.window.isMinimized() or not program.window.isVisible())
    assert "stop" not in own_core.calls
    program.window.come_forward()


def test_running_and_scheduled_campaigns_are_told_together(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    start_at = now() + HOUR
    core.start("Spring", 10)
    _scheduled(core, "Winter", start_at)
    question = _question(qtbot, program)
    qtbot.waitUntil(lambda: "Winter" in question.informativeText(), timeout=10_000)
    assert question.text() == "1 campaign is still sending."
    assert f"“Winter” starts on {moment(start_at)}." in question.informativeText()
    assert "Pause and quit" in _shown(question)
    core.send(10)
    qtbot.waitUntil(lambda: question.text() == words.Counted().scheduled(1), timeout=10_000)
    assert "Quit anyway" in _shown(question)
    question.button_named("Cancel").click()
    qtbot.waitUntil(lambda: _session(program).question is None)


def test_the_question_ends_in_plain_closing_when_the_scheduled_one_is_cancelled(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    contract = _scheduled(core, "Winter", now() + HOUR)
    question = _question(qtbot, program)
    core.services.contracts.cancel(contract.id)
    qtbot.waitUntil(lambda: _shown(question) == ["Quit", "Cancel"], timeout=10_000)
    question.button_named("Cancel").click()
    qtbot.waitUntil(lambda: _session(program).question is None)


def test_a_start_in_another_zone_is_shown_in_both(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    start_at = now() + 20 * HOUR
    _scheduled(core, "Winter", start_at, zone="Asia/Kathmandu")
    question = _question(qtbot, program)
    there = moment_there(start_at, "Asia/Kathmandu")
    assert there is not None
    expected = f"“Winter” starts on {moment(start_at)} ({there} in Asia/Kathmandu)."
    assert expected in question.informativeText()
    question.button_named("Cancel").click()
    qtbot.waitUntil(lambda: _session(program).question is None)


def test_a_time_elsewhere_carries_its_date_where_that_differs() -> None:
    evening = from_datetime(datetime(2027, 6, 1, 21, 0, tzinfo=UTC))
    local = datetime(2027, 6, 1, 21, 0, tzinfo=UTC).astimezone().utcoffset()
    if local != timedelta(0):
        pytest.skip("the computer is not at UTC")
    assert moment_there(evening, "Asia/Kathmandu") == "02/06/2027 02:45"
    assert moment_there(evening, "America/Sao_Paulo") == "18:00"
    assert moment_there(evening, "UTC") is None
    assert moment_there(evening, None) is None


@pytest.mark.parametrize(
    ("late", "kind", "begins"),
    [
        (12 * MINUTE, NoticeKind.STARTED_LATE, "“Winter” has started late. It was to start on "),
        (3 * HOUR, NoticeKind.MISSED_START, "“Winter” did not start at its time. It was to start "),
    ],
)
def test_a_start_that_nothing_ran_for_is_reported_in_the_window(
    qtbot: QtBot,
    program: Application,
    core: HandDrivenCore,
    caplog: pytest.LogCaptureFixture,
    late: int,
    kind: NoticeKind,
    begins: str,
) -> None:
    contract = _scheduled(core, "Winter", now() + HOUR)
    planned = now() - late
    core.ledger.contracts.change(contract.id, start_at=planned)
    Sweep(core.ledger, core.bell, core.events).once()
    qtbot.waitUntil(lambda: len(_notices(program)) == 1, timeout=10_000)
    [said] = _notices(program)
    assert said.startswith(begins)
    assert moment(planned) in said
    assert ("12 min later" if kind is NoticeKind.STARTED_LATE else "3 h 0 min later") in said
    assert "Winter" in caplog.text
    assert ("12 min late" in caplog.text) is (kind is NoticeKind.STARTED_LATE)


def test_a_start_in_time_is_reported_as_such(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    contract = _scheduled(core, "Winter", now() + HOUR)
    core.ledger.contracts.change(contract.id, start_at=now() - SECOND)
    Sweep(core.ledger, core.bell, core.events).once()
    qtbot.waitUntil(lambda: _notices(program) == ["“Winter” has started."], timeout=10_000)


def test_the_page_of_a_campaign_that_began_late_says_so(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    contract = _scheduled(core, "Winter", now() + HOUR)
    core.ledger.contracts.change(contract.id, start_at=now() - 12 * MINUTE)
    Sweep(core.ledger, core.bell, core.events).once()
    _session(program).open_contract(contract.id)
    detail = _session(program).rooms.campaigns.detail
    qtbot.waitUntil(lambda: ", 12 min late" in detail.facts.text(), timeout=10_000)


def test_a_late_notice_of_a_start_in_time_has_no_lateness() -> None:
    told = Notice(NoticeKind.STARTED, NoticeLevel.INFO, subject="Winter", planned=1, late=SECOND)
    assert words.notice(told) == "“Winter” has started."


class _Tray:
    """A desktop's tray that comes and goes."""

    def __init__(self) -> None:
        self.there = True

    def appear(self) -> bool:
        return self.there


def test_a_window_in_the_tray_comes_back_when_the_tray_goes(qtbot: QtBot) -> None:
    window, tray = MainWindow(), _Tray()
    qtbot.addWidget(window)
    window.show()
    away = Away(window, tray.appear, window)
    away.go()
    assert not window.isVisible()
    away.look()
    assert not window.isVisible()
    tray.there = False
    with qtbot.waitSignal(away.returned, timeout=10_000):
        pass
    assert window.isVisible()
    assert not window.isMinimized()
    window.let_close()


def test_a_panel_that_restarts_at_once_brings_nothing_back(qtbot: QtBot) -> None:
    window, tray = MainWindow(), _Tray()
    qtbot.addWidget(window)
    window.show()
    away = Away(window, tray.appear, window)
    away.go()
    for _ in range(3):
        tray.there = False
        for _ in range(MISSES - 1):
            away.look()
        tray.there = True
        away.look()
    assert not window.isVisible()
    window.let_close()


def test_without_a_tray_the_window_goes_to_the_task_bar(qtbot: QtBot) -> None:
    window, tray = MainWindow(), _Tray()
    qtbot.addWidget(window)
    window.show()
    tray.there = False
    Away(window, tray.appear, window).go()
    assert window.isMinimized()
    window.come_forward()
    assert not window.isMinimized()
    window.let_close()


def test_a_maximised_window_comes_back_maximised(qtbot: QtBot) -> None:
    window = MainWindow()
    qtbot.addWidget(window)
    window.showMaximized()
    window.showMinimized()
    window.come_forward()
    assert window.isMaximized()
    assert not window.isMinimized()
    window.let_close()
