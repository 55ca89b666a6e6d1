"""The built program: opened, started, healthy, stopped, and clear about what it lacks."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.programs import Place
from tests.waiting import wait_until
from wa_desktop.app import Program, make_home
from wa_desktop.errors import LedgerError, LedgerUnavailable, QueueUnavailable
from wa_desktop.ledger.records import AccountKind


def test_a_new_program_has_a_sandbox_to_send_from(program: Program) -> None:
    [account] = program.services.ledger.accounts.list()
    assert (account.id, account.kind) == ("sandbox", AccountKind.SANDBOX)


def test_a_program_is_healthy_once_it_sends(program: Program) -> None:
    assert "No worker is alive" in program.health().problems[0]
    program.start()
    assert program.sending
    wait_until(lambda: program.health().ok, "the program to be healthy")
    program.stop()
    assert not program.health().ok


def test_a_program_finds_what_an_earlier_one_left(place: Place) -> None:
    for _ in range(2):
        with Program.open(place.settings()) as program:
            uid = program.services.ledger.uid()
            assert len(program.services.ledger.accounts.list()) == 1
    with Program.open(place.settings()) as program:
        assert program.services.ledger.uid() == uid


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = tmp_path / "file" / "home"
    with pytest.raises(LedgerError, match=r"data folder .*WA_DESKTOP_HOME"):
        Program.open(Place(home, f"sqlite:///{tmp_path / 'ledger.db'}", None).settings())


def test_a_new_data_folder_may_be_made_by_several_programs_at_once(home: Path) -> None:
    def make_often(_: int) -> None:
        for _ in range(200):
            make_home(home)

    with ThreadPoolExecutor(4) as programs:
        list(programs.map(make_often, range(4)))
    assert list(home.iterdir()) == []


def test_a_queue_file_that_cannot_be_used_may_be_deleted(home: Path, sqlite_url: str) -> None:
    home.mkdir(parents=True)
    (home / "queues.db").write_bytes(b"no database " * 500)
    with pytest.raises(QueueUnavailable, match=r"queues\.db.*delete it and start again"):
        Program.open(Place(home, sqlite_url, None).settings())


def test_a_ledger_that_is_away_is_said_at_once(home: Path) -> None:
    with pytest.raises(LedgerUnavailable, match="cannot be used"):
        Program.open(Place(home, "postgresql://wa@127.0.0.1:9/none", None).settings())
