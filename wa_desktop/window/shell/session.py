"""What lives between the core's start and its end: pages, tray, news, the question at closing."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from wa_desktop.window.background import Lane
from wa_desktop.window.shell.away import Away
from wa_desktop.window.shell.closing import ClosingQuestion, pause_all
from wa_desktop.window.shell.elsewhere import Elsewhere
from wa_desktop.window.shell.main_window import MainWindow
from wa_desktop.window.shell.news import News
from wa_desktop.window.shell.rooms import Rooms
from wa_desktop.window.shell.running import Running
from wa_desktop.window.shell.tray import Tray
from wa_desktop.window.shell.unconfirmed import UnconfirmedCard
from wa_desktop.window.theme import Tone
from wa_desktop.window.wiring import Wiring


class Session(QObject):
    """Ties the parts together; each of them stands alone in the tests."""

    end_wanted = Signal()
    trouble_over = Signal()

    def __init__(
        self,
        wiring: Wiring,
        window: MainWindow,
        parent: QObject,
        *,
        start_here: Callable[[], None] | None = None,
    ) -> None:
        """``start_here``: another program sends; this would begin to send from here."""
        super().__init__(parent)
        self._wiring = wiring
        self._window = window
        self.question: ClosingQuestion | None = None
        self.running = Running(wiring, self)
        self._looking = False
        self.tray = Tray(self.running, self)
        self.away = Away(window, self.tray.appear, self)
        self.away.returned.connect(self._tray_gone)
        self.rooms = Rooms(wiring, window.notices, window)
        self.news = News(wiring.bridge, window.notices, self.tray, self.running, window)
        self.running.changed.connect(self._renew_question)
        self.news.campaign_wanted.connect(self.open_contract)
        self.news.account_wanted.connect(self.rooms.edit_account)
        self.news.trouble_over.connect(self.trouble_over)
        self.tray.window_wanted.connect(window.come_forward)
        self.tray.campaign_wanted.connect(self.open_contract)
        self.tray.new_wanted.connect(self._new_campaign)
        self.tray.quit_wanted.connect(self.ask_to_end)
        self.rooms.quit_wanted.connect(self.ask_to_end)
        self.unconfirmed = UnconfirmedCard(
            wiring, window.unconfirmed, self, others_send=start_here is not None
        )
        self.elsewhere: Elsewhere | None = None
        if start_here is not None:
            self.elsewhere = Elsewhere(wiring, window.elsewhere, start_here, self)
            self.elsewhere.taken_over.connect(self._taken_over)
            self.elsewhere.refused.connect(self._refused)

    def open_contract(self, contract_id: str) -> None:
        """Bring a campaign to the front."""
        self._window.come_forward()
        self.rooms.open_contract(contract_id)

    def ask_to_end(self) -> None:
        """Ask where campaigns are at work or scheduled here; else end."""
        if self.question is not None or self._looking:
            return
        if self.rooms.new_campaigns.ask_to_leave(self.ask_to_end):
            self._window.come_forward()
            return
        if self.elsewhere is not None:
            self.end_wanted.emit()
        elif self._has_work():
            self._ask()
        else:  # what was made in this very moment counts too
            self._looking = True
            self.running.look(self._looked)

    def _has_work(self) -> bool:
        return bool(self.running.contracts or self.running.scheduled)

    def _looked(self) -> None:
        self._looking = False
        if self._has_work():
            self._ask()
        else:
            self.end_wanted.emit()

    def _ask(self) -> None:
        self._window.come_forward()
        self.question = ClosingQuestion(
            self._window,
            len(self.running.contracts),
            self.running.scheduled,
            has_tray=self.tray.appear(),
            keep_running=self.away.go,
            pause_and_quit=self._pause_and_quit,
        )
        self.question.finished.connect(self._answered)
        self.question.open()

    def close(self) -> None:
        """Take the tray icon away."""
        self.tray.close()

    def _taken_over(self) -> None:
        self.elsewhere = None

    def _refused(self, text: str) -> None:
        self._window.notices.show_notice(text, Tone.WARN)

    def _renew_question(self) -> None:
        if self.question is not None:
            self.question.follow(len(self.running.contracts), self.running.scheduled)

    def _answered(self) -> None:
        self.question = None

    def _tray_gone(self) -> None:
        self._window.notices.show_notice(
            self.tr("The desktop's tray has gone, so the window is back. Nothing was stopped."),
            Tone.WARN,
        )

    def _pause_and_quit(self) -> None:
        services = self._wiring.services
        self._wiring.background.run(self, lambda: pause_all(services), self._paused, lane=Lane.SAVE)

    def _paused(self, _answer: object) -> None:
        self.end_wanted.emit()

    def _new_campaign(self) -> None:
        self._window.come_forward()
        self.rooms.choose_file()
