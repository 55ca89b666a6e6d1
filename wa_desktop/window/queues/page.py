"""The queues: their figures, what is active now, who works, and the pace of the last hour."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from wa_desktop.clock import SECOND
from wa_desktop.ledger.records import MinuteFigures, QueuesStatus, WorkerRecord
from wa_desktop.window.formats import clock_time, moment, phone
from wa_desktop.window.parts.record_model import Column, RecordModel
from wa_desktop.window.parts.tables import Table
from wa_desktop.window.parts.watched import WatchedPage
from wa_desktop.window.queues.figures import QueueTiles
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.theme import scaled_font
from wa_desktop.window.wiring import Wiring

_HOUR = 3_600 * SECOND


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the table of active jobs; ``phone`` is blank for a whole campaign."""

    key: str
    campaign: str
    phone: str = ""
    attempts: int | None = None


@dataclass(frozen=True, slots=True)
class _News:
    status: QueuesStatus
    minutes: tuple[MinuteFigures, ...]
    until: int


class QueuesPage(WatchedPage):
    """Follows the queues while it is seen."""

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._last: _News | None = None
        self.chart: QWidget | None = None
        self._show_minutes: Callable[[Sequence[MinuteFigures], int], None] | None = None
        self.jobs = RecordModel[Job](self._job_columns(), lambda one: one.key, self)
        self.workers = RecordModel[WorkerRecord](self._worker_columns(), lambda one: one.id, self)
        self.refresher = Refresher[_News](wiring.background, self._plan, self._show, self)
        self.watched_by(self.refresher)
        self._build()
        wiring.bridge.queues_changed.connect(self._changed)
        wiring.background.run(self, _load_chart, self._add_chart)

    def _job_columns(self) -> tuple[Column[Job], ...]:
        return (
            Column(
                self.tr("Queue"),
                lambda one: self.tr("Messages") if one.phone else self.tr("Campaigns"),
            ),
            Column(self.tr("Campaign"), lambda one: one.campaign),
            Column(self.tr("Phone"), lambda one: one.phone or "–"),
            Column(
                self.tr("Attempts so far"),
                lambda one: "–" if one.attempts is None else str(one.attempts),
            ),
        )

    def _worker_columns(self) -> tuple[Column[WorkerRecord], ...]:
        return (
            Column(self.tr("Computer"), lambda one: one.host),
            Column(self.tr("Process"), lambda one: str(one.pid)),
            Column(self.tr("Since"), lambda one: moment(one.started_at)),
            Column(self.tr("Last sign of life"), lambda one: clock_time(one.last_seen)),
            Column(self.tr("Last sent"), lambda one: clock_time(one.last_send)),
        )

    def _build(self) -> None:
        title = QLabel(self.tr("Queues"), self)
        title.setFont(scaled_font(self, 1.5, bold=True))
        inner = QWidget(self)
        self.contracts = QueueTiles(self.tr("Campaigns"), messages=False, parent=inner)
        self.messages = QueueTiles(self.tr("Messages"), messages=True, parent=inner)
        self._chart_place = QVBoxLayout()
        self._no_chart = QLabel(self.tr("Loading the chart…"), inner)
        self._no_chart.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._no_chart.setMinimumHeight(self.fontMetrics().height() * 10)
        self._chart_place.addWidget(self._no_chart)
        self.jobs_table = self._table(self.tr("Active jobs"), self.jobs, (12, 24, 15, 12), 1)
        self.workers_table = self._table(self.tr("Workers"), self.workers, (20, 8, 16, 19, 19), 0)
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.contracts)
        layout.addWidget(self.messages)
        layout.addWidget(self._heading(self.tr("Messages sent a minute, last 60 minutes")))
        layout.addLayout(self._chart_place)
        layout.addWidget(self._heading(self.tr("Active jobs")))
        layout.addWidget(self.jobs_table)
        layout.addWidget(self._heading(self.tr("Workers")))
        layout.addWidget(self.workers_table)
        layout.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.addWidget(title)
        outer.addWidget(area, 1)

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setFont(scaled_font(self, 1.15, bold=True))
        label.setContentsMargins(0, 10, 0, 0)
        return label

    def _table(
        self,
        name: str,
        model: RecordModel[Any],
        widths: tuple[int, ...],
        stretched: int,
    ) -> Table:
        table = Table(name, self)
        table.setModel(model)
        table.set_widths(widths, stretched)
        table.fit_rows(2, 8)
        return table

    def _plan(self) -> Callable[[], _News]:
        ledger = self._wiring.services.ledger
        statistics = ledger.statistics

        def work() -> _News:
            until = ledger.now()
            return _News(statistics.queues(), statistics.minutes(until - _HOUR, until), until)

        return work

    def _show(self, news: _News) -> None:
        self._last = news
        status = news.status
        self.contracts.show_figures(status.contracts)
        self.messages.show_figures(status.messages)
        self.jobs.set_records(_jobs(status))
        self.workers.set_records(status.workers)
        self.jobs_table.fit_rows(2, 8)
        self.workers_table.fit_rows(2, 8)
        self._draw()

    def _draw(self) -> None:
        if self._show_minutes is not None and self._last is not None:
            self._show_minutes(self._last.minutes, self._last.until)

    def _add_chart(self, chart_class: type) -> None:
        chart = self.chart = chart_class(self)
        chart.setAccessibleName(self.tr("Messages sent a minute, last 60 minutes"))
        self._show_minutes = chart.show_minutes
        self._no_chart.hide()
        self._chart_place.addWidget(chart)
        self._draw()

    def _changed(self) -> None:
        if self.isVisible():
            self.refresher.ask()


def _jobs(status: QueuesStatus) -> list[Job]:
    names = {one.id: one.name for one in status.active_contracts}
    campaigns = [Job(f"c{one.id}", one.name) for one in status.active_contracts]
    messages = [
        Job(f"m{one.id}", names.get(one.contract_id, "–"), phone(one.phone), one.attempts)
        for one in status.active_messages
    ]
    return campaigns + messages


def _load_chart() -> type:
    """On a pool thread: 700 ms that the first paint does not wait for."""
    from wa_desktop.window.queues.chart import MinuteChart  # noqa: PLC0415

    return MinuteChart
