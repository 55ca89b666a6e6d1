"""The bar shows what failed and what is in doubt, in the list and on the page, in any light."""

import pytest
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from tests.window.campaign import open_page, put_on_screen
from tests.window.core import HandDrivenCore
from wa_desktop.ledger.records import Contract, Counts
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.window.campaigns.list_page import CampaignListPage
from wa_desktop.window.parts.progress import LEAST, Part, paint_parts, parts_of
from wa_desktop.window.parts.progress_delegate import ProgressDelegate
from wa_desktop.window.theme import Tone, tone_color
from wa_desktop.window.wiring import Wiring

LIGHT = QPalette(QColor("#efefef"))
DARK = QPalette(QColor("#2b2f33"))
DARK.setColor(QPalette.ColorRole.Base, QColor("#1f2226"))
MIXED = Counts(total=1_840, sent=1_000, delivered=700, read=90, failed=40, in_doubt=10)


def _painted(counts: Counts, palette: QPalette, width: int = 200) -> QImage:
    image = QImage(width, 20, QImage.Format.Format_ARGB32)
    image.fill(palette.color(QPalette.ColorRole.Base))
    painter = QPainter(image)
    paint_parts(painter, QRectF(0, 0, width, 20), parts_of(counts), palette)
    painter.end()
    return image


def _share(image: QImage, shade: QColor) -> float:
    """How much of the line through the middle is near a shade."""
    line = [image.pixelColor(x, image.height() // 2) for x in range(image.width())]
    return sum(_distance(one, shade) < 20 for one in line) / len(line)


def _distance(one: QColor, other: QColor) -> int:
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return max(abs(mine - theirs) for mine, theirs in pairs)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_what_failed_and_what_is_in_doubt_stand_in_the_bar_of_an_ended_campaign(
    palette: QPalette,
) -> None:
    image = _painted(Counts(total=100, sent=50, failed=30, in_doubt=20), palette)
    assert _share(image, tone_color(Tone.GOOD, palette)) > 0.4
    assert _share(image, tone_color(Tone.BAD, palette)) > 0.1
    assert _share(image, tone_color(Tone.WARN, palette)) > 0.1


def test_parts_have_a_pattern_of_their_own_for_whoever_sees_no_colours() -> None:
    patterns = {part.pattern for part in parts_of(MIXED)}
    assert len(patterns) == 3
    assert Qt.BrushStyle.SolidPattern in patterns


def test_one_failure_of_a_million_can_be_seen() -> None:
    counts = Counts(total=1_000_000, sent=999_998, failed=1, in_doubt=1)
    image = _painted(counts, LIGHT, 100)
    found = _share(image, tone_color(Tone.BAD, LIGHT)) * 100
    assert found >= LEAST / 2
    assert _share(image, tone_color(Tone.GOOD, LIGHT)) > 0.8


def test_what_is_left_stays_empty() -> None:
    counts = Counts(total=100, sent=20, waiting=75, failed=5)
    image = _painted(counts, LIGHT)
    assert _share(image, tone_color(Tone.GOOD, LIGHT)) == pytest.approx(0.2, abs=0.03)
    assert image.pixelColor(150, 10) == image.pixelColor(190, 10)


def test_skipped_messages_are_no_success() -> None:
    parts = parts_of(Counts(total=100, sent=10, skipped=90))
    assert [(one.share, one.tone) for one in parts] == [(0.1, Tone.GOOD), (0.9, Tone.QUIET)]
    assert parts_of(Counts()) == ()
    assert parts_of(Counts(total=4, sent=1, waiting=3)) == (Part(0.25, Tone.GOOD),)


@pytest.mark.window
def test_the_page_says_what_the_bar_shows(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    contract = core.start("Winter", 1_500)
    core.send(1_490)
    core.send(8, [OutcomeKind.FAILED])
    core.send(2, [OutcomeKind.IN_DOUBT])
    progress = open_page(qtbot, wiring, contract).progress
    assert progress.text == "100% · 8 failed · 2 in doubt"
    assert progress.toolTip() == "1,490 sent · 8 failed · 2 in doubt · 1,500 in all"
    assert progress.accessibleDescription() == progress.toolTip()


@pytest.mark.window
def test_the_list_says_in_a_tooltip_what_its_bar_shows(
    qtbot: QtBot, wiring: Wiring, core: HandDrivenCore
) -> None:
    core.start("Winter", 100)
    core.send(20)
    core.send(5, [OutcomeKind.FAILED])
    page = CampaignListPage(wiring)
    put_on_screen(qtbot, page)
    qtbot.waitUntil(lambda: page.model.rowCount() == 1)
    tip = page.model.index(0, 2).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "20 sent · 5 failed · 75 left · 100 in all"


@pytest.mark.window
@pytest.mark.parametrize("chosen", [False, True], ids=["plain", "chosen"])
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_a_row_of_the_list_shows_failures_and_doubts(
    qtbot: QtBot,
    wiring: Wiring,
    core: HandDrivenCore,
    palette: QPalette,
    chosen: bool,
) -> None:
    contract = core.start("Winter", 10)
    core.send(4)
    core.send(3, [OutcomeKind.FAILED])
    core.send(3, [OutcomeKind.IN_DOUBT])
    image = _row(wiring, qtbot, palette, chosen, contract)
    tones = (Tone.GOOD, Tone.BAD, Tone.WARN)
    assert all(_share(image, tone_color(one, palette)) > 0.03 for one in tones)


def _row(
    wiring: Wiring, qtbot: QtBot, palette: QPalette, chosen: bool, contract: Contract
) -> QImage:
    page = CampaignListPage(wiring)
    put_on_screen(qtbot, page)
    qtbot.waitUntil(lambda: page.model.row_of(contract.id) is not None)
    image = QImage(300, 24, QImage.Format.Format_ARGB32)
    image.fill(palette.color(QPalette.ColorRole.Base))
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, 300, 24)
    option.palette = palette
    if chosen:
        option.state = QStyle.StateFlag.State_Selected
    painter = QPainter(image)
    ProgressDelegate().paint(painter, option, page.model.index(0, 2))
    painter.end()
    return image
