"""Where the data lies: not in a folder that is synchronised, nor on a disk of another computer,
and in the place from where the ledger was sent last."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from wa_desktop.commands.doctor.finding import Finding, Level, ok
from wa_desktop.ledger.engine_lock import ledger_file
from wa_desktop.ledger.looking import Seen
from wa_desktop.ledger.places.filesystems import mount_of
from wa_desktop.settings import Settings

_BY_NAME = {
    "dropbox": "Dropbox",
    "onedrive": "OneDrive",
    "iclouddrive": "iCloud Drive",
    "icloud drive": "iCloud Drive",
    "com~apple~clouddocs": "iCloud Drive",
    "mobile documents": "iCloud Drive",
    "google drive": "Google Drive",
    "googledrive": "Google Drive",
    "my drive": "Google Drive",
    "nextcloud": "Nextcloud",
    "owncloud": "ownCloud",
    "yandex.disk": "Yandex Disk",
    "yandexdisk": "Yandex Disk",
    "box sync": "Box",
    "megasync": "MEGA",
    "pclouddrive": "pCloud",
}
_BY_START = {
    "dropbox (": "Dropbox",
    "dropbox-": "Dropbox",
    "onedrive - ": "OneDrive",
    "onedrive-": "OneDrive",
    "googledrive-": "Google Drive",
    "box-": "Box",
}
"""How the folders of the synchronising programs are called, in lower case; the second by how
their names begin: many carry the company's name or an address."""

_MARKS = {
    ".stfolder": "Syncthing",
    ".dropbox": "Dropbox",
    ".dropbox.cache": "Dropbox",
    ".nextcloudsync.log": "Nextcloud",
    ".owncloudsync.log": "ownCloud",
    ".tmp.drivedownload": "Google Drive",
    ".tmp.driveupload": "Google Drive",
}
_MARKS_LIKE = {".sync_*.db": "Nextcloud", "._sync_*.db": "ownCloud", ".sync/ID": "Resilio Sync"}
"""What they leave in a folder that they synchronise."""

_VARIABLES = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
"""Windows names OneDrive's folders in these."""

_OF_OTHERS = frozenset(
    {"nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "smbnetfs", "afpfs", "afs", "9p"}
    | {"ceph", "ceph-fuse", "glusterfs", "lustre", "gpfs", "beegfs", "ocfs2", "gfs2", "acfs"}
    | {"sshfs", "webdav", "davfs", "davfs2", "rclone", "curlftpfs", "gvfsd-fuse", "juicefs"}
    | {"s3fs", "mount.s3", "gcsfuse", "blobfuse", "blobfuse2", "seaweedfs"}
)
"""File systems of other computers, in the system's words, without "fuse." before them."""

_OF_THE_HOST = frozenset({"virtiofs", "vboxsf", "prl_fs", "vmhgfs", "vmhgfs-fuse", "grpcfuse"})
"""A folder of the computer that a virtual machine, or a container in one, runs on."""


def location(settings: Settings, variables: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Whether the data folder, and the ledger's where it is another, may be synchronised or lie
    on another computer."""
    file = ledger_file(settings.ledger_url)
    folders = dict.fromkeys([settings.home, *([] if file is None else [file.parent])])
    for folder in folders:
        if (name := synchronised_by(folder, variables)) is not None:
            yield Finding(
                "location",
                Level.WARNING,
                f"{folder} is synchronised by {name}",
                "Choose a folder outside of it (WA_DESKTOP_HOME): it replaces files in use, which "
                "damages a ledger, and makes copies that would send everything again.",
            )
    if file is not None:
        yield from _of_another(file.parent)


def place(seen: Seen) -> Iterator[Finding]:
    """Whether the ledger was copied or moved since it was sent last."""
    if seen.ledger is None:
        return
    moved = seen.ledger.places.moved()
    if moved is None:
        yield ok("place", "no copy: the ledger was last sent from here, or never")
        return
    yield Finding(
        "place",
        Level.ERROR,
        f"copied or moved: messages last went out from {moved.sent_from}; nothing is sent from "
        f"{moved.here}",
        "If nothing else sends them any more, confirm this place: wa-desktop here.",
    )


def synchronised_by(folder: Path, variables: Mapping[str, str] = os.environ) -> str | None:
    """The name of the program that synchronises a folder, as far as it shows; else ``None``."""
    resolved = folder.resolve()
    for one in (resolved, *resolved.parents):
        name = _by_name(one) or _by_mark(one)
        if name is not None:
            return name
    return _by_setting(resolved, variables)


def _by_name(folder: Path) -> str | None:
    name = folder.name.lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    for start, found in _BY_START.items():
        if name.startswith(start):
            return found
    # On macOS each one's folder lies here, whoever it is.
    return folder.name if folder.parent.name == "CloudStorage" else None


def _by_mark(folder: Path) -> str | None:
    try:
        for mark, name in _MARKS.items():
            if (folder / mark).exists() and (mark, folder) != (".dropbox", Path.home()):
                return name
        return next((name for like, name in _MARKS_LIKE.items() if any(folder.glob(like))), None)
    except (OSError, RuntimeError):
        return None


def _by_setting(folder: Path, variables: Mapping[str, str]) -> str | None:
    """By what the programs write down of themselves."""
    for variable in _VARIABLES:
        if (root := variables.get(variable)) and _holds(Path(root), folder):
            return "OneDrive"
    for info in _dropbox_infos(variables):
        try:
            accounts = json.loads(info.read_text(encoding="utf-8")).values()
            if any(_holds(Path(one["path"]), folder) for one in accounts):
                return "Dropbox"
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return "iCloud Drive" if sys.platform == "darwin" and _in_icloud_desktop(folder) else None


def _dropbox_infos(variables: Mapping[str, str]) -> Iterator[Path]:
    home = variables.get("HOME") or variables.get("USERPROFILE")
    if home:
        yield Path(home) / ".dropbox" / "info.json"
    for variable in ("APPDATA", "LOCALAPPDATA"):
        if root := variables.get(variable):
            yield Path(root) / "Dropbox" / "info.json"


def _in_icloud_desktop(folder: Path) -> bool:
    """Whether it lies on the desktop or in the documents while iCloud keeps those."""
    home = Path.home()
    kept = home / "Library" / "Mobile Documents" / "com~apple~CloudDocs"
    return any(
        (kept / name).exists() and _holds(home / name, folder) for name in ("Desktop", "Documents")
    )


def _holds(root: Path, folder: Path) -> bool:
    return folder.is_relative_to(root.resolve())


def _of_another(folder: Path) -> Iterator[Finding]:
    mount = mount_of(folder)
    if mount is None:
        return
    kind = str(mount.fstype).lower().removeprefix("fuse.")
    where = f"{folder} is on {mount.device or 'a disk'} ({kind}"
    if kind in _OF_OTHERS or "remote" in str(mount.opts).split(","):
        yield Finding(
            "location",
            Level.WARNING,
            f"{where}), a disk of another computer",
            "Choose a folder on a disk of this computer (WA_DESKTOP_HOME): locks and power cuts "
            "may not hold there, which damages a ledger. Several computers share a ledger on "
            "PostgreSQL (DATABASE_URL).",
        )
    elif kind in _OF_THE_HOST:
        yield Finding(
            "location",
            Level.WARNING,
            f"{where}), a folder of the computer around this one",
            "Use a disk or a volume of this one, or never open the folder from both sides at "
            "once: locks may not hold between them, which damages a ledger.",
        )
