"""Frees circular garbage on the GUI thread alone.

Python collects on whichever thread happens to allocate, the engine's and the queues' too. A
circle with an object of Qt in it would then be taken down there, which ends the program.
"""

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY = 1_000


class Collector(QObject):
    """Takes automatic collection over from its creation to ``close``. On the GUI thread.

    It keeps Python's own thresholds, so it collects as much as before, up to a second later.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start(_EVERY)

    def settle(self) -> None:
        """Take what is there now for lasting: later collections need not look through it."""
        gc.freeze()

    def collect_due(self) -> None:
        """Collect the oldest generation whose threshold is passed, and those younger."""
        passed = [
            threshold and count > threshold
            for count, threshold in zip(gc.get_count(), gc.get_threshold(), strict=True)
        ]
        if passed[0]:
            gc.collect(max(at for at in range(3) if all(passed[: at + 1])))

    def close(self) -> None:
        """Hand collection back to Python."""
        self._timer.stop()
        gc.enable()
