"""Workers that are gone are found and buried; what they held is returned or in doubt."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.ledgers import (
    add_account,
    check_counts,
    execute,
    in_flight,
    outcome,
    running,
    turn,
    waiting_for_locks,
)
from tests.opened import open_ledger
from tests.waiting import wait_until
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.processes import mark_of
from wa_desktop.ledger.records import RateLimit
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.workers import LEASE, LeaseLost

FAST = RateLimit(max=100, duration_ms=1_000)


def test_claims_of_a_dead_worker_go_back_and_what_it_was_sending_is_in_doubt(
    ledger: Ledger,
) -> None:
    add_account(ledger, rate=FAST, concurrency=100)
    contract = running(ledger, 20)
    worker = ledger.workers.register()
    turn_at = now()
    granted = turn(ledger, worker, free=100, at=turn_at).granted
    begun = [one.message_id for one in granted if one.begun]
    assert ledger.workers.bury(worker) == len(begun) == 5
    counts = ledger.contracts.get(contract.id).counts
    assert (counts.in_doubt, counts.waiting, counts.active) == (5, 15, 0)
    assert in_flight(ledger) == 0
    check_counts(ledger, contract.id)
    history = ledger.messages.history(begun[0])
    assert (history.message.state, history.message.attempts) == (MessageState.IN_DOUBT, 1)
    assert [one.kind for one in history.events] == ["sending", "in_doubt"]
    assert history.events[0].at == turn_at
    assert "unknown" in (history.message.error_text or "")


def test_burying_twice_changes_nothing_the_second_time(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 3)
    worker = ledger.workers.register()
    turn(ledger, worker, free=2)
    assert (ledger.workers.bury(worker), ledger.workers.bury(worker)) == (2, 0)
    check_counts(ledger, contract.id)


def test_places_of_the_living_stay_when_a_dead_one_is_buried(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 10)
    dead, living = ledger.workers.register(), ledger.workers.register()
    turn(ledger, dead, free=2)
    turn(ledger, living, free=3)
    ledger.workers.bury(dead)
    assert in_flight(ledger) == 3
    check_counts(ledger, contract.id)


def test_a_worker_taken_for_dead_learns_of_it_and_changes_nothing(ledger: Ledger) -> None:
    add_account(ledger)
    contract = running(ledger, 3)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=2).granted
    ledger.workers.bury(worker)
    with pytest.raises(LeaseLost, match="taken for dead"):
        turn(ledger, worker, free=1, outcomes=[outcome(one) for one in granted])
    assert ledger.contracts.get(contract.id).counts.in_doubt == 2
    check_counts(ledger, contract.id)


def test_a_turn_under_way_when_its_worker_is_buried_leaves_nothing_behind(
    postgres_url: str,
) -> None:
    ledger = open_ledger(postgres_url)
    add_account(ledger)
    contract = running(ledger, 3)
    worker = ledger.workers.register()
    claim = threading.Thread(target=lambda: turn(ledger, worker, free=2))
    bury = threading.Thread(target=lambda: ledger.workers.bury(worker))
    with ledger._database.write():
        ledger._database.row("SELECT id FROM accounts FOR UPDATE")
        claim.start()
        wait_until(lambda: waiting_for_locks(postgres_url) == 1, "the turn to wait for the account")
        bury.start()
        wait_until(
            lambda: waiting_for_locks(postgres_url) == 2 or not bury.is_alive(),
            "the burial to go on",
        )
    claim.join()
    bury.join()
    assert not ledger.holdings.of(worker).messages
    assert ledger.contracts.get(contract.id).counts.in_doubt == 2
    check_counts(ledger, contract.id)
    ledger.close()


def test_a_worker_that_signs_off_is_not_alive(ledger: Ledger) -> None:
    worker = ledger.workers.register()
    assert [one.id for one in ledger.workers.alive()] == [worker]
    ledger.workers.leave(worker)
    assert ledger.workers.alive() == ()
    assert ledger.workers.dead(at=now() + 2 * LEASE) == ()


def test_a_worker_that_runs_is_not_dead(ledger: Ledger) -> None:
    worker = ledger.workers.register()
    assert ledger.workers.dead(at=now()) == ()
    [shown] = ledger.workers.alive()
    assert (shown.id, shown.pid) == (worker, os.getpid())


def test_a_worker_that_was_not_seen_for_the_length_of_its_lease_is_dead(ledger: Ledger) -> None:
    worker, at = ledger.workers.register(), 7 * SECOND
    assert ledger.workers.dead(at=at) == ()
    assert ledger.workers.dead(at=at + LEASE) == ()
    assert ledger.workers.dead(at=at + LEASE + SECOND) == (worker,)


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_worker_whose_clock_is_a_day_off_lives_as_long_as_it_gives_signs(
    ledger: Ledger, hours: int
) -> None:
    ledger.workers.register()
    for at in range(0, 4 * LEASE, LEASE // 2):
        seen = now() + hours * 3_600 * SECOND + at
        execute(ledger, "UPDATE workers SET last_seen = ?", seen)
        assert ledger.workers.dead(at=at) == ()


def test_a_worker_whose_process_ended_is_dead_at_once(ledger: Ledger) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        worker = ledger.workers.register()
        mark = mark_of(process.pid)
        execute(ledger, "UPDATE workers SET pid = ?, process_started = ?", process.pid, mark)
        assert ledger.workers.dead(at=now()) == ()
        assert ([one.id for one in ledger.workers.alive()], ledger.workers.killed()) == (
            [worker],
            (),
        )
        process.kill()
        wait_until(lambda: _is_zombie(process.pid), "the process to end")
        assert ledger.workers.dead(at=now()) == (worker,)
        assert ledger.workers.alive() == ()
    assert ledger.workers.dead(at=now()) == (worker,)
    assert [one.id for one in ledger.workers.killed()] == [worker]
    ledger.workers.bury(worker)
    assert ledger.workers.killed() == ()


def test_a_later_process_of_the_same_number_is_another_one(ledger: Ledger) -> None:
    worker = ledger.workers.register()
    execute(ledger, "UPDATE workers SET process_started = process_started - 1")
    assert ledger.workers.dead(at=now()) == (worker,)


_SIGNED_ON = """
import sys
from tests.opened import open_ledger
ledger = open_ledger(sys.argv[1])
ledger.workers.register()
print("signed on", flush=True)
input()
"""


@contextmanager
def _signed_on_elsewhere(url: str, *, unshared: str, first: str = "true") -> Iterator[None]:
    """A worker in namespaces of its own, where the system allows it; ``first`` is done there."""
    make = ["unshare", "--map-root-user", *unshared.split()]
    inside = f'{first} && exec "$@"'
    command = [*make, "sh", "-c", inside, "sh"]
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False).returncode:
        pytest.skip("the system allows no namespaces of one's own")
    with subprocess.Popen(
        [*command, sys.executable, "-c", _SIGNED_ON, url],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"signed on\n"
        yield
        process.communicate(b"\n")


def test_a_worker_that_signed_on_before_the_clock_was_set_lives(
    ledger: Ledger, ledger_url: str, tmp_path: Path
) -> None:
    kernel = Path("/proc/stat")
    if not kernel.exists():
        pytest.skip("only here the start of a process is worked out from the clock")
    before = re.sub(
        r"btime (\d+)", lambda found: f"btime {int(found[1]) - 3_600}", kernel.read_text()
    )
    (tmp_path / "stat").write_text(before)
    mount = f"mount --bind {tmp_path / 'stat'} {kernel}"
    with _signed_on_elsewhere(ledger_url, unshared="--mount", first=mount):
        assert ledger.workers.dead(at=now()) == ()


def test_a_worker_in_a_container_of_the_same_name_is_judged_by_its_lease_alone(
    postgres_url: str,
) -> None:
    apart = "--pid --fork --mount-proc"
    with (
        closing(open_ledger(postgres_url)) as ledger,
        _signed_on_elsewhere(postgres_url, unshared=apart),
    ):
        assert ledger.workers.dead(at=0) == ()
        [gone] = ledger.workers.dead(at=LEASE + SECOND)
        assert gone == ledger.workers.alive()[0].id


def test_an_engine_of_before_a_restart_of_the_machine_is_gone_on_sqlite(
    sqlite_ledger: Ledger,
) -> None:
    worker = sqlite_ledger.workers.register()
    execute(sqlite_ledger, "UPDATE workers SET process_started = process_started + (1 << 40)")
    assert sqlite_ledger.workers.dead(at=now()) == (worker,)


def test_a_process_of_another_machine_is_judged_by_its_lease_alone(ledger: Ledger) -> None:
    ledger.workers.register()
    execute(ledger, "UPDATE workers SET host = 'another', pid = 1, process_started = 1")
    assert ledger.workers.dead(at=now()) == ()
    assert (len(ledger.workers.alive()), ledger.workers.killed()) == (1, ())


def _is_zombie(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
