"""The program as a whole: opening, its notices, its tray, and its end."""

import threading

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from tests.window.conftest import CoreOfWindow
from tests.window.core import HandDrivenCore
from wa_desktop.errors import LedgerUnavailable
from wa_desktop.events import Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.states import ContractState
from wa_desktop.window import words
from wa_desktop.window.application import Application, Stage
from wa_desktop.window.shell.session import Session

pytestmark = pytest.mark.window


def _session(program: Application) -> Session:
    assert program.session is not None
    return program.session


def _notices(program: Application) -> list[str]:
    return [row.text for row in program.window.notices.rows()]


def _running(qtbot: QtBot, program: Application, amount: int) -> Session:
    session = _session(program)
    qtbot.waitUntil(lambda: len(session.running.contracts) == amount, timeout=10_000)
    return session


def test_a_core_that_cannot_open_is_told_in_words_and_tried_again(
    qtbot: QtBot, own_core: CoreOfWindow
) -> None:
    def locked() -> None:
        raise LedgerUnavailable("The ledger is locked. Try again.")

    own_core.on_start = locked
    application = Application(own_core)
    application.window.show()
    opening = application.window.opening
    qtbot.waitUntil(opening.retry.isVisible, timeout=20_000)
    assert "is locked" in opening.words.text()
    assert own_core.calls == ["open", "start", "stop"]
    own_core.on_start = lambda: None
    with qtbot.waitSignal(application.ready):
        opening.retry.click()
    with qtbot.waitSignal(application.ended) as ended:
        application.end()
    application.close()
    assert ended.args == [0]
    assert not application.window.isVisible()


def test_an_end_asked_for_while_opening_waits_for_the_core(
    qtbot: QtBot, own_core: CoreOfWindow
) -> None:
    gate = threading.Event()
    own_core.on_start = lambda: print(gate.wait(10))
    application = Application(own_core)
    application.window.show()
    qtbot.waitUntil(lambda: "start" in own_core.calls, timeout=20_000)
    application.window.close()
    assert application.window.isVisible()
    with qtbot.waitSignal(application.ended):
        gate.set()
    application.close()
    assert own_core.calls == ["open", "start", "stop"]


def test_news_posted_while_the_core_starts_is_not_lost(
    qtbot: QtBot, own_core: CoreOfWindow, core: HandDrivenCore
) -> None:
    core.start("Winter", 10)
    own_core.on_start = lambda: core.events.post(
        Notice(NoticeKind.RESUMED_AFTER_CRASH, NoticeLevel.WARNING, count=3)
    )
    application = Application(own_core)
    with qtbot.waitSignal(application.ready):
        application.window.show()
    expected = (
        "The program was ended in the middle of sending. 1 campaign goes on where it stopped. "
        "3 messages are in doubt: whether they arrived is unknown, so they are not sent again."
    )
    qtbot.waitUntil(lambda: _notices(application) == [expected], timeout=10_000)
    with qtbot.waitSignal(application.ended):
        application.end()
    application.close()


def test_start_and_pause_are_noticed_and_lead_to_the_campaign(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 10)
    core.services.contracts.pause(contract.id)
    qtbot.waitUntil(lambda: len(_notices(program)) == 2)
    assert _notices(program) == ["“Winter” is paused.", "“Winter” has started."]
    _session(program).news.campaign_wanted.emit(contract.id)
    detail = _session(program).rooms.campaigns.detail
    qtbot.waitUntil(lambda: detail.isVisible() and detail.contract is not None)


def test_trouble_stays_until_it_is_over(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    core.events.post(Notice(NoticeKind.TROUBLE, NoticeLevel.ERROR, detail="Redis is away."))
    qtbot.waitUntil(lambda: _notices(program) == ["There is trouble with sending. Redis is away."])
    core.events.post(Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO, ended="Redis is away."))
    qtbot.waitUntil(lambda: _notices(program) == ["Sending works again."])


def test_the_end_of_one_trouble_takes_nothing_else_away(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    stopped = Notice(NoticeKind.ACCOUNT_STOPPED, NoticeLevel.ERROR, subject="Shop")
    core.events.post(stopped)
    for level, detail in ((NoticeLevel.ERROR, "The disk is full."), (NoticeLevel.WARNING, "Redis")):
        core.events.post(Notice(NoticeKind.TROUBLE, level, detail=detail))
    qtbot.waitUntil(lambda: len(_notices(program)) == 3)
    core.events.post(Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO, ended="Redis"))
    left = ["There is trouble with sending. The disk is full.", words.notice(stopped)]
    qtbot.waitUntil(lambda: _notices(program) == left)
    core.events.post(Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO, ended="The disk is full."))
    qtbot.waitUntil(lambda: _notices(program) == ["Sending works again.", left[1]])


