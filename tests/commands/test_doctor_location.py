"""``wa-desktop doctor`` on where the data lies."""

import json
from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from tests.commands.running import run
from wa_desktop.app import Program
from wa_desktop.commands.doctor.finding import Level
from wa_desktop.commands.doctor.location import location, synchronised_by
from wa_desktop.settings import load_settings

Mount = namedtuple("Mount", "device mountpoint fstype opts")


def warnings(home: Path) -> list[dict[str, str]]:
    """What ``doctor`` says of the location of a data folder."""
    ended = run("doctor", "--json", extra={"WA_DESKTOP_HOME": str(home)})
    assert ended.code == 0, ended.out
    return [one for one in ended.json["checks"] if one["subject"] == "location"]


def test_an_ordinary_folder_is_no_news(tmp_path: Path) -> None:
    assert warnings(tmp_path / "data") == []


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Dropbox/wa", "Dropbox"),
        ("Dropbox (Shop Ltd)/wa/data", "Dropbox"),
        ("OneDrive/wa", "OneDrive"),
        ("OneDrive - Shop Ltd/Documents/wa", "OneDrive"),
        ("Library/CloudStorage/OneDrive-Personal/wa", "OneDrive"),
        ("Library/CloudStorage/GoogleDrive-me@shop.example/My Drive/wa", "Google Drive"),
        ("Library/CloudStorage/ProtonDrive-me/wa", "ProtonDrive-me"),
        ("Library/Mobile Documents/com~apple~CloudDocs/wa", "iCloud Drive"),
        ("iCloudDrive/wa", "iCloud Drive"),
        ("Google Drive/wa", "Google Drive"),
        ("Nextcloud/wa", "Nextcloud"),
        ("Yandex.Disk/wa", "Yandex Disk"),
    ],
)
def test_a_synchronised_folder_is_known_by_its_name(folder: str, name: str, tmp_path: Path) -> None:
    assert synchronised_by(tmp_path / folder, {}) == name
    (found,) = location(load_settings(None, home=str(tmp_path / folder)), {})
    assert found.level is Level.WARNING
    assert name in found.text
    assert "WA_DESKTOP_HOME" in found.advice


@pytest.mark.parametrize(
    ("mark", "name"),
    [
        (".stfolder/", "Syncthing"),
        (".dropbox", "Dropbox"),
        (".sync_3f2a91b0c4d5.db", "Nextcloud"),
        (".nextcloudsync.log", "Nextcloud"),
        (".tmp.drivedownload/", "Google Drive"),
        (".sync/ID", "Resilio Sync"),
    ],
)
def test_a_synchronised_folder_is_known_by_what_is_left_in_it(
    mark: str, name: str, tmp_path: Path
) -> None:
    left = tmp_path / "shared" / mark
    left.parent.mkdir(parents=True)
    if mark.endswith("/"):
        left.mkdir()
    else:
        left.write_text("")
    (found,) = warnings(tmp_path / "shared" / "wa" / "data")
    assert name in found["text"]
    assert found["level"] == "warning"
    assert synchronised_by(tmp_path / "other", {}) is None


def test_dropbox_and_onedrive_are_known_by_their_own_settings(tmp_path: Path) -> None:
    work, user = tmp_path / "work", tmp_path / "user"
    (user / ".dropbox").mkdir(parents=True)
    info = user / ".dropbox" / "info.json"
    info.write_text(json.dumps({"personal": {"path": str(work), "host": 1}}))
    assert synchronised_by(work / "wa", {"HOME": str(user)}) == "Dropbox"
    assert synchronised_by(tmp_path / "wa", {"HOME": str(user)}) is None
    assert synchronised_by(work / "wa", {"OneDrive": str(work)}) == "OneDrive"
    info.write_text("no JSON")
    assert synchronised_by(work / "wa", {"HOME": str(user)}) is None


def test_a_link_into_a_synchronised_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "Dropbox" / "wa").mkdir(parents=True)
    (tmp_path / "data").symlink_to(tmp_path / "Dropbox" / "wa")
    (found,) = warnings(tmp_path / "data")
    assert "Dropbox" in found["text"]


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("nfs4", "rw,hard", "a disk of another computer"),
        ("cifs", "rw", "a disk of another computer"),
        ("fuse.sshfs", "rw", "a disk of another computer"),
        ("smbfs", "rw", "a disk of another computer"),
        ("9p", "rw", "a disk of another computer"),
        ("NTFS", "rw,remote", "a disk of another computer"),
        ("virtiofs", "rw", "around this one"),
    ],
)
def test_a_disk_of_another_computer_is_known(
    kind: str, options: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system says of its mounts stands in for a server of files."""
    mounts = [
        Mount("/dev/sda1", "/", "ext4", "rw"),
        Mount("/dev/sda2", str(tmp_path), "ext4", "rw"),
        Mount("server:/export", str(tmp_path / "share"), kind, options),
        Mount("/dev/sda3", str(tmp_path / "shared"), "ext4", "rw"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)  # noqa: A006, ARG005
    (found,) = warnings(tmp_path / "share" / "data")
    assert "server:/export" in found["text"]
    assert f"({kind.lower().removeprefix('fuse.')})" in found["text"]
    assert words in found["text"]
    assert warnings(tmp_path / "shared" / "data") == []
    ledger = f"sqlite:///{tmp_path / 'share' / 'ledger.db'}"
    settings = load_settings(None, home=str(tmp_path / "data"), database_url=ledger)
    assert [one.level for one in location(settings, {})] == [Level.WARNING]


def test_a_copied_ledger_is_an_error_until_it_is_confirmed(home: Path, tmp_path: Path) -> None:
    with Program.open(load_settings(None, home=str(home))) as program:
        program.start()
    ended = run("doctor")
    assert ended.code == 0
    assert "✓ place" in ended.out
    copied = {"WA_DESKTOP_HOME": str(home.rename(tmp_path / "aside"))}
    home.mkdir()
    for one in (tmp_path / "aside").iterdir():
        (home / one.name).write_bytes(one.read_bytes())
    ended = run("doctor")
    assert ended.code == 1
    assert "✗ place" in ended.out
    assert "wa-desktop here" in ended.out
    assert run("doctor", extra=copied).code == 0
    assert run("here").code == 0
    assert run("doctor").code == 0
