"""The buttons that start, pause, cancel and delete a campaign, with questions where it counts."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from wa_desktop.ledger.records import Contract
from wa_desktop.window.background import Lane
from wa_desktop.window.campaigns.actions import WORKING, Action, allowed_actions
from wa_desktop.window.formats import fill
from wa_desktop.window.parts.flow import FlowLayout
from wa_desktop.window.parts.questions import Answer, Question
from wa_desktop.window.wiring import Wiring


class ActionBar(QWidget):
    """Acts on one campaign; buttons are on as its state allows, and off while one is at work."""

    refused = Signal(str)
    """A sentence for the user."""
    deleted = Signal(str)

    def __init__(self, wiring: Wiring, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._contract: Contract | None = None
        self._busy = False
        layout = FlowLayout(self, spacing=6)
        names = {
            Action.START: self.tr("Start"),
            Action.RESUME: self.tr("Resume"),
            Action.PAUSE: self.tr("Pause"),
            Action.CANCEL: self.tr("Cancel campaign"),
            Action.DELETE: self.tr("Delete"),
        }
        acts = {
            Action.START: self.start,
            Action.RESUME: self.start,
            Action.PAUSE: self.pause,
            Action.CANCEL: self.ask_cancel,
            Action.DELETE: self.ask_delete,
        }
        self._buttons: dict[Action, QPushButton] = {}
        for action, name in names.items():
            button = QPushButton(name, self)
            button.setAccessibleName(name)
            button.clicked.connect(acts[action])
            layout.addWidget(button)
            self._buttons[action] = button
        self.show_contract(None)

    def button(self, action: Action) -> QPushButton:
        """The button of an action."""
        return self._buttons[action]

    def show_contract(self, contract: Contract | None) -> None:
        """Turn the buttons to this campaign."""
        self._contract = contract
        allowed = allowed_actions(contract) if contract else frozenset()
        paused = Action.RESUME in allowed
        self._buttons[Action.START].setVisible(not paused)
        self._buttons[Action.RESUME].setVisible(paused)
        for action, button in self._buttons.items():
            button.setEnabled(action in allowed and not self._busy)

    def start(self) -> None:
        """Start or resume."""
        self._act(self._wiring.services.contracts.start)

    def pause(self) -> None:
        """Pause."""
        self._act(self._wiring.services.contracts.pause)

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
                    lambda: self._act(self._wiring.services.contracts.cancel),
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

    def _delete(self) -> None:
        self._act(lambda one: self._wiring.services.contracts.delete(one, force=True), self._gone)

    def _act(
        self, verb: Callable[[str], object], then: Callable[[str], None] | None = None
    ) -> None:
        if self._contract is None or self._busy:
            return
        contract_id = self._contract.id
        done = then or self._acted
        self._busy = True
        self.show_contract(self._contract)

        def work() -> str:
            verb(contract_id)
            return contract_id

        self._wiring.background.run(self, work, done, self._failed, lane=Lane.SAVE)

    def _acted(self, _contract_id: str = "") -> None:
        self._busy = False
        self.show_contract(self._contract)

    def _gone(self, contract_id: str) -> None:
        self._acted(contract_id)
        self.deleted.emit(contract_id)

    def _failed(self, error: BaseException) -> None:
        self._acted()
        if isinstance(error, Exception):
            self.refused.emit(str(error))
