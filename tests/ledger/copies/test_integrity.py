"""A ledger that cannot be relied on is told at the start, with what to go back to."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.copies.copying import done, url_of
from tests.ledger.copies.test_backup import spoil
from tests.ledgers import add_account, add_contract, execute
from tests.opened import open_ledger
from wa_desktop.errors import LedgerDamaged
from wa_desktop.ledger.copies.backup import back_up
from wa_desktop.ledger.copies.integrity import check_at_start

PROJECT = Path(__file__).parents[3]
OTHER_PROGRAM = """
import sys
from contextlib import closing
from tests.opened import open_ledger

with closing(open_ledger(sys.argv[1])) as ledger, ledger._database.read():
    print(ledger._database.scalar("SELECT COUNT(*) FROM contracts"))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a ledger with a contract."""
    file = tmp_path / "my data" / "ledger.db"
    with closing(open_ledger(url_of(file))) as ledger:
        add_account(ledger)
        add_contract(ledger, 3_000)
    return file


def test_a_new_ledger_and_a_whole_one_pass(path: Path, tmp_path: Path) -> None:
    assert check_at_start(tmp_path / "none.db").whole
    empty = tmp_path / "empty.db"
    empty.touch()
    assert check_at_start(empty).whole
    assert check_at_start(path).whole


def test_the_check_of_a_small_ledger_is_no_delay(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    open_ledger(url_of(file)).close()
    # The fastest of some, for tests share the machine.
    assert min(check_at_start(file).seconds for _ in range(10)) < 0.03


def test_a_ledger_whose_last_words_stand_in_the_log_passes(path: Path) -> None:
    done("log", path)
    assert path.with_name("ledger.db-wal").stat().st_size
    assert check_at_start(path).whole
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM events WHERE at = 7").fetchone() == (1,)


def test_a_ledger_in_use_passes(path: Path) -> None:
    with closing(open_ledger(url_of(path))) as ledger:
        execute(ledger, "INSERT INTO events (at, kind) VALUES (1, 'x')")
        with ledger._database.write():
            ledger._database.run("INSERT INTO events (at, kind) VALUES (2, 'x')")
            assert check_at_start(path).whole


def test_a_program_that_opens_its_ledger_twice_loses_nothing_of_it(path: Path) -> None:
    command = [sys.executable, "-c", OTHER_PROGRAM, url_of(path)]
    with closing(open_ledger(url_of(path))) as ledger, closing(open_ledger(url_of(path))):
        subprocess.run(command, cwd=PROJECT, check=True)
        add_contract(ledger, 10)
        seen = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    assert seen.stdout == "2\n"


def test_a_damaged_ledger_names_the_latest_good_backup_and_the_command(path: Path) -> None:
    made = back_up(path, path.parent / "backups")
    spoil(path)
    with pytest.raises(LedgerDamaged, match="is damaged") as raised:
        open_ledger(url_of(path))
    assert made.path.name in str(raised.value)
    assert f"wa-desktop restore '{made.path}'" in str(raised.value)


def test_a_damaged_ledger_without_a_backup_says_so(path: Path) -> None:
    spoil(path)
    with pytest.raises(LedgerDamaged, match="There is no good backup"):
        check_at_start(path)


def test_a_copy_from_before_an_upgrade_is_offered_too(path: Path) -> None:
    made = back_up(path, path.parent)
    made.path.rename(path.parent / "ledger.before-upgrade-20250101-120000.db")
    spoil(path)
    with pytest.raises(LedgerDamaged, match=r"ledger\.before-upgrade-20250101-120000\.db"):
        check_at_start(path)


@pytest.mark.parametrize("left", [8, 50, 4096, 4096 * 5, 4096 * 5 + 17])
def test_a_ledger_that_was_cut_short_is_refused(path: Path, left: int) -> None:
    os.truncate(path, left)
    with pytest.raises(LedgerDamaged, match="is damaged"):
        check_at_start(path)


@pytest.mark.parametrize("content", [b"\0" * 8192, b"not a ledger at all", b"SQLite format 3\0"])
def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ledger.db"
    file.write_bytes(content)
    with pytest.raises(LedgerDamaged):
        open_ledger(url_of(file))
    assert file.read_bytes() == content


def test_a_check_that_takes_too_long_ends_and_says_so(path: Path) -> None:
    began = time.monotonic()
    found = check_at_start(path, seconds=-1)
    assert not found.whole
    assert time.monotonic() - began < 2


def test_a_large_ledger_is_checked_table_by_table(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wa_desktop.ledger.copies.integrity._WHOLE_UP_TO", 0)
    assert check_at_start(path).whole
    assert not check_at_start(path, seconds=-1).whole
    monkeypatch.setattr("wa_desktop.ledger.copies.integrity._LARGE_UP_TO", 0)
    assert not check_at_start(path).whole
    spoil(path)
    monkeypatch.setattr("wa_desktop.ledger.copies.integrity._LARGE_UP_TO", 2**40)
    with pytest.raises(LedgerDamaged):
        check_at_start(path)


@pytest.fixture
def read_only(path: Path) -> Iterator[Path]:
    """The ledger where nothing can be written: for root, a mounted disk that is read-only."""
    if os.geteuid() != 0:
        path.chmod(0o400)
        yield path
        path.chmod(0o600)
        return
    place = path.parent
    for options in (["--bind"], ["-o", "remount,ro,bind"]):
        command = ["mount", *options, str(place), str(place)]
        if subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("this machine does not let its root mount")
    yield path
    subprocess.run(["umount", place], check=True)


def test_a_read_only_ledger_is_told_as_such(read_only: Path) -> None:
    with pytest.raises(LedgerDamaged, match=r"read-only\. Make it writable"):
        open_ledger(url_of(read_only))
