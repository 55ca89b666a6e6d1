"""Notices of the core to the user: in the window always, beside the tray icon if it is away."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from wa_desktop.events import Notice, NoticeKind, NoticeLevel
from wa_desktop.window import words
from wa_desktop.window.bridge import Bridge
from wa_desktop.window.parts.notice_bar import NoticeAction, NoticeBar
from wa_desktop.window.shell.running import Running
from wa_desktop.window.shell.tray import Tray
from wa_desktop.window.theme import Tone

_TONES = {
    NoticeLevel.INFO: Tone.BUSY,
    NoticeLevel.WARNING: Tone.WARN,
    NoticeLevel.ERROR: Tone.BAD,
}

_GOOD = (NoticeKind.FINISHED, NoticeKind.ACCOUNT_RESUMED)


class News(QObject):
    """Puts notices into words and shows them."""

    campaign_wanted = Signal(str)
    account_wanted = Signal(str)
    trouble_over = Signal()

    def __init__(
        self, bridge: Bridge, bar: NoticeBar, tray: Tray, running: Running, window: QWidget
    ) -> None:
        super().__init__(window)
        self._bar, self._tray, self._running, self._window = bar, tray, running, window
        self._doubtful: int | None = None
        self._banner = ""
        self._troubles: dict[str, str] = {}
        self._lasting: set[str] = set()
        self._stopped: dict[str, str] = {}
        """What was said of accounts that have stopped, by their ids."""
        bridge.noticed.connect(self.tell)
        running.changed.connect(self._renew_banner)

    def tell(self, notices: tuple[Notice, ...]) -> None:
        """Show these."""
        for notice in notices:
            if notice.kind is NoticeKind.RESUMED_AFTER_CRASH:
                self._doubtful = (self._doubtful or 0) + notice.count
                self._renew_banner(loud=True)
            else:
                self._tell_one(notice)

    def _tell_one(self, notice: Notice) -> None:
        text = words.notice(notice)
        if notice.account_id is not None:
            self._dismiss_text(self._stopped.pop(notice.account_id, ""))
        if notice.kind is NoticeKind.ACCOUNT_STOPPED and notice.account_id is not None:
            self._stopped[notice.account_id] = text
        if notice.kind is NoticeKind.TROUBLE_OVER:
            self._dismiss_text(self._troubles.pop(notice.ended, ""))
            if self._troubles:
                return  # another one lasts
            self._dismiss_failures()
            self.trouble_over.emit()
        elif notice.kind is NoticeKind.UNCONFIRMED:  # a card says it, with the answer
            self._troubles[notice.detail] = ""
            self._tell_tray(text, notice.level)
            return
        elif notice.kind is NoticeKind.TROUBLE and not notice.subject:
            self._troubles[notice.detail] = text
        elif notice.level is NoticeLevel.ERROR:
            self._lasting.add(text)
        action = self._action(notice)
        tone = Tone.GOOD if notice.kind in _GOOD else _TONES[notice.level]
        self._bar.show_notice(text, tone, action, passing=notice.level is NoticeLevel.INFO)
        self._tell_tray(text, notice.level)

    def _action(self, notice: Notice) -> NoticeAction | None:
        """What a notice leads to: its campaign, or the form of its account."""
        campaign, account = notice.contract_id, notice.account_id
        if campaign is not None:
            return NoticeAction(self.tr("Open"), lambda: self.campaign_wanted.emit(campaign))
        if account is not None and notice.level is NoticeLevel.ERROR:
            return NoticeAction(self.tr("Edit account…"), lambda: self.account_wanted.emit(account))
        return None

    def _renew_banner(self, *, loud: bool = False) -> None:
        """The banner after a crash; its first figure follows until it is dismissed."""
        if self._doubtful is None:
            return
        stands = any(row.text == self._banner for row in self._bar.rows())
        if not loud and not stands:
            return
        text = crash_words(len(self._running.contracts), self._doubtful)
        if text == self._banner and stands:
            return
        self._dismiss_text(self._banner)
        self._banner = text
        self._bar.show_notice(text, Tone.WARN)
        if loud:
            self._tell_tray(text, NoticeLevel.WARNING)

    def _tell_tray(self, text: str, level: NoticeLevel) -> None:
        if not self._window.isActiveWindow():
            self._tray.tell(text, level)

    def _dismiss_failures(self) -> None:
        """What failed because of the trouble; an account that stopped is none of that."""
        for row in self._bar.rows():
            if row.tone is Tone.BAD and row.text not in self._lasting:
                row.dismiss()

    def _dismiss_text(self, text: str) -> None:
        for row in self._bar.rows():
            if row.text == text:
                row.dismiss()


def crash_words(going_on: int, doubtful: int) -> str:
    """What is said after the program was ended in the middle of sending."""
    counted = words.Counted()
    parts = [words.interrupted()]
    if going_on:
        parts.append(counted.going_on(going_on))
    parts.append(counted.doubt(doubtful) if doubtful else words.no_doubt())
    return " ".join(parts)
