"""``wa-desktop doctor``."""

import signal
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import Running, list_file, only_campaign, run, run_apart
from tests.ledger.samples.filled import fill, migrate, samples
from tests.programs import Place
from tests.services.redis import RedisServer
from tests.services.shifted_clock import ShiftedClock
from wa_desktop.app import Program
from wa_desktop.clock import SECOND
from wa_desktop.commands.doctor.accounts import accounts
from wa_desktop.delivery.timekeeping import wrong_clock
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import NO_SECRETS, Account, AccountKind, AccountSecrets
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.switches import QueueName
from wa_desktop.ledger.upgrade import standing
from wa_desktop.settings import load_settings


def _found(findings: list[dict[str, Any]], subject: str) -> dict[str, Any]:
    return next(one for one in findings if one["subject"] == subject)


def test_all_is_well_on_a_new_machine(home: Path) -> None:
    ended = run_apart("doctor")

    assert ended.code == 0, ended.out
    for subject in ("wa-desktop", "Python", "SQLite", "Qt", "ledger", "queue", "clock", "worker"):
        assert f"✓ {subject}" in ended.out
    assert str(home) in ended.out


def test_it_only_looks_and_makes_nothing(home: Path) -> None:
    ended = run("doctor")

    assert ended.code == 0
    assert "none yet (is made at the first start)" in ended.out
    assert not home.exists()


@pytest.mark.parametrize("home_of_the_user", ["/proc/wa-desktop", "/dev/null/wa-desktop"])
def test_a_data_folder_that_cannot_be_used_is_the_only_trouble(home_of_the_user: str) -> None:
    ended = run("doctor", "--json", extra={"WA_DESKTOP_HOME": home_of_the_user})

    bad = [one for one in ended.json["checks"] if one["level"] != "ok"]
    assert ended.code == 1
    assert [one["subject"] for one in bad] == ["data folder"]
    assert "WA_DESKTOP_HOME" in bad[0]["advice"]
    assert not any(one["subject"] in {"ledger", "queue"} for one in ended.json["checks"])


def test_a_ledger_of_an_older_version_is_left_as_it_is(home: Path) -> None:
    home.mkdir()
    oldest = samples()[0]
    with closing(Database(f"sqlite:///{home / 'ledger.db'}")) as database:
        migrate(database, oldest.migration)
        fill(database, oldest)
        ended = run("doctor", "--json")
        assert standing(database).applied == (oldest.migration,)

    ledger = _found(ended.json["checks"], "ledger")
    assert f"schema {oldest.migration} (the next start brings it to " in ledger["text"]
    assert list(home.glob("*before-upgrade*")) == []


def test_a_database_without_a_ledger_is_left_empty(postgres_url: str) -> None:
    ended = run("doctor", extra={"DATABASE_URL": postgres_url})

    assert ended.code == 0
    assert "none yet" in ended.out
    with closing(Database(postgres_url)) as database:
        assert standing(database).applied == ()
        assert database.peewee.get_tables() == []


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://wa:hidden@127.0.0.1:1/x", "PostgreSQL at 127.0.0.1:1 cannot be used"),
        ("postgresql://wa:hidden@127.0.0.1:1/x?hidden=1", "DATABASE_URL cannot be used"),
        ("postgresql://wa:hid@den@127.0.0.1:1/x", "wrong setting: DATABASE_URL: found an @"),
        ("postgresql://wa:hid%zzden@127.0.0.1:1/x", "wrong setting: DATABASE_URL: found a %"),
    ],
)
def test_a_postgresql_out_of_reach_is_one_line_that_says_what_to_do(url: str, said: str) -> None:
    ended = run("doctor", extra={"DATABASE_URL": url})

    shown = ended.out + ended.err
    assert ended.code == 1
    assert said in shown
    assert "DATABASE_URL" in shown
    assert not any(part in shown for part in ("hidden", "den@", "zzden"))


def test_workers_show_their_heartbeats() -> None:
    with Running("worker") as worker:
        worker.first_line()

        checks = run("doctor", "--json").json["checks"]

        assert "seen" in _found(checks, "worker")["text"]
        worker.signal(signal.SIGTERM)
        worker.end()


def test_a_worker_that_was_killed_is_named_and_not_alive() -> None:
    with Running("worker") as worker:
        worker.first_line()
        worker.signal(signal.SIGKILL)
        worker.end()

    found = run("doctor", "--json")

    [none, killed] = [one for one in found.json["checks"] if one["subject"] == "worker"]
    assert (found.code, killed["level"], none["level"]) == (0, "warning", "ok")
    assert "was killed or crashed" in killed["text"]
    assert "is in doubt once a worker runs" in killed["advice"]
    assert none["text"].startswith("none")


