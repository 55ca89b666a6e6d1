"""The file's side of a new campaign: how it was read, what was found, and how to change both."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.window.conftest import CoreOfWindow
from tests.window.core import HandDrivenCore
from tests.window.drops import address, dialog_of, drop, has_dialog, question_of, ready
from wa_desktop.ledger.records import Account, AccountKind, AccountSecrets
from wa_desktop.window.application import Application
from wa_desktop.window.new_campaign.dialog import NewCampaignDialog
from wa_desktop.window.new_campaign.files.country_box import CountryBox
from wa_desktop.window.remembered import Remembered

pytestmark = pytest.mark.window

CASES = Path(__file__).parents[1] / "recipients" / "cases"
PLAIN = "Read quotation marks as plain characters"


def _dropped(qtbot: QtBot, program: Application, path: Path) -> NewCampaignDialog:
    """The dialog of a file that may be refused."""
    drop(program.window, address(path))
    dialog = dialog_of(program)
    _settled(qtbot, dialog)
    return dialog


def _settled(qtbot: QtBot, dialog: NewCampaignDialog) -> None:
    qtbot.waitUntil(lambda: dialog.desk.files.unread is None, timeout=20_000)


def _written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


def _created(qtbot: QtBot, program: Application, core: HandDrivenCore) -> list[str]:
    """Create the campaign; the numbers that it got."""
    dialog = dialog_of(program)
    dialog.message.text.setPlainText("Hello")
    dialog.create_button.click()
    qtbot.waitUntil(lambda: not has_dialog(program), timeout=20_000)
    (contract,) = core.ledger.contracts.page().items
    count = contract.counts.total
    messages = core.ledger.messages
    return [one.phone for one in messages.of_ids(messages.ids(contract.id)[:count])]


@contextmanager
def _provider(answer: dict[str, str]) -> Iterator[str]:
    """A provider that answers every question about a number so."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _is_gone(program: Application) -> bool:
    return not program.window.isVisible()


