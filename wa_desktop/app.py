"""The composition root: builds the parts from the settings and hands them to a front end.

Nothing here is global; a process may hold several programs, as the tests do.
"""

import logging
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Self

from wa_desktop import __version__
from wa_desktop.contracts.accounts import AccountService
from wa_desktop.contracts.advance import advance
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.backups import AutomaticBackups
from wa_desktop.contracts.confirmation import Confirmation
from wa_desktop.contracts.doubts import Doubts
from wa_desktop.contracts.outlooks import Outlooks
from wa_desktop.contracts.places import Places
from wa_desktop.contracts.queue_switch import QueueSwitch
from wa_desktop.contracts.service import ContractService
from wa_desktop.contracts.services import Services
from wa_desktop.contracts.suppressions import Suppressions
from wa_desktop.delivery.breakers import Thresholds
from wa_desktop.delivery.engine import Engine
from wa_desktop.delivery.history_looks import TIMES, HistoryLooks, LookTimes
from wa_desktop.delivery.troubles import Cause
from wa_desktop.errors import LedgerError, LedgerFull, QueueUnavailable
from wa_desktop.events import EventBus
from wa_desktop.ledger.closed_to_others import close_to_others
from wa_desktop.ledger.copies.backup import backups_folder, usual_folder
from wa_desktop.ledger.engine_lock import EngineLock, ledger_file
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.reaching import Patience, wait_for
from wa_desktop.ledger.vault import Vault
from wa_desktop.queues.consumers import Consumers
from wa_desktop.queues.hueys import Hueys, build_hueys
from wa_desktop.queues.jobs import Handlers, HueyBell
from wa_desktop.queues.redis_setup import SetupWatch
from wa_desktop.queues.sweep import Sweep
from wa_desktop.reports.checkup import Checkup
from wa_desktop.reports.health import Health
from wa_desktop.reports.journal import Journal
from wa_desktop.reports.reporter import Reporter
from wa_desktop.settings import Settings
from wa_desktop.words import words

log = logging.getLogger(__name__)

WINDOW_PACE = 500.0
"""Messages a second at most for an engine that shares its process with a window."""


