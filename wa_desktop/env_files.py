"""Finds the settings files: the file that was named, and ``.env`` in the data folder.

A ``.env`` in the working folder is not read. A folder that was downloaded or belongs to another
user could otherwise choose the database, the Redis server and the key.
"""

import io
import logging
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wa_desktop.errors import SettingsError

if TYPE_CHECKING:
    from dotenv.parser import Original

NAMED = "WA_DESKTOP_ENV"
"""The variable that names a settings file; the option ``--env`` sets it."""
HOME = "WA_DESKTOP_HOME"
"""The variable that names the data folder."""
FILE = ".env"

_APP = "wa-desktop"
_ROOT = 0


@dataclass(frozen=True, slots=True)
class EnvFiles:
    """The settings files of this start, and the data folder that follows from them.

    ``home`` is as the environment or the named file spells it.
    """

    home: str
    named: Path | None
    in_home: Path | None

    @property
    def folder(self) -> Path:
        """The data folder. Raises ``RuntimeError`` for ``~name`` of an unknown user."""
        return Path(self.home).expanduser()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files to read; a later file goes before an earlier one."""
        return tuple(one for one in (self.in_home, self.named) if one is not None)


@dataclass(frozen=True, slots=True)
class Spelling:
    """What stands in a settings file: ``names`` of variables, and the lines that are none."""

    names: frozenset[str]
    unread: tuple[int, ...]


def env_files() -> EnvFiles:
    """Find the settings files.

    Raises ``SettingsError`` if the named file does not exist, or if users other than the one who
    runs the program can change the file in the data folder.
    """
    named = _named()
    home = os.environ.get(HOME) or (read(named).get(HOME) if named else None) or default_home()
    in_home = None
    try:
        in_home = Path(home).expanduser().absolute() / FILE
        found = in_home.is_file()
    except (RuntimeError, OSError):  # the check of the data folder itself names the fault
        found = False
    if in_home is None or not found or (named is not None and named.samefile(in_home)):
        return EnvFiles(home, named, None)
    for place in (in_home.parent, in_home):
        if fault := writable_by_others(place):
            raise SettingsError(
                str(place),
                fault,
                "a place that only the user who runs wa-desktop can write. "
                f"Check what {in_home} says, then: chown {os.geteuid()} {place}; "
                f"chmod go-w {place}",
            )
    return EnvFiles(home, named, in_home)


def default_home() -> str:
    """The data folder where no variable names one: the system's place for such data."""
    import platformdirs  # noqa: PLC0415 - not for those who name their folder

    return platformdirs.user_data_dir(_APP, appauthor=False)


def read(file: Path) -> dict[str, str]:
    """The variables that a settings file sets to something. Raises ``SettingsError``."""
    from dotenv import dotenv_values  # noqa: PLC0415 - only for those who have such a file

    with unparsed_untold():
        found = dotenv_values(stream=io.StringIO(_text_of(file)))
    return {name: value for name, value in found.items() if value}


def spelling(file: Path) -> Spelling:
    """The names in a settings file, also of empty values. Raises ``SettingsError``."""
    from dotenv.parser import parse_stream  # noqa: PLC0415 - as above

    found = tuple(parse_stream(io.StringIO(_text_of(file))))
    return Spelling(
        frozenset(one.key for one in found if one.key),
        tuple(_line_of(one.original) for one in found if one.error),
    )


def _line_of(original: "Original") -> int:
    """The line itself; the parser counts from the blank lines before it."""
    text = original.string
    return original.line + text[: len(text) - len(text.lstrip())].count("\n")


@contextmanager
def unparsed_untold() -> Iterator[None]:
    """Keep python-dotenv from telling of lines that it cannot parse: each time that it reads a
    file, and without the file's name. ``Spelling`` has them."""
    log = logging.getLogger("dotenv.main")
    log.addFilter(_nothing)
    try:
        yield
    finally:
        log.removeFilter(_nothing)


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise SettingsError(
            str(file), f"a file that cannot be read ({reason})", "text in UTF-8"
        ) from None


def ignored_file(files: EnvFiles, variables: Collection[str]) -> Path | None:
    """A ``.env`` in the working folder that is not read, if it sets one of these variables."""
    try:
        file = Path.cwd() / FILE
        if not file.is_file() or any(file.samefile(one) for one in files.paths):
            return None
        return file if read(file).keys() & set(variables) else None
    except (SettingsError, OSError):
        return None


def writable_by_others(path: Path) -> str | None:
    """Who but this user and root can change a file or the names in a folder; ``None``: nobody.

    Windows keeps no such bits; its data folder lies in the user's profile.
    """
    if os.name != "posix":
        return None
    found = path.stat()
    if found.st_uid not in {_ROOT, os.geteuid()}:
        return f"an owner that is another user (id {found.st_uid})"
    if stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX:
        return None  # in such a folder nobody replaces the file of another user
    if found.st_mode & stat.S_IWOTH:
        return "a mode that lets every user write"
    if found.st_mode & stat.S_IWGRP and not _is_own_group(found.st_gid):
        return f"a mode that lets a group write (id {found.st_gid})"
    return None


def _named() -> Path | None:
    text = os.environ.get(NAMED)
    if not text:
        return None
    try:
        path = Path(text).expanduser().absolute()
        if path.is_file():
            return path
        fault = "which is not a file" if path.exists() else "which does not exist"
    except (RuntimeError, OSError) as error:
        fault = f"which cannot be read ({getattr(error, 'strerror', None) or error})"
    raise SettingsError(NAMED, f"{text!r}, {fault}", "the path of a file with settings")


def _is_own_group(group: int) -> bool:
    """Whether a group is root's, or the one that many systems make for each user."""
    import grp  # noqa: PLC0415 - POSIX only
    import pwd  # noqa: PLC0415 - POSIX only

    if group == _ROOT:
        return True
    try:
        return grp.getgrgid(group).gr_name == pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return False
