"""Circular garbage is freed on the GUI thread, whoever allocates."""

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from wa_desktop.window.shell.collector import Collector

pytestmark = pytest.mark.window


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()
    gc.disable()  # as this folder's tests run


class Circle:
    """Garbage that only a collection frees."""

    def __init__(self, freed_on: list[threading.Thread]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: freed_on.append(threading.current_thread()))


def allocate_a_lot() -> list[list[int]]:
    return [[number] for number in range(10_000)]


def test_a_thread_that_allocates_frees_nothing_of_the_window(
    qtbot: QtBot, collector: Collector
) -> None:
    freed_on: list[threading.Thread] = []
    Circle(freed_on)
    kept: list[list[int]] = []
    other = threading.Thread(target=lambda: kept.extend(allocate_a_lot()))
    other.start()
    other.join()
    assert freed_on == []
    qtbot.waitUntil(lambda: freed_on != [], timeout=5_000)
    assert freed_on == [threading.main_thread()]


def test_older_garbage_is_freed_when_enough_has_come_together(collector: Collector) -> None:
    freed_on: list[threading.Thread] = []
    circle = Circle(freed_on)
    gc.collect(0)
    gc.collect(1)
    del circle
    kept: list[list[list[int]]] = []
    while not freed_on and len(kept) < 500:
        kept.append(allocate_a_lot())
        collector.collect_due()
    assert freed_on == [threading.main_thread()]


def test_python_collects_by_itself_again_after_the_end(collector: Collector) -> None:
    assert not gc.isenabled()
    collector.close()
    assert gc.isenabled()
