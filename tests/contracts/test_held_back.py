"""What holds a contract back, told from its record, its account and the workload."""

from dataclasses import replace
from typing import Any

import pytest

from wa_desktop.clock import SECOND
from wa_desktop.contracts.held_back import HeldBack, Obstacle, held_back, status_reason
from wa_desktop.contracts.outlooks import outlook
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.records import (
    Account,
    AccountKind,
    AccountState,
    Contract,
    Counts,
    Hold,
    Limit,
    RateLimit,
)
from wa_desktop.ledger.schedule import MISSED_START
from wa_desktop.ledger.states import ContractState as S
from wa_desktop.ledger.switches import QueueName
from wa_desktop.ledger.workload import AccountLoad, Running, Throughput, Workload

HOUR = 3600 * SECOND
AT = 1_900_000_000 * SECOND
LATER = AT + 60 * SECOND
ACCOUNT = Account("acc", "Shop", AccountKind.CLOUD_API, rate_limit=RateLimit(1, 1000))
WORKING = Workload(workers=1)
CONTRACT = Contract(
    id="c", account_id="acc", name="c", state=S.RUNNING, state_reason=None, priority=0,
    message="hi", template=None, max_attempts=3, start_at=None, created_at=AT, started_at=AT,
    finished_at=None, counts=Counts(total=20, waiting=10, sent=10),
)  # fmt: skip
ALL_DELAYED = Counts(total=20, delayed=10, sent=10)


def held(
    contract: dict[str, Any], account: dict[str, Any], workload: dict[str, Any]
) -> HeldBack | None:
    return held_back(
        replace(CONTRACT, **contract), replace(ACCOUNT, **account), replace(WORKING, **workload), AT
    )


@pytest.mark.parametrize(
    ("contract", "account", "workload"),
    [
        ({}, {}, {}),
        ({"state": S.DRAFT}, {}, {}),
        ({"state": S.COMPLETED}, {"state": AccountState.STOPPED}, {"workers": 0}),
        ({"held": Hold(Limit.DAILY_LIMIT, AT)}, {}, {}),
        ({}, {"next_slot_at": AT + SECOND, "throttled_until": AT}, {}),
        ({"counts": ALL_DELAYED, "next_due_at": AT}, {}, {}),
        ({"counts": Counts(total=2, delayed=1, sending=1), "next_due_at": LATER}, {}, {}),
        ({}, {}, {"paused": frozenset({QueueName.CONTRACTS})}),
        ({"state": S.PREPARING}, {}, {}),
    ],
)
def test_a_contract_that_simply_runs_is_not_held(
    contract: dict[str, Any], account: dict[str, Any], workload: dict[str, Any]
) -> None:
    assert held(contract, account, workload) is None


@pytest.mark.parametrize(
    ("contract", "account", "workload", "by", "until"),
    [
        ({"state": S.SCHEDULED, "start_at": LATER}, {}, {}, Obstacle.SCHEDULE, LATER),
        ({"state": S.PAUSED, "state_reason": "user"}, {}, {}, Obstacle.PAUSED, None),
        ({}, {}, {"paused": frozenset({QueueName.MESSAGES})}, Obstacle.PAUSED, None),
        ({"state": S.QUEUED}, {}, {"paused": frozenset({QueueName.CONTRACTS})},
         Obstacle.PAUSED, None),
        ({}, {"state": AccountState.STOPPED, "state_reason": "Token."}, {},
         Obstacle.ACCOUNT_STOPPED, None),
        ({}, {}, {"workers": 0}, Obstacle.NO_WORKER, None),
        ({"state": S.QUEUED, "counts": Counts(total=9, draft=9)}, {}, {},
         Obstacle.PREPARING, None),
        ({"held": Hold(Limit.QUIET_HOURS, LATER)}, {}, {}, Limit.QUIET_HOURS, LATER),
        ({}, {"throttled_until": LATER}, {}, Limit.THROTTLED, LATER),
        ({}, {"next_slot_at": LATER}, {}, Limit.RATE, LATER),
        ({"counts": ALL_DELAYED, "next_due_at": LATER}, {}, {}, Obstacle.BACK_OFF, LATER),
        ({}, {}, {"accounts": {"acc": AccountLoad(in_flight=1)}}, Limit.CONCURRENCY, None),
    ],
)  # fmt: skip
def test_what_holds_is_named(
    contract: dict[str, Any],
    account: dict[str, Any],
    workload: dict[str, Any],
    by: Limit | Obstacle,
    until: int | None,
) -> None:
    found = held(contract, account, workload)
    assert found is not None
    assert (found.by, found.until) == (by, until)
    assert found.reason.endswith(".")


