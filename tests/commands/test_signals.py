"""A signal comes between any two steps of the program, and is heard each time."""

import subprocess
import sys

# Deadlocked, the program would hold up the tests: it is one of its own, which can be ended.
_EACH_STEP = """
import signal
import sys

from wa_desktop.commands.signals import StopSignals


def came_at(step):
    left = step

    def trace(frame, event, arg):
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                signal.raise_signal(signal.SIGTERM)
        return trace

    with StopSignals() as stop:
        sys.settrace(trace)
        stop.wait(0.01)
        sys.settrace(None)
        assert (left <= 0) == stop.requested == stop.wait(0)
    return left <= 0


step = 1
while came_at(step):
    step += 1
print(step)
"""


def test_a_signal_at_any_step_of_the_wait_for_one_is_heard() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _EACH_STEP], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 3
