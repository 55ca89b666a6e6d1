"""The window's own process: it opens fast, ends on a signal, and reports what nobody caught."""

import os
import re
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.waiting import wait_until

pytestmark = pytest.mark.window
ROOT = Path(__file__).parents[2]

PROGRAM = """
    import sys, threading, time
    from pathlib import Path
    from wa_desktop.window.application import run_window

    BEGAN = time.time()

    class Core:
        core = None

        def open(self):
            from tests.window.core import HandDrivenCore
            self.core = HandDrivenCore(Path(sys.argv[1]))
            return self.core.services

        def start(self):
            if "fault" in sys.argv:
                threading.Thread(target=lambda: 1 // 0).start()
            print("started", flush=True)

        def stop(self):
            print("stopped", flush=True)
            if self.core is not None:
                self.core.close()

    sys.exit(run_window(Core(), measure_since=BEGAN if "measure" in sys.argv else None))
"""


def _run(display: str, folder: Path, *words: str) -> "subprocess.Popen[str]":
    script = folder / "program.py"
    script.write_text(textwrap.dedent(PROGRAM))
    (folder / "data").mkdir()
    return subprocess.Popen(
        [sys.executable, str(script), str(folder / "data"), *words],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_first_paint_comes_before_the_core(display: str, tmp_path: Path) -> None:
    with _run(display, tmp_path, "measure") as program:
        out, _ = program.communicate(timeout=60)
    assert program.returncode == 0, out
    said = [line.split(" after")[0] for line in out.splitlines()]
    assert said == ["first paint", "started", "ready", "stopped"]
    assert float(re.findall(r"paint after (\S+)", out)[0]) < 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(display: str, tmp_path: Path, number: signal.Signals) -> None:
    with _run(display, tmp_path) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "started\n"
        program.send_signal(number)
        out, _ = program.communicate(timeout=60)
    assert (program.returncode, out) == (0, "stopped\n")


def test_an_error_on_a_thread_is_reported_and_ends_nothing(display: str, tmp_path: Path) -> None:
    with _run(display, tmp_path, "fault") as program:
        assert program.stdout is not None
        seen: list[str] = []

        def reported() -> bool:
            seen.append(program.stdout.readline())  # type: ignore[union-attr]
            return "ZeroDivisionError" in seen[-1]

        wait_until(reported, "the report")
        program.send_signal(signal.SIGTERM)
        out, _ = program.communicate(timeout=60)
    assert program.returncode == 0
    assert "stopped" in "".join(seen) + out
