"""Makes pictures of every page from a ledger filled for show.

    python packaging/screenshots.py FOLDER [--only en-1]

For each language and each scale a window of its own is opened on a virtual screen of
1600 x 1000 dots (Xvfb). The README shows
``en-1-campaign.png`` as resources/screenshots/campaign.png.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QEventLoop, QPoint, QTimer  # noqa: E402
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from tests.services.display import VirtualDisplay  # noqa: E402
from tests.window.core import UNLIMITED, HandDrivenCore  # noqa: E402
from wa_desktop.clock import SECOND, now  # noqa: E402
from wa_desktop.contracts.services import Services  # noqa: E402
from wa_desktop.events import Notice, NoticeKind, NoticeLevel  # noqa: E402
from wa_desktop.ledger.settle import OutcomeKind  # noqa: E402
from wa_desktop.window.accounts.form import AccountForm  # noqa: E402
from wa_desktop.window.application import Application  # noqa: E402
from wa_desktop.window.new_campaign.form import Source  # noqa: E402
from wa_desktop.window.theme import apply_theme  # noqa: E402
from wa_desktop.window.translation import install_language  # noqa: E402

WORDS = {
    "en": {
        "winter": "Winter collection",
        "appointments": "Appointment reminders",
        "survey": "Customer survey",
        "old": "Opening hours in December",
        "text": "Hello {{name}}, the winter collection is here. Shall we keep a parcel for you?",
        "reason": "The number is not on WhatsApp.",
        "doubt": "The connection ended before an answer came.",
        "file": "winter-customers.csv",
        "folder": "Lists",
        "trouble": "Another wa-desktop already sends from this data folder. "
        "Use that one, or close it first.",
        "account": "Shop, +44 7700 900100",
    },
    "ru": {
        "winter": "Зимняя коллекция",
        "appointments": "Напоминания о записи",
        "survey": "Опрос покупателей",
        "old": "Часы работы в декабре",
        "text": "Здравствуйте, {{name}}! Зимняя коллекция уже здесь. Отложить для вас посылку?",
        "reason": "Этого номера нет в WhatsApp.",
        "doubt": "Связь прервалась, прежде чем пришёл ответ.",
        "file": "покупатели-зима.csv",
        "folder": "Списки",
        "trouble": "Другая программа wa-desktop уже отправляет из этой папки данных. "
        "Пользуйтесь ею или сначала закройте её.",
        "account": "Магазин, +7 999 000-00-00",
    },
}


class ShownCore(HandDrivenCore):
    """A core whose ledger holds a bit of everything."""

    def __init__(self, folder: Path, language: str) -> None:
        super().__init__(folder)
        self.words = WORDS[language]
        account = self.ledger.accounts.get(UNLIMITED)
        self.services.accounts.change(replace(account, name=self.words["account"]))
        dice = random.Random(7)  # noqa: S311
        self._finished("old", 1_840)
        self._working("winter", 12_500, dice)
        self._paused("appointments", 640)
        self.make(self.words["survey"], 3_200, text=self.words["text"])

    def _finished(self, name: str, amount: int) -> None:
        contract = self.make(self.words[name], amount, text=self.words["text"])
        self.services.contracts.start(contract.id)
        self.send(amount - 12, at=now() - 7_200 * SECOND)
        self.send(12, [OutcomeKind.FAILED], text=self.words["reason"], at=now() - 7_200 * SECOND)

    def _paused(self, name: str, amount: int) -> None:
        contract = self.make(self.words[name], amount, text=self.words["text"])
        self.services.contracts.pause(self.services.contracts.start(contract.id).id)

    def _working(self, name: str, amount: int, dice: random.Random) -> None:
        contract = self.make(self.words[name], amount, text=self.words["text"])
        self.services.contracts.start(contract.id)
        for back in range(48, 0, -1):
            at = now() - back * 60 * SECOND
            self.send(dice.randrange(80, 140), at=at)
        self.send(31, [OutcomeKind.FAILED], text=self.words["reason"])
        self.send(3, [OutcomeKind.IN_DOUBT], text=self.words["doubt"])
        self.send(24, [OutcomeKind.RETRY], text=self.words["doubt"])
        self.claim(8)


class _Core:
    """The core as the window wants it."""

    def __init__(self, shown: ShownCore) -> None:
        self._shown = shown

    def open(self) -> Services:
        return self._shown.services

    def start(self) -> None:
        """Nothing sends in a picture."""

    def stop(self) -> None:
        """The script closes the ledger."""


def main() -> None:
    """Run one child for each picture set, or be that child."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", help="language-scale, such as ru-2; en-1-dark is dark")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.only and os.environ.get("WA_PICTURES"):
        take(given.folder, given.only)
        return
    sets = [given.only] if given.only else ["en-1", "ru-1", "en-2", "ru-2", "en-1-dark"]
    with VirtualDisplay() as display:
        for one in sets:
            environment = os.environ | {
                "WA_PICTURES": "1",
                "DISPLAY": display.name,
                "QT_QPA_PLATFORM": "xcb",
                "QT_SCALE_FACTOR": one.split("-")[1],
            }
            command = [sys.executable, __file__, str(given.folder), "--only", one]
            subprocess.run(command, env=environment, check=True)  # noqa: S603


