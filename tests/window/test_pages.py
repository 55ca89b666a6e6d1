"""The page of the queues shows what the ledger holds."""

import pytest
from pytestqt.qtbot import QtBot

from tests.window.core import HandDrivenCore
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.records import MinuteFigures
from wa_desktop.ledger.turns.settle import OutcomeKind
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
