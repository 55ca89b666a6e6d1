"""The buttons that start, pause, cancel and delete a campaign, with questions where it counts."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import WORKING, ContractState, MessageState
from wa_desktop.window.background import Lane
from wa_desktop.window.campaigns.actions import Action, allowed_actions
from wa_desktop.window.formats import fill
from wa_desktop.window.parts.flow import FlowLayout
from wa_desktop.window.parts.focus import hand_over_focus
from wa_desktop.window.parts.questions import Answer, Question
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring

T = TypeVar("T")
_HEIRS = {
    Action.START: Action.PAUSE,
    Action.PAUSE: Action.RESUME,
    Action.RESUME: Action.PAUSE,
}
"""Which button takes the place of one that was pressed."""


class ActionBar(QWidget):
    """Acts on one campaign; buttons are on as its state allows, and off while one is at work.

    ``act`` is the one way to act on it for all parts of its page; who hears ``acted`` shows the
    campaign anew. While a button is off that had the keyboard, the bar keeps it for the button
    that takes its place.
    """

    refused = Signal(str)
    """A sentence for the user."""
    acted = Signal()
    deleted = Signal(str)
    duplicated = Signal(str)
    retry_wanted = Signal()

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._contract: Contract | None = None
        self._busy = False
        self._left: Action | None = None
        layout = FlowLayout(self, spacing=6)
        names = {
            Action.START: self.tr("Start"),
            Action.RESUME: self.tr("Resume"),
            Action.PAUSE: self.tr("Pause"),
            Action.RETRY: self.tr("Send failed again…"),
            Action.DUPLICATE: self.tr("Duplicate"),
            Action.CANCEL: self.tr("Cancel campaign"),
            Action.DELETE: self.tr("Delete"),
        }
        acts: dict[Action, Callable[[], None]] = {
            Action.START: self.start,
            Action.RESUME: self.start,
            Action.PAUSE: self.pause,
            Action.RETRY: self.retry_wanted.emit,
            Action.CANCEL: self.ask_cancel,
            Action.DELETE: self.ask_delete,
        }
        self._buttons: dict[Action, QPushButton] = {}
        for action, name in names.items():
            button = QPushButton(name, self)
            button.setAccessibleName(name)
            if action in acts:
                button.clicked.connect(acts[action])
            layout.addWidget(button)
            self._buttons[action] = button
        self._build_menu()
        self.show_contract(None)

    def button(self, action: Action) -> QPushButton:
        """The button of an action."""
        return self._buttons[action]

    def show_contract(self, contract: Contract | None) -> None:
        """Turn the buttons to this campaign."""
        self._contract = contract
        allowed = allowed_actions(contract) if contract else frozenset()
        usable = frozenset() if self._busy else allowed
        self._take_focus(usable)
        paused = Action.RESUME in allowed
        self._buttons[Action.START].setText(self._start_words(contract))
        self._buttons[Action.START].setVisible(not paused)
        self._buttons[Action.RESUME].setVisible(paused)
        failed = contract is not None and contract.counts.failed > 0
        self._buttons[Action.RETRY].setVisible(failed)
        self.only_failed.setEnabled(failed)
        for action, button in self._buttons.items():
            button.setEnabled(action in usable)
        self._give_focus(usable)

    def start(self) -> None:
        """Start or resume; a campaign that waits for its time starts at once."""
        contracts = self._wiring.services.contracts
        scheduled = self._contract is not None and self._contract.state is ContractState.SCHEDULED
        self.act(lambda one: contracts.start(one, at_once=scheduled))

    def pause(self) -> None:
        """Pause."""
        self.act(self._wiring.services.contracts.pause)

    def duplicate(self, only: Sequence[MessageState] = ()) -> None:
        """Make a draft with the same recipients, or those in some states."""
        again = self._wiring.services.again
        self.act(lambda one: again.duplicate(one, only).id, self.duplicated.emit)

    def ask_cancel(self) -> None:
        """Cancel after a question."""
        contract = self._contract
        if contract is None:
            return
        left = contract.counts.remaining
        text = self.tr("%Ln message(s) not sent yet will be skipped, for good.", "", left)
        Question(
            fill(self.tr("Cancel “%1”?"), contract.name),
            text,
            (
                Answer(
                    self.tr("Cancel campaign"),
                    lambda: self.act(self._wiring.services.contracts.cancel),
                    danger=True,
                ),
            ),
            self.tr("Keep"),
            self,
        ).open()

    def ask_delete(self) -> None:
        """Delete after a question."""
        contract = self._contract
        if contract is None:
            return
        text = self.tr("The campaign and the record of its messages are deleted for good.")
        if contract.state in WORKING:
            text = self.tr("It is at work: sending stops first.") + " " + text
        Question(
            fill(self.tr("Delete “%1”?"), contract.name),
            text,
            (Answer(self.tr("Delete"), self._delete, danger=True),),
            self.tr("Keep"),
            self,
        ).open()

    def act(self, verb: Callable[[str], T], then: Callable[[T], None] | None = None) -> None:
        """Do something with the campaign off the GUI thread, one thing at a time."""
        if self._contract is None or self._busy:
            return
        contract_id = self._contract.id
        self._busy = True
        self.show_contract(self._contract)

        def done(result: T) -> None:
            self._busy = False
            if then is not None:
                then(result)
            self.acted.emit()

        self._wiring.background.run(
            self, lambda: verb(contract_id), done, self._failed, lane=Lane.SAVE
        )

    def _build_menu(self) -> None:
        menu = QMenu(self)
        menu.addAction(self.tr("All recipients")).triggered.connect(lambda: self.duplicate())
        self.only_failed = menu.addAction(self.tr("Only the failed ones"))
        self.only_failed.triggered.connect(lambda: self.duplicate((MessageState.FAILED,)))
        self._buttons[Action.DUPLICATE].setMenu(menu)

    def _start_words(self, contract: Contract | None) -> str:
        if contract is not None and contract.state is ContractState.SCHEDULED:
            return self.tr("Start now")
        if (
            contract is not None
            and (contract.start_at or 0) > self._wiring.services.ledger.clock.now()
        ):
            return self.tr("Schedule")
        return self.tr("Start")

    def _delete(self) -> None:
        def gone(contract_id: str) -> str:
            self._wiring.services.contracts.delete(contract_id, force=True)
            return contract_id

        self.act(gone, self.deleted.emit)

    def _take_focus(self, usable: frozenset[Action]) -> None:
        for action, button in self._buttons.items():
            if action not in usable and hand_over_focus(button, self):
                self._left = action

    def _give_focus(self, usable: frozenset[Action]) -> None:
        if self._left is None or self._busy:
            return
        if self.window().focusWidget() is not self:
            self._left = None
            return
        heir = next((one for one in (_HEIRS.get(self._left), self._left) if one in usable), None)
        if heir is not None:
            self._left = None
            self._buttons[heir].setFocus()

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        self.show_contract(self._contract)
        if isinstance(error, Exception):
            self.refused.emit(translated(str(error)))
