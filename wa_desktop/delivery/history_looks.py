"""Looks for messages in doubt in the provider's own history of the number they went from.

A few times after each doubt, at growing distances and on a thread of its own: nothing of what
is sent waits for it, and no lock or transaction of the ledger is held while the provider is
asked. What it finds settles a doubt only where it can mean nothing else (``history_match.py``).

That a message is not in the history proves nothing, and never leads to sending it again.
"""

import logging
import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wa_desktop.clock import SECOND, from_seconds
from wa_desktop.delivery.history_match import (
    TOLERANCE,
    Settled,
    last_requests,
    settle_by_history,
)
from wa_desktop.delivery.lane import sender_settings
from wa_desktop.errors import LedgerError, WaDesktopError
from wa_desktop.events import ContractChanged, EventBus, QueuesChanged
from wa_desktop.ledger.doubts import Doubt
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.news import News, NewsKind
from wa_desktop.senders.message_history import (
    HistoryEntry,
    HistoryPage,
    NotGiven,
    NotNow,
    history_client,
    read_page,
)
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.words import words

log = logging.getLogger(__name__)

_FOUND = words("The provider's message history holds this message: its doubt is over.")
_FAILED = words("The provider's message history says that it failed, and not why.")
_EMPTY = "it is empty, though messages were sent"

_OLDEST = 7 * 24 * 3600 * SECOND
"""How far back a doubt is looked for at all: how long the provider keeps is written nowhere."""

_PAGES_A_LOOK = 100
_CALLS_AN_HOUR = 500
"""A tenth of the 5,000 management calls that the provider grants an app and a business account
with a registered number (Cloud API reference, section 3)."""

_HOUR = 3600 * SECOND


@dataclass(frozen=True, slots=True)
class LookTimes:
    """Seconds. ``after``: how old a doubt is at its first look, and from one look at it to the
    next; there are no more. ``every``: how often it is seen after whether one is due."""

    after: tuple[float, ...] = (20.0, 60.0, 300.0, 1_800.0, 7_200.0)
    every: float = 5.0


TIMES = LookTimes()


