"""Waits on conditions, so that no test sleeps."""

import time
from collections.abc import Callable

_PAUSE_SECONDS = 0.01


def wait_until(condition: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Return as soon as ``condition()`` is true.

    Raises ``TimeoutError`` that names ``what`` was waited for.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(_PAUSE_SECONDS)
