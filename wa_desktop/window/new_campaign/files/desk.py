"""Reads the files of a new campaign one after another and keeps what was found in each."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QLocale, QObject, Signal
from PySide6.QtWidgets import QWidget

from wa_desktop.errors import NoPhoneColumn, UncertainQuotes, WaDesktopError
from wa_desktop.ledger.records import Account, AccountKind
from wa_desktop.recipients.options import Quoting, ReadOptions
from wa_desktop.recipients.preview import FilePreview
from wa_desktop.senders.provider import check_number
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.window.background import Lane
from wa_desktop.window.new_campaign.files.file_panel import FilePanel
from wa_desktop.window.new_campaign.files.listed_files import FileList, ListedFile, listed
from wa_desktop.window.new_campaign.files.preview_reader import PreviewReader
from wa_desktop.window.new_campaign.files.proposals import (
    Proposal,
    lacks_country,
    propose,
)
from wa_desktop.window.new_campaign.files.region_choices import own_region
from wa_desktop.window.parts.action_card import ActionCard
from wa_desktop.window.parts.file_drop import showable, shown_name
from wa_desktop.window.parts.notice_bar import NoticeAction
from wa_desktop.window.theme import Tone
from wa_desktop.window.translation import translated
from wa_desktop.window.wiring import Wiring


class FileDesk(QObject):
    """Owns the panel of the file and the card of its trouble; the dialog places both."""

    found = Signal(bool)
    """A preview came; True: the first one of new files."""
    changed = Signal()
    """What is known of the files changed."""

    def __init__(self, wiring: Wiring, parent: QWidget) -> None:
        super().__init__(parent)
        self._wiring = wiring
        self._new = True
        self._reading: int | None = None
        self._untouched = ReadOptions()
        self._account: Account | None = None
        self._numbers: dict[str, str | None] = {}
        self.files = FileList(())
        self.panel = FilePanel(parent)
        self.trouble = ActionCard(parent)
        self._reader = PreviewReader(wiring.background, self)
        self._reader.ready.connect(self._ready)
        self._reader.failed.connect(self._failed)
        self._reader.progressed.connect(self._progressed)
        self.panel.options_changed.connect(self._choose)
        self.panel.turned.connect(self._turn)

    @property
    def is_touched(self) -> bool:
        """Whether a person changed how a file is read."""
        return any(one.options != self._untouched for one in self.files)

    def open(self, paths: tuple[Path, ...]) -> None:
        """Turn to these files, of which nothing is known yet."""
        self._new = True
        self._untouched = ReadOptions(country=self._wiring.remembered.country, region=own_region())
        self.files = listed(paths, self._untouched)
        self.panel.show_files(self.files)
        self.trouble.show_words("", Tone.BAD)
        self._read_on()

    def use_account(self, account: Account | None) -> None:
        """The account to send from; the country of its own number may be that of the list."""
        self._account = account
        if self.files and self.files.shown.preview is not None:
            self._show_shown()

    def stop(self) -> None:
        """Read nothing more."""
        self._reader.stop()

    def _read_on(self) -> None:
        """Read the next file of which nothing is known."""
        place = self._reading = self.files.unread
        if place is None:
            self._reader.stop()
        else:
            file = self.files.files[place]
            self._reader.read(file.path, file.options)
        self.changed.emit()

    def _choose(self, options: ReadOptions) -> None:
        """Read the shown file with other options; a country holds for the whole list."""
        files, shown = self.files, self.files.shown
        if options.country != shown.options.country:
            self._remember(options.country)
            for place, one in enumerate(files):
                other = replace(one.options, country=options.country)
                files = files.with_file(place, ListedFile(one.path, other))
        self.files = files.with_file(files.current, ListedFile(shown.path, options))
        self.trouble.show_words("", Tone.BAD)
        self.panel.show_busy(0)
        self._read_on()

    def _turn(self, place: int) -> None:
        self.files = self.files.showing(place)
        self.panel.show_shown(self.files)
        self._show_shown()
        if not self.files.shown.is_read:
            self._read_on()

    def _leave_out(self) -> None:
        self.files = self.files.without(self.files.current)
        self.panel.show_files(self.files)
        self._show_shown()
        self._read_on()

    def _remember(self, country: str | None) -> None:
        remembered = self._wiring.remembered
        remembered.country = country
        self._wiring.background.run(self, remembered.write, lambda _: None, lane=Lane.CORE)

    def _progressed(self, rows: int) -> None:
        if self._reading == self.files.current:
            self.panel.show_busy(rows)

    def _ready(self, preview: FilePreview) -> None:
        self._settle(preview, None)
        self.found.emit(self._new)
        self._new = False
        self._read_on()

    def _failed(self, error: BaseException) -> None:
        self._settle(None, error)
        if not isinstance(error, WaDesktopError):
            self._wiring.background.report(error)
        self._read_on()

    def _settle(self, preview: FilePreview | None, error: BaseException | None) -> None:
        place = self._reading
        if place is None:
            return
        file = replace(self.files.files[place], preview=preview, error=error)
        self.files = self.files.with_file(place, file)
        if not file.is_usable and self.files.shown.is_usable:
            self.files = self.files.showing(place)
            self.panel.show_shown(self.files)
        if place == self.files.current:
            self._show_shown()

    def _show_shown(self) -> None:
        shown = self.files.shown
        if shown.preview is not None:
            self._ask_for_number(shown.preview)
            country = self._proposal(shown.preview, shown.options)
            self.panel.show_preview(shown.preview, shown.options, country)
        elif shown.error is not None:
            self.panel.show_fault(shown.options)
            if isinstance(shown.error, NoPhoneColumn):
                self.panel.show_columns(shown.error.columns)
        self._show_trouble(shown)

    def _proposal(self, preview: FilePreview, options: ReadOptions) -> Proposal | None:
        own = self._numbers.get(self._account.id) if self._account is not None else None
        region = QLocale.system().name().partition("_")[2][:2]
        return propose(preview, options.country, own, region)

    def _ask_for_number(self, preview: FilePreview) -> None:
        """Ask the provider for the account's own number, once, where its country could help."""
        account = self._account
        if account is None or account.kind is not AccountKind.CLOUD_API:
            return
        if account.id in self._numbers or not lacks_country(preview):
            return
        self._numbers[account.id] = None
        accounts = self._wiring.services.ledger.accounts

        def ask() -> str | None:
            sending = accounts.for_sending(account.id)
            return own_number(sending.account, sending.secrets.access_token or "")

        def take(number: str | None) -> None:
            self._numbers[account.id] = number
            self._show_shown()

        # Without an answer the other signs of a country remain.
        self._wiring.background.run(self, ask, take, lambda _: None, lane=Lane.FILES)

    def _show_trouble(self, shown: ListedFile) -> None:
        words = self._trouble_words(shown)
        actions = []
        if words and len(self.files) > 1:
            words = f"{shown_name(shown.path)}: {words}"
            actions.append(NoticeAction(self.tr("Leave this file out"), self._leave_out))
        if isinstance(shown.error, UncertainQuotes):
            plain = self.tr("Read quotation marks as plain characters")
            actions.append(NoticeAction(plain, self._read_quotes_plainly))
        self.trouble.show_words(words, Tone.BAD, actions)

    def _trouble_words(self, shown: ListedFile) -> str:
        if shown.preview is not None:
            return "" if shown.preview.good else self.tr("No row of this file can be used.")
        if isinstance(shown.error, NoPhoneColumn):
            return self.tr(
                "No column with phone numbers was found. Choose the column that holds them, "
                "or another file."
            )
        if isinstance(shown.error, WaDesktopError):
            why = showable(translated(str(shown.error)))
            return f"{self.tr('This file cannot be used.')} {why}"
        return self.tr("This file cannot be used.") if shown.error is not None else ""

    def _read_quotes_plainly(self) -> None:
        self._choose(replace(self.files.shown.options, quoting=Quoting.NONE))


def own_number(account: Account, token: str) -> str | None:
    """The phone number of an account, as the provider writes it. Raises ``ProviderError``."""
    settings = CloudApiSettings(
        phone_number_id=account.phone_number_id or "",
        access_token=token,
        api_base_url=account.api_base_url,
        api_version=account.api_version,
    )
    return check_number(settings).phone