@dataclass(slots=True)
class _Looked:
    """What this process did for one doubt: how often it looked, and when it may again."""

    times: int
    again_at: int


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a history, and from when on that is all there is."""

    entries: list[HistoryEntry]
    seen_from: int


class HistoryLooks:
    """A thread that looks; ``once`` is one look at all that is due at a moment.

    A number that does not give its history is not asked again while the program runs, unless
    its account is edited.
    """

    def __init__(self, ledger: Ledger, events: EventBus, times: LookTimes = TIMES) -> None:
        self._ledger = ledger
        self._events = events
        self._times = times
        self._looked: dict[tuple[int, int], _Looked] = {}
        self._closed: dict[str, CloudApiSettings] = {}
        self._not_before: dict[str, int] = {}
        self._calls: defaultdict[str, deque[int]] = defaultdict(deque)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)

    def start(self) -> None:
        """Look from now on."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin nothing more; does not wait."""
        self._stop.set()

    def stop(self) -> None:
        """Stop; waits for the call that is under way, which has a time-out."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(30)

    def once(self, at: int) -> int:
        """Look for the doubts that are due then; returns how many were settled.

        Raises ``LedgerError`` when the ledger cannot be read.
        """
        doubts = self._ledger.doubts.of_cloud_accounts(at - _OLDEST)
        present = {(one.message_id, one.since) for one in doubts}
        self._looked = {key: one for key, one in self._looked.items() if key in present}
        due: defaultdict[str, list[Doubt]] = defaultdict(list)
        for one in doubts:
            if self._is_due(one, at):
                due[one.account_id].append(one)
        return sum(
            self._look(account_id, of, at)
            for account_id, of in due.items()
            if at >= self._not_before.get(account_id, 0)
        )

    def _is_due(self, doubt: Doubt, at: int) -> bool:
        looked = self._looked.get((doubt.message_id, doubt.since))
        if looked is None:
            return at >= doubt.since + from_seconds(self._times.after[0])
        return looked.times < len(self._times.after) and at >= looked.again_at

    def _look(self, account_id: str, doubts: Sequence[Doubt], at: int) -> int:
        """One look at one account's history for the doubts that are due."""
        settings = self._settings_of(account_id)
        if settings is None or self._closed.get(account_id) == settings or self._stop.is_set():
            return 0
        persons = {one.person for one in doubts}
        spans = last_requests(doubts, self._ledger.doubts.requests_to(persons))
        self._note_look(account_id, doubts, at)
        if not spans:
            return 0
        back_to = min(one.begun for one in spans.values()) - TOLERANCE
        read = self._read(account_id, settings, back_to, at)
        if read is None or self._stop.is_set():
            return 0
        return self._settle(doubts, read)

    def _settings_of(self, account_id: str) -> CloudApiSettings | None:
        """``None``: no calls can be made for the account, which is told where it sends."""
        try:
            settings = sender_settings(self._ledger.accounts.for_sending(account_id))
        except WaDesktopError as error:
            log.debug("no look at the history of %s: %s", account_id, error)
            return None
        return settings if isinstance(settings, CloudApiSettings) else None

    def _note_look(self, account_id: str, doubts: Sequence[Doubt], at: int) -> None:
        """Doubts that come one after the other share looks."""
        self._not_before[account_id] = at + from_seconds(self._times.after[0])
        for one in doubts:
            looked = self._looked.setdefault((one.message_id, one.since), _Looked(0, at))
            looked.times += 1
            if looked.times < len(self._times.after):
                looked.again_at = at + from_seconds(self._times.after[looked.times])

    def _read(
        self, account_id: str, settings: CloudApiSettings, back_to: int, at: int
    ) -> _Read | None:
        """Read back to a moment, as far as the budget of calls goes; ``None``: nothing to use."""
        read = _Read([], seen_from=2**62)
        after: str | None = None
        with history_client(settings) as client:
            for _ in range(min(_PAGES_A_LOOK, self._calls_left(account_id, at))):
                if self._stop.is_set():
                    return None
                self._calls[account_id].append(at)
                page = read_page(client, settings, after)
                if not isinstance(page, HistoryPage):
                    self._note_refusal(account_id, settings, page, at)
                    return None
                if page.after is None and not page.entries and not read.entries:
                    self._note_empty(account_id, settings, at)
                    return None
                last = max((one.last_at for one in page.entries), default=2**62)
                read = _Read([*read.entries, *page.entries], last)
                if page.after is None:
                    return _Read(read.entries, 0)
                if last < back_to:
                    return read
                after = page.after
        return read

    def _calls_left(self, account_id: str, at: int) -> int:
        calls = self._calls[account_id]
        while calls and not 0 <= at - calls[0] < _HOUR:
            calls.popleft()
        return _CALLS_AN_HOUR - len(calls)

    def _note_refusal(
        self, account_id: str, settings: CloudApiSettings, answer: NotGiven | NotNow, at: int
    ) -> None:
        if isinstance(answer, NotGiven):
            self._close(account_id, settings, answer.reason)
            return
        log.debug("the history of %s cannot be read now: %s", account_id, answer.reason)
        if answer.wait is not None:
            self._not_before[account_id] = at + from_seconds(answer.wait)

    def _note_empty(self, account_id: str, settings: CloudApiSettings, at: int) -> None:
        """An empty history says that none is kept, once something has gone out some time ago."""
        if self._ledger.doubts.has_sent(account_id, at - from_seconds(self._times.after[0])):
            self._close(account_id, settings, _EMPTY)

    def _close(self, account_id: str, settings: CloudApiSettings, reason: str) -> None:
        self._closed[account_id] = settings
        log.info(
            "%s does not give its message history (%s): its doubts wait for news or a person",
            account_id,
            reason,
        )

    def _settle(self, doubts: Sequence[Doubt], read: _Read) -> int:
        """Hold what was read against the requests as they are now, and settle what is clear.

        Requests first, then ids: a request whose answer comes in between is in one of them.
        """
        persons = {one.person for one in doubts}
        requests = self._ledger.doubts.requests_to(persons)
        entries = self._by_person(read.entries)
        candidates = [one for one in entries if one.phone in persons]
        known = self._ledger.doubts.known_ids({one.provider_id for one in candidates})
        found = settle_by_history(doubts, requests, candidates, known, read.seen_from)
        settled = [one for one in found if self._record(one)]
        for contract_id in {one.doubt.contract_id for one in settled}:
            self._events.post(ContractChanged(contract_id))
        if settled:
            self._events.post(QueuesChanged())
            log.info("the provider's message history settled %d doubts", len(settled))
        return len(settled)

    def _by_person(self, entries: Sequence[HistoryEntry]) -> list[HistoryEntry]:
        """The entries with the person's key in place of the provider's spelling of the number."""
        of = self._ledger.persons.of({one.phone for one in entries if one.phone is not None})
        return [one if one.phone is None else replace(one, phone=of[one.phone]) for one in entries]

    def _record(self, found: Settled) -> bool:
        """Whether the doubt was still there: whoever settled it meanwhile has the last word."""
        doubt = found.doubt
        news = News(
            f"wa1:{doubt.contract_id}:{doubt.message_id}:{doubt.attempts}",
            found.kind,
            found.at,
            found.provider_id,
            error_text=_FAILED if found.kind is NewsKind.FAILED else None,
            note=_FOUND,
        )
        return self._ledger.news.record_news(news, doubt_since=doubt.since) is not None

    def _run(self) -> None:
        while not self._stop.wait(self._times.every):
            try:
                self.once(self._ledger.now())
            except LedgerError as error:
                log.info("doubts could not be looked for: %s", error)
            except Exception:
                log.exception("looking for doubts failed in an unforeseen way")
