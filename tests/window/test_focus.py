"""The keyboard stays where a person left it: on the button that took the place of the pressed."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests.window.campaign import open_page, question
from tests.window.core import HandDrivenCore
from wa_desktop.clock import SECOND, now
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.window.campaigns.actions import Action
from wa_desktop.window.campaigns.detail_page import CampaignDetailPage
from wa_desktop.window.wiring import Wiring

pytestmark = pytest.mark.window


@pytest.fixture
def contract(core: HandDrivenCore) -> Contract:
    """A campaign at work."""
    return core.start("Winter", 50)


@pytest.fixture
def page(qtbot: QtBot, wiring: Wiring, contract: Contract) -> CampaignDetailPage:
    """That campaign on the screen."""
    found = open_page(qtbot, wiring, contract)
    found.activateWindow()
    return found


def _has_focus(page: CampaignDetailPage, action: Action) -> bool:
    button = page.action_bar.button(action)
    return button.isEnabled() and page.window().focusWidget() is button


def _press(page: CampaignDetailPage, key: Qt.Key) -> None:
    target = page.window().focusWidget()
    assert isinstance(target, QWidget)
    QTest.keyClick(target, key)


def _state(core: HandDrivenCore, contract: Contract) -> ContractState:
    return core.ledger.contracts.get(contract.id).state


def test_space_pauses_and_space_again_resumes(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    page.action_bar.button(Action.PAUSE).setFocus()
    _press(page, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: _has_focus(page, Action.RESUME))
    assert _state(core, contract) is ContractState.PAUSED
    _press(page, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: _has_focus(page, Action.PAUSE))
    assert _state(core, contract) is ContractState.RUNNING


def test_a_click_on_pause_leaves_the_keyboard_on_resume(
    qtbot: QtBot, page: CampaignDetailPage
) -> None:
    QTest.mouseClick(page.action_bar.button(Action.PAUSE), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: _has_focus(page, Action.RESUME))


def test_keys_while_an_action_is_under_way_change_nothing(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    page.action_bar.button(Action.PAUSE).setFocus()
    page.action_bar.pause()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_7, Qt.Key.Key_Space, Qt.Key.Key_Return):
        _press(page, key)
    qtbot.waitUntil(lambda: _has_focus(page, Action.RESUME))
    assert core.ledger.contracts.get(contract.id).priority == 0
    assert _state(core, contract) is ContractState.PAUSED


def test_a_refused_action_gives_the_keyboard_back(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    core.services.contracts.pause(contract.id)  # behind the window's back
    page.action_bar.button(Action.PAUSE).setFocus()
    with qtbot.waitSignal(page.refused):
        page.action_bar.pause()
    page.refresher.ask()
    qtbot.waitUntil(lambda: _has_focus(page, Action.RESUME))


def test_a_campaign_that_ends_by_itself_takes_the_keyboard_nowhere_else(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore
) -> None:
    page.action_bar.button(Action.PAUSE).setFocus()
    core.send(50)
    page.refresher.ask()
    qtbot.waitUntil(lambda: not page.action_bar.button(Action.PAUSE).isEnabled())
    assert page.window().focusWidget() is page.action_bar


def test_a_campaign_that_was_cancelled_keeps_the_keyboard_in_its_bar(
    qtbot: QtBot, page: CampaignDetailPage
) -> None:
    page.action_bar.button(Action.CANCEL).setFocus()
    _press(page, Qt.Key.Key_Space)
    question().button_named("Cancel campaign").click()
    qtbot.waitUntil(lambda: not page.action_bar.button(Action.CANCEL).isEnabled())
    qtbot.waitUntil(lambda: page.window().focusWidget() is page.action_bar)


def test_a_card_that_goes_takes_the_keyboard_to_no_field(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore
) -> None:
    core.send(3, [OutcomeKind.IN_DOUBT])
    page.refresher.ask()
    qtbot.waitUntil(lambda: bool(page.doubts.text))
    page.doubts.button("Leave").setFocus()
    _press(page, Qt.Key.Key_Space)
    assert page.doubts.text == ""
    assert page.window().focusWidget() is page.doubts.parentWidget()


def test_an_answer_on_a_card_leaves_the_keyboard_out_of_the_fields(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    made = core.make("Spring", 3)
    core.services.contracts.change(made.id, ContractChanges(start_at=now() + 3_600 * SECOND))
    core.services.contracts.start(made.id)
    core.ledger.schedule.start_due(now() + 7_200 * SECOND)
    page = open_page(qtbot, wiring, made)
    page.standing.button("Start now").setFocus()
    _press(page, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.standing.text == "")
    assert page.window().focusWidget() is page.standing.parentWidget()


def test_the_wheel_over_the_priority_changes_nothing_unless_it_is_chosen(
    page: CampaignDetailPage,
) -> None:
    spin = page.priority.spin
    page.action_bar.button(Action.PAUSE).setFocus()
    _turn_wheel(spin)
    assert spin.value() == 0
    assert page.window().focusWidget() is not spin


def _turn_wheel(widget: QWidget) -> None:
    inside = QPointF(widget.rect().center())
    turned = QWheelEvent(
        inside,
        widget.mapToGlobal(inside),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, turned)
