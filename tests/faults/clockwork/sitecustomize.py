"""In a process that has this folder on its path the wall clock can be set, by a file.

``WA_TEST_CLOCK`` names the file; it holds the seconds by which the clock is off. The
monotonic clock goes on as it does on a real machine.
"""

import os
import time
from pathlib import Path

_file = Path(os.environ["WA_TEST_CLOCK"])
_real_ns = time.time_ns


def _offset() -> int:
    try:
        return int(_file.read_text() or 0) * 1_000_000_000
    except OSError:
        return 0


def _time_ns() -> int:
    return _real_ns() + _offset()


def _time() -> float:
    return _time_ns() / 1e9


time.time_ns = _time_ns
time.time = _time
