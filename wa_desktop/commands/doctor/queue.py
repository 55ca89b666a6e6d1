"""The queue: whether it answers and can be written, and whether its Redis keeps jobs."""

import sqlite3
from collections.abc import Iterator
from urllib.parse import urlsplit

import redis

from wa_desktop.commands.doctor.finding import AT_FIRST, Finding, Level, ok, reason
from wa_desktop.commands.doctor.queue_writing import writing_to_file, writing_to_redis
from wa_desktop.commands.doctor.redis_access import access
from wa_desktop.queues.hueys import redis_client
from wa_desktop.queues.redis_setup import RedisSetup
from wa_desktop.settings import Settings


def queue(settings: Settings) -> Iterator[Finding]:
    """Whether the queue answers and can be written, and whether its Redis keeps jobs."""
    if settings.redis is None:
        yield from _queue_file(settings)
        return
    place = urlsplit(settings.redis)
    try:
        with redis_client(settings.redis) as client:
            facts = _facts(client)
            refused = list(writing_to_redis(client))
    except (redis.RedisError, OSError) as error:
        yield Finding(
            "queue",
            Level.ERROR,
            f"Redis at {place.hostname or place.path} does not answer ({reason(error)})",
            "Start Redis, or correct REDIS_URL or REDIS_HOST, REDIS_PORT and REDIS_PASSWORD. "
            "Nothing is lost meanwhile.",
        )
        return
    yield ok("queue", f"Redis {facts.get('redis_version', '')} at {place.hostname or place.path}")
    yield from refused
    yield from access(settings.redis)
    if facts:
        yield from _redis_setup(facts)
    else:
        yield Finding(
            "Redis settings",
            Level.WARNING,
            "this user may not ask for them (INFO)",
            "Allow it INFO. Redis must keep maxmemory-policy noeviction and appendonly yes.",
        )


def _facts(client: redis.Redis) -> dict[str, object]:
    """Redis's answer to INFO, empty if this user may not ask."""
    try:
        facts = client.info()
    except redis.exceptions.NoPermissionError:
        return {}
    assert isinstance(facts, dict)
    return facts


def _queue_file(settings: Settings) -> Iterator[Finding]:
    path = settings.home / "queues.db"
    if not path.exists():
        yield ok("queue", f"SQLite, none yet ({AT_FIRST})")
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
        yield ok("queue", f"SQLite, {path}")
        yield from writing_to_file(path)


def _redis_setup(facts: dict[str, object]) -> Iterator[Finding]:
    setup = RedisSetup.of(facts)
    if not setup.evicts:
        yield ok("Redis eviction", setup.policy or "not told")
    else:
        yield Finding(
            "Redis eviction",
            Level.ERROR,
            f"maxmemory-policy is {setup.policy}",
            "Set it to noeviction: with any other policy a full Redis throws jobs away.",
        )
    if setup.appends:
        yield ok("Redis persistence", "append-only file")
    else:
        yield Finding(
            "Redis persistence",
            Level.WARNING,
            "no append-only file",
            "Set appendonly yes. Without it a restart empties the queues; nothing is lost, but "
            "it takes some seconds until all is found again.",
        )
