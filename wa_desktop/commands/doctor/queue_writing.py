"""Whether the queue takes jobs and gives them out again: tried with an entry that is removed."""

import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import redis

from wa_desktop.commands.doctor.finding import Finding, Level, reason
from wa_desktop.queues.refusals import remedy

_KEPT_FOR = 30
"""Seconds after which Redis removes the entry by itself, if this program was killed."""


def writing_to_redis(client: redis.Redis) -> Iterator[Finding]:
    """What refuses the two commands that carry jobs; nothing if both work.

    The list has a name that no other program uses, and is gone afterwards.
    """
    key = f"huey.redis.wadesktopdoctor{secrets.token_hex(8)}"
    try:
        with client.pipeline(transaction=False) as pipe:
            pipe.lpush(key, b"")
            pipe.expire(key, _KEPT_FOR)
            written, _ = pipe.execute(raise_on_error=False)
        if isinstance(written, BaseException):
            raise written
        try:
            client.brpop([key], timeout=1)
        except redis.ResponseError:
            client.delete(key)
            raise
    except (redis.RedisError, OSError) as error:
        yield Finding(
            "queue's writing",
            Level.ERROR,
            f"Redis refuses jobs ({reason(error).rstrip('.')})",
            f"{remedy(error) or 'Correct its settings.'} Nothing is lost meanwhile.",
        )


def writing_to_file(path: Path) -> Iterator[Finding]:
    """What keeps the file from being written; nothing if a table can be made and removed."""
    try:
        queues = sqlite3.connect(
            f"file:{path.as_posix()}?mode=rw", uri=True, timeout=5, isolation_level=None
        )
        try:
            queues.execute("BEGIN IMMEDIATE")
            # In one transaction, so that nothing is left if this program is killed.
            queues.execute("CREATE TABLE wa_desktop_doctor (x)")
            queues.execute("DROP TABLE wa_desktop_doctor")
            queues.execute("COMMIT")
        finally:
            queues.close()
    except sqlite3.Error as error:
        yield Finding(
            "queue's writing",
            Level.ERROR,
            f"{path} cannot be written ({reason(error)})",
            "Free space on its disk and let this user write it. It holds nothing that matters: "
            "it may be deleted while no wa-desktop runs.",
        )
