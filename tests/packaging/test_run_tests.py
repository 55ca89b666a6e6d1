"""A failed test runs once more, alone: what passes then is flaky, what fails again is broken."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_RUN_TESTS = Path(__file__).parents[2] / "packaging" / "run_tests.py"
_TESTS = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("word", ["a b", "x::y[z]"])
def test_flaky(word):
    seen = Path(__file__).with_name(f"seen-{word[0]}")
    first = not seen.exists()
    seen.touch()
    assert not first

def test_broken():
    assert False

def test_good():
    pass
"""


@pytest.fixture
def run(tmp_path: Path) -> "type[Run]":
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_some.py").write_text(_TESTS)
    Run.folder = tmp_path
    return Run


class Run:
    """One run of the script in a folder with four tests."""

    folder: Path

    def __init__(self, *arguments: str) -> None:
        environment = {**os.environ, "PYTEST_ADDOPTS": "-p no:randomly"}
        done = subprocess.run(
            [sys.executable, _RUN_TESTS, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        self.code = done.returncode
        self.output = done.stdout
        self.last_lines = done.stdout.splitlines()[-4:]


def test_a_test_that_passes_the_second_time_is_listed_as_flaky_and_fails_nothing(
    run: type[Run],
) -> None:
    done = run("-n", "2", "-k", "not broken")
    assert done.code == 0, done.output
    assert done.last_lines[-3:] == [
        "FLAKY (failed, then passed alone): test_some.py::test_flaky[a b]",
        "FLAKY (failed, then passed alone): test_some.py::test_flaky[x::y[z]]",
        "2 flaky, 0 failed twice.",
    ]


@pytest.mark.long
def test_a_test_that_fails_twice_fails_the_run(run: type[Run]) -> None:
    done = run("-n", "2")
    assert done.code == 1
    assert done.last_lines[-2:] == [
        "FAILED TWICE: test_some.py::test_broken",
        "2 flaky, 1 failed twice.",
    ]


def test_a_run_without_failures_runs_nothing_again(run: type[Run]) -> None:
    done = run("-k", "good")
    assert (done.code, "flaky" in done.output) == (0, False)
    assert "1 passed" in done.last_lines[-1]


def test_a_run_without_tests_fails(run: type[Run]) -> None:
    assert run("-k", "nothing-of-that-name").code == 5


def test_a_file_that_cannot_be_imported_fails_the_run(run: type[Run]) -> None:
    (run.folder / "test_more.py").write_text("import nothing_of_that_name")
    done = run("-k", "good")
    assert done.code != 0


def test_more_failures_than_chance_explains_are_not_run_again(run: type[Run]) -> None:
    body = "import pytest\n@pytest.mark.parametrize('n', range(21))\ndef test_many(n): assert 0\n"
    (run.folder / "test_many.py").write_text(body)
    done = run("test_many.py")
    assert (done.code, done.last_lines[-1]) == (1, "21 tests failed; at most 20 are run again.")
