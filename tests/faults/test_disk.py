"""The ledger's file: locked by another program, on a full disk, read-only, damaged."""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import peewee
import pytest

from tests.faults.disk import DiskRefused, SmallDisk
from tests.faults.scene import Scene, begin
from tests.programs import Place, Worker
from tests.services.process import is_root
from tests.standin.behaviour import Behaviour
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.events import NoticeKind

_HOLDER = """
import sqlite3, sys
ledger = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
ledger.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
sys.stdin.readline()
ledger.execute("COMMIT")
"""


@pytest.fixture
def place(home: Path, sqlite_url: str) -> Place:
    return Place(home, sqlite_url, None)


@pytest.fixture
def program(place: Place) -> Iterator[Program]:
    with Program.open(place.settings()) as opened:
        yield opened


def test_a_ledger_locked_by_another_program_is_waited_for_and_says_so(
    program: Program, cloud: StandIn, tmp_path: Path
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    program.start()
    scene = begin(program, cloud, 400)
    scene.wait_for_share(0.2)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path / "ledger.db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        scene.shows("Another program may hold it locked")
        held_at = cloud.count()
        holder.communicate(b"\n")
    scene.goes_on()
    scene.is_well()
    scene.finish()
    assert held_at < 400
    assert len(scene.told(NoticeKind.TROUBLE)) == len(scene.told(NoticeKind.TROUBLE_OVER)) == 1


@dataclass
class FullDisk:
    """A place whose disk can be filled and freed beneath a worker."""

    place: Place
    fill: Callable[[Worker], None]
    free: Callable[[Worker], None]


@pytest.fixture(params=["disk", "quota"])
def full_disk(request: pytest.FixtureRequest, home: Path) -> Iterator[FullDisk]:
    if request.param == "quota":
        place = Place(home, f"sqlite:///{home / 'ledger.db'}", None)
        yield FullDisk(
            place,
            lambda worker: _allow_file_size(worker, (home / "ledger.db-wal").stat().st_size),
            lambda worker: _allow_file_size(worker, resource.RLIM_INFINITY),
        )
        return
    disk = SmallDisk(home)
    try:
        disk.mount()
    except (DiskRefused, OSError) as error:
        pytest.skip(f"no disk of its own: {error}")
    with ExitStack() as stack:
        stack.callback(disk.unmount)
        place = Place(home, f"sqlite:///{home / 'ledger.db'}", None)
        yield FullDisk(place, lambda _: disk.fill(), lambda _: disk.free())


def _allow_file_size(worker: Worker, size: int) -> None:
    _, hard = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.long("quota")
def test_a_full_disk_holds_sending_up_until_there_is_room_again(
    full_disk: FullDisk, cloud: StandIn, tmp_path: Path
) -> None:
    cloud.behave(Behaviour(latency=0.02))
    with Program.open(full_disk.place.settings()) as program:
        scene = begin(program, cloud, 400)
        log = tmp_path / "worker.log"
        with Worker(full_disk.place, log=log) as worker:
            scene.wait_for_share(0.2)
            full_disk.fill(worker)
            worker.says("The disk that holds the ledger is full")
            assert worker.running
            full_disk.free(worker)
            scene.goes_on()
            scene.finish()


@pytest.fixture
def read_only(home: Path) -> Iterator[tuple[Place, Callable[[bool], None]]]:
    """A place, and what makes its ledger read-only (true) or writable again."""
    place = Place(home, f"sqlite:///{home / 'ledger.db'}", None)
    if not is_root():
        yield place, lambda wanted: (home / "ledger.db").chmod(0o400 if wanted else 0o600)
        return
    disk = SmallDisk(home)
    try:
        disk.mount()
    except (DiskRefused, OSError) as error:
        pytest.skip(f"no disk of its own: {error}")
    yield place, disk.read_only
    disk.unmount()


def test_a_read_only_ledger_is_refused_in_words_and_sends_once_it_may(
    read_only: tuple[Place, Callable[[bool], None]], cloud: StandIn, tmp_path: Path
) -> None:
    place, make_read_only = read_only
    with Program.open(place.settings()) as program:
        scene = begin(program, cloud, 50)
    make_read_only(True)
    with Worker(place, log=tmp_path / "worker.log") as worker:
        assert worker.wait() == 1
        worker.says("cannot be used (Read-only file system)" if is_root() else "is read-only")
    assert cloud.count() == 0
    make_read_only(False)
    _send_the_rest(place, scene, tmp_path / "worker.log")


def test_a_damaged_ledger_is_refused_in_words_that_name_the_good_copy(
    place: Place, cloud: StandIn, tmp_path: Path
) -> None:
    with Program.open(place.settings()) as program:
        begin(program, cloud, 200)
        copy = program.services.ledger.back_up(tmp_path / "backups")
    path = tmp_path / "ledger.db"
    _damage(path)
    with Worker(place) as worker:
        assert worker.wait() == 1
        worker.says("is damaged")
        worker.says(f"wa-desktop restore {copy.path}")
    assert cloud.count() == 0


def _damage(path: Path) -> None:
    """Overwrite pages in the middle, as a dying disk would."""
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * 32_768)


def _send_the_rest(place: Place, scene: Scene, log: Path) -> None:
    with Program.open(place.settings()) as program, Worker(place, log=log):
        scene.program = program
        scene.goes_on()
        scene.finish()


def test_a_second_engine_on_one_ledger_is_refused_and_says_who_sends(
    place: Place, program: Program, cloud: StandIn
) -> None:
    program.start()
    scene = begin(program, cloud, 50)
    with Worker(place) as second:
        assert second.wait() == 1
        second.says("already sends from this data folder")
    scene.finish()
    wait_until(lambda: program.health().ok, "all to be well")


def test_a_start_that_failed_can_be_tried_again(
    place: Place, program: Program, cloud: StandIn, tmp_path: Path
) -> None:
    scene = begin(program, cloud, 50)
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute(
            "CREATE TRIGGER refuses BEFORE INSERT ON workers BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        with pytest.raises(peewee.IntegrityError):
            program.start()
        other.execute("DROP TRIGGER refuses")
    program.start()
    scene.finish()
