"""Other users of the computer read nothing of what the program keeps."""

import os
import stat
from pathlib import Path

import pytest

from tests.programs import Place
from wa_desktop.app import Program

pytestmark = pytest.mark.skipif(os.name != "posix", reason="has no such rights")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def _start(home: Path) -> None:
    with Program.open(Place(home, f"sqlite:///{home / 'ledger.db'}", None).settings()) as program:
        program.settle_key()


def test_a_data_folder_that_others_can_read_is_closed_at_the_next_start(home: Path) -> None:
    _start(home)
    (home / "logs").mkdir()
    (home / "backups").mkdir(exist_ok=True)
    for name in ("logs/a.log", "backups/copy.db", "notes.txt"):
        (home / name).write_text("x")
    for path in (home, *home.rglob("*")):
        path.chmod(0o755)

    _start(home)
    assert _mode(home) == 0o700
    for name in ("ledger.db", "queues.db", "secret.key", "logs", "logs/a.log", "backups/copy.db"):
        assert not _mode(home / name) & 0o077, name
    assert _mode(home / "notes.txt") == 0o755


def test_the_folder_of_a_ledger_elsewhere_and_what_a_link_points_to_stay_open(
    home: Path, tmp_path: Path
) -> None:
    home.mkdir(parents=True)
    home.chmod(0o755)
    target = tmp_path / "key"
    target.write_text("x")
    target.chmod(0o644)
    (home / "queues.db-note").symlink_to(target)
    ledger = tmp_path / "elsewhere" / "ledger.db"
    ledger.parent.mkdir()
    ledger.parent.chmod(0o755)
    settings = Place(home, f"sqlite:///{ledger}", None).settings()
    for _ in range(2):
        with Program.open(settings):
            ledger.chmod(0o644)
    with Program.open(settings):
        assert _mode(ledger) == 0o600
    assert _mode(ledger.parent) == 0o755
    assert _mode(target) == 0o644


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may chown")
def test_what_belongs_to_another_user_is_left_and_named(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _start(home)
    home.chmod(0o755)
    os.chown(home, 12_345, 12_345)
    _start(home)
    assert _mode(home) == 0o755
    assert "belongs to another user" in caplog.text
