"""A restore is whole or not at all, keeps the old ledger, and sends nothing by itself."""

import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.copies.copying import child, done, url_of
from tests.ledger.copies.test_backup import read, spoil
from tests.ledgers import (
    add_account,
    add_contract,
    check_counts,
    execute,
    in_flight,
    running,
    turn,
    value,
)
from tests.opened import open_ledger
from wa_desktop.errors import InvalidInput, LedgerBusy, LedgerDamaged, LedgerNewer
from wa_desktop.ledger.copies.backup import back_up
from wa_desktop.ledger.copies.integrity import check_at_start
from wa_desktop.ledger.copies.restore import restore
from wa_desktop.ledger.engine_lock import EngineLock
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import RateLimit
from wa_desktop.ledger.schema import MIGRATIONS
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.upgrade import upgrade


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of a ledger in which a worker holds claimed and begun messages."""
    file = tmp_path / "data" / "ledger.db"
    with closing(open_ledger(url_of(file))) as ledger:
        add_account(ledger, rate=RateLimit(max=100, duration_ms=1_000), concurrency=100)
        running(ledger, 50, name="running")
        add_contract(ledger, 5, name="draft")
        turn(ledger, ledger.workers.register(), free=100)
    return file


@pytest.fixture
def backup(path: Path) -> Path:
    return back_up(path, path.parent / "backups").path


def held(ledger: Ledger) -> tuple[int, int]:
    [contract] = ledger.contracts.in_states([ContractState.RUNNING])
    return contract.counts.claimed, contract.counts.sending


def mark(path: Path, text: str) -> None:
    """Tell a ledger from others."""
    with closing(Database(url_of(path))) as database, database.write():
        database.run("INSERT INTO events (at, kind, text) VALUES (1, 'mark', ?)", (text,))


def marks_in(path: Path) -> list[object]:
    return [row[0] for row in read(path, "SELECT text FROM events WHERE kind = 'mark'")]


def names(folder: Path) -> set[str]:
    """The files in a folder but for the locks, which stay."""
    return {one.name for one in folder.iterdir() if one.is_file() and "lock" not in one.name}


def test_what_was_on_its_way_is_in_doubt_and_the_rest_waits_in_a_paused_contract(
    path: Path, backup: Path
) -> None:
    with closing(open_ledger(url_of(path))) as ledger:
        claimed, sending = held(ledger)
        uid = ledger.uid()
    assert claimed
    assert sending
    made = restore(backup, path)
    assert made.made_safe.contracts_paused == 1
    assert made.made_safe.messages_in_doubt == claimed + sending
    assert made.made_safe.messages_waiting == 50 - claimed - sending
    assert made.made_safe.workers_ended == 1
    with closing(open_ledger(url_of(path))) as ledger:
        [contract] = ledger.contracts.in_states([ContractState.PAUSED])
        assert (contract.name, contract.state_reason) == ("running", "restored")
        assert contract.counts.in_doubt == claimed + sending
        assert contract.counts.waiting == 50 - claimed - sending
        assert contract.counts.active == 0
        assert [one.name for one in ledger.contracts.in_states([ContractState.DRAFT])] == ["draft"]
        check_counts(ledger, contract.id)
        assert in_flight(ledger) == 0
        assert ledger.workers.alive() == ()
        assert ledger.uid() == made.made_safe.ledger != uid
        [first, *_] = ledger.messages.ids(
            contract.id, MessageFilter(states=(MessageState.IN_DOUBT,))
        )
        history = ledger.messages.history(first)
        assert "restored from a copy" in (history.message.error_text or "")
        assert [one.kind for one in history.events] == ["in_doubt"]
        assert ledger.contracts.history(contract.id)[0].text == "restored"


@pytest.mark.parametrize("state", ["scheduled", "queued", "preparing", "running"])
def test_a_contract_that_would_send_is_paused(path: Path, state: str) -> None:
    with closing(open_ledger(url_of(path))) as ledger:
        execute(ledger, "UPDATE contracts SET state = ? WHERE name = 'running'", state)
    assert restore(back_up(path, path.parent).path, path).made_safe.contracts_paused == 1
    found = read(path, "SELECT state, state_reason FROM contracts ORDER BY id")
    assert found == [("paused", "restored"), ("draft", None)]


@pytest.mark.parametrize("state", ["paused", "completed", "cancelled", "deleting"])
def test_a_contract_that_rests_stays_as_it_is(path: Path, state: str) -> None:
    with closing(open_ledger(url_of(path))) as ledger:
        execute(ledger, "UPDATE contracts SET state = ?, state_reason = 'r' WHERE id = 1", state)
    made = restore(back_up(path, path.parent).path, path)
    assert made.made_safe.contracts_paused == 0
    assert made.made_safe.messages_in_doubt > 0
    assert read(path, "SELECT state, state_reason FROM contracts WHERE id = 1") == [(state, "r")]


def test_no_policy_settles_what_a_restore_put_in_doubt(path: Path) -> None:
    with closing(open_ledger(url_of(path))) as ledger:
        execute(ledger, "UPDATE contracts SET doubt_policy = 'resend', doubt_grace = 1")
    restore(back_up(path, path.parent).path, path)
    found = read(path, "SELECT doubt_policy FROM contracts ORDER BY id")
    assert found == [("leave",), ("resend",)]


def test_the_old_ledger_stays_beside_with_what_stood_only_in_its_log(
    path: Path, backup: Path
) -> None:
    code, _ = done("log", path)
    assert code == -signal.SIGKILL
    made = restore(backup, path)
    assert made.replaced is not None
    assert made.replaced.name.startswith("ledger.replaced-20")
    assert read(made.replaced, "SELECT kind FROM events WHERE at = 7") == [("only in the log",)]
    assert read(path, "SELECT kind FROM events WHERE at = 7") == []
    assert names(path.parent) == {"ledger.db", made.replaced.name}


def test_without_a_ledger_the_backup_becomes_it(path: Path, backup: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere" / "ledger.db"
    assert restore(backup, target).replaced is None
    with closing(open_ledger(url_of(target))) as ledger:
        assert ledger.contracts.in_states([ContractState.PAUSED])
    assert names(target.parent) == {"ledger.db"}


def test_a_restored_ledger_can_be_restored_again(path: Path, backup: Path) -> None:
    first, second = restore(backup, path), restore(backup, path)
    assert first.replaced != second.replaced
    assert first.made_safe.ledger != second.made_safe.ledger
    assert check_at_start(path).whole


def test_a_restore_waits_for_no_engine_but_refuses(path: Path, backup: Path) -> None:
    before = path.read_bytes()
    with EngineLock(path), pytest.raises(LedgerBusy, match="already sends"):
        restore(backup, path)
    assert path.read_bytes() == before
    with EngineLock(path):
        pass


def test_a_restore_refuses_while_another_program_has_the_ledger_open(
    path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wa_desktop.ledger.copies.restore._OTHERS_SECONDS", 0.1)
    mark(path, "old")
    with child("hold", path) as window:
        assert window.stdout is not None
        assert window.stdout.readline() == "open\n"
        with pytest.raises(LedgerBusy, match="has the ledger open"):
            restore(backup, path)
        window.communicate()
    assert marks_in(path) == ["old"]
    assert names(path.parent) == {"ledger.db"}
    assert restore(backup, path).replaced


def test_a_damaged_backup_is_refused_and_the_ledger_stays(path: Path, backup: Path) -> None:
    before = path.read_bytes()
    spoil(backup)
    with pytest.raises(LedgerDamaged, match=backup.name):
        restore(backup, path)
    assert path.read_bytes() == before
    assert names(path.parent) == {"ledger.db"}


def test_a_damaged_ledger_is_replaced_and_kept_as_it_lies(path: Path, backup: Path) -> None:
    spoil(path, at=0)
    log = path.with_name("ledger.db-wal")
    log.write_bytes(b"a log of some kind")
    damaged = path.read_bytes()
    made = restore(backup, path)
    assert made.replaced is not None
    assert made.replaced.read_bytes() == damaged
    kept = made.replaced.with_name(f"{made.replaced.name}-wal")
    assert kept.read_bytes() == b"a log of some kind"
    assert not log.exists()
    assert check_at_start(path).whole
    with closing(open_ledger(url_of(path))) as ledger:
        assert value(ledger, "SELECT COUNT(1) FROM messages") == 55


def test_a_backup_of_an_older_schema_is_brought_up(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(min(MIGRATIONS.glob("0*.py")), first)
    old = tmp_path / "ledger-20250101-120000.db"
    with closing(Database(url_of(old))) as database:
        upgrade(database, first)
    target = tmp_path / "data" / "ledger.db"
    assert restore(old, target).upgraded == tuple(
        sorted(one.stem for one in MIGRATIONS.glob("0*.py"))[1:]
    )
    assert names(target.parent) == {"ledger.db"}


def test_a_backup_of_a_newer_program_is_refused(path: Path, backup: Path) -> None:
    with closing(sqlite3.connect(backup)) as connection, connection:
        connection.execute("INSERT INTO schema_migration (name, applied) VALUES ('9999_x', '')")
    with pytest.raises(LedgerNewer, match="9999_x"):
        restore(backup, path)


def test_what_is_no_backup_of_a_ledger_is_refused(path: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There is no backup"):
        restore(tmp_path / "none.db", path)
    with pytest.raises(InvalidInput, match="the ledger itself"):
        restore(path, path)
    dump = tmp_path / "ledger.dump"
    dump.write_bytes(b"PGDMP...")
    with pytest.raises(InvalidInput, match="Set DATABASE_URL"):
        restore(dump, path)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("CREATE TABLE t (x)")
    with pytest.raises(LedgerDamaged, match="not a ledger"):
        restore(other, path)
    text = tmp_path / "text.db"
    text.write_text("text")
    with pytest.raises(LedgerDamaged, match="not a ledger"):
        restore(text, path)


@pytest.mark.parametrize("call", [*range(1, 26)])
def test_a_restore_killed_half_way_leaves_the_old_ledger_or_the_new_one(
    path: Path, backup: Path, call: int
) -> None:
    mark(path, "old")
    code, printed = done("restore", backup, path, "die", call)
    assert code == -signal.SIGKILL or (code, printed) == (0, "done\n")
    assert check_at_start(path).whole
    restored = read(path, "SELECT COUNT(*) FROM contracts WHERE state_reason = 'restored'")
    assert (marks_in(path), restored) in ((["old"], [(0,)]), ([], [(1,)]))
    mark(path, "after")
    again = restore(backup, path)
    assert again.replaced is not None
    assert marks_in(again.replaced)[-1] == "after"
    assert marks_in(path) == []
    assert path.stat().st_nlink == 1
    assert all(one == "ledger.db" or ".replaced-" in one for one in names(path.parent))


def test_a_restore_without_room_leaves_the_ledger_as_it_was(path: Path, backup: Path) -> None:
    before = path.read_bytes()
    code, printed = done("restore", backup, path, "files", 0.06)
    assert (code, printed.split()[0]) == (1, "LedgerFull")
    assert path.read_bytes() == before
    assert names(path.parent) == {"ledger.db"}
