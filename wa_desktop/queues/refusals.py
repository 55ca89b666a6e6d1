"""Why a Redis that answers refuses a write, and what to do about it."""

import redis

from wa_desktop.words import Words, words


def remedy(error: BaseException) -> Words | None:
    """What to do about a refused command; ``None`` if Redis did not refuse, or says why itself."""
    if not isinstance(error, redis.ResponseError):
        return None
    if isinstance(error, redis.exceptions.ReadOnlyError):
        return words(
            "It is a read-only replica. Set REDIS_URL to the primary, or make this one the primary."
        )
    if isinstance(error, redis.exceptions.OutOfMemoryError):
        return words("It is full. Raise its maxmemory, or delete what other programs left in it.")
    if isinstance(error, redis.exceptions.NoPermissionError):
        return words(
            "Its user lacks a permission. Allow the commands LPUSH, BRPOP, EXPIRE, DEL and INFO on "
            "the keys huey.*."
        )
    told = str(error)
    if "MISCONF" in told or "RDB snapshots" in told or "AOF" in told:
        return words("It cannot save to its disk. Free space there, or correct its settings.")
    if "WRONGTYPE" in told:
        return words("Another program uses the queue's key. Give wa-desktop a Redis database.")
    return None