def _type(box: CountryBox, text: str) -> None:
    edit = box.lineEdit()
    assert edit is not None
    edit.selectAll()
    for letter in text:  # QTest knows Latin ones only
        event = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter)
        QApplication.sendEvent(edit, event)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def test_stray_quotes_are_refused_with_a_way_out_and_back(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    dialog = _dropped(qtbot, program, CASES / "r1_two_stray_quotes.csv")
    assert "line 6" in dialog.trouble_text
    assert not dialog.create_button.isEnabled()
    dialog.trouble.button(PLAIN).click()
    _settled(qtbot, dialog)
    assert dialog.trouble_text == ""
    assert dialog.file.counts.text().startswith("30 good")
    assert "quotation marks as plain characters" in dialog.file.reading.head.text()
    assert dialog.file.reading.plain_quotes.isChecked()
    dialog.file.reading.plain_quotes.setChecked(False)
    _settled(qtbot, dialog)
    assert "line 6" in dialog.trouble_text
    dialog.trouble.button(PLAIN).click()
    _settled(qtbot, dialog)
    assert len(_created(qtbot, program, core)) == 30


def test_hidden_rows_are_said_before_the_start_and_a_switch_includes_them(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    dialog = ready(qtbot, program, CASES / "r2_filtered_rows.xlsx")
    findings = dialog.file.findings
    assert dialog.file.counts.text().startswith("5 good")
    assert findings.hidden.text().startswith("15 hidden row")
    findings.include_hidden.setChecked(True)
    _settled(qtbot, dialog)
    assert dialog.file.counts.text().startswith("20 good")
    findings.include_hidden.setChecked(False)
    _settled(qtbot, dialog)
    assert len(_created(qtbot, program, core)) == 5


def test_hidden_columns_alone_are_said_with_the_switch(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (("phone", "name", "debt"), ("+79990000001", "Anna", "100")):
        sheet.append(row)
    sheet.column_dimensions["C"].hidden = True
    book.save(tmp_path / "list.xlsx")
    dialog = ready(qtbot, program, tmp_path / "list.xlsx")
    findings = dialog.file.findings
    assert findings.hidden.text() == "Hidden columns are left out: C."
    assert dialog.file.rows.columnCount() == 2
    findings.include_hidden.setChecked(True)
    _settled(qtbot, dialog)
    assert dialog.file.rows.columnCount() == 3


def test_amounts_and_dates_can_be_shown_as_in_another_region(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    dialog = ready(qtbot, program, CASES / "r3_amounts.xlsx")
    region = dialog.file.reading.region
    assert dialog.file.reading.head.text() == "Header in row 1"
    dialog.file.reading.head.setChecked(True)
    assert region.isVisible()
    dialog.message.text.setPlainText("You owe {{amount}}")
    samples = [region.itemText(place) for place in range(region.count())]
    assert len(set(samples)) == len(samples)
    region.setCurrentIndex(samples.index("1.234,50 · 31.12.2026"))
    _settled(qtbot, dialog)
    assert "You owe 6,05" in dialog.message.preview.text()
    assert region.currentData() == "de"
    other = ready(qtbot, program, _written(tmp_path, "phone\n+79990000001\n"))
    assert not other.file.reading.region.isVisibleTo(other)


def test_the_switch_for_hidden_rows_is_there_only_where_there_are_any(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    dialog = ready(qtbot, program, _written(tmp_path, "phone\n+79990000001\n"))
    assert dialog.file.findings.isHidden()


def test_other_columns_with_numbers_are_named_and_one_can_be_the_second_choice(
    qtbot: QtBot, program: Application, core: HandDrivenCore, tmp_path: Path
) -> None:
    rows = "".join(f"+7999000000{n},{f'+7999000001{n}' if n < 3 else ''},x\n" for n in range(5))
    path = _written(tmp_path, f"mobile,work,city\n{rows},+79990000099,y\n")
    dialog = ready(qtbot, program, path)
    second = dialog.file.second
    assert second.currentText() == "None. Numbers are also in: work (4)"
    assert dialog.file.counts.text().startswith("5 good")
    second.setCurrentIndex(second.findData("work"))
    _settled(qtbot, dialog)
    assert dialog.file.counts.text().startswith("6 good")
    assert "79990000099" in _created(qtbot, program, core)


def test_a_column_whose_name_is_a_number_can_be_chosen(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    dialog = ready(
        qtbot, program, _written(tmp_path, "2,phone,1\n+79990000001,+79990000002,+79990000003\n")
    )
    dialog.file.phone.setCurrentIndex(dialog.file.phone.findText("2"))
    _settled(qtbot, dialog)
    assert dialog.file.phone.currentText() == "2"


def test_cells_with_several_numbers_are_counted(qtbot: QtBot, program: Application) -> None:
    dialog = ready(qtbot, program, CASES / "g_google_contacts.csv")
    assert dialog.file.phone.currentText() == "Phone 1 - Value"
    assert "Phone 2 - Value" in dialog.file.second.currentText()
    assert dialog.file.findings.several_numbers.text().startswith("1 cell")


@pytest.mark.parametrize("typed", ["Germany", "germ", "+49", "49", "DE", "de"])
def test_a_country_is_found_by_its_name_or_a_code(qtbot: QtBot, typed: str) -> None:
    box = CountryBox(None)
    qtbot.addWidget(box)
    _type(box, typed)
    assert box.currentData() == "DE"
    assert box.currentText() == "Germany (+49)"


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize("typed", ["Россия", "росс", "Russia", "RU", "+7"])
def test_a_country_is_found_by_its_name_in_the_language_of_the_window(
    qtbot: QtBot, typed: str
) -> None:
    box = CountryBox(None)
    qtbot.addWidget(box)
    _type(box, typed)
    assert (box.currentData(), box.currentText()) == ("RU", "Россия (+7)")


def test_what_names_no_country_leaves_the_chosen_one(qtbot: QtBot) -> None:
    box = CountryBox(None)
    qtbot.addWidget(box)
    box.choose("RU")
    _type(box, "Atlantis")
    assert (box.currentData(), box.currentText()) == ("RU", "Russia (+7)")
    _type(box, "None")
    assert box.currentData() is None


def test_rows_bad_only_for_lack_of_a_country_are_saved_by_one_click_which_is_remembered(
    qtbot: QtBot, own_core: CoreOfWindow, tmp_path: Path
) -> None:
    rows = "".join(f"8 (916) 100-{n:02d}-12\n" for n in range(60))
    path = _written(tmp_path, f"phone\n{rows}+7 916 200-00-00\n")
    for first in (True, False):
        program = Application(own_core, remembered=Remembered(tmp_path))
        with qtbot.waitSignal(program.ready, timeout=20_000):
            program.window.show()
        dialog = ready(qtbot, program, path)
        if first:
            findings = dialog.file.findings
            assert "60 row" in findings.without_country.text()
            assert findings.use_country.text() == "Use Russia (+7)"
            findings.use_country.click()
            _settled(qtbot, dialog)
            assert findings.isHidden()
        assert dialog.file.country.currentText() == "Russia (+7)"
        assert dialog.file.counts.text().startswith("61 good")
        program.end()
        qtbot.waitUntil(partial(_is_gone, program), timeout=20_000)
        program.close()
        program.window.deleteLater()


def test_no_country_is_offered_while_several_fit(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    dialog = ready(qtbot, program, _written(tmp_path, "phone\n612345678\n612345679\n612345670\n"))
    findings = dialog.file.findings
    assert "They fit several countries" in findings.without_country.text()
    assert findings.use_country.isHidden()


def test_the_accounts_own_number_decides_between_countries_that_fit(
    qtbot: QtBot, program: Application, core: HandDrivenCore, tmp_path: Path
) -> None:
    path = _written(tmp_path, "phone\n612345678\n612345679\n612345670\n")
    with _provider({"id": "1", "display_phone_number": "+34 612 34 56 00"}) as url:
        core.services.accounts.add(
            Account("shop", "Shop", AccountKind.CLOUD_API, "1", api_base_url=url),
            AccountSecrets(access_token="token"),
        )
        dialog = ready(qtbot, program, path)
        dialog.account.setCurrentIndex(dialog.account.findData("shop"))
        button = dialog.file.findings.use_country
        qtbot.waitUntil(lambda: button.text() == "Use Spain (+34)", timeout=20_000)
    button.click()
    _settled(qtbot, dialog)
    assert dialog.file.counts.text().startswith("3 good")


def test_a_remembered_country_is_contradicted_by_a_list_of_another(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    rows = "".join(f"(212) 555-{1000 + n}\n" for n in range(20))
    dialog = ready(qtbot, program, _written(tmp_path, f"phone\n{rows}"))
    dialog.file.country.choose("RU")
    _settled(qtbot, dialog)
    findings = dialog.file.findings
    assert "another country than Russia (+7)" in findings.without_country.text()
    findings.use_country.click()
    _settled(qtbot, dialog)
    assert dialog.file.country.currentData() == "US"
    assert findings.isHidden()


@pytest.mark.long
def test_the_country_of_a_list_holds_for_all_of_its_files(
    qtbot: QtBot, program: Application, core: HandDrivenCore, tmp_path: Path
) -> None:
    paths = (tmp_path / "a.csv", tmp_path / "b.csv")
    for place, path in enumerate(paths):
        path.write_text(f"phone\n8 916 100-00-0{place}\n")
    drop(program.window, *map(address, paths))
    question_of(program).button_named("One list of all files").click()
    dialog = dialog_of(program)
    _settled(qtbot, dialog)
    dialog.file.country.choose("RU")
    _settled(qtbot, dialog)
    assert _created(qtbot, program, core) == ["79161000000", "79161000001"]


def test_numbers_outside_their_plan_are_accepted_by_a_switch(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    path = _written(tmp_path, "phone\n+79990000001\n+71990000001\n")
    dialog = ready(qtbot, program, path)
    findings = dialog.file.findings
    assert "1 number" in findings.possible.text()
    findings.accept_possible.setChecked(True)
    _settled(qtbot, dialog)
    assert dialog.file.counts.text().startswith("2 good")


def test_the_encoding_is_said_and_can_be_changed(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    path = _written(tmp_path, "телефон;имя\n+79990000001;Анна\n", "koi8-r")
    dialog = ready(qtbot, program, path)
    reading = dialog.file.reading
    assert "Encoding " in reading.head.text()
    reading.encoding.setCurrentIndex(reading.encoding.findData("koi8-r"))
    _settled(qtbot, dialog)
    assert "Encoding KOI8-R" in reading.head.text()
    assert dialog.file.rows.index(0, 1).data() == "Анна"


def test_rows_that_do_not_fit_the_encoding_are_said_with_their_lines(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    dialog = ready(qtbot, program, CASES / "r4_mixed_encoding.csv")
    told = dialog.file.findings.undecodable.text()
    assert "1 row" in told
    assert "not UTF-8" in told
    assert "Lines: 4" in told
    assert "Encoding UTF-8" in dialog.file.reading.head.text()
    assert len(_created(qtbot, program, core)) == 40


def test_the_header_row_is_said_and_can_be_changed(
    qtbot: QtBot, program: Application, core: HandDrivenCore
) -> None:
    dialog = ready(qtbot, program, CASES / "r5_title_lines.csv")
    reading = dialog.file.reading
    assert "header in row 3" in reading.head.text()
    assert dialog.file.counts.text().startswith("5 good")
    reading.header_row.setValue(4)
    _settled(qtbot, dialog)
    assert "header in row 4" in reading.head.text()
    assert dialog.file.counts.text().startswith("4 good")
    assert len(_created(qtbot, program, core)) == 4


def test_a_list_without_a_header_loses_no_row(
    qtbot: QtBot, program: Application, core: HandDrivenCore, tmp_path: Path
) -> None:
    path = _written(tmp_path, "phone,Anna\n+79990000001,Egor\n+79990000002,Olga\n")
    dialog = ready(qtbot, program, path)
    dialog.file.reading.header_row.setValue(0)
    _settled(qtbot, dialog)
    assert "no header" in dialog.file.reading.head.text().lower()
    assert dialog.file.counts.text() == "2 good · 0 duplicates · 1 bad"


def test_a_workbook_has_no_encoding(qtbot: QtBot, program: Application, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(("phone",))
    book.active.append(("+79990000001",))
    book.save(tmp_path / "list.xlsx")
    dialog = ready(qtbot, program, tmp_path / "list.xlsx")
    assert dialog.file.reading.head.text() == "Header in row 1"
    assert not dialog.file.reading._form.isRowVisible(dialog.file.reading.encoding)


def test_a_file_that_changed_since_its_preview_makes_no_campaign(
    qtbot: QtBot, program: Application, core: HandDrivenCore, tmp_path: Path
) -> None:
    path = _written(tmp_path, "phone\n+79990000001\n")
    dialog = ready(qtbot, program, path)
    dialog.message.text.setPlainText("Hello")
    _written(tmp_path, "phone\n+79990000001\n+79990000002\n")
    dialog.create_button.click()
    qtbot.waitUntil(lambda: bool(dialog.trouble_text), timeout=20_000)
    assert "list.csv changed" in dialog.trouble_text
    assert core.ledger.contracts.page().items == ()


def test_the_mouse_wheel_changes_no_choice(
    qtbot: QtBot, program: Application, tmp_path: Path
) -> None:
    path = _written(tmp_path, "phone,work\n+79990000001,+79990000002\n")
    dialog = ready(qtbot, program, path)
    before = dialog.desk.files.shown.options
    for field in (
        dialog.file.country,
        dialog.file.phone,
        dialog.file.second,
        dialog.file.reading.header_row,
        dialog.file.reading.encoding,
        dialog.account,
    ):
        for degrees in (120, -120):
            turn = QWheelEvent(
                QPointF(5, 5),
                QPointF(5, 5),
                QPoint(),
                QPoint(0, degrees),
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
                Qt.ScrollPhase.NoScrollPhase,
                False,
            )
            QApplication.sendEvent(field, turn)
    assert dialog.desk.files.shown.options == before
    assert dialog.account.currentIndex() == 0
