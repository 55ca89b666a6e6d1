"""What the core says is Russian on a Russian screen: errors, notices, reasons and notes."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import peewee
import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.limits.desk import NOON
from tests.window.core import UNLIMITED, HandDrivenCore
from wa_desktop.contracts.accounts import SANDBOX_ID
from wa_desktop.delivery.breakers import Breakers, Ended, Subject, trip_for_template
from wa_desktop.error_table import error_table, reaction_for
from wa_desktop.errors import InvalidInput, LedgerUnavailable, MoveRefused
from wa_desktop.events import Event, EventBus, Notice
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import AccountState
from wa_desktop.ledger.sql.driver_errors import translated_errors
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.suppressions import Suppressed
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.ledger.vault import Vault
from wa_desktop.queues.hueys import build_hueys
from wa_desktop.queues.jobs import HueyBell
from wa_desktop.window import words
from wa_desktop.window.core_sentences import SENTENCES
from wa_desktop.window.new_campaign.dialog import NewCampaignDialog
from wa_desktop.window.translation import provider_refusal, translated
from wa_desktop.window.wiring import Wiring
from wa_desktop.words import Words, fields

_NAMES = re.compile(
    r"«[^»]*»|`[^`]*`|\([^)]*\)|\b(wa-desktop|WhatsApp|Redis|UTC|id|xlsx?|csv|txt|ods)\b"
)


def russian_only(text: str) -> bool:
    """Whether a text has Russian words and no others but names."""
    rest = _NAMES.sub("", text)
    return bool(re.search("[а-яё]", rest)) and not re.search("[A-Za-z]{3}", rest)


@pytest.fixture(autouse=True)
def on_a_russian_screen(russian: None) -> None:
    """All of these tests are."""


def test_every_sentence_of_the_core_has_a_russian_one_with_the_same_fields() -> None:
    same = {"Redis", "{problems}.", "{at} {reason}"}
    for sentence in SENTENCES:
        said = QCoreApplication.translate("Core", sentence)
        assert fields(said) == fields(sentence), sentence
        assert sentence in same or re.search("[а-яё]", said), sentence
        assert not re.search('[“”"]', said), sentence


def test_every_sentence_about_the_provider_has_a_russian_one() -> None:
    rules = list(error_table().rules())
    assert len(rules) > 60
    assert all("{" not in rule.en + rule.ru for rule in rules)
    assert all(translated(f"{rule.en}") == rule.ru for rule in rules)


@pytest.mark.window
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Списки", None, "«Списки» — это папка. Выберите файл внутри неё."),
        ("пусто.csv", b"", "Файл «пусто.csv» пуст. Выберите файл с номерами телефонов."),
        ("фото.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "«фото.csv» не таблица, а картинка"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_russian(
    qtbot: QtBot, wiring: Wiring, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = tmp_path / name
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    page = QWidget()
    qtbot.addWidget(page)
    dialog = NewCampaignDialog(wiring, (path,), page)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog.trouble_text), timeout=20_000)
    assert dialog.trouble_text.startswith(f"Этот файл нельзя использовать. {said}")
    assert russian_only(dialog.trouble_text.replace(".", " "))


def test_a_locked_ledger_is_told_in_russian(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger.open(f"sqlite:///{path.as_posix()}", Vault.from_file(tmp_path / "key")).close()
    locked: Any = peewee.SqliteDatabase(str(path), timeout=0)
    with closing(sqlite3.connect(path)) as other, closing(locked):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable) as caught, translated_errors():
            locked.execute_sql("DELETE FROM contracts")
    assert translated(str(caught.value)).startswith("Базу данных заняла другая программа.")


def test_a_missing_redis_is_told_in_russian(tmp_path: Path) -> None:
    told: list[Event] = []
    events = EventBus()
    events.subscribe(told.append)
    hueys = build_hueys(redis_url="redis://127.0.0.1:1/0", file=tmp_path / "q", ledger_uid="x" * 8)
    bell = HueyBell(hueys, events)
    bell.probe()
    hueys.close()
    assert isinstance(told[0], Notice)
    said = words.notice(told[0])
    assert said.startswith("Отправка не ладится. Redis: нет доступа (")
    assert said.endswith("отправка идёт без очереди, пока доступ не вернётся.")


def test_an_expired_token_is_told_in_russian_from_the_ledger(core: HandDrivenCore) -> None:
    reason = reaction_for(190).said
    core.ledger.accounts.set_state(SANDBOX_ID, AccountState.STOPPED, reason)
    stored = core.ledger.accounts.get(SANDBOX_ID).state_reason
    assert stored == reason
    assert words.state_reason(stored) == f"{reaction_for(190).ru} (код 190)"


def test_a_number_without_whatsapp_is_told_in_russian(core: HandDrivenCore) -> None:
    contract = core.start("Зима", 1)
    core.send(1, [OutcomeKind.FAILED], text="Message undeliverable")
    (failed,) = core.ledger.messages.of_ids(core.ledger.messages.ids(contract.id))
    assert (failed.state, failed.error_code) == (MessageState.FAILED, 131026)
    said = words.message_note(failed.error_code, failed.error_text)
    assert said == f"{reaction_for(131026).ru} (131026)"


def test_a_recipient_left_out_is_told_in_russian_with_its_day_and_its_cause() -> None:
    stored = str.__str__(Suppressed(131026, NOON).reason)
    said = words.message_note(131026, stored)
    assert said == (
        f"Не отправлено: получатель исключён до 2030-06-05. {reaction_for(131026).ru} (131026)"
    )
    lifted = words.message_note(131050, str.__str__(Suppressed(131050, None).reason))
    assert lifted.startswith("Не отправлено: получатель исключён, пока")
    assert reaction_for(131050).ru in lifted


def test_words_of_the_provider_stay_beside_an_unknown_code() -> None:
    said = provider_refusal(424_242, "Something new")
    assert said.startswith("Провайдер ответил")
    assert said.endswith("Something new")


def test_a_breakers_pause_is_told_in_russian_from_the_ledger(core: HandDrivenCore) -> None:
    breakers = Breakers()
    contract = core.start("Зима", 3)
    trips = [
        breakers.note(
            Subject(contract.id, 1),
            Subject(UNLIMITED, 1),
            Ended(OutcomeKind.FAILED, 132_001, place, place),
        )
        for place in range(20)
    ]
    trip = next(one for one in trips if one is not None)
    core.ledger.contracts.move(contract.id, ContractState.PAUSED, reason=trip.reason)
    stored = core.ledger.contracts.get(contract.id).state_reason
    said = words.state_reason(stored)
    assert said.startswith("Одинаковых ошибок подряд: ")
    assert said.endswith(f". {reaction_for(132_001).ru} (код 132001)")


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("The campaign was cancelled.", "Рассылку отменили."),
        (
            "In several campaigns: The same error came 10 times in a row. "
            f"{reaction_for(190).said}",
            f"Сразу в нескольких рассылках. Одинаковых ошибок подряд: 10. "
            f"{reaction_for(190).ru} (код 190)",
        ),
        ("no connection within 10 s", "связи не было 10 с"),
        (
            "The template's parameter '2' is empty, which the provider refuses.",
            "Параметр шаблона «2» пуст, а такое провайдер не принимает.",
        ),
        ("There is no value for {{имя}}.", "Нет значения для {{имя}}."),
        (
            "the provider answered 502 with a web page (a proxy or gateway on the way?)",
            "провайдер ответил 502 с веб-страницей (возможно, от прокси или шлюза по пути)",
        ),
        ("Этого номера нет.", "Этого номера нет."),
    ],
)
def test_stored_texts_are_told_in_russian(stored: str, said: str) -> None:
    assert words.message_note(None, stored) == said


def test_a_template_that_cannot_be_sent_is_told_in_russian() -> None:
    trip = trip_for_template("c", "promo", "PAUSED")
    assert trip is not None
    assert words.state_reason(f"{trip.reason}").startswith(
        "Шаблон «promo» приостановлен провайдером из-за качества."
    )


def test_a_refused_move_is_told_in_russian(core: HandDrivenCore) -> None:
    contract = core.make("Зима", 1)
    with pytest.raises(MoveRefused) as caught:
        core.services.contracts.pause(contract.id)
    assert translated(str(caught.value)) == "Рассылка ещё черновик: останавливать нечего."


def test_wrong_values_are_told_in_russian(core: HandDrivenCore) -> None:
    account = core.ledger.accounts.get(UNLIMITED)
    with pytest.raises(InvalidInput) as caught:
        core.services.accounts.change(replace(account, name="", concurrency=0))
    said = translated(str(caught.value))
    assert said == "name: от 1 до 200 знаков; concurrency: от 1 до 500."


def test_numbers_are_written_as_the_screen_writes_them() -> None:
    said = translated(Words("The text has {count:,} characters; WhatsApp allows {most:,}.",
                            {"count": 5_000, "most": 4_096}))  # fmt: skip
    assert said.replace("\xa0", " ") == (
        "Длина текста в знаках: 5 000, а WhatsApp допускает не больше 4 096."
    )


def test_the_account_that_the_program_made_has_a_russian_name(core: HandDrivenCore) -> None:
    sandbox = core.ledger.accounts.get(SANDBOX_ID)
    assert sandbox.name == "Sandbox"
    assert words.account_name(sandbox) == "Песочница"
    assert words.account_name(replace(sandbox, name="Магазин")) == "Магазин"