@pytest.mark.parametrize(
    ("contract", "account", "workload", "told"),
    [
        ({}, {"state": AccountState.STOPPED, "state_reason": "Expired (code 190)."}, {},
         "Enter a new token"),
        ({}, {"state": AccountState.STOPPED, "state_reason": "Rated RED."}, {},
         "Rated RED. Resume the account"),
        ({}, {}, {"paused": frozenset({QueueName.MESSAGES})}, "queue of messages is paused"),
        ({}, {}, {"workers": 0}, "wa-desktop worker"),
        ({"held": Hold(Limit.QUIET_HOURS, LATER)}, {}, {}, "night"),
        ({"held": Hold(Limit.DAILY_LIMIT, LATER)}, {}, {}, "24 hours"),
        ({"counts": ALL_DELAYED, "next_due_at": LATER}, {}, {}, "wait for a time"),
    ],
)  # fmt: skip
def test_a_running_contract_that_stands_still_says_why(
    contract: dict[str, Any], account: dict[str, Any], workload: dict[str, Any], told: str
) -> None:
    found = held(contract, account, workload)
    assert told in (status_reason(replace(CONTRACT, **contract), found) or "")


@pytest.mark.parametrize(
    ("contract", "account", "workload"),
    [
        ({}, {}, {}),
        ({}, {"next_slot_at": LATER}, {}),
        ({}, {}, {"accounts": {"acc": AccountLoad(in_flight=1)}}),
        ({"state": S.SCHEDULED, "start_at": LATER}, {}, {}),
    ],
)
def test_a_contract_that_goes_on_or_whose_state_says_it_has_no_reason(
    contract: dict[str, Any], account: dict[str, Any], workload: dict[str, Any]
) -> None:
    found = held(contract, account, workload)
    assert status_reason(replace(CONTRACT, **contract), found) is None


def test_the_stored_reason_of_a_pause_goes_before_others() -> None:
    paused: dict[str, Any] = {"state": S.PAUSED, "state_reason": "user"}
    found = held(paused, {"state": AccountState.STOPPED}, {"workers": 0})
    assert status_reason(replace(CONTRACT, **paused), found) == "user"


def test_a_contract_that_no_worker_may_send_says_why() -> None:
    barred = "This computer's clock is wrong."
    found = held_back(CONTRACT, ACCOUNT, WORKING, AT, barred)
    assert found is not None
    assert (found.by, found.ends_by_itself) == (Obstacle.BARRED, False)
    assert status_reason(CONTRACT, found) == barred


def test_a_missed_start_says_when_it_was_to_be() -> None:
    missed = {"state": S.PAUSED, "state_reason": MISSED_START, "start_at": AT}
    found = held(missed, {}, {})
    assert found is not None
    assert "2030-03-17T17:46:40" in found.reason


def done_after(contract: dict[str, Any], account: dict[str, Any], workload: dict[str, Any]) -> Any:
    found = outlook(
        replace(CONTRACT, **contract), replace(ACCOUNT, **account), replace(WORKING, **workload), AT
    )
    return None if found.eta is None else round((found.eta - AT) / SECOND)


RIVALS = (
    Running("c", "acc", 0, 10),
    Running("equal", "acc", 0, 4),
    Running("first", "acc", 9, 100),
    Running("last", "acc", -1, 1000),
    Running("elsewhere", "other", 9, 1000),
)


@pytest.mark.parametrize(
    ("contract", "account", "workload", "seconds"),
    [
        ({}, {}, {}, 10),
        ({}, {}, {"running": RIVALS}, 115),
        ({}, {"rate_limit": None, "concurrency": 2},
         {"throughput": Throughput(2, 1.0, since=AT)}, 10),
        # A minute in which this contract did not send yet says nothing of its requests.
        ({}, {"rate_limit": None, "concurrency": 2},
         {"throughput": Throughput(2, 1.0, since=AT - 60 * SECOND)}, 1),
        # Five places come free in 23 hours, and five a day after these were taken.
        ({}, {"daily_limit": 5},
         {"accounts": {"acc": AccountLoad(reached=5, oldest=AT - HOUR, newest=AT - HOUR)}},
         23 * 3600 + 5 + 24 * 3600 + 5),
        ({}, {"throttled_until": LATER}, {}, 70),
        ({"counts": ALL_DELAYED, "next_due_at": LATER}, {}, {"last_due": {"c": LATER}}, 70),
        ({"counts": ALL_DELAYED, "next_due_at": AT}, {}, {"last_due": {"c": LATER}}, 60),
        ({"state": S.SCHEDULED, "start_at": LATER}, {}, {}, 70),
        ({"state": S.PAUSED}, {}, {}, None),
        ({}, {}, {"workers": 0}, None),
        ({"state": S.COMPLETED}, {}, {}, None),
        # 17:46 UTC is 20:46 in Moscow, where most of the night is still to come.
        ({"quiet_hours": QuietHours.from_json({"from": "20:00", "to": "09:00"})}, {},
         {"phones": {"c": ("74951234567",)}}, 12 * 3600 + 13 * 60 + 20 + 10),
    ],
)  # fmt: skip
def test_the_end_is_told_by_all_that_holds(
    contract: dict[str, Any], account: dict[str, Any], workload: dict[str, Any], seconds: int | None
) -> None:
    assert done_after(contract, account, workload) == seconds
