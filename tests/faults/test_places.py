"""A copied or synchronised data folder sends nothing until a person says that it is the one."""

import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
import redis

from tests.commands.running import Ended, list_file, run
from tests.faults.disk import DiskRefused, SmallDisk
from tests.faults.scene import Scene, begin
from tests.opened import open_ledger
from tests.programs import Place, Worker, is_completed
from tests.services.process import free_port
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.ledger.states import ContractState

AMOUNT = 300
COPIED = "copied or moved"


def at(home: Path, redis_url: str | None = None) -> Place:
    """The place of a program whose data folder that is."""
    return Place(home, f"sqlite:///{home / 'ledger.db'}", redis_url)


def by_cp(source: Path, target: Path) -> None:
    """As on the command line, with all that it can keep."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def by_tar(source: Path, target: Path) -> None:
    """As into another computer."""
    target.mkdir()
    command = f"tar -C '{source}' --ignore-failed-read -cf - . | tar -C '{target}' -xpf -"
    subprocess.run(["sh", "-c", command], check=True, stderr=subprocess.DEVNULL)


@contextmanager
def begun(place: Place, cloud: StandIn, amount: int = AMOUNT) -> Iterator[Scene]:
    """A campaign that is started; nothing sends yet."""
    with Program.open(place.settings()) as program:
        yield begin(program, cloud, amount)


def sent_in_part(place: Place, cloud: StandIn, share: float = 0.2) -> None:
    """A campaign of which a part was sent when its program was ended in good order."""
    with begun(place, cloud) as scene, Worker(place) as worker:
        scene.wait_for_share(share)
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0
    assert cloud.count() < AMOUNT


def everyone_once(cloud: StandIn, amount: int = AMOUNT) -> None:
    """Each recipient got one message."""
    assert len({one.to for one in cloud.accepted()}) == cloud.count() == amount


def here(place: Place) -> Ended:
    """``wa-desktop here`` on that place."""
    return run("here", extra=place.environment())


def look(place: Place, sql: str) -> object:
    """The first column of the first row in the ledger's file."""
    with closing(sqlite3.connect(place.home / "ledger.db", timeout=20)) as ledger:
        return ledger.execute(sql).fetchone()[0]


def is_done(place: Place) -> bool:
    """Whether the only campaign has been worked through."""
    state = look(place, "SELECT state FROM contracts")
    return bool(state == ContractState.COMPLETED.value)


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
            worker.says(COPIED)
            scene.finish()
            assert worker.running
    everyone_once(cloud)
    with closing(open_ledger(other.ledger_url)) as ledger:
        assert ledger.uid() != scene.program.services.ledger.uid()
        (contract,) = ledger.contracts.page().items
        assert (contract.state, contract.state_reason) == (ContractState.PAUSED, "moved")
        assert contract.counts.in_doubt <= scene.account.concurrency


