"""The list of campaigns and one of them opened follow the ledger and act on it."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.window.core import HandDrivenCore
from wa_desktop.errors import NotFound
from wa_desktop.ledger.records import Contract, Counts
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.window import words
from wa_desktop.window.campaigns.action_bar import ActionBar
from wa_desktop.window.campaigns.actions import Action, allowed_actions
from wa_desktop.window.campaigns.counts import CountTiles
from wa_desktop.window.campaigns.list_page import CampaignListPage
from wa_desktop.window.campaigns.page import CampaignsPage
from wa_desktop.window.parts.questions import Question
from wa_desktop.window.wiring import Wiring

pytestmark = pytest.mark.window


@pytest.fixture
def page(qtbot: QtBot, wiring: Wiring) -> CampaignsPage:
    """The page on the screen."""
    found = CampaignsPage(wiring)
    qtbot.addWidget(found)
    found.resize(1000, 700)
    found.show()
    qtbot.waitExposed(found)
    return found


def _texts(page: CampaignListPage) -> list[list[str]]:
    model = page.model
    return [
        [str(model.index(row, column).data() or "") for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def _opened(qtbot: QtBot, page: CampaignsPage, contract: Contract) -> ActionBar:
    page.open_contract(contract.id)
    qtbot.waitUntil(lambda: page.detail.contract is not None)
    return page.detail.action_bar


def _question() -> Question:
    found = QApplication.activeModalWidget()
    assert isinstance(found, Question)
    return found


def _state(core: HandDrivenCore, contract: Contract) -> ContractState:
    return core.ledger.contracts.get(contract.id).state


def test_an_empty_list_says_what_to_do(qtbot: QtBot, page: CampaignsPage) -> None:
    qtbot.waitUntil(lambda: page.list.empty.isVisible())
    assert "Drop a .csv" in page.list.empty.text()


def test_the_list_shows_campaigns_newest_first_and_follows_them(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore
) -> None:
    core.make("Spring", 5)
    core.start("Winter", 1_500)
    qtbot.waitUntil(lambda: page.list.model.rowCount() == 2)
    assert [row[0] for row in _texts(page.list)] == ["Winter", "Spring"]
    core.send(700)
    core.send(50, [OutcomeKind.FAILED])
    core.services.contracts.pause(core.ledger.contracts.page().items[0].id)
    qtbot.waitUntil(lambda: _texts(page.list)[0][1] == "Paused")
    assert _texts(page.list)[0][2:6] == ["50%", "1,500", "700", "50"]


def test_a_selection_survives_new_campaigns(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore
) -> None:
    spring = core.make("Spring", 1)
    qtbot.waitUntil(lambda: page.list.model.rowCount() == 1)
    page.list.table.selectRow(0)
    core.make("Winter", 1)
    qtbot.waitUntil(lambda: page.list.model.rowCount() == 2)
    assert page.list.table.currentIndex().row() == page.list.model.row_of(spring.id) == 1


def test_a_search_and_a_state_narrow_the_list(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore
) -> None:
    for name in ("Spring", "Winter sale", "Winter news"):
        core.make(name, 1)
    core.start("Winter now", 3)
    page.list.search.setText("winter")
    qtbot.waitUntil(lambda: page.list.model.rowCount() == 3)
    page.list.states.setCurrentIndex(page.list.states.findData(ContractState.RUNNING))
    qtbot.waitUntil(lambda: [row[0] for row in _texts(page.list)] == ["Winter now"])
    page.list.search.setText("autumn")
    qtbot.waitUntil(lambda: page.list.empty.isVisible())
    assert page.list.empty.text() == "No campaign matches."


def test_a_campaign_of_another_program_appears_by_itself(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore, wiring: Wiring
) -> None:
    wiring.bridge.deafen()
    core.make("Spring", 1)
    qtbot.waitUntil(lambda: page.list.model.rowCount() == 1, timeout=10_000)


def test_the_detail_page_shows_counts_that_follow(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore, wiring: Wiring
) -> None:
    contract = core.start("Winter", 400)
    _opened(qtbot, page, contract)
    counts = page.detail.counts
    assert (counts.total.value, counts.waiting.value) == (400, 400)
    core.send(100)
    core.send(3, [OutcomeKind.IN_DOUBT], text="No answer came.")
    core.send(7, [OutcomeKind.RETRY])
    page.detail.refresher.ask()
    qtbot.waitUntil(lambda: counts.sent.value == 100)
    assert (counts.in_doubt.value, counts.delayed.value, counts.waiting.value) == (3, 7, 290)
    assert page.detail.progress.text == "25% · 3 in doubt"


def test_pause_and_resume_reach_the_ledger(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 50)
    actions = _opened(qtbot, page, contract)
    assert not actions.button(Action.RESUME).isVisible()
    actions.button(Action.PAUSE).click()
    qtbot.waitUntil(lambda: actions.button(Action.RESUME).isEnabled())
    assert _state(core, contract) is ContractState.PAUSED
    actions.button(Action.RESUME).click()
    qtbot.waitUntil(lambda: actions.button(Action.PAUSE).isEnabled())
    assert _state(core, contract) is ContractState.RUNNING


def test_cancel_asks_first_and_keep_changes_nothing(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 50)
    actions = _opened(qtbot, page, contract)
    actions.button(Action.CANCEL).click()
    assert "50 messages" in _question().informativeText()
    _question().button_named("Keep").click()
    actions.button(Action.CANCEL).click()
    _question().button_named("Cancel campaign").click()
    qtbot.waitUntil(lambda: page.detail.counts.skipped.value == 50)
    assert _state(core, contract) is ContractState.CANCELLED
    assert not actions.button(Action.PAUSE).isEnabled()


def test_delete_asks_first_stops_a_running_campaign_and_leads_back(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 50)
    actions = _opened(qtbot, page, contract)
    actions.button(Action.DELETE).click()
    assert "sending stops first" in _question().informativeText()
    _question().button_named("Delete").click()
    qtbot.waitUntil(lambda: page.shows_list)
    with pytest.raises(NotFound):
        core.ledger.contracts.get(contract.id)
    qtbot.waitUntil(lambda: page.list.model.rowCount() == 0)


def test_a_refusal_of_the_core_is_said_in_its_words(
    qtbot: QtBot, page: CampaignsPage, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 50)
    actions = _opened(qtbot, page, contract)
    core.services.contracts.cancel(contract.id)  # behind the window's back
    with qtbot.waitSignal(page.refused) as said:
        actions.pause()
    assert "cancelled" in said.args[0]


_ALWAYS = (Action.DUPLICATE, Action.CANCEL, Action.DELETE)


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        (lambda core: core.make("x", 2), {Action.START, *_ALWAYS}),
        (lambda core: core.start("x", 2), {Action.PAUSE, *_ALWAYS}),
        (
            lambda core: core.services.contracts.pause(core.start("x", 2).id).contract,
            {Action.RESUME, *_ALWAYS},
        ),
        (
            lambda core: core.services.contracts.cancel(core.start("x", 2).id),
            {Action.DUPLICATE, Action.DELETE},
        ),
    ],
)
def test_the_state_decides_what_can_be_done(
    core: HandDrivenCore,
    prepare: Callable[[HandDrivenCore], Contract],
    expected: set[Action],
) -> None:
    contract = core.ledger.contracts.get(prepare(core).id)
    assert allowed_actions(contract) == expected


def test_a_tile_counts_what_the_provider_holds_back_once_there_is_some(qtbot: QtBot) -> None:
    tiles = CountTiles()
    qtbot.addWidget(tiles)
    tiles.show()
    tiles.show_counts(Counts(total=5, sent=5))
    assert not tiles.held.isVisible()
    tiles.show_counts(Counts(total=5, sent=5, held=3))
    assert tiles.held.isVisible()
    assert (tiles.held.value, tiles.sent.value) == (3, 5)
    assert words.all_counts(Counts(total=5, sent=5, held=3)).startswith(
        "5 sent · 3 held by the provider"
    )
