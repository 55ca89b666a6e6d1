"""What ``doctor`` looks at: each check gives findings, in words that say what to do."""

import importlib.metadata
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import redis

from wa_desktop import __version__
from wa_desktop.clock import SECOND, from_seconds, now
from wa_desktop.commands.account_advice import mending
from wa_desktop.commands.qt_libraries import family_of_this_system
from wa_desktop.commands.qt_platform import import_words, install_words, lacking_libraries
from wa_desktop.errors import WaDesktopError
from wa_desktop.ledger.inspection import Inspection
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.looking import Seen
from wa_desktop.ledger.records import DEFAULT_API_VERSION, Account, AccountKind, AccountState
from wa_desktop.queues.hueys import redis_client
from wa_desktop.queues.redis_setup import RedisSetup
from wa_desktop.senders.versions import end_of, ends_soon
from wa_desktop.settings import Settings

_LIBRARIES = ("huey", "peewee", "redis", "httpx", "pyreqwest", "pydantic", "fastapi", "psycopg")
_OLDEST_SQLITE = (3, 35, 0)
"""The first with RETURNING."""

_LITTLE_DISK = 1 << 30
_NO_DISK = 100 << 20
_CLOCK_OFF = 2 * SECOND
_CLOCK_WRONG = 30 * SECOND
_GIB = 1 << 30
_AT_FIRST = "is made at the first start"


