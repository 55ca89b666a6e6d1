"""How the queues' Redis is set up: it must not evict, and should keep an append-only file."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import redis

from wa_desktop.events import EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.queues.hueys import Hueys, QueueBackend
from wa_desktop.words import Words, joined, words

log = logging.getLogger(__name__)

KEEPS_ALL = "noeviction"

LOOK_EVERY = 30.0
"""Seconds between two looks: it may be mended, or spoilt, while the program runs."""


@dataclass(frozen=True, slots=True)
class RedisSetup:
    """What matters of Redis's own settings. ``policy`` is empty where it does not tell."""

    policy: str
    appends: bool

    @classmethod
    def of(cls, facts: Mapping[str, object]) -> Self:
        """Read it out of the answer to INFO."""
        return cls(str(facts.get("maxmemory_policy", "")), bool(facts.get("aof_enabled")))

    @property
    def evicts(self) -> bool:
        """Whether a full Redis throws jobs away."""
        return self.policy not in ("", KEEPS_ALL)

    @property
    def faults(self) -> tuple[Words, ...]:
        """One sentence for each thing that should be otherwise."""
        found = []
        if self.evicts:
            found.append(
                words(
                    "Redis throws jobs away when it is full (maxmemory-policy is {policy}). Set "
                    "it to noeviction. No message is lost meanwhile, but some come late.",
                    policy=self.policy,
                )
            )
        if not self.appends:
            found.append(
                words(
                    "Redis keeps no append-only file, so a restart empties its queues. Set "
                    "appendonly yes. No message is lost meanwhile, but some come late."
                )
            )
        return tuple(found)


class SetupWatch:
    """Looks now and then, and tells what is wrong once each time it changes.

    For a thread that may wait: a Redis that hangs takes seconds to fail. What keeps it out of
    reach is told by the bell, and who may not ask (INFO is forbidden) is told nothing.
    """

    def __init__(self, hueys: Hueys, events: EventBus) -> None:
        self._storage = hueys.messages.storage if hueys.backend is QueueBackend.REDIS else None
        self._events = events
        self._faults: tuple[Words, ...] = ()
        self._looked_at: float | None = None

    @property
    def faults(self) -> tuple[Words, ...]:
        """What was wrong at the last look. May be read from any thread."""
        return self._faults

    def look(self) -> None:
        """Look, if it is time to."""
        at = time.monotonic()
        if self._storage is None or (
            self._looked_at is not None and at - self._looked_at < LOOK_EVERY
        ):
            return
        self._looked_at = at
        try:
            found = RedisSetup.of(self._storage.conn.info()).faults
        except (redis.RedisError, OSError) as error:
            log.debug("Redis did not tell how it is set up: %s", error)
            return
        before, self._faults = self._faults, found
        if found == before:
            return
        for fault in found:
            log.warning("%s", fault)
        if found:
            told = joined(" ", found)
            self._events.post(Notice(NoticeKind.QUEUE_SETUP, NoticeLevel.WARNING, detail=told))
        else:
            log.info("Redis is set up as it should be")
