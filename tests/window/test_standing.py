"""A campaign's page says what holds it back, until when, and offers the action that goes on."""

from datetime import datetime, timedelta

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.window.campaign import open_page
from tests.window.core import UNLIMITED, HandDrivenCore
from wa_desktop.clock import SECOND, now
from wa_desktop.contracts.held_back import HeldBack, Obstacle
from wa_desktop.contracts.outlooks import Outlook
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.ledger.copies.restored import RESTORED
from wa_desktop.ledger.records import AccountState, Contract, Limit
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.switches import QueueName
from wa_desktop.window.campaigns.actions import Action
from wa_desktop.window.campaigns.detail_page import CampaignDetailPage
from wa_desktop.window.campaigns.standing import NOTHING, standing
from wa_desktop.window.formats import moment, near_moment
from wa_desktop.window.wiring import Wiring

pytestmark = pytest.mark.window

HOUR = 3_600 * SECOND


def _says(qtbot: QtBot, page: CampaignDetailPage, words: str) -> None:
    page.refresher.ask()
    qtbot.waitUntil(lambda: words in page.standing.text, timeout=10_000)


def _state(core: HandDrivenCore, contract: Contract) -> ContractState:
    return core.ledger.contracts.get(contract.id).state


def _scheduled(core: HandDrivenCore, start_at: int) -> Contract:
    contract = core.make("Winter", 3)
    core.services.contracts.change(contract.id, ContractChanges(start_at=start_at))
    return core.services.contracts.start(contract.id)


def test_a_running_campaign_says_nothing_but_when_it_will_be_done(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    page = open_page(qtbot, wiring, core.start("Winter", 50))
    core.claim(1)
    page.refresher.ask()
    qtbot.waitUntil(lambda: "done about" in page.facts.text(), timeout=10_000)
    assert page.standing.text == ""


def test_a_scheduled_campaign_shows_its_start_and_can_be_started_at_once(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    start_at = now() + 30 * HOUR
    contract = _scheduled(core, start_at)
    page = open_page(qtbot, wiring, contract)
    assert page.standing.text == f"It starts on {moment(start_at)}."
    start = page.action_bar.button(Action.START)
    assert start.text() == "Start now"
    start.click()
    qtbot.waitUntil(lambda: _state(core, contract) is ContractState.RUNNING)


@pytest.mark.parametrize(("answer", "runs"), [("Start now", True), ("Not now", False)])
def test_a_missed_start_asks(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore, answer: str, runs: bool
) -> None:
    start_at = now() + HOUR
    contract = _scheduled(core, start_at)
    core.ledger.schedule.start_due(start_at + HOUR)
    page = open_page(qtbot, wiring, contract)
    assert page.standing.text.startswith(f"It was to start on {moment(start_at)}")
    page.standing.button(answer).click()
    qtbot.waitUntil(lambda: page.standing.text == "", timeout=10_000)
    expected = ContractState.RUNNING if runs else ContractState.PAUSED
    assert _state(core, contract) is expected
    if not runs:
        assert core.ledger.contracts.get(contract.id).start_at is None


def test_what_a_breaker_paused_says_why_and_goes_on_by_one_click(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 5)
    core.services.contracts.pause(contract.id, "60 of the last 100 messages failed.")
    page = open_page(qtbot, wiring, contract)
    assert page.standing.text == "60 of the last 100 messages failed."
    assert _resumes(page) == [page.action_bar.button(Action.RESUME)]
    page.action_bar.button(Action.RESUME).click()
    qtbot.waitUntil(lambda: _state(core, contract) is ContractState.RUNNING)


def test_a_restored_campaign_says_so_and_has_one_button_to_resume(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 5)
    core.services.contracts.pause(contract.id, RESTORED)
    page = open_page(qtbot, wiring, contract)
    assert page.standing.text.startswith("The data came from a backup.")
    assert _resumes(page) == [page.action_bar.button(Action.RESUME)]


def _resumes(page: CampaignDetailPage) -> list[QPushButton]:
    buttons = page.findChildren(QPushButton)
    return [one for one in buttons if one.isVisible() and one.text() == "Resume"]


def test_a_pause_by_a_person_needs_no_words(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.services.contracts.pause(core.start("Winter", 5).id).contract
    assert open_page(qtbot, wiring, contract).standing.text == ""


def test_a_stopped_account_is_named_and_can_send_again(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    page = open_page(qtbot, wiring, core.start("Winter", 5))
    core.ledger.accounts.set_state(UNLIMITED, AccountState.STOPPED, "The token has expired.")
    _says(qtbot, page, "The account “Unlimited” has stopped sending. The token has expired.")
    page.standing.button("Let the account send again").click()
    qtbot.waitUntil(lambda: page.standing.text == "", timeout=10_000)
    assert core.ledger.accounts.get(UNLIMITED).state is AccountState.ACTIVE


def test_a_paused_queue_can_be_let_go_on(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    page = open_page(qtbot, wiring, core.start("Winter", 5))
    core.services.queues.pause(QueueName.MESSAGES)
    _says(qtbot, page, "The queue is paused")
    page.standing.button("Let the queue go on").click()
    qtbot.waitUntil(lambda: not core.ledger.switches.paused())


def test_a_priority_is_changed_while_it_runs(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 5)
    page = open_page(qtbot, wiring, contract)
    page.priority.spin.setValue(7)
    qtbot.waitUntil(lambda: core.ledger.contracts.get(contract.id).priority == 7)
    core.services.contracts.change(contract.id, ContractChanges(priority=9))
    qtbot.waitUntil(lambda: page.priority.spin.value() == 9, timeout=10_000)


def test_a_limit_is_named_with_the_time_at_which_it_ends(core: HandDrivenCore) -> None:
    contract, account = core.start("Winter", 5), core.ledger.accounts.get(UNLIMITED)
    at = now()
    reason = "It is night where the recipients are."
    held = HeldBack(Limit.QUIET_HOURS, at + 2 * HOUR, reason)
    found = standing(contract, account, Outlook(held), at)
    assert found.text == f"{reason} It goes on by itself at {near_moment(at + 2 * HOUR)}."
    assert found.offers == ()


def test_the_usual_wait_for_a_slot_is_no_news(core: HandDrivenCore) -> None:
    contract, account = core.start("Winter", 5), core.ledger.accounts.get(UNLIMITED)
    held = HeldBack(Limit.RATE, now() + 3 * SECOND, "The rate limit.")
    assert standing(contract, account, Outlook(held), now()) == NOTHING


def test_nothing_sends_is_said(core: HandDrivenCore) -> None:
    contract, account = core.start("Winter", 5), core.ledger.accounts.get(UNLIMITED)
    held = HeldBack(Obstacle.NO_WORKER, None, "No program sends now.")
    assert "No program sends" in standing(contract, account, Outlook(held), now()).text


def test_a_time_today_is_shown_without_its_date() -> None:
    noon = datetime.now().astimezone().replace(hour=12, minute=0, second=0, microsecond=0)
    at = round(noon.timestamp()) * SECOND
    assert near_moment(at) == "12:00"
    assert near_moment(at - 30 * SECOND) == "12:00"
    later = round((noon + timedelta(days=2)).timestamp()) * SECOND
    assert near_moment(later) == moment(later)


def test_a_limit_in_the_ledger_reaches_the_page(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    page = open_page(qtbot, wiring, core.start("Winter", 5))
    core.throttle(600 * SECOND)
    _says(qtbot, page, "WhatsApp asked the account to send more slowly. It goes on by itself at")
