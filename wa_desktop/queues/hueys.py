"""The two Huey instances: ``contracts`` and ``messages``, on a SQLite file or on Redis.

Their names carry the ledger's own id, so that two ledgers on one Redis keep apart.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import redis
from huey import RedisHuey, SqliteHuey
from redis.backoff import NoBackoff
from redis.retry import Retry


class QueueBackend(StrEnum):
    """What carries the jobs."""

    SQLITE = "sqlite"
    REDIS = "redis"


@dataclass(frozen=True, slots=True)
class Hueys:
    """Both queues and what carries them."""

    contracts: Any
    messages: Any
    backend: QueueBackend

    def close(self) -> None:
        """Close the connections."""
        for huey in (self.contracts, self.messages):
            huey.storage.close()
            if self.backend is QueueBackend.REDIS:
                huey.storage.pool.disconnect()


def build_hueys(*, redis_url: str | None, file: Path, ledger_uid: str) -> Hueys:
    """Both queues on Redis when a URL is given, else on a SQLite file. Connects to nothing yet."""
    prefix = f"wa-desktop-{ledger_uid[:8]}"
    if redis_url is not None:
        return Hueys(
            _on_redis(f"{prefix}-contracts", redis_url),
            _on_redis(f"{prefix}-messages", redis_url),
            QueueBackend.REDIS,
        )
    return Hueys(
        _on_sqlite(f"{prefix}-contracts", file),
        _on_sqlite(f"{prefix}-messages", file),
        QueueBackend.SQLITE,
    )


def redis_client(url: str) -> "redis.Redis":
    """A client that answers, or fails, within seconds: a bell must not hold up its caller."""
    return redis.Redis(connection_pool=_pool(url))


def _pool(url: str) -> "redis.ConnectionPool":
    return redis.ConnectionPool.from_url(
        url,
        socket_connect_timeout=2,
        socket_timeout=3,
        health_check_interval=30,
        # For a connection that was cut meanwhile; one that hangs is not waited for twice.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )


def _on_redis(name: str, url: str) -> Any:
    return RedisHuey(
        name, results=False, store_none=False, read_timeout=1, connection_pool=_pool(url)
    )


def _on_sqlite(name: str, file: Path) -> Any:
    # A job may be lost without harm, so its file need not wait for the disk.
    return SqliteHuey(
        name, results=False, store_none=False, filename=str(file), timeout=5, fsync=False
    )
