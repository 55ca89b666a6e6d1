"""Nothing that stands in the queue is executed, and what is none of ours is dropped and counted."""

import json
import logging
import os
import pickle
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer
from huey.registry import Message
from huey.storage import RedisStorage
from redis import Redis

from tests.programs import Place, cloud_account, filled_contract, is_completed, phone
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import EventBus
from wa_desktop.queues import dropped as dropped_module
from wa_desktop.queues.consumers import Consumers
from wa_desktop.queues.entries import Unreadable
from wa_desktop.queues.hueys import Hueys, build_hueys
from wa_desktop.queues.jobs import Handlers, HueyBell

UID = "ab12cd34ef"
CONTRACTS, MESSAGES = (f"wa-desktop-{UID[:8]}-{kind}" for kind in ("contracts", "messages"))
JOB = "wa_desktop.queues.jobs.account"


class Command:
    """Executes a shell command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self._mark}'",)


class Intruder:
    """Writes to the store of a queue as anybody could who reaches it: Redis, or the file."""

    def __init__(self, redis_url: str | None, file: Path) -> None:
        self._redis_url = redis_url
        self._file = file

    def enqueue(self, data: object, queue: str = MESSAGES) -> None:
        """Put a value in front of the queue."""
        if self._redis_url is not None:
            with Redis.from_url(self._redis_url) as client:
                client.rpush(f"huey.redis.{_plain(queue)}", data)
        else:
            self._sql("INSERT INTO task (queue, data, priority) VALUES (?, ?, 9)", queue, data)

    def schedule(self, data: bytes) -> None:
        """Put a value into the schedule, due since long."""
        if self._redis_url is not None:
            with Redis.from_url(self._redis_url) as client:
                client.zadd(f"huey.schedule.{_plain(MESSAGES)}", {data: 1.0})
        else:
            self._sql("INSERT INTO schedule (queue, data, timestamp) VALUES (?, ?, 1)", data=data)

    def store(self, key: str, data: bytes) -> None:
        """Put a value among the results, locks and revoke keys."""
        if self._redis_url is not None:
            with Redis.from_url(self._redis_url) as client:
                client.hset(f"huey.results.{_plain(MESSAGES)}", key, data)
        else:
            self._sql("INSERT INTO kv (queue, value, key) VALUES (?, ?, ?)", MESSAGES, data, key)

    def enqueue_text_that_is_no_utf8(self) -> None:
        """Only a SQLite file can hold it."""
        assert self._redis_url is None
        self._sql(
            "INSERT INTO task (queue, data, priority) VALUES (?, CAST(x'80ff00' AS TEXT), ?)",
            data=9,
        )

    def _sql(self, sql: str, queue: str = MESSAGES, data: object = b"", *more: object) -> None:
        with closing(sqlite3.connect(self._file)) as queues, queues:
            queues.execute(sql, (queue, data, *more))


def _plain(queue: str) -> str:
    return queue.replace("-", "")


@pytest.fixture
def intruder(queue_url: str | None, hueys: Hueys, tmp_path: Path) -> Intruder:
    return Intruder(queue_url, tmp_path / "queues.db")


@pytest.fixture
def hueys(queue_url: str | None, tmp_path: Path) -> Iterator[Hueys]:
    """Both queues of one ledger, on SQLite and on Redis."""
    built = build_hueys(redis_url=queue_url, file=tmp_path / "queues.db", ledger_uid=UID)
    yield built
    built.close()


class Ears:
    """Hears the jobs of a bell while consumers take them."""

    def __init__(self, hueys: Hueys) -> None:
        self.bell = HueyBell(hueys, EventBus())
        self.heard: list[str] = []
        self.bell.serve(Handlers(self.heard.append, self.heard.append))
        self._consumers = Consumers(hueys)

    def __enter__(self) -> "Ears":
        self._consumers.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._consumers.stop()

    def hear_a_ring(self) -> None:
        """Both queues still carry a job."""
        self.bell.account("acc")
        self.bell.contract("con")
        wait_until(lambda: {"acc", "con"} <= set(self.heard), "both jobs")


def _message(**parts: Any) -> bytes:
    """An entry as Huey writes it by default, and as the earlier version of wa-desktop did."""
    whole = {"id": "0", "name": JOB, "args": ("acc-1",), "kwargs": {}, "retries": 0} | parts
    return pickle.dumps(Message(**whole))


def test_a_command_in_a_pickle_is_not_executed(
    hueys: Hueys, intruder: Intruder, tmp_path: Path
) -> None:
    mark = tmp_path / "executed"
    command = Command(mark)
    # A pickle of this kind does harm wherever one is read.
    pickle.loads(pickle.dumps(command))
    assert mark.exists()
    mark.unlink()
    for queue in (MESSAGES, CONTRACTS):
        intruder.enqueue(pickle.dumps(command), queue)
        intruder.enqueue(_message(args=(command,)), queue)
        intruder.enqueue(_message(on_complete=command), queue)
    intruder.schedule(pickle.dumps(command))
    with Ears(hueys) as ears:
        wait_until(lambda: hueys.dropped.count == 6, "the six entries to be dropped")
        ears.hear_a_ring()
    assert not mark.exists()


def test_the_stores_beside_the_queue_are_not_read(
    hueys: Hueys, intruder: Intruder, tmp_path: Path
) -> None:
    """They hold revocations, results, locks, rate limits and jobs for later."""
    mark = tmp_path / "executed"
    harm = pickle.dumps(Command(mark))
    revoked = pickle.dumps((None, False))
    for key in (f"rt:{JOB}", "acc", f"{MESSAGES}.lock.acc", f"{MESSAGES}.rl.acc.w"):
        intruder.store(key, harm)
    intruder.store("rt:wa_desktop.queues.jobs.contract", revoked)
    intruder.schedule(harm)
    intruder.schedule(b'{"job": "account", "id": "later"}')
    with Ears(hueys) as ears:
        ears.hear_a_ring()
        ears.hear_a_ring()
    assert "later" not in ears.heard
    huey = hueys.messages
    for read in (
        lambda: huey.get("acc", peek=True),
        lambda: huey.result("acc"),
        lambda: huey.rate_limit("acc", 1, 1).acquire(),
        lambda: huey.put("acc", "anything"),
        lambda: huey.is_revoked("acc") or huey.revoke_by_id("acc"),
    ):
        with pytest.raises(Unreadable):
            read()  # type: ignore[no-untyped-call]
    assert huey.scheduled() == huey.pending() == []
    assert not mark.exists()


REFUSED: dict[str, bytes] = {
    "an older version's": _message(),
    "empty": b"",
    "no JSON": b"\x00\xff\xfe garbage",
    "another job": b'{"job": "shutdown", "id": "acc"}',
    "the other queue's job": b'{"job": "contract", "id": "acc"}',
    "a job by its place": b'{"job": "os.system", "id": "true"}',
    "a longer argument": json.dumps({"job": "account", "id": "a" * 65}).encode(),
    "no id": b'{"job": "account"}',
    "an id that is a number": b'{"job": "account", "id": 7}',
    "an id that is a list": b'{"job": "account", "id": ["acc"]}',
    "an id that is nothing": b'{"job": "account", "id": null}',
    "an empty id": b'{"job": "account", "id": ""}',
    "a path": b'{"job": "account", "id": "../../etc"}',
    "a line break": b'{"job": "account", "id": "acc\\n"}',
    "other letters": '{"job": "account", "id": "весна"}'.encode(),
    "escaped letters": json.dumps({"job": "account", "id": "весна"}).encode(),
    "a job that is a list": b'{"job": ["account"], "id": "acc"}',
    "a time": b'{"job": "account", "id": "acc", "eta": "2030-01-01T00:00:00"}',
    "retries": b'{"job": "account", "id": "acc", "retries": 9}',
    "an end": b'{"job": "account", "id": "acc", "expires": 1}',
    "a callback": b'{"job":"account","id":"acc","on_complete":{"job":"account","id":"b"}}',
    "a list": b'["account", "acc"]',
    "a text": b'"account"',
    "a number": b"1",
    "nothing": b"null",
    "not a number": b"NaN",
    "nested": b"[" * 100_000,
    "nested and short": b"[" * 199,
    "nested objects": b'{"job":' * 28,
    "huge": b'{"job": "account", "id": "acc"}' + b" " * 20_000_000,
    "huge digits": b"9" * 10_000_000,
}


def test_what_is_none_of_ours_is_dropped_and_counted(hueys: Hueys, intruder: Intruder) -> None:
    for data in REFUSED.values():
        intruder.enqueue(data)
    with Ears(hueys) as ears:
        wait_until(lambda: hueys.dropped.count >= len(REFUSED), "all to be dropped")
        ears.hear_a_ring()
    assert set(ears.heard) == {"acc", "con"}
    assert hueys.dropped.count == len(REFUSED)
    assert str(len(REFUSED)) in (ears.bell.warning or "")
    assert len(hueys.messages) == 0


@pytest.mark.parametrize("queue_url", ["sqlite"], indirect=True)
def test_values_that_only_a_file_can_hold_are_dropped_too(hueys: Hueys, intruder: Intruder) -> None:
    for value in (7, 1.5, "account", '{"job": "account", "id": "text"}', "a\0b" * 1_000):
        intruder.enqueue(value)
    intruder.enqueue_text_that_is_no_utf8()
    with Ears(hueys) as ears:
        wait_until(lambda: hueys.dropped.count == 6, "all to be dropped")
        ears.hear_a_ring()
    assert set(ears.heard) == {"acc", "con"}


def test_two_thousand_old_entries_delay_a_ring_by_seconds_at_most(
    hueys: Hueys, intruder: Intruder
) -> None:
    huey = hueys.messages
    old = _message()
    for _ in range(2_000):
        huey.storage.enqueue(old)
    with Ears(hueys) as ears:
        ears.hear_a_ring()
    assert hueys.dropped.count == 2_000


def test_the_log_says_it_once_a_minute_and_nothing_of_the_content(
    hueys: Hueys,
    intruder: Intruder,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "a message's text"
    with Ears(hueys) as ears:
        for _ in range(20):
            intruder.enqueue(json.dumps({"job": secret, "id": secret}).encode())
        wait_until(lambda: hueys.dropped.count == 20, "the entries to be dropped")
        ears.bell.probe()

        def lines() -> list[str]:
            found = (one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING)
            return [one for one in found if "queue entries" in one]

        assert len(lines()) == 1
        monkeypatch.setattr(dropped_module, "TELL_EVERY", 0.0)
        ears.bell.probe()
        ears.bell.probe()
        assert len(lines()) == 2
        assert "dropped 19 queue entries" in lines()[1]
    assert secret not in caplog.text


def test_a_job_that_fails_is_logged_and_the_next_one_is_done(
    hueys: Hueys, caplog: pytest.LogCaptureFixture
) -> None:
    bell = HueyBell(hueys, EventBus())
    done: list[str] = []

    def work(account_id: str) -> None:
        if account_id == "bad":
            raise RuntimeError("of this job")
        done.append(account_id)

    bell.serve(Handlers(work, work))
    consumers = Consumers(hueys)
    bell.account("bad")
    bell.account("good")
    consumers.start()
    wait_until(lambda: done, "the second job")
    consumers.stop()
    assert "of this job" in caplog.text


def test_an_account_whose_id_has_no_place_in_an_entry_is_served_on_the_spot(hueys: Hueys) -> None:
    bell = HueyBell(hueys, EventBus())
    heard: list[str] = []
    bell.serve(Handlers(heard.append, heard.append))
    bell.account("весна")
    assert heard == ["весна"]
    assert len(hueys.messages) == 0


def test_forged_rings_change_no_campaign(program: Program, cloud: StandIn) -> None:
    """Whoever can write to the queue can ring for any id; the ledger decides what is due."""
    account = cloud_account(program, cloud)
    resting = filled_contract(program, account, 5)
    before = program.services.ledger.contracts.get(resting.id)
    program.start()
    for about in (resting.id, "no-such-contract", "0"):
        for job, huey in (
            ("contract", program._hueys.contracts),
            ("account", program._hueys.messages),
        ):
            huey.storage.enqueue(json.dumps({"job": job, "id": about}).encode())
    program.services.contracts.start(filled_contract(program, account, 5).id)
    wait_until(lambda: cloud.count() == 5, "the started campaign to be sent")
    assert program.services.ledger.contracts.get(resting.id) == before
    assert program._hueys.dropped.count == 0


class OlderWorker:
    """The consumers of an earlier version, which read and write pickles."""

    def __init__(self, place: Place, names: tuple[str, str]) -> None:
        self.heard: list[str] = []
        self.hueys = [self._huey(place, name) for name in names]
        self._consumers = []
        for huey, job in zip(self.hueys, ("contract", "account"), strict=True):
            huey.task(name=job)(self.heard.append)
            consumer = Consumer(huey, periodic=False, initial_delay=0.05, max_delay=0.2)
            consumer._set_signal_handlers = lambda: None
            self._consumers.append(consumer)

    def _huey(self, place: Place, name: str) -> Huey:
        if place.redis_url is not None:
            return RedisHuey(name, results=False, url=place.redis_url, read_timeout=1)
        return SqliteHuey(name, results=False, filename=str(place.home / "queues.db"))

    def __enter__(self) -> "OlderWorker":
        for one in self._consumers:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._consumers:
            one.stop_flag.set()
        for one in self._consumers:
            for _, thread in one.worker_threads:
                thread.join(10)
            one.scheduler.join(10)
        for huey in self.hueys:
            huey.storage.close()
            if isinstance(huey.storage, RedisStorage):
                huey.storage.pool.disconnect()


def test_beside_a_worker_of_an_earlier_version_nothing_is_lost_and_nothing_doubled(
    program: Program, cloud: StandIn, place: Place
) -> None:
    """It takes some of the jobs and cannot read them; the sweep rings again."""
    account = cloud_account(program, cloud)
    contract = filled_contract(program, account, 100)
    names = (program._hueys.contracts.name, program._hueys.messages.name)
    older = OlderWorker(place, names)
    stop = threading.Event()

    def ring_as_it_did() -> None:
        while not stop.wait(0.01):
            for huey, task in zip(older.hueys, ("contract", "account"), strict=True):
                message = Message("0", f"wa_desktop.queues.jobs.{task}", args=(account.id,))
                huey.storage.enqueue(pickle.dumps(message))

    ringing = threading.Thread(target=ring_as_it_did)
    with older:
        ringing.start()
        try:
            program.start()
            program.services.contracts.start(contract.id)
            wait_until(lambda: is_completed(program, contract), "the campaign to be done", 40)
        finally:
            stop.set()
            ringing.join()
    assert sorted(one.to for one in cloud.accepted()) == sorted(
        f"+{phone(number)}" for number in range(100)
    )
    assert program._hueys.dropped.count > 0
    assert any("queue entries" in one for one in program.health().warnings)
