"""The pages of queues and accounts show what the ledger holds."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.window.core import UNLIMITED, HandDrivenCore
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.records import AccountKind, AccountState, MinuteFigures
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.window.accounts.form import AccountForm
from wa_desktop.window.accounts.page import AccountsPage
from wa_desktop.window.parts.questions import Question
from wa_desktop.window.queues.chart import MINUTES, MinuteChart, sent_by_minute
from wa_desktop.window.queues.page import QueuesPage
from wa_desktop.window.wiring import Wiring

pytestmark = pytest.mark.window


@pytest.fixture
def queues(qtbot: QtBot, wiring: Wiring) -> QueuesPage:
    """The page on the screen with its chart."""
    page = QueuesPage(wiring)
    qtbot.addWidget(page)
    page.resize(1000, 800)
    page.show()
    qtbot.waitUntil(lambda: page.chart is not None, timeout=20_000)
    return page


@pytest.fixture
def accounts(qtbot: QtBot, wiring: Wiring) -> AccountsPage:
    """The page on the screen with its accounts."""
    page = AccountsPage(wiring)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    return page


def test_the_queues_show_figures_jobs_and_workers(
    qtbot: QtBot, queues: QueuesPage, core: HandDrivenCore
) -> None:
    core.start("Winter", 300)
    core.make("Draft", 5)
    core.send(100)
    core.send(4, [OutcomeKind.FAILED])
    core.send(2, [OutcomeKind.IN_DOUBT])
    core.claim(3)
    queues.refresher.ask()
    qtbot.waitUntil(lambda: queues.messages.active.value == 3)
    figures = queues.messages
    assert (figures.completed.value, figures.failed.value) == (100, 4)
    assert figures.in_doubt is not None
    assert figures.in_doubt.value == 2
    assert queues.contracts.active.value == 1
    jobs = queues.jobs.records
    assert [one.campaign for one in jobs] == ["Winter"] * 4
    assert [bool(one.phone) for one in jobs] == [False, True, True, True]
    assert queues.workers.rowCount() == 1


def test_the_chart_shows_what_was_sent_this_minute(
    qtbot: QtBot, queues: QueuesPage, core: HandDrivenCore
) -> None:
    core.start("Winter", 300)
    core.send(120)
    queues.refresher.ask()
    chart = queues.chart
    assert isinstance(chart, MinuteChart)
    qtbot.waitUntil(lambda: sum(chart.sent) == 120)
    assert len(chart.sent) == MINUTES


def test_minutes_of_rest_are_zero() -> None:
    minute = 60 * SECOND
    until = now()
    last = until // minute * minute
    figures = [
        MinuteFigures(last - 2 * minute, 7, 0, 0, 0),
        MinuteFigures(last - 99 * minute, 9, 0, 0, 0),
    ]
    assert sent_by_minute(figures, until)[-3:] == [7, 0, 0]
    assert sum(sent_by_minute(figures, until)) == 7


def test_accounts_show_their_limits(accounts: AccountsPage) -> None:
    rows = [
        [accounts.model.index(row, column).data() for column in range(5)]
        for row in range(accounts.model.rowCount())
    ]
    assert rows == [
        ["Sandbox", "Sandbox (sends nothing)", "Ready", "10 a second", "10"],
        ["Unlimited", "Sandbox (sends nothing)", "Ready", "none", "500"],
    ]


def test_a_cloud_account_is_added_once_it_is_complete(
    qtbot: QtBot, accounts: AccountsPage, wiring: Wiring, core: HandDrivenCore
) -> None:
    form = AccountForm(wiring, accounts)
    form.open()
    assert not form.token.isVisible()
    form.kind.setCurrentIndex(form.kind.findData(AccountKind.CLOUD_API))
    form.name.setText("Shop")
    form.save()
    qtbot.waitUntil(form.trouble.isVisible)
    assert "access token is needed" in form.trouble_words.text()
    assert "phone number ID" in form.trouble_words.text()
    form.phone_number_id.setText("106540352242922")
    form.token.setText("secret-token")
    form.rate.setValue(80)
    with qtbot.waitSignal(form.added):
        form.save()
    stored = core.ledger.accounts.list()[-1]
    assert (stored.name, stored.phone_number_id) == ("Shop", "106540352242922")
    assert stored.secrets_set == ("access_token",)
    qtbot.waitUntil(lambda: accounts.model.rowCount() == 3)


def test_an_account_in_use_is_not_removed_and_the_page_says_why(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    core.make("Winter", 1)
    accounts.table.selectRow(1)
    accounts.remove.click()
    question = QApplication.activeModalWidget()
    assert isinstance(question, Question)
    with qtbot.waitSignal(accounts.refused) as said:
        question.button_named("Remove").click()
    assert "still has campaigns" in said.args[0]


def test_a_stopped_account_says_why_and_can_send_again(
    qtbot: QtBot, accounts: AccountsPage, core: HandDrivenCore
) -> None:
    core.ledger.accounts.set_state(UNLIMITED, AccountState.STOPPED, "The token has expired.")
    accounts.refresher.ask()
    qtbot.waitUntil(lambda: accounts.model.index(1, 2).data() == "Stopped")
    assert accounts.model.index(1, 5).data() == "The token has expired."
    accounts.table.selectRow(1)
    accounts.resume.click()
    qtbot.waitUntil(lambda: accounts.model.index(1, 2).data() == "Ready")
    assert core.ledger.accounts.get(UNLIMITED).state is AccountState.ACTIVE
