"""The health of a program as it finds it: what bars engines, here and elsewhere."""

import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.programs import Place, filled_contract
from wa_desktop.app import Program
from wa_desktop.clock import now
from wa_desktop.contracts.advance import advance
from wa_desktop.delivery.troubles import Cause
from wa_desktop.ledger.condition import Barred
from wa_desktop.ledger.processes import mark_of
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets, AccountState, Contract
from wa_desktop.ledger.sql.database import Database
from wa_desktop.reports.checkup import Checkup
from wa_desktop.reports.health import Health, Level, Source, Status
from wa_desktop.reports.lost_workers import Lost, LostWorkers

WHY = "This computer's clock is wrong."


@dataclass
class Engine:
    """An engine of this process, as a test wants it."""

    alive: bool = True
    troubles: tuple[tuple[Cause, str], ...] = ()
    cannot_send: tuple[tuple[str, str], ...] = ()


@pytest.fixture
def program(home: Path, ledger_url: str) -> Iterator[Program]:
    with Program.open(Place(home, ledger_url, None).settings()) as opened:
        yield opened


@pytest.fixture
def database(ledger_url: str) -> Iterator[Database]:
    opened = Database(ledger_url)
    yield opened
    opened.close()


def register_elsewhere(database: Database, pid: int = 7) -> Barred:
    """A worker of another machine that is alive, and how it would say that it is barred."""
    with database.write():
        database.run(
            "INSERT INTO workers (host, pid, process_started, started_at, last_seen) "
            "VALUES ('elsewhere', ?, 0, ?, ?)",
            (pid, now(), now()),
        )
    return Barred("elsewhere", pid, WHY)


def found(program: Program, engine: Engine | None = None) -> Health:
    """The health of a process with that engine."""
    checkup = Checkup(program.services.ledger, lambda: engine, lambda: None, lambda: ())
    return checkup.now()


def running(program: Program) -> Contract:
    account = program.services.accounts.add(
        Account(id="acc", name="acc", kind=AccountKind.SANDBOX), AccountSecrets()
    )
    contract = filled_contract(program, account, 3)
    services = program.services
    services.contracts.start(contract.id)
    advance(services.ledger, Silent(), services.events, contract.id)
    return services.ledger.contracts.get(contract.id)


class Silent:
    """A bell that nobody hears."""

    def contract(self, contract_id: str) -> None: ...

    def account(self, account_id: str) -> None: ...


def test_an_engine_that_may_not_send_is_not_ok_where_it_is_alone(program: Program) -> None:
    program.services.ledger.workers.register()
    health = found(program, Engine(troubles=((Cause.CLOCK, WHY),)))
    assert (health.status, health.problems) == (Status.NOT_OK, (WHY,))


def test_an_engine_that_may_not_send_degrades_where_another_sends(
    program: Program, database: Database
) -> None:
    program.services.ledger.workers.register()
    other = register_elsewhere(database)
    engine = Engine(troubles=((Cause.CLOCK, WHY),))
    assert found(program, engine).status is Status.DEGRADED
    program.services.ledger.conditions.note_barred(other, holds=True)
    assert found(program, engine).status is Status.NOT_OK


def test_a_worker_elsewhere_that_may_not_send_is_shown_here_until_it_may(
    program: Program, database: Database
) -> None:
    conditions = program.services.ledger.conditions
    contract, other = running(program), register_elsewhere(database)
    conditions.note_barred(other, holds=True)
    (report,) = found(program).reports
    assert (report.level, report.source) == (Level.NOT_OK, Source.WORKERS)
    assert report.text == f"The worker on elsewhere (process 7) sends nothing. {WHY}"
    held = program.services.outlooks.of(contract).held_back
    assert held is not None
    assert held.reason == WHY
    register_elsewhere(database, 8)
    assert found(program).status is Status.DEGRADED
    assert program.services.outlooks.of(contract).held_back is None
    conditions.note_barred(other, holds=False)
    assert found(program).ok


