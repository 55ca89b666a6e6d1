"""The table of messages opens at any length, never waits, and holds its place."""

import time
from array import array

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from tests.window.core import HandDrivenCore
from wa_desktop.ledger.records import Contract, Message
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.window.messages.blocks import BLOCK, KEPT, BlockCache, ids_of
from wa_desktop.window.messages.pane import MessagePane
from wa_desktop.window.messages.table_model import LOADING, Place
from wa_desktop.window.wiring import Wiring

pytestmark = pytest.mark.window


def _pane(qtbot: QtBot, wiring: Wiring, contract: Contract) -> MessagePane:
    pane = MessagePane(wiring)
    qtbot.addWidget(pane)
    pane.resize(1000, 500)
    pane.show()
    qtbot.waitExposed(pane)
    pane.show_contract(contract)
    return pane


def _text(pane: MessagePane, row: int, place: Place = Place.PHONE) -> str:
    return str(pane.model.index(row, place).data())


def _again(pane: MessagePane, core: HandDrivenCore, contract: Contract) -> None:
    pane.show_contract(core.ledger.contracts.get(contract.id))


def test_a_long_table_opens_and_jumps_without_stalling_the_window(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.make_long("Long", 200_000)
    gaps: list[float] = []
    last = [time.monotonic()]

    def tick() -> None:
        now = time.monotonic()
        gaps.append(now - last[0])
        last[0] = now

    pane = _pane(qtbot, wiring, contract)
    heart = QTimer(pane, interval=5)
    heart.timeout.connect(tick)
    last[0] = time.monotonic()
    heart.start()
    qtbot.waitUntil(lambda: pane.model.rowCount() == 200_000, timeout=20_000)
    qtbot.waitUntil(lambda: _text(pane, 0) == "+79000000000")
    for row in (199_999, 100_000, 3, 150_000):
        pane.table.scrollTo(pane.model.index(row, 0))
        qtbot.waitUntil(lambda row=row: _text(pane, row) == f"+7{9_000_000_000 + row}")  # type: ignore[misc]
    assert max(gaps) < 0.5
    assert pane.shown.text() == "200,000 shown"


def test_rows_are_dots_until_they_are_read(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    pane = _pane(qtbot, wiring, core.make("Winter", 900))
    qtbot.waitUntil(lambda: pane.model.rowCount() == 900)
    assert _text(pane, 899) == LOADING
    qtbot.waitUntil(lambda: _text(pane, 899) == "+79990000900")


def test_rows_on_the_screen_follow_the_campaign(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 600)
    pane = _pane(qtbot, wiring, contract)
    qtbot.waitUntil(lambda: _text(pane, 0, Place.STATE) in ("Waiting", "Not started"))
    core.send(1, [OutcomeKind.FAILED], text="Not on WhatsApp.")
    _again(pane, core, contract)
    qtbot.waitUntil(lambda: _text(pane, 0, Place.STATE) == "Failed")
    assert _text(pane, 0, Place.NOTE) == "Not on WhatsApp. (131026)"
    assert _text(pane, 0, Place.ATTEMPTS) == "1"


def test_a_state_and_a_number_narrow_the_table(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 300)
    core.send(20, [OutcomeKind.SENT, OutcomeKind.FAILED])
    pane = _pane(qtbot, wiring, core.ledger.contracts.get(contract.id))
    pane.states.setCurrentIndex(pane.states.findText("Failed"))
    qtbot.waitUntil(lambda: pane.model.rowCount() == 10)
    pane.states.setCurrentIndex(0)
    pane.search.setText("+7 999 000-01-5")
    qtbot.waitUntil(lambda: pane.model.rowCount() == 10)
    qtbot.waitUntil(lambda: _text(pane, 0) == "+79990000150")


def test_a_filtered_table_takes_up_rows_that_change_sides(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 300)
    pane = _pane(qtbot, wiring, contract)
    pane.states.setCurrentIndex(pane.states.findText("Sent"))
    qtbot.waitUntil(lambda: pane.shown.text() == "0 shown")
    core.send(40)
    _again(pane, core, contract)
    qtbot.waitUntil(lambda: pane.model.rowCount() == 40, timeout=10_000)


def test_the_place_on_the_screen_is_kept_when_rows_change_sides(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 900)
    core.send(10)
    pane = _pane(qtbot, wiring, core.ledger.contracts.get(contract.id))
    pane.states.setCurrentIndex(pane.states.findText("Waiting"))
    qtbot.waitUntil(lambda: pane.model.rowCount() == 890)
    pane.table.scrollTo(pane.model.index(500, 0), pane.table.ScrollHint.PositionAtTop)
    top = pane.model.ids[pane.visible_rows()[0]]
    core.send(100)
    _again(pane, core, contract)
    qtbot.waitUntil(lambda: pane.model.rowCount() == 790, timeout=10_000)
    assert pane.model.ids[pane.visible_rows()[0]] == top


def test_a_deleted_campaign_leaves_the_table_quiet(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.make("Winter", 500)
    pane = _pane(qtbot, wiring, contract)
    qtbot.waitUntil(lambda: pane.model.rowCount() == 500)
    core.services.contracts.delete(contract.id)
    pane.model.reload()
    pane.outdate()
    qtbot.waitUntil(lambda: not pane.model._reading)


def _message(number: int) -> Message:
    return Message(
        number, "c", "7999", MessageState.SENT, 1, None, None, None, None, None, None, None, 0
    )


def test_the_cache_keeps_the_blocks_looked_at_last() -> None:
    cache, ids = BlockCache(), array("q", range(BLOCK * (KEPT + 5)))
    for block in range(KEPT + 5):
        own = ids_of(ids, block)
        cache.store(block, own, map(_message, own))
        assert cache.row(0 if block < KEPT else block * BLOCK) is not None
    assert cache.row(0) == _message(0)
    assert cache.row(BLOCK) is None
    assert cache.take_wanted() == (1,)


def test_outdated_blocks_are_shown_and_asked_for_again() -> None:
    cache = BlockCache()
    cache.store(0, [1, 2], [_message(1)])
    assert cache.row(1) is None  # gone from the ledger
    assert not cache.wants
    cache.outdate()
    assert cache.row(0) == _message(1)
    assert cache.take_wanted() == (0,)


def test_wishes_of_places_scrolled_past_are_dropped() -> None:
    cache = BlockCache()
    for block in range(100):
        cache.row(block * BLOCK)
    assert cache.take_wanted() == (99, 98, 97, 96)
    assert cache.take_wanted() == (95, 94, 93, 92)
    assert not cache.wants


def test_what_the_provider_holds_back_is_a_filter_and_is_said(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 6)
    core.send(6, [OutcomeKind.HELD, OutcomeKind.SENT, OutcomeKind.SENT])
    pane = _pane(qtbot, wiring, core.ledger.contracts.get(contract.id))
    qtbot.waitUntil(lambda: pane.model.rowCount() == 6)
    pane.states.setCurrentIndex(pane.states.findText("Held by the provider"))
    qtbot.waitUntil(lambda: pane.model.rowCount() == 2)
    qtbot.waitUntil(lambda: "sends or drops it by itself" in _text(pane, 0, Place.NOTE))
    assert _text(pane, 0, Place.STATE) == "Sent"
    pane.states.setCurrentIndex(0)
    qtbot.waitUntil(lambda: pane.model.rowCount() == 6)
