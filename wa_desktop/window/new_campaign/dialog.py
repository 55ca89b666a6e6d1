"""New campaign: from a file to a draft, or to a campaign that is started at once."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.clock import now
from wa_desktop.contracts.service import NAME_LENGTH
from wa_desktop.errors import NoPhoneColumn, ReadingStopped, WaDesktopError
from wa_desktop.ledger.records import Account, AccountKind
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.window.background import Lane
from wa_desktop.window.formats import fill, number
from wa_desktop.window.new_campaign.file_panel import FilePanel
from wa_desktop.window.new_campaign.filling import Filling, Made, Order
from wa_desktop.window.new_campaign.form import CampaignForm, Lack, first_message
from wa_desktop.window.new_campaign.message_panel import MessagePanel
from wa_desktop.window.new_campaign.reading import PreviewReader
from wa_desktop.window.new_campaign.when import TimeFault
from wa_desktop.window.new_campaign.when_panel import WhenPanel
from wa_desktop.window.parts.card import Card
from wa_desktop.window.parts.file_chooser import file_chooser
from wa_desktop.window.parts.file_drop import accept_file, dropped_file
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring
from wa_desktop.window.words import account_labels

_SIDE_BY_SIDE = 100  # average characters of width from which the two sides stand abreast


class NewCampaignDialog(QDialog):
    """Opened with ``open()``; tells what was made."""

    made = Signal(object)
    """A ``Made``."""

    def __init__(self, wiring: Wiring, path: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("New campaign"))
        self.setAcceptDrops(True)
        self._wiring = wiring
        self._path = path
        self._new_file = True
        self._filling: Filling | None = None
        self.preview: FilePreview | None = None
        self._reader = PreviewReader(wiring.background, self)
        self._reader.ready.connect(self._show_preview)
        self._reader.failed.connect(self._show_error)
        self._look = QTimer(self, interval=200)
        self._look.timeout.connect(self._show_progress)
        self._build()
        wiring.background.run(self, wiring.services.ledger.accounts.list, self._show_accounts)
        self.read_file(path)

    def read_file(self, path: Path) -> None:
        """Turn to this file."""
        if self._filling is not None:
            return
        self._path, self._new_file, self.preview = path, True, None
        self.name.setText(path.stem[:NAME_LENGTH])
        self.file.show_file(path)
        self._reread()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return in a field presses no button: it could send to everybody."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Closed, either way: nothing goes on behind it."""
        self._reader.stop()
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
        accept_file(event)

    def dropEvent(self, event: QDropEvent) -> None:
        path = dropped_file(event)
        if path is not None:
            self.read_file(path)

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

    def _reread(self) -> None:
        self.preview = None
        self.trouble.hide()
        self.file.show_busy(0)
        self._reader.read(self._path, self.file.options())
        self._judge()

    def _show_preview(self, preview: FilePreview) -> None:
        self.preview = preview
        self.file.show_preview(preview)
        self.message.show_columns(preview, new_file=self._new_file)
        self._new_file = False
        if not preview.good:
            self._say(self.tr("No row of this file can be used."), Tone.BAD)
        self._judge()

    def _show_error(self, error: BaseException) -> None:
        self.preview = None
        self.file.show_fault()
        if isinstance(error, NoPhoneColumn):
            self.file.show_columns(error.columns)
            self._say(
                self.tr(
                    "No column with phone numbers was found. Choose the column that holds them, "
                    "or another file."
                ),
                Tone.BAD,
            )
        elif isinstance(error, WaDesktopError):
            self._say(f"{self.tr('This file cannot be used.')} {translated(str(error))}", Tone.BAD)
        else:
            self._say(self.tr("This file cannot be used."), Tone.BAD)
            self._wiring.background.report(error)
        self._judge()

    def _show_accounts(self, accounts: tuple[Account, ...]) -> None:
        labels = account_labels(accounts)
        for account in accounts:
            label = labels[account.id]
            if account.kind is AccountKind.SANDBOX:
                label = fill(self.tr("%1 – sends nothing"), label)
            self.account.addItem(label, account.id)
        self._judge()

    def _judge(self) -> None:
        """Say what is missing, show the first message, and turn the buttons on or off."""
        form = self.form()
        words = self._missing(form)
        filling = self._filling is not None
        ready = words is None and not filling
        self.create_button.setEnabled(ready)
        self.start_button.setEnabled(ready)
        self.start_button.setText(
            self.tr("Create and start")
            if form.when.start is None
            else self.tr("Create and schedule")
        )
        self._body.setEnabled(not filling)
        self.hint.setText((words or self._doubtful(form)) if self.preview is not None else "")
        self.message.show_first(first_message(form, self.preview) if self.preview else None)

    def _doubtful(self, form: CampaignForm) -> str:
        """What may be a slip, though the campaign can be made."""
        stray = form.stray()
        told = self.tr("“%1” is no field and goes out as it stands.")
        return fill(told, stray) if stray else ""

    def _missing(self, form: CampaignForm) -> str | None:
        """What keeps the campaign from being made, in words."""
        lack = form.lacks(self.preview)
        if lack is not None:
            return self._lack_words(lack, form)
        fault = form.when.fault(now())
        if fault is None:
            return None
        return {
            TimeFault.START_PAST: self.tr("The start lies in the past."),
            TimeFault.EXPIRY_PAST: self.tr("The time at which it expires lies in the past."),
            TimeFault.EXPIRY_BEFORE_START: self.tr("It would expire before it starts."),
            TimeFault.QUIET_EMPTY: self.tr("The quiet hours begin and end at the same time."),
        }[fault]

    def _lack_words(self, lack: Lack, form: CampaignForm) -> str:
        if lack is Lack.UNKNOWN_FIELDS and self.preview is not None:
            named = ", ".join(form.unknown(self.preview))
            return fill(self.tr("The file has no column for: %1"), named)
        return {
            Lack.RECIPIENTS: self.tr("There are no recipients."),
            Lack.NAME: self.tr("Give the campaign a name."),
            Lack.ACCOUNT: self.tr("Choose an account to send from."),
            Lack.COLUMN: self.tr("Choose the column with the messages."),
            Lack.TEXT: self.tr("Write the message."),
            Lack.TEMPLATE: self.tr("Give the template's name and language."),
        }[lack]

    def _say(self, text: str, tone: Tone) -> None:
        self._trouble_words.setText(text)
        self.trouble.set_tone(tone)
        self.trouble.setVisible(bool(text))
        self.trouble.setAccessibleName(text)

    @property
    def trouble_text(self) -> str:
        """The words of the trouble that is shown; blank when there is none."""
        return "" if self.trouble.isHidden() else self._trouble_words.text()

    def _make(self, *, start: bool) -> None:
        form = self.form()
        if self._missing(form) is not None or self._filling is not None:
            self._judge()
            return
        order = Order(
            form.new_contract(), self._path, form.read_options(self.file.options()), start
        )
        background = self._wiring.background
        self._filling = Filling(self._wiring.services, order, background.stopping)
        self.progress.setRange(0, max(1, self.preview.total if self.preview else 1))
        self.progress.setValue(0)
        self.progress.show()
        self.trouble.hide()
        self._look.start()
        self._judge()
        background.run(self, self._filling.run, self._made, self._not_made, lane=Lane.FILES)

    def _show_progress(self) -> None:
        if self._filling is not None:
            rows = self._filling.rows
            self.progress.setValue(min(rows, self.progress.maximum()))
            self.hint.setText(fill(self.tr("Adding recipients: %1"), number(rows)))

    def _made(self, made: Made) -> None:
        self._ended()
        self.made.emit(made)
        self.accept()

    def _not_made(self, error: BaseException) -> None:
        self._ended()
        self._judge()
        if isinstance(error, WaDesktopError) and not isinstance(error, ReadingStopped):
            said = f"{self.tr('The campaign was not made.')} {translated(str(error))}"
            self._say(said, Tone.BAD)
        elif not isinstance(error, WaDesktopError):
            self._say(self.tr("The campaign was not made."), Tone.BAD)
            self._wiring.background.report(error)

    def _ended(self) -> None:
        self._filling = None
        self._look.stop()
        self.progress.hide()

    def _choose_file(self) -> None:
        chooser = file_chooser(self)
        chooser.fileSelected.connect(self._chosen)
        chooser.open()

    def _chosen(self, name: str) -> None:
        self.read_file(Path(name))

    def _build(self) -> None:
        self.file = FilePanel(self)
        self.message = MessagePanel(self)
        self.when = WhenPanel(self)
        self.name = QLineEdit(self)
        self.name.setMaxLength(NAME_LENGTH)
        self.name.setAcceptDrops(False)
        self.name.setAccessibleName(self.tr("Name of the campaign"))
        self.account = QComboBox(self)
        self.account.setAccessibleName(self.tr("Account to send from"))
        self._build_trouble()
        self._build_body()
        self._build_foot()
        self.file.options_changed.connect(self._reread)
        self.file.file_wanted.connect(self._choose_file)
        self._reader.progressed.connect(self.file.show_busy)
        self.message.changed.connect(self._judge)
        self.when.changed.connect(self._judge)
        self.when.head.toggled.connect(self._scroll_to_when)
        self.name.textChanged.connect(self._judge)
        self.account.currentIndexChanged.connect(self._judge)
        self._set_size()

    def _build_trouble(self) -> None:
        self.trouble = Card(self, Tone.BAD)
        self._trouble_words = QLabel(self.trouble)
        self._trouble_words.setWordWrap(True)
        self._trouble_words.setTextFormat(Qt.TextFormat.PlainText)
        QVBoxLayout(self.trouble).addWidget(self._trouble_words)
        self.trouble.hide()

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

    def _build_foot(self) -> None:
        self.hint = QLabel(self)
        self.hint.setWordWrap(True)
        self.progress = QProgressBar(self)
        self.progress.setAccessibleName(self.tr("Recipients added"))
        self.progress.hide()
        self.create_button = QPushButton(self.tr("Create"), self)
        self.create_button.setAutoDefault(False)
        self.create_button.setToolTip(self.tr("Makes a draft that can be started later"))
        self.create_button.clicked.connect(self.create_draft)
        self.start_button = QPushButton(self.tr("Create and start"), self)
        self.start_button.clicked.connect(self.create_and_start)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self.hint, 1)
        foot.addWidget(cancel)
        foot.addWidget(self.create_button)
        foot.addWidget(self.start_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.trouble)
        layout.addWidget(self._area, 1)
        layout.addWidget(self.progress)
        layout.addLayout(foot)

    def _scroll_to_when(self) -> None:
        """Once it has its new height."""
        QTimer.singleShot(0, self.when, lambda: self._area.ensureWidgetVisible(self.when))

    def _set_size(self) -> None:
        room = self.screen().availableGeometry()
        unit = self.fontMetrics().averageCharWidth()
        height = self.fontMetrics().height()
        self.resize(min(150 * unit, room.width() - 40), min(40 * height, room.height() - 60))
