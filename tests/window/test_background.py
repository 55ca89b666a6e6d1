"""Work is done off the GUI thread and answered on it, to whoever still wants the answer."""

import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from wa_desktop.errors import LedgerUnavailable
from wa_desktop.window.background import Background, Lane
from wa_desktop.window.refresher import Refresher
from wa_desktop.window.wiring import Wiring


class Receiver(QObject):
    """Notes what it is given, and on which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[object] = []
        self.threads: set[str] = set()

    def take(self, answer: object) -> None:
        self.got.append(answer)
        self.threads.add(threading.current_thread().name)


def test_the_answer_comes_on_the_gui_thread(qtbot: QtBot, wiring: Wiring) -> None:
    receiver = Receiver()
    work = threading.current_thread
    wiring.background.run(receiver, lambda: work().name, receiver.take)
    qtbot.waitUntil(lambda: bool(receiver.got))
    assert str(receiver.got[0]).startswith("window-read")
    assert receiver.threads == {threading.current_thread().name}


def test_an_error_goes_to_who_asked_for_it(qtbot: QtBot, wiring: Wiring) -> None:
    receiver = Receiver()
    error = LedgerUnavailable("locked")

    def work() -> None:
        raise error

    wiring.background.run(receiver, work, receiver.take, receiver.take)
    qtbot.waitUntil(lambda: bool(receiver.got))
    assert receiver.got == [error]


def test_an_error_nobody_asked_for_is_reported(
    qtbot: QtBot, wiring: Wiring, failures: list[BaseException]
) -> None:
    receiver = Receiver()
    wiring.background.run(receiver, lambda: 1 // 0, receiver.take)
    qtbot.waitUntil(lambda: bool(failures))
    assert isinstance(failures.pop(), ZeroDivisionError)
    assert receiver.got == []


def test_a_cancelled_task_gives_no_answer(qtbot: QtBot, wiring: Wiring) -> None:
    receiver, gate = Receiver(), threading.Event()
    task = wiring.background.run(receiver, gate.wait, receiver.take, lane=Lane.SAVE)
    wiring.background.run(receiver, lambda: "second", receiver.take, lane=Lane.SAVE)
    task.cancel()
    gate.set()
    qtbot.waitUntil(lambda: bool(receiver.got))
    assert receiver.got == ["second"]


def test_nothing_reaches_a_parent_that_is_gone(qtbot: QtBot, wiring: Wiring) -> None:
    gone, last, gate = Receiver(), Receiver(), threading.Event()
    wiring.background.run(gone, gate.wait, gone.take, lane=Lane.SAVE)
    wiring.background.run(last, lambda: "done", last.take, lane=Lane.SAVE)
    delete(gone)
    gate.set()
    qtbot.waitUntil(lambda: bool(last.got))
    assert gone.got == []


def test_saving_keeps_the_order_of_clicks(qtbot: QtBot, wiring: Wiring) -> None:
    receiver = Receiver()
    for place in range(50):
        wiring.background.run(receiver, lambda one=place: one, receiver.take, lane=Lane.SAVE)  # type: ignore[misc]
    qtbot.waitUntil(lambda: len(receiver.got) == 50)
    assert receiver.got == list(range(50))


def test_closing_waits_for_work_and_calls_off_the_rest(qtbot: QtBot) -> None:
    background, receiver = Background(lambda _: None), Receiver()
    begun, done = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        background.stopping.wait(10)
        done.set()

    background.run(receiver, work, receiver.take, lane=Lane.SAVE)
    background.run(receiver, lambda: None, receiver.take, lane=Lane.SAVE)
    assert begun.wait(10)
    background.close()
    assert done.is_set()
    assert receiver.got == []


def test_many_questions_at_once_become_two(qtbot: QtBot, wiring: Wiring) -> None:
    receiver, gate = Receiver(), threading.Event()
    asked: list[int] = []

    def work() -> int:
        gate.wait(10)
        asked.append(1)
        return len(asked)

    refresher = Refresher[int](wiring.background, lambda: work, receiver.take, receiver)
    for _ in range(1_000):
        refresher.ask()
    gate.set()
    qtbot.waitUntil(lambda: receiver.got == [1, 2])


def test_the_answer_to_an_old_question_is_dropped(qtbot: QtBot, wiring: Wiring) -> None:
    receiver, gate = Receiver(), threading.Event()
    question = ["old"]

    def plan():  # type: ignore[no-untyped-def]
        asked = question[0]
        return lambda: gate.wait(10) and asked

    refresher = Refresher[str](wiring.background, plan, receiver.take, receiver)
    refresher.ask()
    question[0] = "new"
    refresher.ask_anew()
    gate.set()
    qtbot.waitUntil(lambda: bool(receiver.got))
    assert receiver.got == ["new"]
