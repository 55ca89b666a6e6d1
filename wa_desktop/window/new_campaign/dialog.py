"""New campaign: from one or several files to a draft, or to a campaign that is started at once."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialog,
    QFormLayout,
    QFrame,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.contracts.service import NAME_LENGTH
from wa_desktop.errors import ReadingStopped, WaDesktopError
from wa_desktop.ledger.records import Account, AccountKind
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.window.background import Lane
from wa_desktop.window.formats import fill
from wa_desktop.window.new_campaign.files.desk import FileDesk
from wa_desktop.window.new_campaign.filling import Filling, Made, Order
from wa_desktop.window.new_campaign.foot import Foot
from wa_desktop.window.new_campaign.form import CampaignForm, first_message
from wa_desktop.window.new_campaign.lack_words import doubtful_words, missing_words
from wa_desktop.window.new_campaign.message_panel import MessagePanel
from wa_desktop.window.new_campaign.when_panel import WhenPanel
from wa_desktop.window.parts.file_chooser import file_chooser
from wa_desktop.window.parts.file_drop import (
    Dropped,
    accept_files,
    dropped_files,
    files_at,
    showable,
)
from wa_desktop.window.parts.questions import Answer, Question
from wa_desktop.window.parts.still import StillComboBox
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring
from wa_desktop.window.words import account_labels

_SIDE_BY_SIDE = 100  # average characters of width from which the two sides stand abreast


class NewCampaignDialog(QDialog):
    """Opened with ``open()``; emits what was made."""

    made = Signal(object)
    """A ``Made``."""
    dropped = Signal(object)
    """A ``Dropped`` or chosen while the dialog is open."""

    def __init__(self, wiring: Wiring, paths: tuple[Path, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._wiring = wiring
        self._filling: Filling | None = None
        self._accounts: tuple[Account, ...] = ()
        self._look = QTimer(self, interval=200)
        self._look.timeout.connect(self._show_progress)
        self.question: Question | None = None
        self.desk = FileDesk(wiring, self)
        self.file, self.trouble = self.desk.panel, self.desk.trouble
        self._build()
        self._untouched_when = self.when.when()
        self.show_waiting(0)
        wiring.background.run(self, wiring.services.ledger.accounts.list, self._show_accounts)
        self.read_files(paths)

    @property
    def preview(self) -> FilePreview | None:
        """Of the file that is shown; ``None`` while it is being read or cannot be."""
        return self.desk.files.shown.preview

    @property
    def trouble_text(self) -> str:
        """The words of the trouble that is shown; blank when there is none."""
        return self.trouble.text

    def read_files(self, paths: tuple[Path, ...]) -> bool:
        """Turn to these files as one list; False while a campaign is being made."""
        if self._filling is not None:
            return False
        self._given_name = showable(paths[0].stem or str(paths[0]))[:NAME_LENGTH]
        self.desk.open(paths)
        self.name.setText(self._given_name)
        return True

    def show_waiting(self, count: int) -> None:
        """Say how many files wait for campaigns after this one."""
        title = self.tr("New campaign")
        if count:
            waiting = self.tr("%n file(s) after this one", "", count)
            title = f"{title} – {waiting}"
        self.setWindowTitle(title)

    def is_touched(self) -> bool:
        """Whether closing the dialog would lose something that a person entered or chose."""
        return (
            not self.message.is_untouched()
            or self.name.text() != self._given_name
            or self.account.currentIndex() > 0
            or self.when.when() != self._untouched_when
            or self.desk.is_touched
        )

    def reject(self) -> None:
        """Close; ask first where that would lose something."""
        if self.may_be_lost():
            self.ask_to_discard(self.discard)
        else:
            self.discard()

    def may_be_lost(self) -> bool:
        """Whether a campaign is being made or something was entered."""
        return self._filling is not None or self.is_touched()

    def ask_to_discard(self, discard: Callable[[], None]) -> None:
        """Ask whether what was entered may be lost; ``discard`` is called if so."""
        if self.question is not None:
            return
        adding = self._filling is not None
        self.question = Question(
            self.tr("Stop adding recipients?") if adding else self.tr("Discard this campaign?"),
            self.tr("The campaign is not made. What you entered here is lost."),
            (Answer(self.tr("Discard"), discard, danger=True),),
            self.tr("Go back"),
            self,
        )
        self.question.finished.connect(self._answered)
        self.question.open()

    def discard(self) -> None:
        """Close without a question."""
        super().reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return in a field presses no button: it could send to everybody."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Closed, either way: nothing goes on behind it."""
        self.desk.stop()
        if self._filling is not None:
            self._filling.stop()
        super().done(result)

    def form(self) -> CampaignForm:
        """What is filled in."""
        return CampaignForm(
            self.name.text().strip(),
            self.account.currentData(),
            self.message.choice(),
            self.when.when(),
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        accept_files(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._take(dropped_files(event))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _SIDE_BY_SIDE * self.fontMetrics().averageCharWidth()
        self._sides.setDirection(
            QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        )

    def create_draft(self) -> None:
        """Make a draft."""
        self._make(start=False)

    def create_and_start(self) -> None:
        """Make the campaign and start it."""
        self._make(start=True)

    def _take(self, dropped: Dropped) -> None:
        if dropped.refusal:
            self.trouble.show_words(dropped.refusal, Tone.WARN)
        if dropped.paths:
            self.dropped.emit(replace(dropped, elsewhere=()))

    def _show_columns(self, new_file: bool) -> None:
        files = self.desk.files
        first = next((one for one in files if one.preview is not None), None)
        if first is None or first.preview is None:
            return
        at = first.preview.plan.message
        found = None if at is None else first.preview.columns[at]
        self.message.show_columns(files.shared_columns, found, new_file=new_file)

    def _show_accounts(self, accounts: tuple[Account, ...]) -> None:
        labels = account_labels(accounts)
        self._accounts = accounts
        for account in accounts:
            label = labels[account.id]
            if account.kind is AccountKind.SANDBOX:
                label = fill(self.tr("%1 – sends nothing"), label)
            self.account.addItem(label, account.id)
        self._judge()

    def _use_account(self) -> None:
        chosen = self.account.currentData()
        self.desk.use_account(next((one for one in self._accounts if one.id == chosen), None))
        self._judge()

    def _judge(self) -> None:
        """Say what is missing, show the first message, and turn the buttons on or off."""
        form, files = self.form(), self.desk.files
        words = missing_words(form, files)
        filling = self._filling is not None
        self.foot.show_ready(words is None and not filling, scheduled=form.when.start is not None)
        self._body.setEnabled(not filling)
        told = (words or doubtful_words(form)) if files.previews else ""
        self.hint.setText(told)
        self.message.show_first(first_message(form, self.preview) if self.preview else None)

    def _make(self, *, start: bool) -> None:
        form, files = self.form(), self.desk.files
        if missing_words(form, files) is not None or self._filling is not None:
            self._judge()
            return
        sources: tuple[tuple[Path, ReadOptions], ...] = tuple(
            (one.path, form.read_options(one.preview)) for one in files if one.preview is not None
        )
        background = self._wiring.background
        order = Order(form.new_contract(), sources, start)
        self._filling = Filling(self._wiring.services, order, background.stopping)
        self.foot.begin_progress(files.total)
        self.trouble.show_words("", Tone.BAD)
        self._look.start()
        self._judge()
        background.run(self, self._filling.run, self._made, self._not_made, lane=Lane.FILES)

    def _show_progress(self) -> None:
        if self._filling is not None:
            self.foot.show_progress(self._filling.rows)

    def _made(self, made: Made) -> None:
        self._ended()
        self.made.emit(made)
        self.accept()

    def _not_made(self, error: BaseException) -> None:
        self._ended()
        self._judge()
        if isinstance(error, WaDesktopError) and not isinstance(error, ReadingStopped):
            said = f"{self.tr('The campaign was not made.')} {translated(str(error))}"
            self.trouble.show_words(showable(said), Tone.BAD)
        elif not isinstance(error, WaDesktopError):
            self.trouble.show_words(self.tr("The campaign was not made."), Tone.BAD)
            self._wiring.background.report(error)

    def _ended(self) -> None:
        self._filling = None
        self._look.stop()
        self.foot.progress.hide()

    def _answered(self) -> None:
        self.question = None

    def _choose_file(self) -> None:
        chooser = file_chooser(self)
        chooser.urlsSelected.connect(lambda urls: self._take(files_at(urls)))
        chooser.open()

    def _build(self) -> None:
        self.message = MessagePanel(self)
        self.when = WhenPanel(self)
        self._given_name = ""
        self.name = QLineEdit(self)
        self.name.setMaxLength(NAME_LENGTH)
        self.name.setAcceptDrops(False)
        self.name.setAccessibleName(self.tr("Name of the campaign"))
        self.account = StillComboBox(self)
        self.account.setAccessibleName(self.tr("Account to send from"))
        self.foot = Foot(self)
        self.hint, self.progress = self.foot.hint, self.foot.progress
        self.create_button, self.start_button = self.foot.create_button, self.foot.start_button
        self._build_body()
        layout = QVBoxLayout(self)
        layout.addWidget(self.trouble)
        layout.addWidget(self._area, 1)
        layout.addWidget(self.foot)
        self.foot.cancel_wanted.connect(self.reject)
        self.foot.create_wanted.connect(self.create_draft)
        self.foot.start_wanted.connect(self.create_and_start)
        self.desk.found.connect(self._show_columns)
        self.desk.changed.connect(self._judge)
        self.file.file_wanted.connect(self._choose_file)
        self.message.changed.connect(self._judge)
        self.when.changed.connect(self._judge)
        self.when.head.toggled.connect(self._scroll_to_when)
        self.name.textChanged.connect(self._judge)
        self.account.currentIndexChanged.connect(self._use_account)
        self._set_size()

    def _build_body(self) -> None:
        about = QWidget(self)
        about.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        basics = QFormLayout(about)
        basics.setContentsMargins(0, 0, 0, 0)
        basics.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        basics.addRow(self.tr("Name:"), self.name)
        basics.addRow(self.tr("Account:"), self.account)
        self._body = QWidget(self)
        right = QVBoxLayout()
        right.addWidget(about)
        right.addWidget(self.message, 1)
        right.addWidget(self.when)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._body)
        self._sides.setSpacing(24)
        self._sides.addWidget(self.file, 1)
        self._sides.addLayout(right, 1)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(self._body)

    def _scroll_to_when(self) -> None:
        """Once it has its new height."""
        QTimer.singleShot(0, self.when, lambda: self._area.ensureWidgetVisible(self.when))

    def _set_size(self) -> None:
        room = self.screen().availableGeometry()
        unit = self.fontMetrics().averageCharWidth()
        height = self.fontMetrics().height()
        self.resize(min(150 * unit, room.width() - 40), min(40 * height, room.height() - 60))
