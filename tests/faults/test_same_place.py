"""A ledger that is where it was goes on without a question, whatever changed around it."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.copies import AMOUNT, at, everyone_once, look, sent_in_part
from tests.faults.disk import DiskRefused, SmallDisk
from tests.programs import Place, Worker
from tests.standin.client import StandIn


def restarted(home: Path) -> Place:
    """Started again, as after an update of the program or the system."""
    return at(home)


def renamed(home: Path) -> Place:
    """The folder was moved on its file system."""
    return at(home.rename(home.with_name("renamed")))


@pytest.mark.long("restarted")
@pytest.mark.parametrize("change", [restarted, renamed])
def test_the_same_ledger_goes_on_without_a_question(
    change: Callable[[Path], Place], home: Path, cloud: StandIn
) -> None:
    place = at(home)
    sent_in_part(place, cloud)
    with Worker(change(home), log=home.with_name("again.log")):
        cloud.wait_for(AMOUNT, 60)
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
        cloud.wait_for(AMOUNT, 60)
    everyone_once(cloud)
    recorded = str(look(place, "SELECT value FROM ledger_info WHERE name = 'place'"))
    assert "another-name" in recorded
    assert str(mounted.home) in recorded
    assert socket.gethostname() not in recorded


@pytest.mark.long
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
            cloud.wait_for(AMOUNT, 60)
    finally:
        disk.unmount()
    everyone_once(cloud)
