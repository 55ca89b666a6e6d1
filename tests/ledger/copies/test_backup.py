"""Backups are whole, of one moment, and in nobody's way, however they end."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.copies.copying import child, done, url_of
from tests.ledgers import add_account, add_contract, execute
from tests.opened import open_ledger
from tests.waiting import wait_until
from wa_desktop.clock import SECOND, now
from wa_desktop.errors import LedgerDamaged, LedgerError, LedgerFull, LedgerUnavailable
from wa_desktop.ledger.copies.backup import Backup, back_up, latest_good, list_backups
from wa_desktop.ledger.copies.verify import CopyStopped
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets
from wa_desktop.ledger.schema import MIGRATIONS
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.upgrade import upgrade
from wa_desktop.ledger.vault import Vault

ROWS = 3_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a ledger with a contract."""
    file = tmp_path / "data" / "ledger.db"
    with closing(open_ledger(url_of(file))) as ledger:
        add_account(ledger)
        add_contract(ledger, ROWS)
    return file


@pytest.fixture
def folder(path: Path) -> Path:
    return path.parent / "backups"


def read(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def renamed(backup: Backup, stamp: str) -> Path:
    return backup.path.rename(backup.path.with_name(f"ledger-{stamp}.db"))


def spoil(path: Path, at: int = 4096 * 6, amount: int = 4096 * 20) -> None:
    """Write over pages in the middle of the file."""
    with path.open("rb+") as file:
        file.seek(at)
        file.write(b"\x5a" * amount)


def test_a_backup_is_named_by_its_moment_and_is_for_its_owner_only(
    path: Path, folder: Path
) -> None:
    before = now() // SECOND
    made = back_up(path, folder)
    assert made.path.parent == folder
    assert before <= made.taken_at // SECOND <= now() // SECOND
    assert made.path.name.startswith("ledger-20")
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.size == made.path.stat().st_size
    assert made.schema == max(one.stem for one in MIGRATIONS.glob("0*.py"))
    assert (list_backups(folder), latest_good(folder)) == ((made,), made)


def test_rows_that_stand_only_in_the_log_are_in_the_backup(path: Path, folder: Path) -> None:
    code, _ = done("log", path)
    assert code == -signal.SIGKILL
    assert path.with_name("ledger.db-wal").stat().st_size
    made = back_up(path, folder)
    assert read(made.path, "SELECT kind FROM events WHERE at = 7") == [("only in the log",)]
    assert read(made.path, "SELECT COUNT(*) FROM messages") == [(ROWS,)]


def test_a_backup_is_one_file_that_can_be_read_where_nothing_can_be_written(
    path: Path, folder: Path
) -> None:
    made = back_up(path, folder)
    assert read(made.path, "PRAGMA journal_mode") == [("delete",)]
    assert {one.name for one in folder.iterdir()} == {made.path.name, ".ledger-lock"}


def test_a_backup_beside_a_writing_process_is_of_one_moment_and_does_not_stop_it(
    path: Path, folder: Path
) -> None:
    with child("write", path) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        made = [back_up(path, folder, keep=9) for _ in range(5)]
        printed, _ = writer.communicate()
    written, longest = printed.split()
    assert writer.returncode == 0
    numbers = []
    for one in made:
        [(last, amount)] = read(
            one.path, "SELECT (SELECT name FROM accounts), COUNT(*) FROM events WHERE kind='probe'"
        )
        assert int(str(last)) == amount
        numbers.append(amount)
    assert numbers == sorted(numbers)
    assert numbers[0] < numbers[-1] < int(written)
    # Generous, for tests share the machine: a writer that waited for a lock had 15 s.
    assert float(longest) < 2_000


def test_the_key_of_the_tokens_is_not_in_a_backup(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    key = tmp_path / "secret.key"
    with closing(Ledger.open(url_of(file), Vault.from_file(key))) as ledger:
        account = Account("acc", "acc", AccountKind.CLOUD_API, phone_number_id="1")
        ledger.accounts.add(account, AccountSecrets(access_token="the-token-itself"))
        made = ledger.back_up(tmp_path / "backups")
    kept = made.path.read_bytes()
    assert key.read_bytes() not in kept
    assert b"the-token-itself" not in kept


def test_two_backups_within_a_second_have_names_of_their_own(path: Path, folder: Path) -> None:
    made = [back_up(path, folder) for _ in range(12)]
    assert len({one.path for one in made}) == 12
    assert [one.path for one in list_backups(folder)] == [one.path for one in made[:4:-1]]


def test_the_newest_backups_stay_and_older_ones_go(path: Path, folder: Path) -> None:
    for day in range(1, 7):
        renamed(back_up(path, folder), f"2025010{day}-120000")
    made = back_up(path, folder, keep=3)
    names = [one.path.name for one in list_backups(folder)]
    assert names == [made.path.name, "ledger-20250106-120000.db", "ledger-20250105-120000.db"]


def test_the_newest_backup_of_another_ledger_is_never_rotated_away(
    path: Path, folder: Path, tmp_path: Path
) -> None:
    for day in (1, 2):
        renamed(back_up(path, folder), f"2025010{day}-120000")
    other = tmp_path / "other.db"
    open_ledger(url_of(other)).close()
    for _ in range(4):
        back_up(other, folder, keep=2)
    found = list_backups(folder)
    assert [one.path.name for one in found[2:]] == ["ledger-20250102-120000.db"]
    assert len(found) == 3


def test_a_backup_from_before_the_clock_was_set_back_neither_goes_first_nor_counts(
    path: Path, folder: Path
) -> None:
    ahead = renamed(back_up(path, folder), "20990101-120000")
    made = [back_up(path, folder, keep=2) for _ in range(2)]
    assert [one.path for one in list_backups(folder)] == [one.path for one in made[::-1]]
    assert not ahead.exists()
    assert latest_good(folder) == made[1]


def test_a_backup_that_another_program_removes_meanwhile_stops_nothing(
    path: Path, folder: Path
) -> None:
    folder.mkdir()
    (folder / "ledger-20250101-120000.db").symlink_to(folder / "gone")
    made = back_up(path, folder)
    assert latest_good(folder) == made


def test_a_damaged_backup_is_passed_over(path: Path, folder: Path) -> None:
    good = back_up(path, folder)
    worse = renamed(back_up(path, folder), "20250103-120000")
    older = renamed(good, "20250102-120000")
    spoil(worse, at=worse.stat().st_size - 4096 * 30)
    empty = folder / "ledger-20250104-120000.db"
    empty.touch()
    found = latest_good(folder)
    assert found is not None
    assert found.path == older
    assert [one.schema is None for one in list_backups(folder)] == [True, False, False]


def test_a_damaged_ledger_gives_no_backup_and_costs_none(path: Path, folder: Path) -> None:
    old = back_up(path, folder, keep=1)
    spoil(path)
    with pytest.raises(LedgerDamaged, match="No backup was made"):
        back_up(path, folder, keep=1)
    assert latest_good(folder) == old
    assert {one.name for one in folder.iterdir()} == {old.path.name, ".ledger-lock"}


def test_a_ledger_that_is_not_there_is_not_made_by_its_backup(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnavailable, match="There is no ledger"):
        back_up(tmp_path / "none.db", tmp_path / "backups")
    assert not (tmp_path / "none.db").exists()


def test_a_backup_that_is_stopped_leaves_nothing(path: Path, folder: Path) -> None:
    with pytest.raises(CopyStopped):
        back_up(path, folder, stopped=lambda: True)
    assert list_backups(folder) == ()
    assert [one.name for one in folder.iterdir()] == [".ledger-lock"]


@pytest.mark.parametrize("call", range(1, 17))
def test_a_backup_killed_half_way_is_in_nobodys_way(path: Path, folder: Path, call: int) -> None:
    first = back_up(path, folder)
    renamed(first, "20250101-120000")
    code, printed = done("backup", path, folder, "die", call)
    assert code == -signal.SIGKILL or (code, printed) == (0, "done\n")
    for one in list_backups(folder):
        assert one.schema == first.schema
    made = back_up(path, folder)
    assert latest_good(folder) == made
    assert all(one.name == ".ledger-lock" or one.suffix == ".db" for one in folder.iterdir())
    assert not any(one.name.startswith(".ledger-partial") for one in folder.iterdir())


def test_a_backup_killed_while_it_copies_leaves_no_half_made_one(path: Path, folder: Path) -> None:
    with closing(open_ledger(url_of(path))) as ledger:
        filling = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
        execute(
            ledger, f"INSERT INTO events (at, kind, text) {filling} SELECT i, 'x', hex(i) FROM n"
        )
    part = folder / ".ledger-partial"
    with child("backup", path, folder) as process:
        wait_until(lambda: part.exists() and part.stat().st_size, "the copy to begin")
        process.kill()
        process.communicate()
    assert all(one.schema for one in list_backups(folder))
    made = back_up(path, folder)
    assert latest_good(folder) == made
    assert not part.exists()


def test_a_file_that_may_not_grow_is_told_as_a_full_disk(path: Path, folder: Path) -> None:
    old = back_up(path, folder)
    code, printed = done("backup", path, folder, "files", 0.2)
    assert code == 1
    assert printed.startswith("LedgerFull The disk that holds")
    assert list_backups(folder) == (old,)
    assert {one.name for one in folder.iterdir()} == {old.path.name, ".ledger-lock"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB; only root can have one."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this machine does not let its root mount")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_disk_without_room_is_refused_before_it_is_filled(path: Path, small_disk: Path) -> None:
    free = shutil.disk_usage(small_disk).free
    with pytest.raises(LedgerFull, match="free some space"):
        back_up(path, small_disk / "backups")
    assert list_backups(small_disk / "backups") == ()
    assert shutil.disk_usage(small_disk).free >= free - 8192


def test_a_ledger_is_copied_and_checked_before_it_is_upgraded(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(min(MIGRATIONS.glob("0*.py")), first)
    file = tmp_path / "data" / "ledger.db"
    old = tmp_path / "old.db"
    with closing(Database(url_of(old))) as database:
        upgrade(database, first)
    file.parent.mkdir()
    for number in range(5):
        shutil.copy(old, file)
        with closing(Database(url_of(file))) as database:
            assert upgrade(database)
        copies = sorted(file.parent.glob("ledger.before-upgrade-*.db"))
        assert len(copies) == min(number + 1, 3)
        [newest] = read(copies[-1], "SELECT name FROM schema_migration")
        assert newest == (min(MIGRATIONS.glob("0*.py")).stem,)
    assert list_backups(file.parent) == ()


def test_postgresql_is_backed_up_by_its_own_tool(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not on PATH")
    with closing(open_ledger(postgres_url)) as ledger:
        add_account(ledger)
        made = ledger.back_up(tmp_path / "backups")
        again = ledger.back_up(tmp_path / "backups", keep=1)
        assert (again.path.suffix, again.ledger) == (".dump", ledger.uid())
    assert stat.S_IMODE(again.path.stat().st_mode) == 0o600
    assert not made.path.exists()
    assert [one.path for one in list_backups(tmp_path / "backups")] == [again.path]
    found = latest_good(tmp_path / "backups")
    assert found is not None
    again.path.write_bytes(b"PGDMP and nothing more")
    assert latest_good(tmp_path / "backups") is None


@pytest.mark.long
def test_the_newest_dump_of_another_ledger_is_never_rotated_away(
    postgres_databases: Callable[..., str], folder: Path
) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not on PATH")
    made = []
    for amount in (2, 4):
        with closing(open_ledger(postgres_databases())) as ledger:
            made.append([ledger.back_up(folder, keep=2) for _ in range(amount)])
    kept = [one.path for one in (*made[1][:1:-1], made[0][-1])]
    assert [one.path for one in list_backups(folder)] == kept


def test_without_pg_dump_the_command_to_run_is_named_and_no_password(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = postgres_url.replace("@", ":a-password-of-the-tests@")
    with closing(open_ledger(secret)) as ledger:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(LedgerError, match="pg_dump --format=custom") as raised:
            ledger.back_up(tmp_path / "backups")
    assert "a-password" not in str(raised.value)
    assert list_backups(tmp_path / "backups") == ()
