"""Every word on the screen is translated, and the compiled files are those of the sources."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.recipients.phones import PhoneFault
from wa_desktop.window import words
from wa_desktop.window.campaigns.list_page import CampaignListPage
from wa_desktop.window.formats import fill, moment, number, percent, phone
from wa_desktop.window.translation import choose_language
from wa_desktop.window.wiring import Wiring

ROOT = Path(__file__).parents[2]


def test_the_catalogues_are_complete_and_up_to_date() -> None:
    tools = Path(sys.executable).parent
    if shutil.which("bash") is None:
        pytest.skip("needs bash")
    done = subprocess.run(
        ["bash", str(ROOT / "packaging" / "translations.sh"), "--check"],
        env={"PATH": "/usr/bin:/bin", "TOOLS": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_states_and_reasons_are_russian(russian: None) -> None:
    said = [
        *(words.contract_state(one) for one in ContractState),
        *(words.message_state(one) for one in MessageState),
        *(words.rejection(one) for one in PhoneFault),
        words.no_doubt(),
    ]
    assert all(re.search("[а-яё]", one) for one in said)


@pytest.mark.window
def test_a_page_is_russian(qtbot: QtBot, russian: None, wiring: Wiring) -> None:
    page = CampaignListPage(wiring)
    qtbot.addWidget(page)
    page.show()
    qtbot.waitUntil(lambda: page.empty.isVisible())
    texts = [one.text() for one in page.findChildren(QLabel)]
    texts += [one.text() for one in page.findChildren(QPushButton)]
    assert "Рассылки" in texts
    assert all(re.search("[а-яё]", one) for one in texts)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "1 рассылка продолжается"),
        (3, "3 рассылки продолжаются"),
        (5, "5 рассылок продолжаются"),
        (21, "21 рассылка продолжается"),
    ],
)
def test_russian_plurals(russian: None, count: int, expected: str) -> None:
    assert words.Counted().going_on(count).startswith(expected)


def test_english_has_plurals_too() -> None:
    assert words.Counted().still_sending(1) == "1 campaign is still sending."
    assert words.Counted().still_sending(2) == "2 campaigns are still sending."


@pytest.mark.parametrize(
    ("asked", "language"), [("ru_RU", "ru"), ("ru", "ru"), ("en-GB", "en"), ("de", "en")]
)
def test_a_language_is_chosen_among_those_there_are(asked: str, language: str) -> None:
    assert choose_language(asked) == language


def test_values_with_marks_do_not_shift_places() -> None:
    assert fill("%1 of %2", "100 %2", "x") == "100 %2 of x"


def test_numbers_moments_and_phones_are_written_for_people(russian: None) -> None:
    assert number(1_234_567).replace("\xa0", " ") == "1 234 567"
    assert percent(7) == "7 %"
    assert phone("79990000001") == "+79990000001"
    assert re.fullmatch(r"\d\d\.\d\d\.2026 \d\d:\d\d", moment(1_790_000_000_000_000))
    assert moment(None) == "–"


def test_no_text_is_formatted_before_it_is_translated() -> None:
    for file in (ROOT / "wa_desktop" / "window").rglob("*.py"):
        assert not re.search(r"(\.tr|translate)\(\s*f[\"']", file.read_text("utf-8")), file


def test_no_size_is_fixed_in_dots() -> None:
    for file in (ROOT / "wa_desktop" / "window").rglob("*.py"):
        assert not re.search(r"\d(px|pt)\b|setPixelSize", file.read_text("utf-8")), file
