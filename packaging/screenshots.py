"""Makes pictures of every page from a ledger filled for show.

    python packaging/screenshots.py FOLDER [--only en-1]

For each language and each scale a window of its own is opened on a virtual screen of
1600 x 1000 dots (Xvfb). The README shows
``en-1-campaign.png`` as resources/screenshots/campaign.png.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from PySide6.QtCore import QEventLoop, QPoint, QTimer  # noqa: E402
from PySide6.QtGui import QColor, QPainter, QPalette, QPixmap  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402
from shown_core import TOKEN_EXPIRED, ShownCore  # noqa: E402

from tests.services.display import VirtualDisplay  # noqa: E402
from tests.window.core import UNLIMITED  # noqa: E402
from wa_desktop.clock import SECOND, now  # noqa: E402
from wa_desktop.contracts.service import ContractChanges  # noqa: E402
from wa_desktop.contracts.services import Services  # noqa: E402
from wa_desktop.error_table import reaction_for  # noqa: E402
from wa_desktop.events import Notice, NoticeKind, NoticeLevel  # noqa: E402
from wa_desktop.ledger.records import AccountState, Contract  # noqa: E402
from wa_desktop.ledger.states import MessageState  # noqa: E402
from wa_desktop.window import words  # noqa: E402
from wa_desktop.window.accounts.form import AccountForm  # noqa: E402
from wa_desktop.window.application import Application  # noqa: E402
from wa_desktop.window.new_campaign.form import Source  # noqa: E402
from wa_desktop.window.shell.elsewhere import Elsewhere  # noqa: E402
from wa_desktop.window.theme import apply_theme  # noqa: E402
from wa_desktop.window.translation import install_language  # noqa: E402


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
            shown.beat()
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
    yield from _messages(application)
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
    session.question.follow(0)
    yield "closing-idle", session.question
    session.question.reject()
    for kind, level in (
        (NoticeKind.RESUMED, NoticeLevel.INFO),
        (NoticeKind.FINISHED, NoticeLevel.INFO),
    ):
        shown.events.post(Notice(kind, level, subject=winter.name, contract_id=winter.id))
    wait(lambda: len(window.notices.rows()) == 3)
    yield "notices", None
    for row in window.notices.rows():
        row.dismiss()
    yield from _standings(application, shown)
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


def _messages(application: Application) -> Iterator[tuple[str, QWidget | None]]:
    """What can be done with chosen messages, and one of them opened."""
    assert application.session is not None
    detail = application.session.rooms.campaigns.detail
    pane = detail.messages
    pane.states.setCurrentText(words.message_state(MessageState.IN_DOUBT))
    wait(lambda: pane.model.rowCount() == 3 and pane.model.known(2) is not None)
    pane.table.selectAll()
    yield "chosen", None
    pane.chosen_bar.buttons[0].click()
    question = QApplication.activeModalWidget()
    assert question is not None
    yield "doubt-question", question
    question.close()
    dialog = detail.show_history(pane.model.ids[0])
    assert dialog is not None
    wait(lambda: dialog.events.rowCount() > 0)
    yield "history", dialog
    dialog.reject()
    pane.states.setCurrentIndex(0)


def _standings(application: Application, shown: ShownCore) -> Iterator[tuple[str, QWidget | None]]:
    """Campaigns that wait: for an answer, for their time, for their account."""
    assert application.session is not None
    rooms = application.session.rooms
    detail = rooms.campaigns.detail

    def opened(contract: Contract) -> None:
        rooms.open_contract(contract.id)
        wait(lambda: detail.contract is not None and bool(detail.standing.text))

    opened(shown.missed)
    yield "missed-start", None
    start_at = now() + 40 * 3_600 * SECOND
    changes = ContractChanges(start_at=start_at, zone="Asia/Tokyo")
    shown.services.contracts.change(shown.survey.id, changes)
    shown.services.contracts.start(shown.survey.id)
    opened(shown.survey)
    yield "scheduled", None
    running, paused = (
        next(one for one in shown.ledger.contracts.page().items if one.name == shown.words[name])
        for name in ("winter", "appointments")
    )
    opened(paused)
    yield "breaker", None
    shown.throttle(900 * SECOND)
    opened(running)
    yield "held", None
    shown.ledger.accounts.set_state(UNLIMITED, AccountState.STOPPED, reaction_for(TOKEN_EXPIRED).en)
    detail.refresher.ask()
    wait(lambda: bool(detail.standing.buttons))
    yield "account-stopped", None
    shown.services.accounts.resume(UNLIMITED)
    for row in application.window.notices.rows():
        row.dismiss()


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
    dialog.when.starts.setChecked(True)
    dialog.when.quiets.setChecked(True)
    dialog.when.zone.setCurrentText("Asia/Tokyo")
    dialog.when.head.click()
    yield "new-when", dialog
    dialog.when.head.click()
    dialog.when.starts.setChecked(False)
    dialog.when.quiets.setChecked(False)
    dialog.message.choose(Source.TEMPLATE)
    yield "new-template", dialog
    folder = file.parent / shown.words["folder"]
    folder.mkdir()
    dialog.read_file(folder)
    wait(lambda: bool(dialog.trouble_text))
    yield "new-fault", dialog
    dialog.reject()
    yield from _second_program(application)
    application.window.opening.show_trouble(shown.words["trouble"])
    application.window.show_opening_page()
    yield "trouble", None


def _second_program(application: Application) -> Iterator[tuple[str, QWidget | None]]:
    session = application.session
    assert session is not None
    wiring = session.rooms._wiring  # noqa: SLF001
    elsewhere = Elsewhere(wiring, application.window.elsewhere, lambda: None, session)
    wait(lambda: bool(application.window.elsewhere.text))
    session.rooms.campaigns.show_list()
    yield "second-program", None
    elsewhere.take_over()
    wait(lambda: not application.window.elsewhere.text)


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
