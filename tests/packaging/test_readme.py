"""The README's commands, as written, and the wheel in an empty folder."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_BLOCKS = re.findall(r"```sh\n(.*?)```", (_ROOT / "README.md").read_text("utf-8"), re.DOTALL)
_COMMANDS = [line.strip() for block in _BLOCKS for line in block.splitlines() if line.strip()]


def _run(words: list[str], cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, cwd=cwd, env=os.environ | more, capture_output=True, text=True, timeout=110
    )


def test_the_readmes_two_commands_are_there() -> None:
    assert {"packaging/start.sh", "packaging/start.sh demo", "packaging/test.sh"} <= set(_COMMANDS)


def test_the_demo_sends_its_sample_as_the_readme_says() -> None:
    done = _run(shlex.split("packaging/start.sh demo"), _ROOT)
    assert done.returncode == 0, done.stderr
    assert "52 sent (of 52)" in done.stdout


@pytest.mark.long
def test_the_readmes_sends_are_right_for_its_sample() -> None:
    sends = [one for one in _COMMANDS if one.startswith("wa-desktop send")]
    assert len(sends) == 2
    for command in sends:
        words = [*shlex.split(command)[1:], "--dry-run"]
        done = _run([sys.executable, "-m", "wa_desktop", *words], _ROOT / "resources" / "samples")
        assert done.returncode == 0, done.stderr


@pytest.mark.timeout(240)
def test_the_wheel_brings_all_it_needs_into_an_empty_folder(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    built = _run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", "w", _ROOT.as_posix()],
                 tmp_path)  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "w").glob("*.whl")
    placed = _run([*pip, "install", "--no-deps", "--target", "site", wheel.as_posix()], tmp_path)
    assert placed.returncode == 0, placed.stderr
    empty = tmp_path / "empty"
    empty.mkdir()
    site = (tmp_path / "site").as_posix()
    done = _run([sys.executable, "-m", "wa_desktop", "demo"], empty, PYTHONPATH=site)
    assert done.returncode == 0, done.stderr
    where = _run(
        [sys.executable, "-c", "import wa_desktop.assets as a; print(a.resource('icons'))"],
        empty,
        PYTHONPATH=site,
    )
    assert where.stdout.startswith(site)