class Program:
    """The built program: services for a front end and, once started, the parts that work."""

    def __init__(self, settings: Settings, ledger: Ledger, hueys: Hueys, events: EventBus) -> None:
        self.settings = settings
        self.events = events
        self._ledger = ledger
        self._uid = ledger.uid()
        self._hueys = hueys
        self._bell = HueyBell(hueys, events)
        self._setup = SetupWatch(hueys, events)
        self._consumers: Consumers | None = None
        self._sweep: Sweep | None = None
        self._engine: Engine | None = None
        self._lock: EngineLock | None = None
        self._backups: AutomaticBackups | None = None
        self._looks: HistoryLooks | None = None
        self._reporter: Reporter | None = None
        self._stopping = False
        self._checkup = Checkup(
            ledger,
            engine=lambda: self._engine,
            queue=lambda: self._bell.trouble,
            warnings=self._warnings,
        )
        self.services = Services(
            ledger=ledger,
            contracts=ContractService(ledger, self._bell, events),
            accounts=AccountService(ledger, self._bell, events),
            again=Again(ledger, self._bell, events),
            doubts=Doubts(ledger, self._bell, events),
            queues=QueueSwitch(ledger, self._bell, events),
            outlooks=Outlooks(ledger, self._barred),
            suppressions=Suppressions(ledger),
            places=Places(ledger, self._bell, events),
            confirmation=Confirmation(ledger, self._bell, events),
            events=events,
            queue_backend=hueys.backend.value,
        )

    @classmethod
    def open(cls, settings: Settings, patience: Patience | None = None) -> Self:
        """Open ledger and queues; nothing is sent yet. A database is waited for with patience.

        Raises ``LedgerError`` and its kinds, ``QueueUnavailable``; each says what to do.
        """
        make_home(settings.home)
        close_to_others(settings.home, ledger_file(settings.ledger_url))
        if patience is not None:
            wait_for(settings.ledger_url, patience)
        ledger = Ledger.open(
            settings.ledger_url,
            vault_of(settings),
            backups=usual_folder(settings.ledger_url, settings.home),
            copy_first=not settings.upgrade_without_backup,
        )
        try:
            hueys = _open_queues(settings, ledger.uid())
        except BaseException:
            ledger.close()
            raise
        program = cls(settings, ledger, hueys, EventBus())
        program.services.accounts.ensure_sandbox()
        return program

    def settle_key(self) -> None:
        """See that this machine's key is the ledger's, before anything is sent or changed.

        Raises ``WrongKey``, which says what to do.
        """
        self._ledger.key.settle()

    def start(self, *, pace: float | None = None, look_times: LookTimes = TIMES) -> None:
        """Start engine, consumers and sweep; ``pace`` caps the engine's own messages a second.

        ``look_times``: when doubts are looked for in the provider's message history.

        Raises ``LedgerBusy`` when another program sends from the same SQLite ledger, ``WrongKey``
        when this machine's key is not the ledger's.
        """
        self.settle_key()
        path = ledger_file(self.settings.ledger_url)
        if path is None:
            self._ledger.confirmation.look_at_earlier(self.settings.home / "turns")
        lock = None if path is None else EngineLock(path).take()
        thresholds = Thresholds.of(self.settings)
        engine = Engine(
            self._ledger,
            self.events,
            per_second=pace,
            thresholds=thresholds,
            look_every=self.settings.check_seconds,
        )
        try:
            engine.start()
        except BaseException:
            if lock is not None:
                lock.release()  # so that it can be tried again, here or elsewhere
            raise
        self._lock = lock
        self._engine = engine
        self._follow_the_ledger()
        self._bell.serve(Handlers(contract=self._advance, account=engine.wake))
        self._consumers = Consumers(self._hueys)
        self._consumers.start()
        self._sweep = Sweep(
            self._ledger, self._bell, self.events, self._consumers, self._look_after_queue
        )
        self._sweep.start()
        self._looks = HistoryLooks(self._ledger, self.events, look_times)
        self._looks.start()
        if path is not None:
            self._backups = AutomaticBackups(self._ledger, backups_folder(path), self.events)
            self._backups.start()

    @property
    def sending(self) -> bool:
        """Whether this program's own engine runs."""
        return self._engine is not None and self._engine.alive

    def report(self) -> None:
        """From now on log what changes in the ledger and in the health; after ``start``, if at all.

        A second call does nothing.
        """
        if self._reporter is not None:
            return
        sends = self._engine is not None
        log.info(
            "wa-desktop %s has started (process %d, %s), ledger %s, queue %s",
            __version__,
            os.getpid(),
            "sends" if sends else "does not send",
            self._ledger.engine.value,
            self._hueys.backend.value,
        )
        journal = Journal(self._ledger, self._checkup.lost)
        probe = None if sends else self._look_after_queue
        self._reporter = Reporter(
            self._ledger.conditions, journal, self._checkup, sends=sends, probe=probe
        )
        self._reporter.start()

    def health(self) -> Health:
        """Whether the program can do its work, as it is now; answers within a second."""
        return self._checkup.now()

    def recent_health(self) -> Health:
        """As ``health``, of a moment at most a second ago: any number of calls costs little."""
        return self._checkup.recent()

    def stop(self, grace: float = 10.0) -> None:
        """Stop claiming, let what is on the wire finish, give back the rest."""
        self._stopping = True
        if self._reporter is not None:
            self._reporter.stop()
            self._reporter = None
            log.info("wa-desktop stops (process %d)", os.getpid())
        if self._looks is not None:
            self._looks.ask_to_stop()
        if self._backups is not None:
            self._backups.stop()
        if self._sweep is not None:
            self._sweep.stop()
        if self._engine is not None:
            self._engine.stop(grace)
        if self._consumers is not None:
            self._consumers.stop()
        if self._looks is not None:
            self._looks.stop()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def close(self) -> None:
        """Stop what works and close all connections."""
        self.stop()
        self._hueys.close()
        self._ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _follow_the_ledger(self) -> None:
        """A copy was given an id of its own when its engine started: so are its queues."""
        uid = self._ledger.uid()
        if uid == self._uid:
            return
        before, self._hueys, self._uid = self._hueys, _open_queues(self.settings, uid), uid
        self._bell.use(self._hueys)
        self._setup = SetupWatch(self._hueys, self.events)
        before.close()

    def _warnings(self) -> tuple[str, ...]:
        dropped = self._bell.warning
        return self._setup.faults + ((dropped,) if dropped else ())

    def _barred(self) -> str | None:
        """Why this program's own engine sends nothing now; a provider out of reach is no bar."""
        troubles = self._engine.troubles if self._engine is not None else ()
        return next((text for cause, text in troubles if cause is not Cause.NETWORK), None)

    def _look_after_queue(self) -> None:
        self._bell.probe()
        if self._bell.trouble is None:
            self._setup.look()

    def _advance(self, contract_id: str) -> None:
        advance(self._ledger, self._bell, self.events, contract_id, stopped=lambda: self._stopping)


def make_home(home: Path) -> None:
    """Make the data folder and see that it can be written, also while others do the same.

    Raises ``LedgerError`` when it cannot, ``LedgerFull`` when its disk is full.
    """
    try:
        # What it holds is nobody else's business on this computer.
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Of a name of its own: programs that start together try the same folder.
        with tempfile.TemporaryFile(dir=home) as probe:
            probe.write(b"x")
    except OSError as error:
        if error.errno == 28:
            raise LedgerFull(
                words(
                    "The disk that holds {home} is full. Free some space and start again.",
                    home=home,
                )
            ) from error
        raise LedgerError(
            words(
                "The data folder {home} cannot be used ({reason}). Set WA_DESKTOP_HOME to a "
                "folder that can be written.",
                home=home,
                reason=error.strerror,
            )
        ) from error


def vault_of(settings: Settings) -> Vault:
    """The key of this machine: WA_SECRET_KEY, else the key file of the data folder."""
    if settings.secret_key is not None:
        return Vault.from_passphrase(settings.secret_key)
    return Vault.from_file(key_file(settings))


def key_file(settings: Settings) -> Path:
    """Where the key file of the data folder lies, or would lie."""
    return settings.home / "secret.key"


def _open_queues(settings: Settings, ledger_uid: str) -> Hueys:
    try:
        return build_hueys(
            redis_url=settings.redis, file=settings.home / "queues.db", ledger_uid=ledger_uid
        )
    except sqlite3.Error as error:
        raise QueueUnavailable(
            words(
                "The queue's file {file} cannot be used ({error}). It holds nothing that "
                "matters: delete it and start again.",
                file=settings.home / "queues.db",
                error=error,
            )
        ) from error
