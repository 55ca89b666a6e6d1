"""``wa-desktop doctor``."""

import signal
from pathlib import Path
from typing import Any

from tests.commands.running import Running, list_file, only_campaign, run, run_apart
from tests.services.redis import RedisServer


def _found(findings: list[dict[str, Any]], subject: str) -> dict[str, Any]:
    return next(one for one in findings if one["subject"] == subject)


def test_all_is_well_on_a_new_machine(home: Path) -> None:
    ended = run_apart("doctor")

    assert ended.code == 0, ended.out
    for subject in ("wa-desktop", "Python", "SQLite", "Qt", "ledger", "queue", "clock", "worker"):
        assert f"✓ {subject}" in ended.out
    assert str(home) in ended.out


def test_workers_show_their_heartbeats() -> None:
    with Running("worker") as worker:
        worker.first_line()

        checks = run("doctor", "--json").json["checks"]

        assert "seen" in _found(checks, "worker")["text"]
        worker.signal(signal.SIGTERM)
        worker.end()


def test_work_without_a_worker_is_a_warning(tmp_path: Path) -> None:
    run("send", list_file(tmp_path, 2), "--account", "sandbox", "--message", "Hi", "--draft")
    run("contracts", "start", only_campaign()["id"])

    ended = run("doctor", "--json")

    assert ended.code == 0
    assert _found(ended.json["checks"], "worker")["level"] == "warning"


def test_a_redis_that_evicts_is_an_error_and_one_that_forgets_a_warning() -> None:
    with RedisServer(options=["--maxmemory-policy", "allkeys-lru"]) as server:
        ended = run("doctor", "--json", extra={"REDIS_URL": server.url})

    checks = ended.json["checks"]
    assert ended.code == 1
    assert "Redis" in _found(checks, "queue")["text"]
    assert _found(checks, "Redis eviction")["level"] == "error"
    assert "noeviction" in _found(checks, "Redis eviction")["advice"]
    assert _found(checks, "Redis persistence")["level"] == "warning"
    assert _found(checks, "clock")["text"] == "agrees with Redis's"


def test_a_redis_that_is_away_is_an_error_without_its_password() -> None:
    ended = run("doctor", extra={"REDIS_URL": "redis://:hidden@127.0.0.1:1/0"})

    assert ended.code == 1
    assert "✗ queue" in ended.out
    assert "hidden" not in ended.out + ended.err


def test_the_clock_is_compared_with_postgresql(postgres_url: str) -> None:
    ended = run("doctor", "--json", extra={"DATABASE_URL": postgres_url})

    assert ended.code == 0, ended.out
    assert "PostgreSQL" in _found(ended.json["checks"], "ledger")["text"]
    assert _found(ended.json["checks"], "clock")["text"] == "agrees with PostgreSQL's"


def test_a_ledger_that_is_none_is_found(home: Path) -> None:
    home.mkdir()
    (home / "ledger.db").write_bytes(b"no database at all" * 500)

    ended = run("doctor")

    assert ended.code == 1
    assert "✗ ledger" in ended.out
    assert "damaged" in ended.out
    assert "Traceback" not in ended.out + ended.err
