"""The ways in which a Redis that answers refuses what carries jobs, caused for real."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from redis import Redis

from tests.waiting import wait_until

LOGIN = "clerk:secret@"
"""The user of :func:`make_clerk`, as it stands in a URL."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """``cause`` and ``mend`` take a client that may do everything; ``says`` is part of Redis's
    own words, ``advice`` of ours. ``asks`` is the user who is refused, for a URL."""

    cause: Callable[[Redis], object]
    mend: Callable[[Redis], object]
    says: str
    advice: str
    asks: str = ""


def make_clerk(client: Redis) -> None:
    """A user besides the default one, who may do everything at first."""
    client.execute_command("ACL", "SETUSER", "clerk", "on", ">secret", "~*", "+@all")  # type: ignore[no-untyped-call]


def _snapshots(client: Redis) -> Path:
    return Path(str(client.config_get("dir")["dir"])) / "dump.rdb"


def _save(client: Redis, status: str) -> None:
    client.bgsave()
    wait_until(
        lambda: client.info("persistence")["rdb_last_bgsave_status"] == status, "the snapshot"
    )


def _unsaved(client: Redis) -> None:
    client.config_set("save", "3600 1")
    client.set("some", "thing")
    (_snapshots(client) / "in the way").mkdir(parents=True)
    _save(client, "err")


def _saved(client: Redis) -> None:
    shutil.rmtree(_snapshots(client))
    _save(client, "ok")


def _full(client: Redis) -> None:
    client.set("some", "x" * 1_000)
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("maxmemory", "1")


def _forbid(rule: str) -> Callable[[Redis], object]:
    def change(client: Redis) -> None:
        client.execute_command("ACL", "SETUSER", "clerk", rule)  # type: ignore[no-untyped-call]

    return change


REFUSALS: dict[str, Refusal] = {
    "MISCONF": Refusal(_unsaved, _saved, "MISCONF", "cannot save to its disk"),
    "READONLY": Refusal(
        lambda client: client.replicaof("127.0.0.1", "1"),
        lambda client: client.replicaof("NO", "ONE"),
        "read only replica",
        "Set REDIS_URL to the primary",
    ),
    "OOM": Refusal(
        _full, lambda client: client.config_set("maxmemory", "0"), "maxmemory", "Raise its"
    ),
    "no LPUSH": Refusal(_forbid("-lpush"), _forbid("+lpush"), "lpush", "LPUSH", LOGIN),
    "no BRPOP": Refusal(_forbid("-brpop"), _forbid("+brpop"), "brpop", "LPUSH", LOGIN),
    "no keys": Refusal(_forbid("resetkeys"), _forbid("~*"), "permission", "huey.*", LOGIN),
}
