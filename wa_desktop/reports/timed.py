"""A question with a time limit: asked on a thread, so that a ledger that hangs holds up nobody."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


class NoAnswer(Exception):
    """The answer did not come within the time limit."""


@dataclass
class _Asked(Generic[T]):
    """One question on its way. ``error`` is what the question raised."""

    done: threading.Event = field(default_factory=threading.Event)
    answer: T | None = None
    error: BaseException | None = None


class Timed(Generic[T]):
    """Asks one question at a time, however many threads want its answer. Safe from any thread.

    A question that hangs is not asked a second time: all wait for the one on its way.
    """

    def __init__(self, question: Callable[[], T], seconds: float) -> None:
        self._question = question
        self._seconds = seconds
        self._lock = threading.Lock()
        self._asked: _Asked[T] | None = None

    def ask(self) -> T:
        """The answer. Raises ``NoAnswer`` after the time limit, else what the question raised."""
        with self._lock:
            asked = self._asked
            if asked is None:
                asked = self._asked = _Asked()
                threading.Thread(
                    target=self._run, args=(asked,), name="health", daemon=True
                ).start()
        if not asked.done.wait(self._seconds):
            raise NoAnswer
        if asked.error is not None:
            raise asked.error
        return asked.answer  # type: ignore[return-value]

    def _run(self, asked: "_Asked[T]") -> None:
        try:
            asked.answer = self._question()
        except BaseException as error:
            asked.error = error
        finally:
            with self._lock:
                self._asked = None
            asked.done.set()
