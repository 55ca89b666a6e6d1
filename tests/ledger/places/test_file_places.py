"""When a file is the ledger that sent last: by real files, and by what other systems say of one."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.process import is_root
from wa_desktop.ledger.places.file_place import FilePlace

SENT = FilePlace(
    path="/data/ledger.db",
    inode=7,
    born=1_795_855_827_945_644_893,
    filesystem="46c6db165e1fd79a",
    kind="ext4",
    machine="a machine",
    computer="shop",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger's file."""
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "ledger.db"
    path.write_bytes(b"SQLite format 3\0")
    return path


def test_a_file_is_itself_after_it_was_written_to_and_moved(file: Path, tmp_path: Path) -> None:
    before = FilePlace.of(file)
    with file.open("ab") as ledger:
        ledger.write(b"more")
    moved = (file.parent.rename(tmp_path / "moved")) / file.name
    link = tmp_path / "link.db"
    link.symlink_to(moved)
    assert before.is_same(FilePlace.of(moved))
    assert FilePlace.of(link) == FilePlace.of(moved)


@pytest.mark.parametrize(
    "words", [("cp",), ("cp", "-a"), ("cp", "--reflink=auto", "-a"), ("install", "-p")]
)
def test_a_copy_is_another_file(words: tuple[str, ...], file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    subprocess.run([*words, str(file), str(copy)], check=True)
    assert not FilePlace.of(file).is_same(FilePlace.of(copy))


def test_a_copy_put_back_under_the_same_name_is_another_file_whatever_its_inode(
    file: Path, tmp_path: Path
) -> None:
    """A file system gives the number of a file that is gone to the next one."""
    before = FilePlace.of(file)
    for _ in range(5):
        shutil.copy2(file, tmp_path / "kept.db")
        file.unlink()
        shutil.copy2(tmp_path / "kept.db", file)
        assert not before.is_same(FilePlace.of(file))


@pytest.mark.skipif(not is_root(), reason="the system lets nobody but root mount")
@pytest.mark.skipif(sys.platform != "linux", reason="mounts as Linux does")
def test_a_file_is_itself_on_another_mount_point(file: Path, tmp_path: Path) -> None:
    before, there = FilePlace.of(file), tmp_path / "there"
    there.mkdir()
    if subprocess.run(["mount", "--bind", file.parent, there], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        seen = FilePlace.of(there / file.name)
    finally:
        subprocess.run(["umount", there], check=True)
    assert before.is_same(seen)
    assert seen.path == str(there / file.name)


def test_witnesses_are_there_and_the_machine_is_named_by_no_id_of_its_own(file: Path) -> None:
    place = FilePlace.of(file)
    assert place.inode == file.stat().st_ino
    machine = Path("/etc/machine-id")
    if machine.exists() and (known := machine.read_text().strip()):
        assert place.machine is not None
        assert known not in place.machine


@pytest.mark.parametrize(
    "changes",
    [
        {"computer": "office"},
        {"path": "/mnt/disk/ledger.db"},
        {"machine": "another"},
        {"machine": None},
        {"machine": "another", "path": "/volume/ledger.db", "computer": "4f2a"},
        # Another computer may number its disks otherwise, and so does XFS after a restart.
        {"filesystem": "811", "machine": "another", "path": "/volume/ledger.db"},
        {"filesystem": None},
        # Python without the call, or a system without the moment of birth.
        {"born": None},
        {"born": None, "machine": "another"},
        {"born": None, "filesystem": None, "machine": None},
        # Numbered anew at each mount: the moment of birth tells.
        {"inode": 8},
        {"inode": 8, "machine": None},
    ],
)
def test_it_is_the_same_place(changes: dict[str, object]) -> None:
    now = replace(SENT, **changes)  # type: ignore[arg-type]
    assert SENT.is_same(now)
    assert now.is_same(SENT)


@pytest.mark.parametrize(
    "changes",
    [
        {"inode": 8, "born": SENT.born and SENT.born + 4_000_000},
        {"born": SENT.born and SENT.born + 4_000_000},
        {"inode": 8, "path": "/copy/ledger.db"},
        {"inode": 8, "machine": "another"},
        {"inode": 8, "born": None},
        {"inode": 8, "born": None, "machine": "another", "kind": "vfat"},
        {"born": None, "filesystem": "811", "machine": "another", "path": "/copy/ledger.db"},
    ],
)
def test_it_is_a_copy(changes: dict[str, object]) -> None:
    now = replace(SENT, **changes)  # type: ignore[arg-type]
    assert not SENT.is_same(now)
    assert not now.is_same(SENT)


@pytest.mark.parametrize("kind", ["btrfs", "zfs"])
def test_a_snapshot_is_a_copy_though_it_has_the_numbers_of_the_original(kind: str) -> None:
    sent = replace(SENT, kind=kind)
    assert sent.is_same(replace(sent, path="/elsewhere/ledger.db"))
    assert not sent.is_same(replace(sent, filesystem="46c6db165e1fd79b"))


@pytest.mark.parametrize("kind", ["vfat", "exfat", "cifs", "9p", "fuse.sshfs", "smbfs"])
def test_where_numbers_pass_and_no_birth_is_known_the_path_on_the_machine_counts(kind: str) -> None:
    sent = replace(SENT, kind=kind, born=None)
    assert sent.is_same(replace(sent, inode=8))
    assert not sent.is_same(replace(sent, inode=8, path="/copy/ledger.db"))
    assert not sent.is_same(replace(sent, inode=8, machine="another"))


def test_a_tool_elsewhere_may_set_the_moment_of_birth_so_it_alone_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert not SENT.is_same(replace(SENT, inode=8, kind="ntfs"))
    assert SENT.is_same(replace(SENT, path="E:/data/ledger.db", kind="ntfs"))