def test_a_copy_that_is_confirmed_sends_what_waited(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    shutil.rmtree(home)
    with Worker(other, log=home.with_name("copy.log")) as worker:
        worker.says(COPIED)
        before = cloud.count()
        said = here(other)
        assert said.code == 0, said.err
        assert str(home) in said.out
        wait_until(lambda: is_done(other), "the campaign to be done", 30)
        worker.says("the place of the ledger is confirmed")
    assert before < AMOUNT
    everyone_once(cloud)


def test_a_copy_can_be_confirmed_before_anything_runs(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    assert "1 campaign goes on" in here(other).out
    assert "nothing to confirm" in here(other).out
    with Worker(other, log=home.with_name("copy.log")):
        wait_until(lambda: is_done(other), "the campaign to be done", 30)
    everyone_once(cloud)


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
        worker.says("Serving on")
        wait_until(lambda: COPIED in client.get("/health").text, "health to say why")
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
        wait_until(lambda: is_done(other), "the campaign to be done", 30)
        wait_until(lambda: COPIED not in client.get("/health").text, "health to be well")
    assert before < AMOUNT
    everyone_once(cloud)


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
        wait_until(lambda: client.keys(f"*{uid[:8]}*"), "the copy to use queues of its own")
        assert program.services.places.confirm() is not None
        wait_until(lambda: is_done(other), "the campaign to be done", 30)
    everyone_once(cloud)


def test_a_server_without_an_engine_says_why_nothing_is_sent(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    with Program.open(other.settings()) as program:
        assert any(COPIED in one for one in program.health().problems)


def test_a_copy_that_waits_stays_paused_over_a_restart(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    log = home.with_name("copy.log")
    before = cloud.count()
    for _ in range(2):
        log.unlink(missing_ok=True)
        with Worker(other, log=log) as worker:
            worker.says(COPIED)
            worker.send(signal.SIGTERM)
            assert worker.wait() == 0
    assert cloud.count() == before


def test_a_campaign_started_in_a_copy_waits_for_the_word_too(home: Path, cloud: StandIn) -> None:
    place, other = at(home), at(home.with_name("copy"))
    sent_in_part(place, cloud)
    shutil.copytree(home, other.home)
    with Program.open(other.settings()) as program:
        program.start()
        wait_until(lambda: program.health().problems, "the copy to say what is wrong")
        (contract,) = program.services.ledger.contracts.page().items
        before = cloud.count()
        program.services.contracts.start(contract.id)
        wait_until(
            lambda: (
                program.services.ledger.contracts.get(contract.id).state is ContractState.RUNNING
            ),
            "the campaign to be prepared",
        )
        assert cloud.count() == before
        assert program.services.places.confirm() is not None
        wait_until(lambda: is_completed(program, contract), "the campaign to be done", 30)
        wait_until(lambda: program.health().ok, "the trouble to be over")
    everyone_once(cloud)


def test_an_old_copy_put_back_in_the_same_place_sends_nothing(home: Path, cloud: StandIn) -> None:
    place, old = at(home), home.with_name("old")
    sent_in_part(place, cloud)
    shutil.copytree(home, old)
    with Worker(place):
        wait_until(lambda: is_done(place), "the campaign to be done", 30)
    shutil.rmtree(home)
    shutil.copytree(old, home)
    with Worker(place, log=home.with_name("again.log")) as worker:
        worker.says(COPIED)
        worker.send(signal.SIGTERM)
        assert worker.wait() == 0
    everyone_once(cloud)


def test_a_folder_that_another_computer_sent_from_and_synchronised_back_sends_nothing(
    home: Path, cloud: StandIn
) -> None:
    first, second = at(home), at(home.with_name("second"))
    sent_in_part(first, cloud)
    shutil.copytree(home, second.home)
    assert here(second).code == 0
    with Worker(second, log=home.with_name("second.log")) as worker:
        cloud.wait_for(AMOUNT * 2 // 3)
        worker.send(signal.SIGTERM)
        worker.wait()
    # Written into the file that is there, as some do; others put a new one in its place.
    shutil.copyfile(second.home / "ledger.db", home / "ledger.db")
    before = cloud.count()
    with Worker(first, log=home.with_name("first.log")) as worker:
        worker.says(COPIED)
    assert cloud.count() == before
    assert len({one.to for one in cloud.accepted()}) == before


def restarted(home: Path) -> Place:
    """Started again, as after an update of the program or the system."""
    return at(home)


def renamed(home: Path) -> Place:
    """The folder was moved on its file system."""
    return at(home.rename(home.with_name("renamed")))


@pytest.mark.parametrize("change", [restarted, renamed])
def test_the_same_ledger_goes_on_without_a_question(
    change: Callable[[Path], Place], home: Path, cloud: StandIn
) -> None:
    place = at(home)
    sent_in_part(place, cloud)
    with Worker(change(home), log=home.with_name("again.log")):
        cloud.wait_for(AMOUNT, 30)
    everyone_once(cloud)


_ELSEWHERE = """
import os, subprocess, sys
source, target, machine = sys.argv[1:4]
def call(*words): subprocess.run(words, check=True)
call("mount", "--bind", source, target)
if os.path.exists("/etc/machine-id"): call("mount", "--bind", machine, "/etc/machine-id")
open("/proc/sys/kernel/hostname", "w").write("another-name")
os.execv(sys.executable, [sys.executable, "-m", "wa_desktop", sys.argv[4]])
"""


def test_a_new_container_on_the_same_volume_goes_on_without_a_question(
    home: Path, cloud: StandIn
) -> None:
    """Another name of the computer, another id of the machine, another mount point."""
    place, mounted = at(home), at(home.with_name("mounted"))
    sent_in_part(place, cloud)
    mounted.home.mkdir()
    (home.with_name("machine-id")).write_text("0123456789abcdef0123456789abcdef\n")
    unshared = ("unshare", "--mount", "--uts", "--propagation", "private")
    if subprocess.run([*unshared, "true"], capture_output=True, check=False).returncode:
        pytest.skip("the system lets nobody but root mount here")
    apart = "import os, sys; os.execvp('unshare', ['unshare', *sys.argv[1:]])"
    program = ("-c", apart, *unshared[1:], sys.executable, "-c", _ELSEWHERE)
    words = (str(home), str(mounted.home), str(home.with_name("machine-id")))
    log = home.with_name("container.log")
    with Worker(mounted, log=log, program=(*program, *words)):
        cloud.wait_for(AMOUNT, 30)
    everyone_once(cloud)
    recorded = str(look(place, "SELECT value FROM ledger_info WHERE name = 'place'"))
    assert "another-name" in recorded
    assert str(mounted.home) in recorded
    assert socket.gethostname() not in recorded


def test_a_disk_that_is_mounted_elsewhere_goes_on_without_a_question(
    tmp_path: Path, cloud: StandIn
) -> None:
    disk, moved = SmallDisk(tmp_path / "disk"), tmp_path / "elsewhere"
    try:
        disk.mount()
    except (DiskRefused, OSError) as error:
        pytest.skip(f"no disk of its own: {error}")
    try:
        sent_in_part(at(disk.folder), cloud)
        moved.mkdir()
        subprocess.run(["mount", "--bind", str(disk.folder), str(moved)], check=True)
        disk.unmount()
        disk.folder = moved
        with Worker(at(moved), log=tmp_path / "again.log"):
            cloud.wait_for(AMOUNT, 30)
    finally:
        disk.unmount()
    everyone_once(cloud)


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
        wait_until(lambda: program.health().ok, "the program to be well")
        assert program.services.places.moved() is None
        (contract,) = program.services.ledger.contracts.page().items
        assert contract.state_reason == "restored"
        assert cloud.count() == before
        program.services.contracts.start(contract.id)
        wait_until(lambda: is_completed(program, contract), "the campaign to be done", 30)
    everyone_once(cloud)


def test_a_backup_put_in_place_by_hand_sends_nothing(home: Path, cloud: StandIn) -> None:
    place = at(home)
    sent_in_part(place, cloud)
    made = run("backup", "--json", extra=place.environment())
    for one in home.glob("ledger.db*"):
        one.unlink()
    Path(made.json["path"]).rename(home / "ledger.db")
    before = cloud.count()
    with Worker(place, log=home.with_name("again.log")) as worker:
        worker.says(COPIED)
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
        cloud.wait_for(3, 30)
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
