"""The form of an account, new or edited: typed, checked with the provider, stored."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from wa_desktop.contracts.account_check import Checked, token_refused
from wa_desktop.errors import InvalidInput, WaDesktopError
from wa_desktop.ledger.records import NO_SECRETS, Account, AccountKind, AccountState
from wa_desktop.window import words
from wa_desktop.window.accounts.checked import checked_words
from wa_desktop.window.accounts.fields import AccountFields
from wa_desktop.window.background import Lane, Task
from wa_desktop.window.formats import fill
from wa_desktop.window.parts.card import Card
from wa_desktop.window.parts.focus import hand_over_focus
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring


class AccountForm(QDialog):
    """Opened with ``open()``; stays open, with what is wrong, until the account is stored.

    A stopped account can be checked, stored and resumed by one button.
    """

    saved = Signal(str)
    """The account's id."""

    def __init__(self, wiring: Wiring, parent: QWidget, account: Account | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._wiring = wiring
        self._before = account
        self._task: Task | None = None
        if account is None:
            self.setWindowTitle(self.tr("New account"))
        else:
            self.setWindowTitle(fill(self.tr("Account “%1”"), words.account_name(account)))
        self.fields = AccountFields(account, self)
        self._build()
        self.fields.edited.connect(self._edited)
        self._say_why_stopped()
        self._judge()
        wanted = "accessToken" if account is not None and token_refused(account) else "name"
        field = self.fields.field(wanted)
        if field is not None:
            self.fields.focus_on(field)

    def save(self) -> None:
        """Store the account without asking the provider; closes once it is stored."""
        self._store(resume=False)

    def check(self) -> None:
        """Ask the provider about what is typed; nothing is stored."""
        account = self.fields.account()

        def told(checked: Checked) -> None:
            self._free()
            self._say(*checked_words(account, checked))

        self._try_out(account, told)

    def save_and_resume(self) -> None:
        """Check what is typed, then store it and let the account send again."""
        self._try_out(self.fields.account(), lambda _: self._store(resume=True))

    def _try_out(self, account: Account, then: Callable[[Checked], None]) -> None:
        """The answer is dropped when the form is closed or edited meanwhile."""
        accounts, given = self._wiring.services.accounts, self.fields.secrets()
        self._occupy()
        self._say(self.tr("Asking WhatsApp…"), Tone.BUSY)
        self._task = self._wiring.background.run(
            self, lambda: accounts.try_out(account, given), then, self._refused, lane=Lane.FILES
        )

    def _store(self, *, resume: bool) -> None:
        account, given = self.fields.account(), self.fields.secrets()
        accounts = self._wiring.services.accounts
        self._occupy()
        self.cancel_button.setEnabled(False)  # what is being stored cannot be taken back

        def work() -> Account:
            if self._before is None:
                return accounts.add(account, given or NO_SECRETS)
            return accounts.change(account, given, resume=resume)

        self._task = None
        self._wiring.background.run(self, work, self._stored, self._refused, lane=Lane.SAVE)

    def _build(self) -> None:
        self.trouble = Card(self, Tone.BAD)
        self.trouble_words = QLabel(self.trouble)
        self.trouble_words.setWordWrap(True)
        self.trouble_words.setTextFormat(Qt.TextFormat.PlainText)
        self.trouble_words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        QVBoxLayout(self.trouble).addWidget(self.trouble_words)
        self.trouble.hide()
        is_new = self._before is None
        self.cancel_button = self._button(self.tr("Cancel"), self.reject)
        self.check_button = self._button(self.tr("Check account"), self.check)
        self.save_button = self._button(
            self.tr("Add account") if is_new else self.tr("Save account"), self.save
        )
        self.resume_button = self._button(self.tr("Save and resume"), self.save_and_resume)
        stopped = self._before is not None and self._before.state is AccountState.STOPPED
        self.resume_button.setVisible(stopped)
        (self.resume_button if stopped else self.save_button).setDefault(True)
        self._arrange()

    def _arrange(self) -> None:
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self.fields)
        column.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in self._buttons():
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(area, 1)
        layout.addWidget(self.trouble)
        layout.addLayout(buttons)
        unit = self.fontMetrics().averageCharWidth()
        room = self.screen().availableGeometry()
        height = 36 * self.fontMetrics().height()
        self.resize(min(100 * unit, room.width() - 40), min(height, room.height() - 60))

    def _buttons(self) -> tuple[QPushButton, ...]:
        return self.cancel_button, self.check_button, self.save_button, self.resume_button

    def _button(self, text: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: act())
        return button

    def _occupy(self) -> None:
        for button in self._buttons()[1:]:
            hand_over_focus(button, self)
            button.setEnabled(False)

    def _free(self) -> None:
        self._task = None
        for button in self._buttons():
            button.setEnabled(True)

    def _edited(self) -> None:
        """What was said, or is being asked, is about other values."""
        if self._task is not None:
            self._task.cancel()
            self._free()
        self.trouble.hide()
        self._judge()

    def _judge(self) -> None:
        self.check_button.setVisible(self.fields.kind is AccountKind.CLOUD_API)

    def _say_why_stopped(self) -> None:
        before = self._before
        if before is not None and before.state is AccountState.STOPPED:
            said = self.tr("This account has stopped sending.")
            self._say(f"{said} {words.state_reason(before.state_reason)}".strip(), Tone.BAD)

    def _say(self, text: str, tone: Tone) -> None:
        self.trouble.set_tone(tone)
        self.trouble_words.setText(text)
        self.trouble.setAccessibleName(text)
        self.trouble.show()

    def _stored(self, account: Account) -> None:
        self.saved.emit(account.id)
        self.accept()

    def _refused(self, error: BaseException) -> None:
        self._free()
        if isinstance(error, InvalidInput) and error.problems:
            self._say(self._problem_words(error), Tone.BAD)
            field = self.fields.field(error.problems[0].at)
            if field is not None:
                self.fields.focus_on(field)
        elif isinstance(error, WaDesktopError):
            self._say(translated(str(error)), Tone.BAD)
        else:
            self.trouble.hide()
            self._wiring.background.report(error)

    def _problem_words(self, error: InvalidInput) -> str:
        said = []
        for one in error.problems:
            field = self.fields.field(one.at)
            label = field.accessibleName() if field is not None else one.at
            said.append(fill(self.tr("%1: %2."), label, translated(one.reason)))
        return "\n".join(dict.fromkeys(said))