def test_a_redis_that_is_set_up_wrongly_is_shown_and_is_no_trouble_with_sending(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    core.events.post(Notice(NoticeKind.QUEUE_SETUP, NoticeLevel.WARNING, detail="It evicts."))
    said = "Redis is not set up as it should be. It evicts."
    qtbot.waitUntil(lambda: _notices(program) == [said])
    core.events.post(Notice(NoticeKind.TROUBLE, NoticeLevel.ERROR, detail="The disk is full."))
    core.events.post(Notice(NoticeKind.TROUBLE_OVER, NoticeLevel.INFO, ended="The disk is full."))
    qtbot.waitUntil(lambda: _notices(program) == ["Sending works again.", said])


def test_no_more_than_four_notices_stand(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    for place in range(30):
        core.events.post(Notice(NoticeKind.STARTED, NoticeLevel.INFO, subject=str(place)))
    qtbot.waitUntil(lambda: bool(_notices(program)))
    assert [text.split()[0] for text in _notices(program)] == ["“29”", "“28”", "“27”", "“26”"]


def test_the_tray_shows_progress_and_builds_its_menu_from_memory(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    core.start("Winter & sale", 200)
    session = _running(qtbot, program, 1)
    core.send(50)
    qtbot.waitUntil(
        lambda: session.tray.icon.toolTip() == "1 campaign at work: 25%", timeout=10_000
    )
    session.tray.rebuild_menu()
    texts = [action.text() for action in session.tray.menu.actions() if action.text()]
    assert texts == ["Winter && sale – 25%", "Show the window", "New campaign…", "Quit"]
    session.tray.menu.actions()[0].trigger()
    assert not session.rooms.campaigns.shows_list


def test_closing_an_idle_window_ends_the_program(
    qtbot: QtBot, own_core: CoreOfWindow, program: Application
) -> None:
    with qtbot.waitSignal(program.ended):
        program.window.close()
    assert own_core.calls == ["open", "start", "stop"]


def test_closing_while_a_campaign_runs_asks_and_cancel_goes_on(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    core.start("Winter", 10)
    session = _running(qtbot, program, 1)
    program.window.close()
    program.window.close()
    assert session.question is not None
    assert session.question.text() == "1 campaign is still sending."
    session.question.button_named("Cancel").click()
    qtbot.waitUntil(lambda: session.question is None)
    assert program.window.isVisible()
    assert program.stage is Stage.OPEN


def test_the_question_turns_into_plain_closing_once_nothing_is_sent_any_more(
    qtbot: QtBot, own_core: CoreOfWindow, program: Application, core: HandDrivenCore
) -> None:
    core.start("Winter", 10)
    core.start("Spring", 5)
    session = _running(qtbot, program, 2)
    program.window.close()
    asked = session.question
    assert asked is not None
    assert asked.text() == "2 campaigns are still sending."
    asked.buttons()[0].setFocus()
    core.send(12)
    qtbot.waitUntil(lambda: asked.text() == "1 campaign is still sending.", timeout=10_000)
    core.send(3)
    qtbot.waitUntil(lambda: asked.text() == "Nothing is being sent any more.", timeout=10_000)
    assert [one.text() for one in asked.buttons() if one.isVisible()] == ["Quit", "Cancel"]
    assert asked.focusWidget() is asked.button_named("Cancel")
    with qtbot.waitSignal(program.ended, timeout=10_000):
        asked.button_named("Quit").click()
    assert own_core.calls[-1] == "stop"


def test_the_question_asks_again_when_a_campaign_starts_under_it(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    core.start("Winter", 10)
    session = _running(qtbot, program, 1)
    program.window.close()
    asked = session.question
    assert asked is not None
    core.send(10)
    qtbot.waitUntil(lambda: asked.text() == "Nothing is being sent any more.", timeout=10_000)
    core.start("Spring", 5)
    qtbot.waitUntil(lambda: asked.text() == "1 campaign is still sending.", timeout=10_000)
    assert len([one for one in asked.buttons() if one.isVisible()]) == 3
    asked.button_named("Cancel").click()
    qtbot.waitUntil(lambda: session.question is None)


def test_keep_sending_takes_the_window_away_and_leaves_the_core(
    qtbot: QtBot, program: Application, own_core: CoreOfWindow, core: HandDrivenCore
) -> None:
    core.start("Winter", 10)
    session = _running(qtbot, program, 1)
    program.window.close()
    assert session.question is not None
    keep = "Keep sending in the tray" if session.tray.available else "Keep sending, minimised"
    session.question.button_named(keep).click()
    qtbot.waitUntil(lambda: program.window.isMinimized() or not program.window.isVisible())
    assert "stop" not in own_core.calls
    program.window.come_forward()


def test_pause_and_quit_pauses_all_and_ends(
    qtbot: QtBot, program: Application, own_core: CoreOfWindow, core: HandDrivenCore
) -> None:
    contracts = [core.start("Winter", 10), core.start("Spring", 10)]
    session = _running(qtbot, program, 2)
    program.window.close()
    assert session.question is not None
    with qtbot.waitSignal(program.ended, timeout=10_000):
        session.question.button_named("Pause and quit").click()
    states = {core.ledger.contracts.get(one.id).state for one in contracts}
    assert states == {ContractState.PAUSED}
    assert own_core.calls[-1] == "stop"


def test_a_failure_is_told_once_with_details_to_copy(qtbot: QtBot, program: Application) -> None:
    for _ in range(120):
        program.failures.report(_raised())
    program.failures.report(LedgerUnavailable("The ledger is locked. Try again."))
    qtbot.waitUntil(lambda: len(_notices(program)) == 2)
    assert _notices(program) == [
        "The ledger is locked. Try again.",
        "Something went wrong in this program. ValueError: odd",
    ]
    row = program.window.notices.rows()[1]
    row.findChildren(QToolButton)[0].click()
    assert "ValueError: odd" in QGuiApplication.clipboard().text()


def _raised() -> BaseException:
    try:
        raise ValueError("odd")
    except ValueError as error:
        return error


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_of_notice_has_words(kind: NoticeKind) -> None:
    assert "%1" not in words.notice(Notice(kind, NoticeLevel.INFO, subject="Winter"))
