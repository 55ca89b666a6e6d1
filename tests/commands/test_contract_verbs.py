"""Retry, duplicate, doubts, priority, schedule and limits from a terminal."""

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.commands.running import Running, list_file, only_campaign, run
from tests.ledgers import outcome, turn
from tests.server.bell import RememberingBell
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.clock import SECOND, now
from wa_desktop.contracts.advance import advance
from wa_desktop.contracts.again import RETRYABLE
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.settings import load_settings

MINUTE = 60 * SECOND


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return list_file(tmp_path, 2)


@pytest.fixture
def draft(people: Path) -> str:
    run("send", people, "--account", "sandbox", "--message", "Hi", "--draft")
    return str(only_campaign()["id"])


@pytest.fixture
def failed(people: Path) -> str:
    """A completed campaign whose two messages failed."""
    run("accounts", "add", "--name", "Bad", "--id", "bad", "--kind", "sandbox", "--rate", "none",
        "--sandbox-failures", "1")  # fmt: skip
    ended = run("send", people, "--account", "bad", "--message", "Hi", "--max-attempts", "1")
    assert ended.code == 3, ended.err
    return str(only_campaign()["id"])


def show(contract: str) -> Any:
    return run("contracts", "show", contract, "--json").json


def test_failed_messages_are_retried_and_copied(failed: str) -> None:
    ends = [
        one["errorCode"] for one in run("contracts", "messages", failed, "--json").json["items"]
    ]
    code, alike = str(ends[0]), ends.count(ends[0])
    copy = run("contracts", "duplicate", failed, "--only", "failed", "--name", "Again", "--json")
    assert (copy.json["name"], copy.json["status"]) == ("Again", "draft")
    none = run("contracts", "retry", failed, "--code", "1", "--json")
    assert none.json["requeued"] == 0
    ended = run("contracts", "retry", failed, "--state", "failed", "--code", code, "--json")
    assert ended.json["requeued"] == alike
    assert "No program sends now" in ended.err
    assert show(failed)["status"] == "queued"


@pytest.mark.parametrize("verb", [("retry",), ("retry", "--dry-run"), ("doubts", "--resend")])
def test_what_goes_back_into_a_paused_campaign_says_that_it_must_be_started(
    tmp_path: Path, verb: tuple[str, ...]
) -> None:
    run("accounts", "add", "--name", "Free", "--id", "free", "--kind", "sandbox", "--rate", "none",
        "--concurrency", "5")  # fmt: skip
    run("send", list_file(tmp_path, 3), "--account", "free", "--message", "Hi", "--draft")
    contract = str(only_campaign()["id"])
    with Program.open(load_settings()) as program:
        services = program.services
        services.contracts.start(contract)
        advance(services.ledger, RememberingBell(), services.events, contract)
        worker = services.ledger.workers.register()
        failed, doubtful = turn(services.ledger, worker, free=2, account="free").granted
        outcomes = [outcome(failed, OutcomeKind.FAILED), outcome(doubtful, OutcomeKind.IN_DOUBT)]
        turn(services.ledger, worker, outcomes=outcomes, account="free")
        services.ledger.workers.leave(worker)
        services.contracts.pause(contract)
    name, *given = verb
    said = run("contracts", name, contract, *given).out
    assert f"nothing is sent until it is started. wa-desktop contracts start {contract}" in said


def test_the_help_of_retry_names_all_states_that_it_takes() -> None:
    shown = run("contracts", "retry", "--help").out
    assert all(one.word in shown for one in RETRYABLE)


@pytest.mark.parametrize(
    "words",
    [["doubts"], ["doubts", "--resend", "--leave"], ["retry", "--state", "odd"]],
)
def test_unclear_words_are_refused(draft: str, words: list[str]) -> None:
    verb, *rest = words
    assert run("contracts", verb, draft, *rest).code == 2


def test_doubts_are_settled(draft: str) -> None:
    settled = run("contracts", "doubts", draft, "--treat-as-sent", "--json")
    assert settled.json == {"settled": 0, "hint": None}
    said = run("contracts", "doubts", draft, "--treat-as-sent")
    assert "0 messages in doubt: to be taken for sent by whatever program sends." in said.out
    assert "left as they are" in run("contracts", "doubts", draft, "--leave").out


@pytest.mark.parametrize("verb", [("doubts", "--treat-as-sent"), ("retry",)])
@pytest.mark.parametrize("id", ["0", "9223372036854775808"])
def test_an_id_that_no_message_has_is_a_wrong_word(
    draft: str, verb: tuple[str, ...], id: str
) -> None:
    name, *given = verb
    ended = run("contracts", name, draft, *given, "--message", id)
    assert (ended.code, "--message" in ended.err) == (2, True)


def test_a_priority_is_changed(draft: str) -> None:
    assert run("contracts", "priority", draft, "7").code == 0
    assert show(draft)["priority"] == 7


