"""A Redis that evicts or forgets is told of, stops nothing, and is looked at again."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from tests.programs import Place
from tests.services.redis import RedisServer
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import Event, Notice, NoticeKind
from wa_desktop.queues import redis_setup
from wa_desktop.queues.redis_setup import RedisSetup

WRONG = ["--maxmemory-policy", "allkeys-lru"]
RIGHT = ["--appendonly", "yes"]


@pytest.fixture
def place(home: Path, sqlite_url: str) -> Callable[[RedisServer], Place]:
    return lambda server: Place(home, sqlite_url, server.url)


def told(program: Program) -> list[str]:
    """What a person will be told of the queue's set-up."""
    details: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, Notice) and event.kind is NoticeKind.QUEUE_SETUP:
            details.append(event.detail)

    program.events.subscribe(listen)
    return details


def test_one_that_evicts_and_forgets_is_told_of_and_mended_while_the_program_runs(
    place: Callable[[RedisServer], Place],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(redis_setup, "LOOK_EVERY", 0.0)
    with RedisServer(options=WRONG) as server, Program.open(place(server).settings()) as program:
        details = told(program)
        program.start()
        wait_until(lambda: program.health().warnings, "the warnings")
        evicts, forgets = program.health().warnings
        assert "allkeys-lru" in evicts
        assert "appendonly yes" in forgets
        assert details == [f"{evicts} {forgets}"]
        assert {evicts, forgets} <= {
            one.getMessage() for one in caplog.records if one.levelno == logging.WARNING
        }
        wait_until(lambda: program.health().ok, "all to be well but for the warnings")

        with Redis.from_url(server.url) as client:
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("appendonly", "yes")
        wait_until(lambda: not program.health().warnings, "the mended settings to be seen")
    assert len(details) == 1


def test_one_that_is_set_up_well_is_not_spoken_of(
    place: Callable[[RedisServer], Place],
) -> None:
    with RedisServer(options=RIGHT) as server, Program.open(place(server).settings()) as program:
        details = told(program)
        program.start()
        wait_until(lambda: program._setup._looked_at is not None, "the look")
        with Redis.from_url(server.url) as client:
            wait_until(
                lambda: client.info("commandstats").get("cmdstat_info"), "the question to be put"
            )
        program.stop()
        assert (details, program.health().warnings) == ([], ())


def test_one_that_hangs_delays_no_start_and_is_looked_at_once_it_answers(
    place: Callable[[RedisServer], Place],
) -> None:
    with RedisServer(options=WRONG) as server, Program.open(place(server).settings()) as program:
        with server.hanging():
            began = time.monotonic()
            program.start()
            assert time.monotonic() - began < 2
            wait_until(lambda: program.health().problems, "the trouble to be shown", 20)
            assert program.health().warnings == ()
        wait_until(lambda: len(program.health().warnings) == 2, "the warnings", 30)


def test_one_that_does_not_tell_its_policy_is_not_accused_of_it() -> None:
    assert not RedisSetup.of({"aof_enabled": 1}).faults
