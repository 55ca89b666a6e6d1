"""What one process logs of what another does to the ledger, on both stores."""

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs import Place, filled_contract
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets, AccountState
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.switches import QueueName
from wa_desktop.reports.journal import Journal
from wa_desktop.reports.lost_workers import LostWorkers


@pytest.fixture
def place(home: Path, ledger_url: str) -> Place:
    return Place(home, ledger_url, None)


@pytest.fixture
def operator(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as program:
        yield program


@pytest.fixture
def told(operator: Program, place: Place, caplog: pytest.LogCaptureFixture) -> Iterator["Told"]:
    with Program.open(place.settings()) as watching:
        journal = Journal(watching.services.ledger, LostWorkers())
        journal.follow()
        caplog.set_level(logging.INFO, "wa_desktop.reports.journal")
        caplog.clear()

        def tell() -> list[str]:
            journal.follow()
            said = [one.getMessage() for one in caplog.records]
            caplog.clear()
            return said

        yield tell


Told = Callable[[], list[str]]


def account(program: Program) -> Account:
    return program.services.accounts.add(
        Account(id="acc", name="Мария +7 999 123-45-67", kind=AccountKind.SANDBOX),
        AccountSecrets(),
    )


def test_a_stop_of_an_account_is_one_line_with_what_to_do(operator: Program, told: Told) -> None:
    account(operator)
    ledger = operator.services.ledger
    ledger.accounts.set_state("acc", AccountState.STOPPED, "The token is withdrawn (code 190).")
    (line,) = told()
    assert "acc is stopped: The token is withdrawn" in line
    assert "accounts edit acc --access-token - --resume" in line
    operator.services.accounts.resume("acc")
    assert told() == ["the account acc sends again"]
    assert told() == []


def test_the_life_of_a_campaign_is_told_by_its_id(operator: Program, told: Told) -> None:
    contract = filled_contract(operator, account(operator), 3)
    contracts = operator.services.contracts
    assert told() == []
    contracts.start(contract.id)
    contracts.pause(contract.id)
    contracts.start(contract.id)
    contracts.cancel(contract.id)
    contracts.delete(contract.id)
    assert told() == [
        f"the campaign {contract.id} was started",
        f"the campaign {contract.id} was paused by a person",
        f"the campaign {contract.id} was started",
        f"the campaign {contract.id} was cancelled",
        f"the campaign {contract.id} is being deleted",
    ]


def test_a_pause_by_a_circuit_breaker_is_told_with_its_reason(
    operator: Program, told: Told
) -> None:
    contract = filled_contract(operator, account(operator), 3)
    operator.services.contracts.start(contract.id)
    ledger = operator.services.ledger
    ledger.contracts.move(contract.id, ContractState.PAUSED, reason="50 of 100 messages failed.")
    assert told()[-1] == (
        f"The campaign {contract.id} is paused: 50 of 100 messages failed. When the cause is "
        f"gone: wa-desktop contracts start {contract.id}"
    )


@pytest.mark.parametrize("queue", list(QueueName))
def test_a_paused_and_a_resumed_queue_are_told(
    operator: Program, told: Told, queue: QueueName
) -> None:
    operator.services.queues.pause(queue)
    operator.services.queues.pause(queue)
    operator.services.queues.resume(queue)
    paused, resumed = told()
    assert "is paused" in paused
    assert f"/api/queues/{queue.value}/resume" in paused
    name = "campaigns" if queue is QueueName.CONTRACTS else "messages"
    assert f"queue of {name} is paused" in paused
    assert resumed == f"the queue of {name} was resumed"


def test_no_line_holds_a_name_a_number_or_a_text(operator: Program, told: Told) -> None:
    contract = filled_contract(operator, account(operator), 3)
    operator.services.contracts.start(contract.id)
    operator.services.contracts.pause(contract.id)
    lines = " ".join(told())
    assert contract.id in lines
    assert not re.search(r"Мария|Рассылка|Здравствуйте|7999", lines)


# SQLite has one writer at a time, so its rows appear in their order.
@pytest.mark.parametrize("ledger_url", ["postgresql"], indirect=True)
def test_a_row_that_appears_late_is_told_all_the_same(
    operator: Program, told: Told, ledger_url: str
) -> None:
    account(operator)
    slow = Database(ledger_url)
    with slow.write():
        slow.run(
            "INSERT INTO events (at, kind, account_id, text) "
            "VALUES (1, 'account_stopped', 'acc', 'Slow.')"
        )
        operator.services.queues.pause(QueueName.MESSAGES)
        assert len(told()) == 1
    (late,) = told()
    slow.close()
    assert "acc is stopped: Slow." in late
    assert told() == []


def test_a_program_logs_its_own_start_and_stop_and_another_worker(
    operator: Program, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "wa_desktop")
    with Program.open(place.settings()) as watching:
        watching.report()
        watching.report()
        wait_until(lambda: "No worker is alive" in caplog.text, "the first look")
        operator.start()
        wait_until(lambda: "this is over: No worker is alive" in caplog.text, "the worker", 20)
        wait_until(lambda: re.search(r"the worker \d+ on \S+ \(process \d+\) has", caplog.text), "")
    assert caplog.text.count(" has started (process ") == 1
    assert caplog.text.count("wa-desktop stops") == 1