def test_a_killed_worker_is_named_also_after_another_one_dealt_with_its_messages(
    home: Path, postgres_url: str
) -> None:
    with Program.open(Place(home, postgres_url, None).settings()) as program:
        workers, happenings = program.services.ledger.workers, program.services.ledger.happenings
        workers.register()
        killed = workers.register()
        happenings.note_lost(killed)
        workers.bury(killed)
        checks = run("doctor", "--json", extra={"DATABASE_URL": postgres_url}).json["checks"]

    [alive, dead] = [one for one in checks if one["subject"] == "worker"]
    assert (alive["level"], dead["level"]) == ("ok", "warning")
    assert "was killed or crashed" in dead["text"]
    assert "Another worker sends its messages" in dead["advice"]


@pytest.mark.parametrize("queue", list(QueueName))
def test_a_paused_queue_is_a_warning_until_it_is_resumed(home: Path, queue: QueueName) -> None:
    with Program.open(load_settings()) as program:
        program.services.queues.pause(queue)
        (paused,) = _warnings(run("doctor", "--json").json["checks"])
        program.services.queues.resume(queue)
        assert _warnings(run("doctor", "--json").json["checks"]) == []

    assert "is paused" in paused["text"]
    assert f"/api/queues/{queue.value}/resume" in paused["advice"]


def test_a_campaign_that_the_program_paused_is_a_warning_and_one_that_a_person_paused_is_none(
    tmp_path: Path,
) -> None:
    for _ in range(2):
        run("send", list_file(tmp_path, 2), "--account", "sandbox", "--message", "Hi", "--draft")
    halted, paused = (str(one["id"]) for one in run("contracts", "list", "--json").json["items"])
    with Program.open(load_settings()) as program:
        for one in (halted, paused):
            program.services.contracts.start(one)
        program.services.contracts.pause(paused)
        program.services.ledger.contracts.move(
            halted, ContractState.PAUSED, reason="Five were refused."
        )

    [found] = [
        one for one in run("doctor", "--json").json["checks"] if one["subject"] == "campaign"
    ]
    assert found["level"] == "warning"
    assert found["text"] == f"The campaign {halted} is paused: Five were refused"
    assert found["advice"].endswith(f"wa-desktop contracts start {halted}")


def _warnings(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in findings if one["level"] == "warning"]


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


@pytest.mark.parametrize(
    ("shift", "level", "text"),
    [
        (-20, "warning", "s ahead of PostgreSQL's"),
        (20, "warning", "s behind PostgreSQL's"),
        (-90, "error", "s ahead of PostgreSQL's: nothing is sent from here until the two agree"),
        (90, "error", "s behind PostgreSQL's: nothing is sent from here until the two agree"),
    ],
)
def test_a_clock_that_differs_from_postgresqls_is_judged_by_the_engines_own_bound(
    made_postgres_url: str, shift: int, level: str, text: str
) -> None:
    ShiftedClock(made_postgres_url).set(shift)
    ended = run("doctor", "--json", extra={"DATABASE_URL": made_postgres_url})

    found = _found(ended.json["checks"], "clock")
    assert (ended.code, found["level"]) == (int(level == "error"), level)
    assert found["text"].endswith(text)
    assert "NTP" in found["advice"]
    assert (wrong_clock(-shift * SECOND) is not None) == (level == "error")


def test_a_ledger_that_is_none_is_found(home: Path) -> None:
    home.mkdir()
    (home / "ledger.db").write_bytes(b"no database at all" * 500)

    ended = run("doctor")

    assert ended.code == 1
    assert "✗ ledger" in ended.out
    assert "damaged" in ended.out
    assert "Traceback" not in ended.out + ended.err


def _of_version(version: str) -> Account:
    return Account("shop", "Shop", AccountKind.CLOUD_API, "1", api_version=version)


@pytest.mark.parametrize(
    ("version", "today", "level", "words"),
    [
        ("v23.0", date(2027, 6, 10), None, ""),
        ("v23.0", date(2027, 6, 11), "warning", "ends on 2027-10-08, in 119 days"),
        ("v23.0", date(2027, 10, 9), "error", "ended on 2027-10-08"),
        ("v19.0", date(2026, 11, 1), "error", "ended on"),
        ("v99.0", date(2026, 11, 1), None, ""),
    ],
)
def test_the_end_of_an_accounts_version_is_told_120_days_before(
    sqlite_ledger: Ledger, version: str, today: date, level: str | None, words: str
) -> None:
    sqlite_ledger.accounts.add(_of_version(version), AccountSecrets("t"))
    sqlite_ledger.accounts.add(Account("sand", "s", AccountKind.SANDBOX), NO_SECRETS)
    found = list(accounts(sqlite_ledger, today))
    assert [one.level.value for one in found] == ([level] if level else [])
    for one in found:
        assert words in one.text
        assert "shop" in one.text
        assert "--api-version v25.0" in one.advice