class Level(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``advice`` says what to do unless all is well."""

    subject: str
    level: Level
    text: str
    advice: str = ""


def _ok(subject: str, text: str) -> Finding:
    return Finding(subject, Level.OK, text)


def versions() -> Iterator[Finding]:
    """The program, what it runs on and what it is made of."""
    yield _ok("wa-desktop", __version__)
    yield _ok("Python", f"{platform.python_version()} on {platform.platform()}")
    fits = sqlite3.sqlite_version_info >= _OLDEST_SQLITE
    yield Finding(
        "SQLite",
        Level.OK if fits else Level.ERROR,
        sqlite3.sqlite_version,
        "" if fits else "Install a Python with SQLite 3.35 or later.",
    )
    yield _qt()
    found = ((name, _version(name)) for name in _LIBRARIES)
    yield _ok("libraries", ", ".join(f"{name} {version}" for name, version in found if version))


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
    yield _ok("data folder", str(home) + ("" if home.exists() else f" ({_AT_FIRST})"))
    free = shutil.disk_usage(place).free
    level = Level.ERROR if free < _NO_DISK else Level.WARNING if free < _LITTLE_DISK else Level.OK
    advice = "" if level is Level.OK else "Free some space: a full disk stops all sending."
    yield Finding("free disk", level, f"{free / _GIB:,.1f} GB", advice)


def ledger(seen: Seen) -> Iterator[Finding]:
    """Whether the ledger can be read, how old it is, and whether its file is sound."""
    place = "" if seen.inspection is None else f"{seen.inspection.version()}, "
    if seen.is_new or seen.inspection is None:
        yield _ok("ledger", f"{place}none yet ({_AT_FIRST})")
        return
    text = f"{place}schema {seen.standing.applied[-1]}"
    if seen.standing.missing:
        text += f" (the next start brings it to {seen.standing.missing[-1]})"
    yield _ok("ledger", text)
    faults = seen.inspection.faults()
    if faults:
        yield Finding(
            "ledger's file",
            Level.ERROR,
            f"damaged: {faults[0]}",
            "Close every wa-desktop, then bring back a good copy: wa-desktop restore FILE.",
        )


def queue(settings: Settings) -> Iterator[Finding]:
    """Whether the queue answers, and whether its Redis is set up to keep things."""
    if settings.redis is None:
        yield from _queue_file(settings)
        return
    place = urlsplit(settings.redis)
    try:
        with redis_client(settings.redis) as client:
            facts = client.info()
    except (redis.RedisError, OSError) as error:
        yield Finding(
            "queue",
            Level.ERROR,
            f"Redis at {place.hostname or place.path} does not answer ({_reason(error)})",
            "Start Redis, or correct REDIS_URL or REDIS_HOST, REDIS_PORT and REDIS_PASSWORD. "
            "Nothing is lost meanwhile.",
        )
        return
    assert isinstance(facts, dict)
    yield _ok("queue", f"Redis {facts.get('redis_version')} at {place.hostname or place.path}")
    yield from _redis_setup(facts)


def clock(inspection: Inspection | None, settings: Settings) -> Iterator[Finding]:
    """This computer's clock beside those of the servers, else beside what was written down."""
    servers: list[tuple[str, Callable[[], int | None]]] = []
    if inspection is not None:
        servers.append(("PostgreSQL", inspection.server_time))
    url = settings.redis
    if url is not None:
        servers.append(("Redis", lambda: _redis_time(url)))
    compared = False
    for name, ask in servers:
        asked = now()
        theirs = ask()
        if theirs is not None:
            compared = True
            yield _clock_beside(name, theirs - (asked + now()) // 2)
    if compared:
        return
    if inspection is None:
        yield _ok("clock", "nothing to compare it with yet")
        return
    ahead = inspection.newest_stamp() - now()
    if ahead > _CLOCK_OFF:
        yield Finding(
            "clock",
            Level.ERROR,
            f"is {ahead / SECOND:,.0f} s behind the newest entry of the ledger: it was set back",
            "Set the clock right; limits and waiting times go by it.",
        )
    else:
        yield _ok("clock", "not behind the ledger")


def workers(ledger: Ledger | None) -> Iterator[Finding]:
    """Who sends, and whether somebody should."""
    if ledger is None:
        yield _ok("worker", "none, and nothing waits for one")
        return
    alive = ledger.workers.alive()
    for one in alive:
        sent = "nothing yet" if one.last_send is None else f"{_ago(one.last_send)} ago"
        yield _ok(
            "worker",
            f"process {one.pid} on {one.host}, seen {_ago(one.last_seen)} ago, last send {sent}",
        )
    for one in ledger.workers.killed():
        yield Finding(
            "worker",
            Level.WARNING,
            f"process {one.pid} on {one.host} ended without signing off, seen "
            f"{_ago(one.last_seen)} ago",
            "What it was sending is in doubt once another one runs: wa-desktop worker, or the "
            "window.",
        )
    if alive:
        return
    status = ledger.statistics.queues()
    if status.contracts.waiting or status.contracts.active:
        yield Finding(
            "worker",
            Level.WARNING,
            f"none, though {status.messages.waiting + status.messages.delayed:,} messages wait",
            "Start one: wa-desktop worker, or the window.",
        )
    else:
        yield _ok("worker", "none, and nothing waits for one")


def accounts(ledger: Ledger, today: date | None = None) -> Iterator[Finding]:
    """Accounts that were stopped, or whose version of the provider's API ends."""
    for one in ledger.accounts.list():
        if one.kind is AccountKind.CLOUD_API:
            yield from _version_of(one, today or datetime.now(UTC).date())
        if one.state is AccountState.STOPPED:
            yield Finding(
                "account",
                Level.WARNING,
                f"{one.id} is stopped: {one.state_reason or 'no reason given'}",
                mending(one),
            )


def _version_of(account: Account, today: date) -> Iterator[Finding]:
    """Whether the provider answers the account's version still, and for how long."""
    end = end_of(account.api_version)
    if end is None or not ends_soon(account.api_version, today):
        return
    past = today > end
    yield Finding(
        "account",
        Level.ERROR if past else Level.WARNING,
        f"{account.id} asks for version {account.api_version} of the provider's API, which "
        + (f"ended on {end}" if past else f"ends on {end}, in {(end - today).days} days"),
        f"Set a newer one: wa-desktop accounts edit {account.id} --api-version "
        f"{DEFAULT_API_VERSION}",
    )


def _can_hold_files(place: Path) -> bool:
    """Whether files can be made there, without making one; a file system of the kernel's own,
    such as /proc, has no room at all."""
    allowed = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return allowed and shutil.disk_usage(place).total > 0


def guarded(subject: str, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """The findings of a check; an error that it meets is a finding, too."""
    found: list[Finding] = []
    try:
        found.extend(check())
    except (WaDesktopError, redis.RedisError, OSError) as error:
        what, _, advice = str(error).partition(". ")
        found.append(Finding(subject, Level.ERROR, what.rstrip("."), advice))
    return found


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


def _queue_file(settings: Settings) -> Iterator[Finding]:
    path = settings.home / "queues.db"
    if not path.exists():
        yield _ok("queue", f"SQLite, none yet ({_AT_FIRST})")
        return
    try:
        with sqlite3.connect(f"file:{path.as_posix()}?mode=ro", uri=True, timeout=5) as queues:
            queues.execute("SELECT COUNT(1) FROM sqlite_master")
        queues.close()
    except sqlite3.Error as error:
        yield Finding(
            "queue",
            Level.ERROR,
            f"{path} cannot be read ({error})",
            "It holds nothing that matters: delete it and start again.",
        )
    else:
        yield _ok("queue", f"SQLite, {path}")


def _redis_setup(facts: dict[str, object]) -> Iterator[Finding]:
    setup = RedisSetup.of(facts)
    if not setup.evicts:
        yield _ok("Redis eviction", setup.policy or "not told")
    else:
        yield Finding(
            "Redis eviction",
            Level.ERROR,
            f"maxmemory-policy is {setup.policy}",
            "Set it to noeviction: with any other policy a full Redis throws jobs away.",
        )
    if setup.appends:
        yield _ok("Redis persistence", "append-only file")
    else:
        yield Finding(
            "Redis persistence",
            Level.WARNING,
            "no append-only file",
            "Set appendonly yes. Without it a restart empties the queues; nothing is lost, but "
            "it takes some seconds until all is found again.",
        )


def _redis_time(url: str) -> int | None:
    try:
        with redis_client(url) as client:
            answer = client.time()
    except (redis.RedisError, OSError):
        return None  # told by the queue's own check
    assert isinstance(answer, tuple)
    seconds, micros = answer
    return from_seconds(int(seconds)) + int(micros)


def _clock_beside(name: str, difference: int) -> Finding:
    off = abs(difference)
    text = f"{off / SECOND:,.1f} s {'behind' if difference > 0 else 'ahead of'} {name}'s"
    if off < _CLOCK_OFF:
        return _ok("clock", f"agrees with {name}'s")
    level = Level.ERROR if off > _CLOCK_WRONG else Level.WARNING
    return Finding("clock", level, text, "Let both computers take the time from the network (NTP).")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _reason(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _ago(moment: int) -> str:
    seconds = max(0, now() - moment) // SECOND
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7_200:
        return f"{seconds // 60} min"
    return f"{seconds // 3_600} h"
