"""Work off the GUI thread: started and answered on it, done on a pool thread.

Answers come back as an event to an object of the GUI thread; no signal is ever emitted from
a worker, since one from there reaches plain functions on the wrong thread.
"""

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import Enum
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from shiboken6 import isValid

T = TypeVar("T")
_LANDED = QEvent.Type(QEvent.registerEventType())


class Lane(Enum):
    """Which pool does the work; the value is its number of threads.

    ``SAVE`` has one, so that what a person does is carried out in its order. ``FILES`` takes
    what lasts (previews, imports), so that it never holds up a click. ``CORE`` opens, starts
    and stops the core, so that nothing holds those up.
    """

    READ = ("read", 2)
    SAVE = ("save", 1)
    FILES = ("files", 2)
    CORE = ("core", 1)


class Task:
    """A piece of work under way; ``cancel`` drops its answer (and the work, if not begun)."""

    def __init__(self, parent: QObject) -> None:
        self.parent = parent
        self._future: Future[None] | None = None
        self._open = True

    def cancel(self) -> None:
        """Want no answer any more. On the GUI thread."""
        self._open = False
        if self._future is not None:
            self._future.cancel()

    @property
    def wanted(self) -> bool:
        """Whether the answer may still be handed over."""
        return self._open and isValid(self.parent)

    def began(self, future: "Future[None]") -> None:
        """Note what can be called off."""
        self._future = future

    def answered(self) -> None:
        """Note that the answer was handed over."""
        self._open = False


class Background(QObject):
    """Owns the pools. ``on_failure`` gets errors nobody else asked for, on the GUI thread.

    ``stopping`` is set when the program is about to end; long work looks at it.
    """

    def __init__(
        self, on_failure: Callable[[BaseException], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.stopping = threading.Event()
        self._closed = False
        self._on_failure = on_failure
        self._pools = {
            lane: ThreadPoolExecutor(lane.value[1], thread_name_prefix=f"window-{lane.value[0]}")
            for lane in Lane
        }
        self._landed: deque[Callable[[], None]] = deque()
        self._lock = threading.Lock()

    def run(
        self,
        parent: QObject,
        work: Callable[[], T],
        on_done: Callable[[T], None],
        on_error: Callable[[BaseException], None] | None = None,
        *,
        lane: Lane = Lane.READ,
    ) -> Task:
        """Do ``work`` on a pool thread and hand its answer over on the GUI thread.

        Nothing is handed over once ``parent`` is gone or the task was cancelled.
        """
        task = Task(parent)
        failed = on_error or self._on_failure

        def job() -> None:
            try:
                result = work()
            except BaseException as error:  # handed over, whatever it is
                caught = error
                self._land(lambda: self._hand_over(task, failed, caught))
            else:
                self._land(lambda: self._hand_over(task, on_done, result))

        if not self._closed:
            task.began(self._pools[lane].submit(job))
        return task

    def report(self, error: BaseException) -> None:
        """Pass an error to where those go that nobody asked for. On the GUI thread."""
        self._on_failure(error)

    def close(self) -> None:
        """Call off what has not begun and wait for the rest. Once, when no loop runs any more."""
        with self._lock:
            self._closed = True
            self.stopping.set()
            self._landed.clear()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)

    def customEvent(self, event: QEvent) -> None:
        """Hand over what has come back."""
        if event.type() != _LANDED:
            return
        while self._landed:
            self._landed.popleft()()

    def _land(self, answer: Callable[[], None]) -> None:
        """On a pool thread."""
        with self._lock:
            if self._closed:
                return
            self._landed.append(answer)
            QCoreApplication.postEvent(self, QEvent(_LANDED))

    def _hand_over(self, task: Task, receive: Callable[[Any], None], answer: Any) -> None:
        if task.wanted:
            task.answered()
            receive(answer)
