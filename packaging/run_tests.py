"""Runs pytest, then each failed test once more, alone: a test that passes then is flaky.

    python packaging/run_tests.py PYTEST-ARGUMENTS

Flaky tests are listed in the last lines and do not fail the run: they need a look, not a second
run of everything. A test that fails twice fails the run. So do more failures than ``MOST``:
that many have one cause, and chance is none.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

MOST = 20
TESTS_FAILED = 1
"""pytest's exit code for a run whose tests failed; all others above 0 mean no result at all."""


def main(arguments: list[str]) -> int:
    """Run the tests; returns the exit code of the run."""
    with TemporaryDirectory() as folder:
        code = run_pytest(arguments, Path(folder))
        if code != TESTS_FAILED:
            return code
        failed = failed_tests(Path(folder))
    if not failed or len(failed) > MOST:
        print(f"{len(failed)} tests failed; at most {MOST} are run again.", flush=True)
        return TESTS_FAILED
    print(f"--- {len(failed)} failed; each runs once more, alone", flush=True)
    flaky = [test for test in failed if passes_alone(test)]
    broken = [test for test in failed if test not in flaky]
    for test in flaky:
        print(f"FLAKY (failed, then passed alone): {test}")
    for test in broken:
        print(f"FAILED TWICE: {test}")
    print(f"{len(flaky)} flaky, {len(broken)} failed twice.", flush=True)
    return TESTS_FAILED if broken else 0


def run_pytest(arguments: list[str], cache: Path) -> int:
    """Run pytest with a cache folder that knows only this run; returns its exit code."""
    command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={cache}", *arguments]
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode  # noqa: S603 - our tests


def failed_tests(cache: Path) -> list[str]:
    """The node ids of the tests that failed, as pytest wrote them down in its cache folder."""
    written = cache / "v" / "cache" / "lastfailed"
    return sorted(json.loads(written.read_text("utf-8"))) if written.is_file() else []


def passes_alone(test: str) -> bool:
    """Whether a test passes in a process that runs nothing else."""
    with TemporaryDirectory() as folder:
        return run_pytest(["-n", "0", test], Path(folder)) == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
