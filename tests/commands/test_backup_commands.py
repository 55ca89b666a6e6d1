"""``wa-desktop backup`` and ``restore`` as a person or a script calls them."""

import json
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.running import Running
from tests.ledgers import add_account, execute, running, turn
from tests.opened import open_ledger

PROGRAM = (sys.executable, "-m", "wa_desktop")


@pytest.fixture
def ledger_path(home: Path) -> Path:
    """The usual ledger of a data folder, in which a worker was at work."""
    path = home / "ledger.db"
    with closing(open_ledger(f"sqlite:///{path}")) as ledger:
        add_account(ledger)
        running(ledger, 20)
        turn(ledger, ledger.workers.register(), free=4)
    return path


def call(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, words)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def test_a_backup_is_made_and_restored_by_its_name(ledger_path: Path) -> None:
    made = json.loads(call("backup", "--json").stdout)
    assert set(made) == {"path", "takenAt", "size", "schema"}
    path = Path(made["path"])
    assert path.parent == ledger_path.parent / "backups"
    assert path.stat().st_size == made["size"]
    done = json.loads(call("restore", path.name, "--yes", "--json").stdout)
    assert done["contractsPaused"] == 1
    assert (done["messagesInDoubt"], done["messagesWaiting"]) == (4, 16)
    assert Path(done["replaced"]).exists()


def test_the_words_say_what_was_done_and_that_the_key_is_not_inside(
    ledger_path: Path, tmp_path: Path
) -> None:
    made = call("backup", "--to", tmp_path / "elsewhere")
    assert made.returncode == 0
    assert "is not inside" in made.stdout
    [path] = (tmp_path / "elsewhere").glob("ledger-*.db")
    done = call("restore", path, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "1 campaign is paused, in which 16 messages wait; 4 messages are in doubt." in done.stdout
    )


def test_nothing_is_restored_unasked(ledger_path: Path) -> None:
    path = Path(json.loads(call("backup", "--json").stdout)["path"])
    before = ledger_path.read_bytes()
    refused = call("restore", path)
    assert refused.returncode == 1
    assert "Add --yes." in refused.stderr
    assert ledger_path.read_bytes() == before


def test_a_backup_that_is_not_there_is_one_line_before_anybody_is_asked(
    ledger_path: Path, tmp_path: Path
) -> None:
    newest = Path(json.loads(call("backup", "--json").stdout)["path"]).name
    for words in ([], ["--yes"]):
        refused = call("restore", tmp_path / "none.db", *words)
        assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
        assert "There is no backup" in refused.stderr
        assert newest in refused.stderr


@pytest.fixture
def on_postgresql(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a ledger on PostgreSQL with a password, which the environment names."""
    url = postgres_url.replace("@", ":a-password@")
    with closing(open_ledger(url)) as ledger:
        add_account(ledger)
        running(ledger, 20)
        turn(ledger, ledger.workers.register(), free=4)
        execute(ledger, "UPDATE workers SET ended_at = 1")
    monkeypatch.setenv("DATABASE_URL", url)
    return url


def test_a_ledger_on_postgresql_is_backed_up_and_restored_the_same_way(
    on_postgresql: str, home: Path
) -> None:
    made = json.loads(call("backup", "--json").stdout)
    path = Path(made["path"])
    assert path.parent == home / "backups"
    done = call("restore", path.name, "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Restored database test_" in done.stdout
    assert "The old ledger is kept as " in done.stdout
    assert "1 campaign is paused, in which 16 messages wait; 4 messages are in doubt." in (
        done.stdout
    )
    assert "a-password" not in done.stdout
    again = json.loads(call("restore", path.name, "--yes", "--json").stdout)
    assert again["contractsPaused"] == 1
    assert Path(again["replaced"]).name.startswith("before-restore-")


def test_a_ledger_on_postgresql_is_not_restored_while_a_worker_runs(
    on_postgresql: str, home: Path
) -> None:
    path = json.loads(call("backup", "--json").stdout)["path"]
    with Running("worker") as worker:
        worker.first_line()
        refused = call("restore", path, "--yes")
        worker.signal(signal.SIGTERM)
        worker.end()
    assert refused.returncode == 1
    assert "The ledger is open elsewhere: wa-desktop of wa at 127.0.0.1." in refused.stderr
    assert "a-password" not in refused.stderr


def test_a_dump_of_postgresql_is_no_backup_of_a_sqlite_ledger(
    ledger_path: Path, tmp_path: Path
) -> None:
    dump = tmp_path / "ledger.dump"
    dump.write_bytes(b"PGDMP...")
    refused = call("restore", dump, "--yes")
    assert refused.returncode == 1
    assert "Set DATABASE_URL" in refused.stderr
