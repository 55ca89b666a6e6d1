"""What the program runs on: versions, libraries, the data folder and its disk."""

import importlib.metadata
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from wa_desktop import __version__
from wa_desktop.commands.doctor.finding import AT_FIRST, Finding, Level, ok
from wa_desktop.commands.qt_libraries import family_of_this_system
from wa_desktop.commands.qt_platform import import_words, install_words, lacking_libraries
from wa_desktop.settings import Settings

_LIBRARIES = ("huey", "peewee", "redis", "httpx", "pyreqwest", "pydantic", "fastapi", "psycopg")
_OLDEST_SQLITE = (3, 35, 0)
"""The first with RETURNING."""

_LITTLE_DISK = 1 << 30
_NO_DISK = 100 << 20
_GIB = 1 << 30


def versions() -> Iterator[Finding]:
    """The program, what it runs on and what it is made of."""
    yield ok("wa-desktop", __version__)
    yield ok("Python", f"{platform.python_version()} on {platform.platform()}")
    fits = sqlite3.sqlite_version_info >= _OLDEST_SQLITE
    yield Finding(
        "SQLite",
        Level.OK if fits else Level.ERROR,
        sqlite3.sqlite_version,
        "" if fits else "Install a Python with SQLite 3.35 or later.",
    )
    yield _qt()
    found = ((name, _version(name)) for name in _LIBRARIES)
    yield ok("libraries", ", ".join(f"{name} {version}" for name, version in found if version))


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Where everything lies, whether it can be used, and how much room is left there."""
    home = settings.home
    place = next(one for one in (home, *home.parents) if one.exists())
    if not _can_hold_files(place):
        yield Finding(
            "data folder",
            Level.ERROR,
            f"{home} cannot be {'used' if place == home else f'made in {place}'}",
            "Set WA_DESKTOP_HOME to a folder that can be written.",
        )
        return
    yield ok("data folder", str(home) + ("" if home.exists() else f" ({AT_FIRST})"))
    free = shutil.disk_usage(place).free
    level = Level.ERROR if free < _NO_DISK else Level.WARNING if free < _LITTLE_DISK else Level.OK
    advice = "" if level is Level.OK else "Free some space: a full disk stops all sending."
    yield Finding("free disk", level, f"{free / _GIB:,.1f} GB", advice)


def _can_hold_files(place: Path) -> bool:
    """Whether files can be made there, without making one; a file system of the kernel's own,
    such as /proc, has no room at all."""
    allowed = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return allowed and shutil.disk_usage(place).total > 0


def _qt() -> Finding:
    if missing := lacking_libraries(os.environ):
        return Finding(
            "Qt",
            Level.WARNING,
            f"cannot open a window: {', '.join(missing)} missing",
            f"Install the packages: {install_words(missing, family_of_this_system())}. "
            "Everything but the window works without.",
        )
    try:
        from PySide6 import QtCore, QtWidgets  # noqa: PLC0415 - a machine may lack Qt's libraries
    except ImportError as error:
        return Finding(
            "Qt",
            Level.WARNING,
            f"does not load ({error})",
            f"{import_words(error)} Everything but the window works without.",
        )
    del QtWidgets
    version = QtCore.qVersion()
    broken = _version("PySide6-Essentials") == "6.12.0" and sys.version_info < (3, 12)
    advice = "Install another PySide6: this one ends the program after some minutes."
    return Finding("Qt", Level.ERROR if broken else Level.OK, version, advice if broken else "")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
