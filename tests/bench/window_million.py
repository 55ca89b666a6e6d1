"""How the window fares with a million messages: `python -m tests.bench.window_million [ROWS]`.

Needs Xvfb. Prints the time to open the table, of a jump to a place never seen, of a search,
the longest the GUI thread was held up meanwhile, and the memory that the table took.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from tests.services.display import VirtualDisplay
from tests.window.core import HandDrivenCore
from wa_desktop.ledger.records import Contract
from wa_desktop.window.background import Background
from wa_desktop.window.bridge import Bridge
from wa_desktop.window.messages.pane import MessagePane
from wa_desktop.window.messages.table_model import LOADING, Place
from wa_desktop.window.wiring import Wiring

ROWS = 1_000_000
JUMPS = 50


class Heart:
    """Ticks on the GUI thread and notes the longest pause between two ticks."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(interval=1)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def take(self) -> float:
        """The longest pause since the last call, in milliseconds."""
        found, self.longest = self.longest, 0.0
        return found * 1000

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now


def wait(condition: Callable[[], bool]) -> float:
    """Let Qt work until the condition holds; returns how long that took, in milliseconds."""
    began = time.perf_counter()
    loop = QEventLoop()
    look = QTimer(interval=1)

    def check() -> None:
        if condition():
            loop.quit()

    look.timeout.connect(check)
    look.start()
    loop.exec()
    look.stop()
    return (time.perf_counter() - began) * 1000


def measure(pane: MessagePane, contract: Contract, rows: int) -> None:
    """Print the table of figures."""
    heart, process = Heart(), psutil.Process()
    wait(lambda: heart.longest > 0)
    heart.take()
    before = process.memory_info().rss
    pane.show_contract(contract)
    opened = wait(lambda: pane.model.rowCount() == rows and _is_there(pane, 0))
    memory = (process.memory_info().rss - before) / 2**20
    _line("open", opened, heart.take())
    jumps = []
    for place in range(JUMPS):
        row = (place * 7_919_993 + 12_345) % rows
        pane.table.scrollTo(pane.model.index(row, 0))
        jumps.append(wait(lambda row=row: _is_there(pane, row)))  # type: ignore[misc]
    jumps.sort()
    _line(f"jump, median of {JUMPS}", jumps[JUMPS // 2], heart.take())
    _line("jump, worst", jumps[-1], 0)
    pane.outdate()
    _line("read the screen again", wait(lambda: not pane.model.busy), heart.take())
    pane.search.setText("12345")
    _line("search by number", wait(lambda: pane.model.rowCount() < rows), heart.take())
    print(f"{'memory of the open table':32}{memory:10.1f} MB")


def _is_there(pane: MessagePane, row: int) -> bool:
    return bool(pane.model.index(row, Place.PHONE).data() != LOADING)


def _line(name: str, took: float, held: float) -> None:
    print(f"{name:32}{took:10.1f} ms   GUI held up at most {held:6.1f} ms")


def main() -> None:
    """Fill a ledger, open the table, print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with VirtualDisplay() as display, tempfile.TemporaryDirectory() as folder:
        os.environ.update(DISPLAY=display.name, QT_QPA_PLATFORM="xcb")
        app = QApplication(["window-million"])
        core = HandDrivenCore(Path(folder))
        began = time.perf_counter()
        contract = core.make_long("Million", rows)
        print(f"{rows:,} rows written in {time.perf_counter() - began:.1f} s")
        background, bridge = Background(print), Bridge()
        pane = MessagePane(Wiring(core.services, background, bridge))
        pane.resize(1000, 700)
        pane.show()
        measure(pane, contract, rows)
        pane.close()
        bridge.close()
        background.close()
        core.close()
        app.quit()


if __name__ == "__main__":
    main()
