"""What the program keeps is closed to other users of the computer, also what lies there already."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

log = logging.getLogger(__name__)

_OPEN_TO_OTHERS = 0o077
_OWN_FILES = ("ledger.db*", "queues.db*", "secret.key*")
_OWN_FOLDERS = ("logs", "backups")


def close_to_others(home: Path, ledger: Path | None) -> None:
    """Take the rights of group and others from the data folder and the program's files in it.

    ``ledger``: the ledger's file, which may lie elsewhere; its folder stays as it is. Only what
    belongs to this user is changed; for other things that others can read, the log says so.
    Nothing where the system has no such rights. Never raises.
    """
    if os.name != "posix":
        return
    own = list(_own_things(home))
    if own:
        own.append(home)  # a folder that holds nothing of ours yet may be meant for others too
    if ledger is not None and ledger.parent != home:
        own += ledger.parent.glob(f"{ledger.name}*")
    for path in own:
        try:
            _close(path)
        except OSError as error:
            log.warning("the rights to %s could not be changed: %s", path, error.strerror)


def _own_things(home: Path) -> Iterator[Path]:
    for pattern in _OWN_FILES:
        yield from home.glob(pattern)
    for name in _OWN_FOLDERS:
        folder = home / name
        if folder.is_dir() and not folder.is_symlink():
            yield folder
            yield from folder.iterdir()


def _close(path: Path) -> None:
    found = path.lstat()
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode) or not mode & _OPEN_TO_OTHERS:
        return
    if found.st_uid != os.geteuid():
        log.warning(
            "%s belongs to another user and can be read by others. Let its owner take the rights "
            "of others away (chmod go= %s).",
            path,
            path,
        )
        return
    path.chmod(mode & ~_OPEN_TO_OTHERS)