def take(folder: Path, name: str) -> None:
    """Take all pictures of one set."""
    language, _, *dark = name.split("-")
    app = QApplication(["wa-desktop"])
    install_language(app, language)
    apply_theme(app)
    if dark:
        app.setPalette(_dark_palette())
    with tempfile.TemporaryDirectory() as place:
        shown = ShownCore(Path(place), language)
        file = Path(place) / shown.words["file"]
        _write_list(file, language)
        application = Application(_Core(shown))
        application.window.show()
        wait(lambda: application.session is not None)
        for picture, widget in _pages(application, shown, file):
            settle()
            path = folder / f"{name}-{picture}.png"
            _picture(application.window, widget).save(str(path))
            print(path)
        application.end()
        wait(lambda: not application.window.isVisible())
        application.close()
        shown.close()


def _pages(
    application: Application, shown: ShownCore, file: Path
) -> Iterator[tuple[str, QWidget | None]]:
    session = application.session
    assert session is not None
    rooms, window = session.rooms, application.window
    campaigns = rooms.campaigns
    yield "list", None
    winter = next(c for c in shown.ledger.contracts.page().items if c.counts.in_doubt)
    rooms.open_contract(winter.id)
    wait(lambda: campaigns.detail.messages.model.rowCount() > 0)
    yield "campaign", None
    shown.events.post(Notice(NoticeKind.RESUMED_AFTER_CRASH, NoticeLevel.WARNING, count=3))
    wait(lambda: bool(window.notices.rows()))
    yield "after-crash", None
    campaigns.detail.action_bar.ask_cancel()
    question = QApplication.activeModalWidget()
    assert question is not None
    yield "question", question
    question.close()
    session.ask_to_end()
    yield "closing", session.question
    assert session.question is not None
    session.question.reject()
    for row in window.notices.rows():
        row.dismiss()
    rooms.show_page(1)
    wait(lambda: rooms.queues.chart is not None)
    yield "queues", None
    rooms.show_page(2)
    yield "accounts", None
    form = AccountForm(session.rooms._wiring, window)  # noqa: SLF001
    form.kind.setCurrentIndex(1)
    form.open()
    yield "account", form
    form.reject()
    yield from _new_campaign(application, shown, file)


def _new_campaign(
    application: Application, shown: ShownCore, file: Path
) -> Iterator[tuple[str, QWidget | None]]:
    assert application.session is not None
    rooms = application.session.rooms
    rooms.show_page(0)
    dialog = rooms.new_campaign(file)
    wait(lambda: dialog.preview is not None)
    dialog.message.text.setPlainText(shown.words["text"])
    yield "new", dialog
    dialog.message.choose(Source.TEMPLATE)
    yield "new-template", dialog
    folder = file.parent / shown.words["folder"]
    folder.mkdir()
    dialog.read_file(folder)
    wait(lambda: bool(dialog.trouble_text))
    yield "new-fault", dialog
    dialog.reject()
    application.window.opening.show_trouble(shown.words["trouble"])
    application.window.show_opening_page()
    yield "trouble", None


def _write_list(file: Path, language: str) -> None:
    names = {
        "en": ["Owen Blake", "Grace Palmer", "Ivy Ford", "Noah Reed", "Ella Stone", "Max Wood"],
        "ru": ["Егор Быков", "Павел Киселёв", "Анна Лебедева", "Ольга Ким", "Иван Орлов", "Мария"],
    }[language]
    head = "phone,name,city,order\n"
    lines = [f"+7 999 {place:03}-00-{place % 90:02},{names[place % 6]},Казань,A-{1000 + place}\n"
             for place in range(1_000)]  # fmt: skip
    bad = "12345,Max,Bristol,A-9\nnone,Ella,Leeds,A-10\n8 (999) 000-00-01,Noah,York,A-11\n"
    file.write_text(head + "".join(lines) + lines[3] + lines[4] + bad, encoding="utf-8")


def _picture(window: QWidget, above: QWidget | None) -> QPixmap:
    """The window as it stands, with a dialog over it where it would lie."""
    picture = window.grab()
    if above is None:
        return picture
    dialog = above.grab()
    ratio = picture.devicePixelRatio()
    full = QPixmap(
        round(max(picture.width(), dialog.width() + 8 * ratio)),
        round(max(picture.height(), dialog.height() + 8 * ratio)),
    )
    full.setDevicePixelRatio(ratio)
    full.fill(QColor("#555b61"))
    painter = QPainter(full)
    painter.setOpacity(0.5)
    painter.drawPixmap(0, 0, picture)
    painter.setOpacity(1)
    room = full.deviceIndependentSize()
    painter.drawPixmap(
        QPoint(
            round((room.width() - above.width()) / 2), round((room.height() - above.height()) / 2)
        ),
        dialog,
    )
    painter.end()
    return full


def _dark_palette() -> QPalette:
    palette = QPalette(QColor("#2b2f33"))
    palette.setColor(QPalette.ColorRole.Base, QColor("#1f2226"))
    palette.setColor(QPalette.ColorRole.AlternateBase, QColor("#25292d"))
    palette.setColor(QPalette.ColorRole.Highlight, QColor("#2f9c8b"))
    palette.setColor(QPalette.ColorRole.HighlightedText, QColor("white"))
    return palette


def wait(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Let Qt work until the condition holds; raises ``TimeoutError``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not come to show what it should")
        settle(10)


def settle(milliseconds: int = 700) -> None:
    """Let reads that are under way come in."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop, loop.quit)
    loop.exec()


if __name__ == "__main__":
    main()
