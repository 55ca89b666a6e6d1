"""The two Huey instances: ``contracts`` and ``messages``, on a SQLite file or on Redis.

Their names carry the ledger's own id, so that two ledgers on one Redis keep apart.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import redis
from huey.storage import RedisStorage
from redis.backoff import NoBackoff
from redis.retry import Retry

from wa_desktop.queues.dropped import Dropped
from wa_desktop.queues.entries import Job
from wa_desktop.queues.job_queue import BoundedSqliteStorage, JobQueue


class QueueBackend(StrEnum):
    """What carries the jobs."""

    SQLITE = "sqlite"
    REDIS = "redis"


@dataclass(frozen=True, slots=True)
class Hueys:
    """Both queues and what carries them."""

    contracts: JobQueue
    messages: JobQueue
    backend: QueueBackend
    dropped: Dropped

    def close(self) -> None:
        """Close the connections."""
        for huey in (self.contracts, self.messages):
            huey.storage.close()
            if self.backend is QueueBackend.REDIS:
                huey.storage.pool.disconnect()


def build_hueys(*, redis_url: str | None, file: Path, ledger_uid: str) -> Hueys:
    """Both queues on Redis when a URL is given, else on a SQLite file. Connects to nothing yet."""
    prefix = f"wa-desktop-{ledger_uid[:8]}"
    dropped = Dropped()

    def queue(kind: str, job: Job) -> JobQueue:
        name = f"{prefix}-{kind}"
        if redis_url is not None:
            return _on_redis(name, job, dropped, redis_url)
        return _on_sqlite(name, job, dropped, file)

    return Hueys(
        contracts=queue("contracts", Job.CONTRACT),
        messages=queue("messages", Job.ACCOUNT),
        backend=QueueBackend.SQLITE if redis_url is None else QueueBackend.REDIS,
        dropped=dropped,
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


def _on_redis(name: str, job: Job, dropped: Dropped, url: str) -> JobQueue:
    return JobQueue(
        name,
        job,
        dropped,
        storage_class=RedisStorage,
        read_timeout=1,
        connection_pool=_pool(url),
    )


def _on_sqlite(name: str, job: Job, dropped: Dropped, file: Path) -> JobQueue:
    # A job may be lost without harm, so its file need not wait for the disk.
    return JobQueue(
        name,
        job,
        dropped,
        storage_class=BoundedSqliteStorage,
        filename=str(file),
        timeout=5,
        fsync=False,
    )
