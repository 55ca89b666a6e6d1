"""A data folder on a disk that is full: said in clear words, and nothing is lost."""

import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.commands.running import list_file, run

_ROOM = 300 << 10
"""Bytes that any file of the program may grow to, which is how a small disk looks to it."""


def _run_with_little_room(*words: object, room: int) -> "subprocess.CompletedProcess[str]":
    # Mounting a small disk needs rights that test machines seldom give.
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (room, room))
    return subprocess.run(
        [sys.executable, "-m", "wa_desktop", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=limit,
    )


def test_a_list_that_does_not_fit_is_taken_out_whole_and_the_ledger_stays_good(
    tmp_path: Path,
) -> None:
    run("accounts", "list")
    words = ["send", list_file(tmp_path, 20_000), "--account", "sandbox", "--message", "Hi"]

    ended = _run_with_little_room(*words, room=_ROOM)

    assert ended.returncode == 1
    assert "disk" in ended.stderr
    assert "full" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert run("doctor").code == 0
    small = list_file(tmp_path, 2, "small.csv")
    assert run("send", small, "--account", "sandbox", "--message", "Hi").code == 0


def test_a_data_folder_without_any_room_is_told_at_once() -> None:
    ended = _run_with_little_room("accounts", "list", room=0)

    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