@pytest.fixture
def killed(database: Database) -> int:
    """A worker of this machine that was killed and did not sign off; its number."""
    with subprocess.Popen(["sleep", "60"]) as process:
        with database.write():
            number = database.scalar(
                "INSERT INTO workers (host, pid, process_started, started_at, last_seen) "
                "VALUES (?, ?, ?, ?, ?) RETURNING id",
                (socket.gethostname(), process.pid, mark_of(process.pid), now(), now()),
            )
        process.kill()
    return int(number)


def test_a_killed_worker_is_shown_until_a_living_one_has_dealt_with_its_messages(
    program: Program, database: Database, killed: int
) -> None:
    ledger, time = program.services.ledger, [0.0]
    register_elsewhere(database)
    lost = LostWorkers(lambda: time[0])

    def shown() -> list[str]:
        return [one.text for one in lost.reports(ledger.conditions.read(chosen=""))]

    (text,) = shown()
    assert "was killed or crashed. Start it again" in text
    assert "once a worker runs" not in text
    time[0] = 1000
    assert shown() == [text]
    ledger.workers.bury(killed)
    assert shown() == []


def test_a_killed_worker_that_was_dealt_with_at_once_is_shown_for_some_seconds_all_the_same(
    program: Program, database: Database, killed: int
) -> None:
    ledger, time = program.services.ledger, [0.0]
    register_elsewhere(database)
    lost = LostWorkers(lambda: time[0])
    ledger.happenings.note_lost(killed)
    ledger.workers.bury(killed)
    (happening,) = ledger.happenings.lost_since(now() - 60_000_000)
    lost.add(Lost.of(happening))
    for moment, amount in ((1, 1), (19, 1), (21, 0), (22, 0)):
        time[0] = moment
        assert len(lost.reports(ledger.conditions.read(chosen=""))) == amount


def test_a_killed_worker_without_a_living_one_says_what_the_next_start_does(
    program: Program, killed: int
) -> None:
    health = found(program)
    text = next(one for one in health.problems if "was killed" in one)
    assert "is in doubt once a worker runs" in text
    for command in ("`wa-desktop worker`", "`wa-desktop serve`", "the window"):
        assert command in text


def test_what_a_worker_that_is_gone_had_written_down_counts_no_longer(program: Program) -> None:
    ledger = program.services.ledger
    ledger.conditions.note_barred(Barred("gone", 1, WHY), holds=True)
    ledger.workers.register()
    assert found(program).ok
    ledger.conditions.note_barred(Barred(socket.gethostname(), os.getpid(), WHY), holds=True)
    assert [one.host for one in ledger.conditions.read(chosen="").barred] == [socket.gethostname()]


def test_a_provider_out_of_reach_and_an_account_without_a_readable_token_degrade(
    program: Program,
) -> None:
    program.services.ledger.workers.register()
    engine = Engine(troubles=((Cause.NETWORK, "No network."),), cannot_send=(("acc", "Sealed."),))
    health = found(program, engine)
    assert health.status is Status.DEGRADED
    assert set(health.problems) == {"No network.", "The account acc cannot send: Sealed."}


def test_an_engine_that_ended_is_not_ok(program: Program) -> None:
    program.services.ledger.workers.register()
    assert found(program, Engine(alive=False)).status is Status.NOT_OK


def test_many_stopped_accounts_are_named_in_part_and_counted(program: Program) -> None:
    accounts, ledger = program.services.accounts, program.services.ledger
    ledger.workers.register()
    for number in range(8):
        accounts.add(Account(f"a{number}", "a", AccountKind.SANDBOX), AccountSecrets())
        ledger.accounts.set_state(f"a{number}", AccountState.STOPPED, "Blocked.")
    problems = found(program).problems
    assert len(problems) == 6
    assert problems[-1].startswith("3 more accounts are stopped")


def test_calls_within_a_second_share_one_look(program: Program) -> None:
    checkup = Checkup(program.services.ledger, lambda: None, lambda: None, lambda: ())
    assert checkup.recent() is checkup.recent()
