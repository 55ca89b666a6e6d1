"""Opens the dialog of a new campaign: for one file, one list of several, or one after another."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from wa_desktop.window.formats import fill, number
from wa_desktop.window.new_campaign.dialog import NewCampaignDialog
from wa_desktop.window.parts.file_chooser import file_chooser
from wa_desktop.window.parts.file_drop import Dropped, files_at, shown_name
from wa_desktop.window.parts.questions import Answer, Question
from wa_desktop.window.wiring import Wiring

_NAMED = 8  # files that a question names


class NewCampaigns(QObject):
    """At most one dialog at a time; the files that wait for theirs come one after another."""

    made = Signal(object)
    """A ``Made``."""
    refused = Signal(str)
    """Why a chosen file is not taken, in words for the user."""

    def __init__(self, wiring: Wiring, page: QWidget) -> None:
        super().__init__(page)
        self._wiring = wiring
        self._page = page
        self._waiting: list[Path] = []
        self.dialog: NewCampaignDialog | None = None
        self.question: Question | None = None

    def choose_files(self) -> None:
        """Ask for files, then open the dialog."""
        chooser = file_chooser(self._page)
        chooser.urlsSelected.connect(lambda urls: self.take(files_at(urls)))
        chooser.open()

    def take(self, dropped: Dropped) -> None:
        """Use the files of a drop and say what is not used."""
        if dropped.refusal:
            self.refused.emit(dropped.refusal)
        self.open(dropped.paths)

    def open(self, paths: tuple[Path, ...]) -> None:
        """Open the dialog for one file; for several, ask first what they are."""
        if len(paths) > 1:
            self._ask(paths)
        elif paths:
            self._begin(paths)

    def abandon(self) -> None:
        """The program ends: close what is open and take back what is half done."""
        self._waiting.clear()
        if self.question is not None:
            self.question.reject()
        if self.dialog is not None:
            self.dialog.discard()

    def ask_to_leave(self, leave: Callable[[], None]) -> bool:
        """Ask before the program ends over what was entered; False if there is no need.

        ``leave`` is called once it may be lost.
        """
        if self.dialog is None or not self.dialog.may_be_lost():
            return False

        def discard() -> None:
            self.abandon()
            leave()

        self.dialog.ask_to_discard(discard)
        return True

    def _ask(self, paths: tuple[Path, ...]) -> None:
        names = [shown_name(path) for path in paths[:_NAMED]]
        if len(paths) > _NAMED:
            names.append(fill(self.tr("… and %1 more"), number(len(paths) - _NAMED)))
        text = self.tr(
            "In one list, each person gets one message, also a person who is in several files."
        )
        self._put(
            Question(
                self.tr("%n file(s): one list, or a campaign for each?", "", len(paths)),
                "\n".join((*names, "", text)),
                (
                    Answer(self.tr("One list of all files"), lambda: self._begin(paths)),
                    Answer(self.tr("A campaign for each file"), lambda: self._each(paths)),
                ),
                self.tr("Cancel"),
                self.dialog or self._page,
            )
        )

    def _put(self, question: Question) -> None:
        if self.question is not None:
            self.question.reject()
        self.question = question
        question.finished.connect(lambda: self._answered(question))
        question.open()

    def _answered(self, question: Question) -> None:
        if self.question is question:
            self.question = None

    def _each(self, paths: tuple[Path, ...]) -> None:
        self._waiting.extend(paths[1:])
        self._begin(paths[:1])

    def _begin(self, paths: tuple[Path, ...]) -> None:
        if self.dialog is not None:
            if not self.dialog.read_files(paths):
                self._waiting.extend(paths)  # its campaign is being made
            self.dialog.show_waiting(len(self._waiting))
            return
        dialog = self.dialog = NewCampaignDialog(self._wiring, paths, self._page)
        dialog.show_waiting(len(self._waiting))
        dialog.made.connect(self.made)
        dialog.dropped.connect(self.take)
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self, result: int) -> None:
        self.dialog = None
        if not self._waiting:
            return
        if result == QDialog.DialogCode.Accepted:
            self._next()
            return
        self._put(
            Question(
                self.tr("%n more file(s) wait for a campaign.", "", len(self._waiting)),
                "\n".join(shown_name(path) for path in self._waiting[:_NAMED]),
                (Answer(fill(self.tr("Next: %1"), shown_name(self._waiting[0])), self._next),),
                self.tr("Leave them out"),
                self._page,
            )
        )
        assert self.question is not None
        self.question.rejected.connect(self._waiting.clear)

    def _next(self) -> None:
        if self._waiting:
            self._begin((self._waiting.pop(0),))
