"""The start and test scripts, tried on small checkouts that need no network."""

import os
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[2]
_SCRIPTS = [*sorted((_ROOT / "packaging").glob("*.sh")), _ROOT / ".ci" / "run"]
_MAIN = 'import sys; print(sys.argv[1:]); sys.exit("fail" in sys.argv)'
# What the scripts call on a system without Python.
_TOOLS = ("bash", "cksum", "dirname", "env", "mktemp", "rm", "sed", "tail")


def _run(
    command: list[str | Path], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in a folder with a blank, whose program prints its arguments."""
    root = tmp_path / "my files" / "checkout"
    shutil.copytree(_ROOT / "packaging", root / "packaging")
    shutil.copy(_ROOT / "pyproject.toml", root)
    (root / "wa_desktop").mkdir()
    (root / "wa_desktop" / "__main__.py").write_text(_MAIN)
    return root


@pytest.fixture
def prepared(checkout: Path) -> Path:
    """A checkout with an environment that counts as whole."""
    venv.create(checkout / ".venv", symlinks=True)
    packages = next((checkout / ".venv" / "lib").glob("python3*")) / "site-packages"
    (packages / "sample-1.0.dist-info").mkdir()
    (packages / "checkout.pth").write_text(str(checkout))
    assert _setup(checkout, "mark_ready run").returncode == 0
    return checkout


def _setup(checkout: Path, words: str) -> subprocess.CompletedProcess[str]:
    script = f'set -euo pipefail; source "$0"; {words}'
    return _run(["bash", "-c", script, checkout / "packaging" / "setup.sh"])


def _is_ready(checkout: Path) -> bool:
    return _setup(checkout, "is_ready run").returncode == 0


@pytest.mark.parametrize("script", _SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_well_formed(script: Path) -> None:
    assert _run(["bash", "-n", script]).stderr == ""
    assert script.name == "setup.sh" or os.access(script, os.X_OK)


def test_a_second_start_begins_within_three_seconds_and_says_nothing(prepared: Path) -> None:
    begun = time.monotonic()
    done = _run([prepared / "packaging" / "start.sh", "send", "two words"])
    assert time.monotonic() - begun < 3
    assert (done.returncode, done.stdout, done.stderr) == (0, "['send', 'two words']\n", "")


def test_the_programs_exit_code_is_the_scripts(prepared: Path) -> None:
    assert _run([prepared / "packaging" / "start.sh", "fail"]).returncode == 1


def test_a_link_to_the_script_starts_the_same_checkout(prepared: Path, tmp_path: Path) -> None:
    link = tmp_path / "wa"
    link.symlink_to(prepared / "packaging" / "start.sh")
    assert _run([link, "demo"]).stdout == "['demo']\n"


def test_files_of_the_working_folder_are_not_taken_for_modules(prepared: Path) -> None:
    Path("wa_desktop.py").write_text("raise SystemExit('the wrong program')")
    assert _run([prepared / "packaging" / "start.sh", "demo"]).stdout == "['demo']\n"


_NAMES_FILE = "import os; print(os.environ.get('WA_DESKTOP_ENV'))"


def _program_that_tells_its_file(checkout: Path) -> Path:
    (checkout / "wa_desktop" / "__main__.py").write_text(_NAMES_FILE)
    return checkout / "packaging" / "start.sh"


def test_the_file_of_the_working_folder_is_used_and_named(prepared: Path) -> None:
    script = _program_that_tells_its_file(prepared)
    assert _run([script, "demo"]).stdout == "None\n"
    file = Path.cwd() / ".env"
    file.write_text("PORT=6001\n")
    done = _run([script, "demo"])
    assert (done.stdout, done.stderr) == (f"{file}\n", f"Settings from {file}\n")


def test_a_file_that_the_user_names_goes_before_the_one_of_the_working_folder(
    prepared: Path,
) -> None:
    script = _program_that_tells_its_file(prepared)
    Path(".env").write_text("PORT=6001\n")
    done = _run([script, "demo"], {"WA_DESKTOP_ENV": "/other"})
    assert (done.stdout, done.stderr) == ("/other\n", "")
    for words in (["--env", "/other"], ["--env=/other"]):
        done = _run([script, *words, "demo"])
        assert (done.stdout, done.stderr) == ("None\n", "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_in_the_working_folder_is_not_used(prepared: Path) -> None:
    script = _program_that_tells_its_file(prepared)
    file = Path.cwd() / ".env"
    file.write_text("PORT=6001\n")
    os.chown(file, 12_345, -1)
    done = _run([script, "demo"])
    assert done.stdout == "None\n"
    assert f"{file} belongs to another user and is not used" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has displays that can be missing")
@pytest.mark.parametrize(
    "words", [[], ["window"], ["--env", "/x"], ["--env=/x"], ["--env", "/x", "window"]]
)
def test_a_window_without_a_display_is_refused_with_what_else_works(
    prepared: Path, words: list[str]
) -> None:
    done = _run(
        [prepared / "packaging" / "start.sh", *words], {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    )
    assert done.returncode == 1
    assert "There is no display" in done.stderr
    assert "packaging/start.sh demo" in done.stderr


def test_changed_constraints_make_an_environment_incomplete(prepared: Path) -> None:
    assert _is_ready(prepared)
    with (prepared / "packaging" / "constraints.txt").open("a") as file:
        file.write("sample==2.0\n")
    assert not _is_ready(prepared)


def test_a_package_that_has_gone_makes_an_environment_incomplete(prepared: Path) -> None:
    next(prepared.glob(".venv/lib/*/site-packages/sample-*")).rmdir()
    assert not _is_ready(prepared)


def test_a_moved_checkout_is_set_up_again(prepared: Path) -> None:
    moved = prepared.rename(prepared.parent / "moved")
    assert not _is_ready(moved)


def test_an_environment_whose_python_has_gone_is_not_taken_for_whole(prepared: Path) -> None:
    python = prepared / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert not _is_ready(prepared)


def test_without_python_and_without_rights_the_line_to_run_is_named(
    checkout: Path, tmp_path: Path
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    for tool in _TOOLS:
        if found := shutil.which(tool):
            (programs / tool).symlink_to(found)
    for name, words in (("id", "echo 1000"), ("sudo", "exit 1"), ("apt-get", "exit 1")):
        (programs / name).write_text(f"#!/bin/sh\n{words}\n")
        (programs / name).chmod(0o755)
    paths = {"PATH": str(programs)}
    done = _run([checkout / "packaging" / "start.sh", "demo"], paths)
    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr
    assert done.stderr.rstrip().endswith("sudo apt-get install -y python3-venv")


def test_every_dependency_is_pinned_to_a_version_that_is_allowed() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *(r for extra in project["project"]["optional-dependencies"].values() for r in extra),
        *project["dependency-groups"]["dev"],
    ]
    lines = (_ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    wrong = [
        requirement
        for requirement in map(Requirement, wanted)
        if (pin := pinned.get(canonicalize_name(requirement.name))) is None
        or not requirement.specifier.contains(pin)
    ]
    assert not wrong, "run packaging/pin.sh"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's libraries")
def test_the_packages_of_a_missing_qt_library_are_those_that_the_program_names(
    tmp_path: Path,
) -> None:
    words = f'source "$0"; PYTHON={shlex.quote(sys.executable)}; missing_qt_packages xcb'
    command: list[str | Path] = ["bash", "-c", words, _ROOT / "packaging" / "setup.sh"]
    assert _run(command).stdout == ""
    (tmp_path / "libxcb-cursor.so.0").touch()
    found = _run(command, {"LD_LIBRARY_PATH": str(tmp_path)}).stdout.split()
    assert {"libxcb-cursor0", "libegl1", "libxkbcommon-x11-0"} <= set(found)
