"""A copied or synchronised data folder sends nothing until a person says that it is the one."""

import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import redis

from tests.commands.running import list_file, run
from tests.faults.copies import (
    AMOUNT,
    COPIED,
    at,
    begun,
    everyone_once,
    here,
    is_done,
    look,
    sent_in_part,
)
from tests.opened import open_ledger
from tests.programs import Worker, is_completed
from tests.services.process import free_port
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.states import ContractState


def by_cp(source: Path, target: Path) -> None:
    """As on the command line, with all that it can keep."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def by_tar(source: Path, target: Path) -> None:
    """As into another computer."""
    target.mkdir()
    command = f"tar -C '{source}' --ignore-failed-read -cf - . | tar -C '{target}' -xpf -"
    subprocess.run(["sh", "-c", command], check=True, stderr=subprocess.DEVNULL)


@pytest.mark.long("tar", "one-redis")
@pytest.mark.parametrize(
    ("copy", "shared"),
    [(by_cp, False), (by_tar, False), (shutil.copytree, True)],
    ids=["cp", "tar", "one-redis"],
)
def test_a_copy_of_a_folder_in_use_sends_nothing_beside_the_original(
    copy: Callable[[Path, Path], object],
    shared: bool,
    home: Path,
    cloud: StandIn,
    request: pytest.FixtureRequest,
) -> None:
    redis_url = request.getfixturevalue("redis_url") if shared else None
    place, other = at(home, redis_url), at(home.with_name("copy"), redis_url)
    with begun(place, cloud) as scene, Worker(place):
        scene.wait_for_share(0.2)
        copy(home, other.home)
        with Worker(other, log=home.with_name("copy.log")) as worker:
            worker.says(COPIED, 60)
            scene.finish()
            assert worker.running
    everyone_once(cloud)
    with closing(open_ledger(other.ledger_url)) as ledger:
        assert ledger.uid() != look(place, "SELECT value FROM ledger_info WHERE name = 'uid'")
        (contract,) = ledger.contracts.page().items
        assert (contract.state, contract.state_reason) == (ContractState.PAUSED, "moved")
        assert contract.counts.in_doubt <= scene.account.concurrency


def test_a_copy_that_is_confirmed_sends_what_waited(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    shutil.rmtree(home)
    with Worker(other, log=home.with_name("copy.log")) as worker:
        worker.says(COPIED, 60)
        before = cloud.count()
        said = here(other)
        assert said.code == 0, said.err
        assert str(home) in said.out
        wait_until(lambda: is_done(other), "the campaign to be done", 60)
        worker.says("the place of the ledger is confirmed", 60)
    assert before < AMOUNT
    everyone_once(cloud)


@pytest.mark.long
def test_a_copy_can_be_confirmed_before_anything_runs(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    said = here(other).out
    assert "1 campaign goes on" in said
    assert "Never start the other copy again: both would send the same messages." in said
    assert "A program that runs here goes on within seconds; else start wa-desktop worker" in said
    assert "nothing to confirm" in here(other).out
    with Worker(other, log=home.with_name("copy.log")):
        wait_until(lambda: is_done(other), "the campaign to be done", 60)
    everyone_once(cloud)


def test_the_word_for_a_copy_without_campaigns_counts_none(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    with Program.open(place.settings()) as program:
        (contract,) = program.services.ledger.contracts.page().items
        program.services.contracts.cancel(contract.id)
    shutil.copytree(home, other.home)
    said = here(other).out
    assert "From now on messages are sent from" in said
    assert "campaign" not in said


@pytest.mark.long
def test_a_copy_is_confirmed_over_http_and_says_why_until_then(
    home: Path, cloud: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    monkeypatch.setenv("PORT", str(port := free_port()))
    with (
        Worker(other, "serve", log=home.with_name("copy.log")) as worker,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        worker.says("Serving on", 60)
        wait_until(lambda: COPIED in client.get("/health").text, "health to say why", 60)
        shown = client.get("/api/place").json()
        assert shown["confirmed"] is False
        assert str(home) in shown["sentFrom"]
        assert str(other.home) in shown["here"]
        before = cloud.count()
        answer = client.post("/api/place/confirm").json()
        assert answer["confirmed"] is True
        assert len(answer["resumed"]) == 1
        assert client.post("/api/place/confirm").json() == {"confirmed": False, "resumed": []}
        assert client.get("/api/place").json()["confirmed"] is True
        wait_until(lambda: is_done(other), "the campaign to be done", 60)
        wait_until(lambda: COPIED not in client.get("/health").text, "health to be well", 60)
    assert before < AMOUNT
    everyone_once(cloud)


@pytest.mark.long
def test_a_copy_has_queues_of_its_own_on_the_same_redis(
    home: Path, cloud: StandIn, redis_url: str
) -> None:
    place, other = at(home, redis_url), at(home.with_name("copy"), redis_url)
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    with (
        Program.open(other.settings()) as program,
        redis.Redis.from_url(redis_url) as client,
    ):
        before = program.services.ledger.uid()
        program.start()
        uid = program.services.ledger.uid()
        assert uid != before
        with client.monitor() as monitor:  # the copy asks its queues for jobs every second
            next(one for one in monitor.listen() if uid[:8] in one["command"])
        assert program.services.places.confirm() is not None
        wait_until(lambda: is_done(other), "the campaign to be done", 60)
    everyone_once(cloud)


def test_a_server_without_an_engine_says_why_nothing_is_sent(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    with Program.open(other.settings()) as program:
        assert any(COPIED in one for one in program.health().problems)


@pytest.mark.long
def test_a_copy_that_waits_stays_paused_over_a_restart(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    log = home.with_name("copy.log")
    before = cloud.count()
    for _ in range(2):
        log.unlink(missing_ok=True)
        with Worker(other, log=log) as worker:
            worker.says(COPIED, 60)
            worker.send(signal.SIGTERM)
            assert worker.wait() == 0
    assert cloud.count() == before


@pytest.mark.long
def test_a_campaign_started_in_a_copy_waits_for_the_word_too(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    with Program.open(other.settings()) as program:
        program.start()
        wait_until(lambda: program.health().problems, "the copy to say what is wrong", 30)
        (contract,) = program.services.ledger.contracts.page().items
        before = cloud.count()
        program.services.contracts.start(contract.id)
        wait_until(
            lambda: (
                program.services.ledger.contracts.get(contract.id).state is ContractState.RUNNING
            ),
            "the campaign to be prepared",
            30,
        )
        assert cloud.count() == before
        assert program.services.places.confirm() is not None
        wait_until(lambda: is_completed(program, contract), "the campaign to be done", 60)
        wait_until(lambda: program.health().ok, "the trouble to be over", 30)
    everyone_once(cloud)


@pytest.mark.long
def test_an_old_copy_put_back_in_the_same_place_sends_nothing(home: Path, cloud: StandIn) -> None:
    place, old = at(home), home.with_name("old")
    sent_in_part(place, cloud)
    shutil.copytree(home, old)
    with Worker(place):
        wait_until(lambda: is_done(place), "the campaign to be done", 60)
    shutil.rmtree(home)
    shutil.copytree(old, home)
    with Worker(place, log=home.with_name("again.log")) as worker:
        worker.says(COPIED, 60)
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0
    everyone_once(cloud)


@pytest.mark.long
def test_a_folder_that_another_computer_sent_from_and_synchronised_back_sends_nothing(
    home: Path, cloud: StandIn
) -> None:
    first, second = at(home), at(home.with_name("second"))
    sent_in_part(first, cloud)
    shutil.copytree(home, second.home)
    assert here(second).code == 0
    with Worker(second, log=home.with_name("second.log")) as worker:
        cloud.wait_for(AMOUNT * 2 // 3, 60)
        worker.send(signal.SIGTERM)
        worker.wait()
    # Written into the file that is there, as some do; others put a new one in its place.
    shutil.copyfile(second.home / "ledger.db", home / "ledger.db")
    before = cloud.count()
    with Worker(first, log=home.with_name("first.log")) as worker:
        worker.says(COPIED, 60)
    assert cloud.count() == before
    assert len({one.to for one in cloud.accepted()}) == before


def test_a_restored_ledger_asks_for_its_campaigns_alone(home: Path, cloud: StandIn) -> None:
    place = at(home)
    sent_in_part(place, cloud)
    made = run("backup", "--json", extra=place.environment())
    assert made.code == 0, made.err
    done = run("restore", made.json["path"], "--yes", extra=place.environment())
    assert done.code == 0, done.err
    before = cloud.count()
    with Program.open(place.settings()) as program:
        program.start()
        wait_until(lambda: program.services.ledger.workers.alive(), "the worker to sign on", 30)
        assert program.services.places.moved() is None
        (contract,) = program.services.ledger.contracts.page().items
        assert contract.state_reason == "restored"
        assert cloud.count() == before
        program.services.contracts.start(contract.id)
        wait_until(lambda: is_completed(program, contract), "the campaign to be done", 60)
    everyone_once(cloud)


@pytest.mark.long
def test_a_backup_put_in_place_by_hand_sends_nothing(home: Path, cloud: StandIn) -> None:
    place = at(home)
    sent_in_part(place, cloud)
    made = run("backup", "--json", extra=place.environment())
    for one in home.glob("ledger.db*"):
        one.unlink()
    Path(made.json["path"]).rename(home / "ledger.db")
    before = cloud.count()
    with Worker(place, log=home.with_name("again.log")) as worker:
        worker.says(COPIED, 60)
    assert cloud.count() == before


def test_commands_that_send_nothing_note_no_place(home: Path, cloud: StandIn) -> None:
    place = at(home)
    with begun(place, cloud, 3):
        pass
    for words in (("contracts", "list"), ("doctor",), ("here",)):
        run(*words, extra=place.environment())
    moved = at(home.rename(home.with_name("moved")))
    assert look(moved, "SELECT COUNT(1) FROM ledger_info WHERE name = 'place'") == 0
    with Worker(moved, log=home.with_name("moved.log")):
        cloud.wait_for(3, 60)
    assert look(moved, "SELECT COUNT(1) FROM ledger_info WHERE name = 'place'") == 1


def test_a_campaign_sent_from_a_copy_ends_with_what_to_do(
    home: Path, cloud: StandIn, tmp_path: Path
) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    before = cloud.count()
    words = ("send", list_file(tmp_path, 5), "--account", "acc", "--message", "Hello")
    ended = run(*words, extra=other.environment())
    assert ended.code == 1
    assert COPIED in ended.err
    assert "wa-desktop here" in ended.err
    assert cloud.count() == before
    # The first one paused what was there; now the copy is known, and the campaign is left alone.
    again = run(*words, extra=other.environment())
    assert again.code == 1
    assert COPIED in again.err
    assert look(other, "SELECT COUNT(1) FROM contracts WHERE state = 'paused'") == 2
    assert look(other, "SELECT COUNT(1) FROM contracts") == 3
    assert cloud.count() == before
