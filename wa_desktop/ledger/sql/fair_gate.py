"""Who writes next on SQLite, within one process."""

import threading
import time
from collections import deque


class FairGate:
    """A re-entrant lock that is handed on in the order of asking.

    A plain lock lets a thread that takes it in a loop (preparing) shut out one that needs
    it now and then (the engine's claim). Entering it gives the seconds that it took.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiters: deque[threading.Lock] = deque()
        self._owner: int | None = None
        self._depth = 0

    def __enter__(self) -> float:
        me = threading.get_ident()
        with self._mutex:
            if self._owner == me:
                self._depth += 1
                return 0.0
            if self._owner is None:
                self._owner, self._depth = me, 1
                return 0.0
            turn = threading.Lock()
            turn.acquire()
            self._waiters.append(turn)
        began = time.monotonic()
        turn.acquire()
        with self._mutex:
            self._owner, self._depth = me, 1
        return time.monotonic() - began

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            self._depth -= 1
            if self._depth:
                return
            if self._waiters:
                # Kept taken until the next in line wakes up, so that nobody overtakes it.
                self._owner = -1
                self._waiters.popleft().release()
            else:
                self._owner = None
