"""The bridge carries any rate of news to Qt in a few calls, and loses no notice."""

import threading

from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from wa_desktop.events import (
    AccountChanged,
    ContractChanged,
    ContractDeleted,
    EventBus,
    Notice,
    NoticeKind,
    NoticeLevel,
    QueuesChanged,
)
from wa_desktop.window.bridge import Bridge


def _bridge(bus: EventBus) -> Bridge:
    bridge = Bridge()
    bridge.listen(bus)
    return bridge


def test_20000_posts_from_a_thread_reach_the_screen_in_a_few_calls(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = _bridge(bus)
    told: list[frozenset[str]] = []
    bridge.contracts_changed.connect(told.append)

    def post() -> None:
        for place in range(20_000):
            bus.post(ContractChanged(str(place % 10)))

    thread = threading.Thread(target=post)
    thread.start()
    qtbot.waitUntil(lambda: not thread.is_alive() and bool(told), timeout=10_000)
    bridge.flush()
    bridge.close()
    assert frozenset().union(*told) == {str(place) for place in range(10)}
    assert len(told) <= 12


def test_every_notice_is_told(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = _bridge(bus)
    told: list[Notice] = []
    bridge.noticed.connect(told.extend)
    notice = Notice(NoticeKind.STARTED, NoticeLevel.INFO, subject="Winter")
    for _ in range(3):
        bus.post(notice)
    bridge.flush()
    bridge.close()
    assert told == [notice] * 3


def test_a_deleted_contract_is_not_told_as_changed(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = _bridge(bus)
    changed: list[frozenset[str]] = []
    deleted: list[frozenset[str]] = []
    bridge.contracts_changed.connect(changed.append)
    bridge.contracts_deleted.connect(deleted.append)
    bus.post(ContractChanged("a"))
    bus.post(ContractDeleted("a"))
    bridge.flush()
    bridge.close()
    assert (changed, deleted) == ([], [frozenset({"a"})])


def test_accounts_and_queues_are_told_once_a_flush(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = _bridge(bus)
    told: list[str] = []
    bridge.accounts_changed.connect(lambda: told.append("accounts"))
    bridge.queues_changed.connect(lambda: told.append("queues"))
    for account in ("a", "b"):
        bus.post(AccountChanged(account))
        bus.post(QueuesChanged())
    bridge.flush()
    bridge.flush()
    bridge.close()
    assert told == ["accounts", "queues"]


def test_a_closed_bridge_hears_nothing(qtbot: QtBot) -> None:
    bus = EventBus()
    bridge = _bridge(bus)
    told: list[object] = []
    bridge.contracts_changed.connect(told.append)
    bridge.close()
    bus.post(ContractChanged("a"))
    bridge.flush()
    assert told == []


class Emitter(QObject):
    """Has a signal."""

    happened = Signal(object)


def test_a_signal_can_be_emitted_5000_times(qtbot: QtBot) -> None:
    # PySide6 6.12.0 on Python 3.10 and 3.11 ends the process after some 570.
    emitter = Emitter()
    heard: list[int] = []
    emitter.happened.connect(heard.append)
    for place in range(5_000):
        emitter.happened.emit(place + 2**40)
    assert heard[-1] == 2**40 + 4_999
