"""What killed programs left half-made goes at the next start, unless somebody is at it."""

import signal
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock

from tests.ledger.copies.copying import done, url_of
from tests.ledgers import add_account, add_contract
from tests.opened import open_ledger
from wa_desktop.ledger.copies.backup import back_up
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.vault import Vault


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "data" / "ledger.db"
    with closing(open_ledger(url_of(file))) as ledger:
        add_account(ledger)
        add_contract(ledger, 20)
    return file


def start(path: Path) -> None:
    with closing(open_ledger(url_of(path))) as ledger:
        assert len(ledger.accounts.list()) == 1


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


@pytest.mark.parametrize("call", range(1, 17))
def test_a_start_removes_what_a_restore_left_that_was_killed(path: Path, call: int) -> None:
    backup = back_up(path, path.parent / "backups").path
    start(path)
    code, printed = done("restore", backup, path, "die", call)
    assert code == -signal.SIGKILL or (code, printed) == (0, "done\n")
    start(path)
    left = {one for one in names(path.parent) if "restoring" in one}
    assert left == set()
    assert path.stat().st_nlink == 1


@pytest.mark.parametrize("call", range(1, 9))
def test_a_start_removes_what_a_backup_left_that_was_killed(path: Path, call: int) -> None:
    folder = path.parent / "backups"
    code, printed = done("backup", path, folder, "die", call)
    assert code == -signal.SIGKILL or (code, printed) == (0, "done\n")
    start(path)
    assert not any("partial" in one for one in names(folder))


@pytest.mark.parametrize(
    ("left", "lock"),
    [
        ("backups/.ledger-partial", "backups/.ledger-lock"),
        (".ledger.before-upgrade-partial", ".ledger.before-upgrade-lock"),
    ],
)
def test_what_another_program_is_writing_stays(path: Path, left: str, lock: str) -> None:
    part = path.parent / left
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(b"half")
    with FileLock(path.parent / lock):
        start(path)
        assert part.exists()
    start(path)
    assert not part.exists()


def test_what_is_not_of_this_program_stays(path: Path) -> None:
    strange = [path.parent / ".other-partial", path.parent / "backups" / ".other-partial"]
    strange[1].parent.mkdir()
    for one in strange:
        one.touch()
    start(path)
    assert all(one.exists() for one in strange)


def test_half_made_dumps_of_a_ledger_on_postgresql_go_too(
    postgres_url: str, tmp_path: Path
) -> None:
    left = [tmp_path / f".{one}partial" for one in ("ledger-", "before-restore-")]
    left.append(tmp_path / ".before-upgrade-0123456789abcdef-partial")
    for one in left:
        one.write_bytes(b"PGDMP half")
    vault = Vault.from_passphrase("of the tests")
    Ledger.open(postgres_url, vault, backups=tmp_path).close()
    assert not any(one.exists() for one in left)
