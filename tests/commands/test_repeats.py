"""What repeats while a fault lasts is printed once a minute, what is new at once."""

import logging
from dataclasses import dataclass, field

import pytest

from wa_desktop.commands.repeats import Repeats
from wa_desktop.commands.troubles import Troubles
from wa_desktop.reports.health import Health, Level, Report, Source


@dataclass
class Log:
    """A log whose time the test sets; ``printed`` holds what a reader sees."""

    at: float = 0.0
    printed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._repeats = Repeats(lambda: self.at)

    def say(self, text: str, *args: object, logger: str = "wa_desktop.queues.sweep") -> None:
        record = logging.LogRecord(logger, logging.INFO, "", 0, text, args, None)
        if self._repeats.filter(record):
            self.printed.append(record.getMessage())

    def pass_time(self, seconds: float) -> None:
        """Time passes; the program looks after its log every two seconds."""
        end = self.at + seconds
        while self.at < end:
            self.at += 2
            self.printed.extend(one.getMessage() for one in self._repeats.due())


def test_a_line_that_comes_every_two_seconds_is_printed_once_a_minute_with_its_number() -> None:
    log = Log()
    for _ in range(61):
        log.say("out of reach")
        log.pass_time(2)
    assert log.printed[0] == "out of reach"
    assert log.printed[1] == "out of reach (and 28 times more in the last minute)"
    assert len(log.printed) == 3


def test_a_line_that_stopped_is_not_printed_any_more() -> None:
    log = Log()
    log.say("out of reach")
    log.say("out of reach")
    log.pass_time(300)
    assert log.printed == ["out of reach", "out of reach"]


def test_the_same_words_after_a_minute_are_news() -> None:
    log = Log()
    log.say("out of reach")
    log.pass_time(62)
    log.say("out of reach")
    assert log.printed == ["out of reach", "out of reach"]


def test_lines_about_two_things_are_printed_both() -> None:
    log = Log()
    log.say("the account %s cannot send", "a")
    log.say("the account %s cannot send", "b")
    assert len(log.printed) == 2


@pytest.mark.parametrize("logger", ["wa_desktop.reports.journal", "wa_desktop.delivery.troubles"])
def test_each_stop_and_each_start_is_printed(logger: str) -> None:
    log = Log()
    for _ in range(3):
        log.say("the campaign c was started", logger=logger)
    assert len(log.printed) == 3


@dataclass
class Told:
    """What a person who watches a campaign is told, at a time that the test sets."""

    at: float = 0.0
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._troubles = Troubles(self.lines.append, lambda: self.at)

    def looks(self, *texts: str, times: int = 1, source: Source = Source.LEDGER) -> None:
        for _ in range(times):
            reports = [Report(Level.NOT_OK, source, one) for one in texts]
            self._troubles.note(Health.of(reports))
            self.at += 2


def test_a_trouble_whose_words_change_is_said_once_a_minute_and_its_end_once() -> None:
    told = Told()
    for _ in range(20):
        told.looks("out of reach (refused)")
        told.looks("out of reach (cut)")
    assert len(told.lines) == 2
    told.looks(times=5)
    assert told.lines[2:] == ["All is well again."]


def test_a_trouble_that_comes_and_goes_is_said_once_a_minute() -> None:
    told = Told()
    for _ in range(10):
        told.looks("locked")
        told.looks()
    assert told.lines == ["locked"]


def test_a_stopped_account_of_others_is_not_the_watched_campaigns_trouble() -> None:
    told = Told()
    told.looks("The account other is stopped.", source=Source.ACCOUNT)
    assert told.lines == []