def test_a_draft_is_scheduled_and_shown_with_what_holds_it(draft: str) -> None:
    words = ("2030-03-31T02:30", "--zone", "Europe/Berlin")
    ended = run("contracts", "schedule", draft, *words)
    assert "does not exist in the zone" in ended.err
    both = "starts at 2030-03-31T01:00:00.000Z (2030-03-31 03:00 in Europe/Berlin)."
    assert both in ended.out
    shown = show(draft)
    assert (shown["status"], shown["heldBack"]["by"]) == ("scheduled", "schedule")
    assert "schedule, until 2030-03-31" in run("contracts", "show", draft).out
    assert run("contracts", "start", draft, "--now", "--json").json["status"] == "queued"
    assert "noWorker" in run("contracts", "show", draft).out


@pytest.mark.parametrize(
    ("when", "moment", "told"),
    [
        ("2030-10-27T02:30", "2030-10-27T00:30", "comes twice"),
        ("2030-10-27T02:30+01:00", "2030-10-27T01:30", ""),
    ],
)
def test_of_an_hour_that_comes_twice_the_offset_says_which(
    draft: str, when: str, moment: str, told: str
) -> None:
    ended = run("contracts", "schedule", draft, when, "--zone", "Europe/Berlin")
    assert f"starts at {moment}:00.000Z (2030-10-27 02:30 in Europe/Berlin)." in ended.out
    assert told in ended.err


@pytest.mark.parametrize(
    ("late", "logged", "shown", "status"),
    [
        (12 * MINUTE, "starts 12 min late", ", 12 min late", "completed"),
        (3 * 60 * MINUTE, "was missed by 3 h 0 min", "It was to start at", "paused"),
    ],
)
def test_a_worker_reports_a_start_for_which_nothing_ran(
    draft: str, late: int, logged: str, shown: str, status: str
) -> None:
    run("contracts", "schedule", draft, "2030-01-01T09:00", "--zone", "Asia/Kathmandu")
    with Program.open(load_settings()) as program:
        program.services.ledger.contracts.change(draft, start_at=now() - late)
    with Running("worker") as worker:
        wait_until(lambda: show(draft)["status"] == status, f"the campaign to be {status}", 30)
        worker.signal(signal.SIGTERM)
        ended = worker.end()
    assert logged in ended.err
    assert shown in run("contracts", "show", draft).out


@pytest.mark.parametrize("when", ["soon", "2020-01-01T00:00Z", "2030-01-01T00:00"])
def test_a_time_that_cannot_be_is_refused(draft: str, when: str) -> None:
    assert run("contracts", "schedule", draft, when).code == 1


def test_send_schedules_what_is_to_start_later(people: Path) -> None:
    words = ["--start-at", "2030-01-01T09:00", "--zone", "Asia/Kolkata"]
    words += ["--quiet-hours", "21:00-09:00", "--expires", "2030-02-01T00:00"]
    ended = run("send", people, "--account", "sandbox", "--message", "Hi", *words)
    assert ended.code == 0, ended.err
    both = "It starts at 2030-01-01T03:30:00.000Z (2030-01-01 09:00 in Asia/Kolkata)."
    assert both in ended.out
    shown = only_campaign()
    assert shown["status"] == "scheduled"
    assert shown["quietHours"] == {"from": "21:00", "to": "09:00", "zone": None}
    assert shown["expiresAt"] == "2030-01-31T18:30:00.000Z"


def test_limits_are_changed_and_taken_away() -> None:
    words = ["--rate", "80/s", "--daily-limit", "250", "--portfolio", "shop", "--cool-down", "2/7d"]
    words += ["--warm-up", "50, 100"]
    given = run("accounts", "limits", "sandbox", *words, "--json").json
    assert given["rateLimit"] == {"max": 80, "durationMs": 1000}
    assert (given["dailyLimit"], given["portfolioId"]) == (250, "shop")
    assert given["coolDown"] == {"max": 2, "days": 7}
    assert given["warmUp"] == [50, 100]
    assert "cool-down:   2 in 7 days" in run("accounts", "limits", "sandbox").out
    none = [one for name in ("daily-limit", "portfolio", "cool-down", "warm-up")
            for one in (f"--{name}", "none")]  # fmt: skip
    cleared = run("accounts", "limits", "sandbox", *none, "--json").json
    names = ("dailyLimit", "portfolioId", "coolDown", "warmUp")
    assert [cleared[name] for name in names] == [None] * 4


@pytest.mark.parametrize(
    "words", [["--cool-down", "2"], ["--warm-up", "many"], ["--daily-limit", "-1"]]
)
def test_limits_that_cannot_be_read_are_refused(words: list[str]) -> None:
    assert run("accounts", "limits", "sandbox", *words).code == 2


def test_a_campaign_whose_message_can_be_made_for_nobody_is_not_started(draft: str) -> None:
    with Program.open(load_settings()) as program:
        program.services.contracts.change(draft, ContractChanges(message="{{phantom}}"))

    ended = run("contracts", "start", draft)

    assert ended.code == 1
    assert "There is no value for {{phantom}}." in ended.err
    assert len(ended.err.splitlines()) == 1
    assert show(draft)["status"] == "draft"
