"""What keeps messages from being sent though a program runs, as ``/health`` tells it."""

from collections.abc import Iterator

from wa_desktop.clock import SECOND
from wa_desktop.commands.doctor.finding import Finding, Level
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.reports.checkup import Checkup
from wa_desktop.reports.health import Report, Source
from wa_desktop.reports.lost_workers import Lost

_LATELY = 600 * SECOND
"""A worker that was killed within this time, and not started again, is named."""

_SUBJECTS = {
    Source.WORKERS: "worker",
    Source.SWITCH: "queue's switch",
    Source.CONTRACT: "campaign",
}
"""Stopped accounts, and that no worker is alive, have checks of their own."""


def sending(ledger: Ledger) -> Iterator[Finding]:
    """Killed and barred workers, paused queues, and campaigns that the program paused."""
    checkup = Checkup(ledger, lambda: None, lambda: None, lambda: ())
    for one in ledger.happenings.lost_since(ledger.now() - _LATELY):
        checkup.lost.add(Lost.of(one))
    for report in checkup.now().reports:
        if report.source in _SUBJECTS and not _is_told_elsewhere(report):
            what, _, advice = report.text.partition(". ")
            yield Finding(_SUBJECTS[report.source], Level.WARNING, what.rstrip("."), advice)


def _is_told_elsewhere(report: Report) -> bool:
    return report.source is Source.WORKERS and not report.about
