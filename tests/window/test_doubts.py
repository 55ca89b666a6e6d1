"""Doubts, failed messages and copies: settled from the page, for all or for chosen rows."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel
from pytestqt.qtbot import QtBot

from tests.ledgers import outcome, turn
from tests.window.campaign import is_asked, open_page, question
from tests.window.core import HandDrivenCore
from wa_desktop.contracts.again import MOST_IDS
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import (
    NO_SECRETS,
    Account,
    AccountKind,
    Contract,
    DoubtPolicy,
)
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.window.campaigns.actions import Action
from wa_desktop.window.campaigns.detail_page import CampaignDetailPage
from wa_desktop.window.campaigns.page import CampaignsPage
from wa_desktop.window.messages.table_model import Place
from wa_desktop.window.remembered import Remembered
from wa_desktop.window.wiring import Wiring

pytestmark = pytest.mark.window


@pytest.fixture
def contract(core: HandDrivenCore) -> Contract:
    """Ten messages: three in doubt, two failed, five waiting."""
    made = core.start("Winter", 10)
    core.send(3, [OutcomeKind.IN_DOUBT], text="No answer came.")
    core.send(2, [OutcomeKind.FAILED], text="Not on WhatsApp.")
    return made


@pytest.fixture
def page(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore, contract: Contract
) -> CampaignDetailPage:
    """That campaign on the screen, its rows read."""
    found = open_page(qtbot, wiring, contract)
    table = found.messages
    qtbot.waitUntil(lambda: table.model.known(0) is not None, timeout=10_000)
    return found


def _choose(page: CampaignDetailPage, *rows: int) -> None:
    model, chosen = page.messages.model, QItemSelection()
    for row in rows:
        chosen.select(model.index(row, 0), model.index(row, Place.READ))
    page.messages.table.selectionModel().select(
        chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect
    )


def _states(core: HandDrivenCore, contract: Contract) -> list[MessageState]:
    return [one.state for one in core.ledger.messages.page(contract.id).items]


def _buttons(page: CampaignDetailPage) -> list[str]:
    return [one.text() for one in page.messages.chosen_bar.buttons]


def test_doubts_are_said_and_leave_hides_them_until_there_is_a_new_one(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    assert page.doubts.text.startswith("3 messages are in doubt")
    page.doubts.button("Leave").click()
    assert page.doubts.text == ""
    page.refresher.ask()
    core.send(1, [OutcomeKind.IN_DOUBT])
    page.refresher.ask()
    qtbot.waitUntil(lambda: page.doubts.text.startswith("4 messages"), timeout=10_000)
    assert _states(core, contract).count(MessageState.IN_DOUBT) == 4


def test_a_doubt_that_comes_after_others_were_settled_is_a_new_one(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    page.doubts.button("Leave").click()
    core.services.doubts.settle(contract.id, DoubtPolicy.TREAT_AS_SENT)
    core.send(1, [OutcomeKind.IN_DOUBT])
    page.refresher.ask()
    qtbot.waitUntil(lambda: page.doubts.text.startswith("1 message is"), timeout=10_000)


def test_leave_is_remembered_at_the_next_start_until_there_is_a_new_doubt(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore, contract: Contract, tmp_path: Path
) -> None:
    other = core.start("Spring", 2)
    first = open_page(qtbot, replace(wiring, remembered=Remembered(tmp_path)), contract)
    first.doubts.button("Leave").click()
    qtbot.waitUntil(lambda: contract.id in Remembered(tmp_path).left_doubts)
    second = open_page(qtbot, replace(wiring, remembered=Remembered(tmp_path)), contract)
    assert second.doubts.text == ""
    assert second.counts.in_doubt.value == 3
    core.send(7, [OutcomeKind.IN_DOUBT])
    second.refresher.ask()
    qtbot.waitUntil(lambda: second.doubts.text.startswith("8 messages"), timeout=10_000)
    second.open_contract(other.id)
    qtbot.waitUntil(lambda: second.doubts.text.startswith("2 messages"), timeout=10_000)


def test_what_was_left_of_a_deleted_campaign_is_forgotten(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, wiring: Wiring, contract: Contract
) -> None:
    page.doubts.button("Leave").click()
    assert contract.id in wiring.remembered.left_doubts
    core.services.contracts.delete(contract.id, force=True)
    qtbot.waitUntil(lambda: not wiring.remembered.left_doubts, timeout=10_000)


def test_all_doubts_are_sent_again_after_a_question_that_warns(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    page.doubts.button("Send again…").click()
    asked = question()
    assert asked.text() == "Send 3 messages in doubt again?"
    assert "gets a second message" in asked.informativeText()
    asked.button_named("Leave").click()
    assert _states(core, contract)[:3] == [MessageState.IN_DOUBT] * 3
    page.doubts.button("Send again…").click()
    question().button_named("Send again").click()
    qtbot.waitUntil(lambda: page.doubts.text == "", timeout=10_000)
    assert _states(core, contract)[:3] == [MessageState.WAITING] * 3


def test_doubts_of_a_cancelled_campaign_can_be_treated_as_sent_alone(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    core.services.contracts.cancel(contract.id)
    page.refresher.ask()
    qtbot.waitUntil(
        lambda: [one.text() for one in page.doubts.buttons] == ["Treat as sent…", "Leave"],
        timeout=10_000,
    )


def test_all_doubts_are_treated_as_sent(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    page.doubts.button("Treat as sent…").click()
    assert "will not get it" in question().informativeText()
    question().button_named("Treat as sent").click()
    qtbot.waitUntil(lambda: page.doubts.text == "", timeout=10_000)
    assert _states(core, contract)[:3] == [MessageState.SENT] * 3


def test_chosen_doubts_alone_are_settled(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    _choose(page, 0, 2, 9)
    assert page.messages.chosen_bar.text == "3 chosen"
    assert _buttons(page) == ["Send again…", "Treat as sent…", "Leave"]
    menu = [one.text() for one in page.messages.menu().actions()]
    assert menu == ["Send again…", "Treat as sent…", "Leave"]
    page.messages.chosen_bar.button("Treat as sent…").click()
    assert question().text() == "Treat 2 messages in doubt as sent?"
    question().button_named("Treat as sent").click()
    qtbot.waitUntil(lambda: page.doubts.text.startswith("1 message is"), timeout=10_000)
    expected = [MessageState.SENT, MessageState.IN_DOUBT, MessageState.SENT]
    assert _states(core, contract)[:3] == expected


def test_leave_takes_the_choice_back(page: CampaignDetailPage) -> None:
    _choose(page, 0)
    page.messages.chosen_bar.button("Leave").click()
    assert page.messages.selection.rows == 0
    assert page.messages.chosen_bar.text == ""


def test_failed_rows_that_are_chosen_are_sent_again(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    _choose(page, 4, 5)
    assert _buttons(page) == ["Send failed again"]
    page.messages.chosen_bar.button("Send failed again").click()
    qtbot.waitUntil(lambda: _states(core, contract)[4] is MessageState.WAITING, timeout=10_000)
    assert _states(core, contract)[3] is MessageState.FAILED


def test_what_was_settled_meanwhile_is_said(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    with qtbot.waitSignal(page.refused, timeout=10_000) as said:
        page.settling.retry([core.ledger.messages.ids(contract.id)[9]])
    assert said.args == ["None of these messages is failed any more."]


def test_all_failed_are_sent_again_and_an_ended_campaign_runs_again(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    core.send(5)
    assert core.ledger.contracts.get(contract.id).state is ContractState.COMPLETED
    qtbot.waitUntil(lambda: page.contract is not None and page.contract.counts.sent == 5)
    page.action_bar.button(Action.RETRY).click()
    qtbot.waitUntil(is_asked, timeout=10_000)
    assert question().text() == "Send 2 failed messages again?"
    question().button_named("Send again").click()

    def runs_again() -> bool:
        found = core.ledger.contracts.get(contract.id)
        return found.state is ContractState.RUNNING and found.counts.waiting == 2

    qtbot.waitUntil(runs_again, timeout=10_000)
    assert core.send(10) == 2


def _suppress(core: HandDrivenCore, phone: str, code: int) -> None:
    """Have another campaign of a real account find that out about a number."""
    ledger = core.ledger
    if all(one.id != "real" for one in ledger.accounts.list()):
        ledger.accounts.add(
            Account("real", "Real", AccountKind.CLOUD_API, "1055", rate_limit=None), NO_SECRETS
        )
    other, _ = core.services.contracts.create_filled(
        NewContract("real", "Other", message="Hi"), [RecipientRow(1, phone)]
    )
    core.services.contracts.start(other.id)
    worker = ledger.workers.register()
    [granted] = turn(ledger, worker, free=1, account="real").granted
    turn(ledger, worker, outcomes=[outcome(granted, OutcomeKind.FAILED, code=code, text="no")])


def _phones(core: HandDrivenCore, contract: Contract) -> list[str]:
    return [one.phone for one in core.ledger.messages.page(contract.id).items]


def test_who_would_be_left_out_is_said_before_messages_go_again(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    _suppress(core, _phones(core, contract)[3], 131026)
    page.action_bar.button(Action.RETRY).click()
    qtbot.waitUntil(is_asked, timeout=10_000)
    assert question().text() == "Send 1 failed message again?"
    said = question().informativeText()
    assert "1 message will not be sent again:" in said
    assert "• 1 with code 131026: The message cannot be delivered" in said
    question().button_named("Send again").click()
    qtbot.waitUntil(lambda: _states(core, contract)[4] is MessageState.WAITING, timeout=10_000)
    assert _states(core, contract)[3] is MessageState.FAILED


def test_a_person_can_write_all_the_same(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore, contract: Contract
) -> None:
    for phone in _phones(core, contract)[3:5]:
        _suppress(core, phone, 131026)
    _choose(page, 3, 4)
    page.messages.chosen_bar.button("Send failed again").click()
    qtbot.waitUntil(is_asked, timeout=10_000)
    assert question().text() == "None of these messages can be sent again"
    question().button_named("Write to them all the same").click()
    waiting = [MessageState.WAITING] * 2
    qtbot.waitUntil(lambda: _states(core, contract)[3:5] == waiting, timeout=10_000)
    assert core.ledger.suppressions.page().items == ()


def test_more_rows_than_can_be_taken_one_by_one_are_counted_only(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    page = open_page(qtbot, wiring, core.make_long("Long", MOST_IDS + 1_000))
    qtbot.waitUntil(lambda: page.messages.model.rowCount() > MOST_IDS, timeout=20_000)
    page.messages.table.selectAll()
    assert page.messages.chosen_bar.text == "6,000 chosen. At most 5,000 can be taken one by one."
    assert _buttons(page) == []


def test_a_choice_survives_rows_that_leave_a_filtered_table(
    qtbot: QtBot, page: CampaignDetailPage, core: HandDrivenCore
) -> None:
    pane = page.messages
    pane.states.setCurrentIndex(pane.states.findText("Waiting"))
    qtbot.waitUntil(lambda: pane.model.rowCount() == 5)
    _choose(page, 3)
    chosen = pane.selection.ids
    core.send(2)
    page.refresher.ask()
    qtbot.waitUntil(lambda: pane.model.rowCount() == 3, timeout=10_000)
    qtbot.waitUntil(lambda: pane.selection.ids == chosen)


@pytest.mark.parametrize(("only_failed", "expected"), [(False, 10), (True, 2)])
def test_a_copy_is_made_and_opened(
    qtbot: QtBot,
    wiring: Wiring,
    core: HandDrivenCore,
    contract: Contract,
    only_failed: bool,
    expected: int,
) -> None:
    campaigns = CampaignsPage(wiring)
    qtbot.addWidget(campaigns)
    campaigns.show()
    campaigns.open_contract(contract.id)
    detail = campaigns.detail
    qtbot.waitUntil(lambda: detail.contract is not None, timeout=10_000)
    menu = detail.action_bar.button(Action.DUPLICATE).menu()
    menu.actions()[only_failed].trigger()

    def copied() -> bool:
        shown = detail.contract
        return shown is not None and shown.id != contract.id and shown.counts.total == expected

    qtbot.waitUntil(copied, timeout=10_000)
    assert detail.contract is not None
    assert (detail.contract.name, detail.contract.state) == ("Winter (2)", ContractState.DRAFT)
