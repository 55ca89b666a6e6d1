"""A running program makes one backup a day, and a failure is told once and never raised."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.copies.copying import url_of
from tests.opened import open_ledger
from wa_desktop.app import Program
from wa_desktop.clock import SECOND, now
from wa_desktop.contracts.backups import DAY, FIRST_AFTER, RETRY_AFTER, AutomaticBackups
from wa_desktop.events import Event, EventBus, Notice, NoticeKind
from wa_desktop.ledger.copies.backup import list_backups
from wa_desktop.ledger.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(open_ledger(url_of(tmp_path / "ledger.db"))) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def test_the_first_one_is_made_an_hour_after_the_start(ledger: Ledger, folder: Path) -> None:
    started = now()
    backups = AutomaticBackups(ledger, folder, EventBus(), started=started)
    assert backups.once(started) is None
    assert backups.once(started + FIRST_AFTER - SECOND) is None
    made = backups.once(started + FIRST_AFTER)
    assert made is not None
    assert list_backups(folder) == (made,)


def test_the_next_one_is_made_a_day_after_the_last(ledger: Ledger, folder: Path) -> None:
    last = ledger.back_up(folder)
    backups = AutomaticBackups(ledger, folder, EventBus(), started=last.taken_at)
    assert backups.once(last.taken_at + DAY - SECOND) is None
    assert backups.once(last.taken_at + DAY) is not None
    assert len(list_backups(folder)) == 2


def test_one_that_is_overdue_at_the_start_does_not_wait_an_hour(
    ledger: Ledger, folder: Path
) -> None:
    last = ledger.back_up(folder)
    started = last.taken_at + 3 * DAY
    backups = AutomaticBackups(ledger, folder, EventBus(), started=started)
    assert backups.once(started) is None
    assert backups.once(started + 60 * SECOND) is not None


def test_an_unreadable_backup_does_not_put_off_the_next(ledger: Ledger, folder: Path) -> None:
    started = now()
    last = ledger.back_up(folder)
    last.path.write_bytes(b"spoiled")
    backups = AutomaticBackups(ledger, folder, EventBus(), started=started)
    assert backups.once(started + FIRST_AFTER) is not None


def test_a_failure_is_told_once_and_tried_again_each_hour(ledger: Ledger, folder: Path) -> None:
    started, told = now(), list[Event]()
    events = EventBus()
    events.subscribe(told.append)
    backups = AutomaticBackups(ledger, folder, events, started=started)
    folder.write_text("a file where the folder should be")
    at = started + FIRST_AFTER
    assert backups.once(at) is None
    assert backups.once(at + RETRY_AFTER) is None
    [notice] = told
    assert isinstance(notice, Notice)
    assert notice.kind is NoticeKind.BACKUP_FAILED
    assert str(folder) in notice.detail
    folder.unlink()
    assert backups.once(at + RETRY_AFTER + SECOND) is None
    assert backups.once(at + 2 * RETRY_AFTER) is not None


def test_a_program_that_sends_looks_after_its_backups_and_stops_with_it(
    light_program: Program,
) -> None:
    light_program.start()
    assert light_program._backups is not None
    thread = light_program._backups._thread
    assert thread.is_alive()
    light_program.stop()
    assert not thread.is_alive()
