"""Reads that follow news: one at a time, and once more if news came meanwhile."""

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

from wa_desktop.window.background import Background

T = TypeVar("T")

SLOW = 3_000
"""Milliseconds between looks at a ledger that other programs change too."""


class Refresher(QObject, Generic[T]):
    """Asks for the newest state and never has two questions open.

    ``plan`` is called on the GUI thread and returns the work for a pool thread, or ``None``
    when there is nothing to ask. While ``watch`` is on it also asks every few seconds.
    """

    def __init__(
        self,
        background: Background,
        plan: Callable[[], Callable[[], T] | None],
        on_done: Callable[[T], None],
        parent: QObject,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._plan = plan
        self._on_done = on_done
        self._on_error = on_error
        self._busy = self._again = False
        self._generation = 0
        self._timer = QTimer(self, interval=SLOW)
        self._timer.timeout.connect(self.ask)

    def ask(self) -> None:
        """Read as soon as the read under way, if any, is answered."""
        if self._busy:
            self._again = True
            return
        work = self._plan()
        if work is None:
            return
        self._busy = True
        generation = self._generation

        def numbered() -> tuple[int, T]:
            return generation, work()

        self._background.run(self, numbered, self._answered, self._failed)

    def ask_anew(self) -> None:
        """The question itself has changed: what is under way is no answer to it."""
        self._generation += 1
        self.ask()

    def watch(self, on: bool) -> None:
        """Turn the slow look on (and ask at once) or off."""
        if on:
            self.ask()
            self._timer.start()
        else:
            self._timer.stop()

    def _answered(self, answer: tuple[int, T]) -> None:
        self._busy = False
        generation, result = answer
        if generation == self._generation:
            self._on_done(result)
        self._ask_again()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        if self._on_error is not None:
            self._on_error(error)
        else:
            self._background.report(error)
        self._ask_again()

    def _ask_again(self) -> None:
        if self._again:
            self._again = False
            self.ask()
