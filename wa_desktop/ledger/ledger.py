"""The ledger as the rest of the program holds it: one object, one room for each subject."""

from pathlib import Path
from typing import Self

from wa_desktop.clock import Micros
from wa_desktop.hours.zones import zones_of_phone
from wa_desktop.ledger.accounts import Accounts
from wa_desktop.ledger.actions import Actions
from wa_desktop.ledger.condition import Conditions
from wa_desktop.ledger.contracts import Contracts
from wa_desktop.ledger.copies.backup import KEPT, Backup, back_up, ledger_uid
from wa_desktop.ledger.copies.integrity import check_at_start
from wa_desktop.ledger.copies.leftovers import remove_leftovers
from wa_desktop.ledger.copies.verify import Stopped, never
from wa_desktop.ledger.deleting import Deleting
from wa_desktop.ledger.doubts import OpenDoubts
from wa_desktop.ledger.engine_lock import ledger_file
from wa_desktop.ledger.happenings import Happenings
from wa_desktop.ledger.imports import Imports
from wa_desktop.ledger.inspection import Inspection
from wa_desktop.ledger.keys.ledger_key import LedgerKey
from wa_desktop.ledger.keys.rekeying import Rekeying
from wa_desktop.ledger.lifetimes import Lifetimes
from wa_desktop.ledger.messages import Messages
from wa_desktop.ledger.news import NewsDesk
from wa_desktop.ledger.persons import Persons
from wa_desktop.ledger.places.places import Places
from wa_desktop.ledger.reach_history import ReachHistory
from wa_desktop.ledger.reaching import reach
from wa_desktop.ledger.schedule import Schedule
from wa_desktop.ledger.sql.connecting import Engine
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import LedgerClock, measure, now
from wa_desktop.ledger.statistics import Statistics
from wa_desktop.ledger.suppression_list import SuppressionList
from wa_desktop.ledger.switches import Switches
from wa_desktop.ledger.turns.cycle import Cycle
from wa_desktop.ledger.turns.gates import ZonesOf
from wa_desktop.ledger.turns.holding import Holdings
from wa_desktop.ledger.turns.proofs import Proofs
from wa_desktop.ledger.turns.witness import Witness
from wa_desktop.ledger.upgrade import upgrade
from wa_desktop.ledger.variables import Variables
from wa_desktop.ledger.vault import Vault
from wa_desktop.ledger.vitals import Vitals
from wa_desktop.ledger.went_back import Confirmation
from wa_desktop.ledger.work import ContractWork
from wa_desktop.ledger.workers import Workers
from wa_desktop.ledger.workload import Workloads


class Ledger:
    """Everything that must not be lost. Safe from any thread; never for the GUI thread."""

    def __init__(self, database: Database, vault: Vault, zones_of: ZonesOf) -> None:
        self._database = database
        self.workers = Workers(database)
        self.key = LedgerKey(database, vault, self.workers.alive)
        self.rekeying = Rekeying(database, self.key)
        self.accounts = Accounts(database, self.key)
        self.contracts = Contracts(database)
        self.messages = Messages(database, self.contracts)
        self.imports = Imports(database, self.contracts)
        self.variables = Variables(database, self.contracts)
        self.work = ContractWork(database, self.contracts)
        self.schedule = Schedule(database, self.contracts)
        self.deleting = Deleting(database, self.contracts)
        self.actions = Actions(database, self.contracts, self.imports)
        self.news = NewsDesk(database)
        self.doubts = OpenDoubts(database)
        self.vitals = Vitals(database)
        self.reach_history = ReachHistory(database)
        self.persons = Persons(database)
        self.suppressions = SuppressionList(database)
        self._witness = Witness()
        self.confirmation = Confirmation(database, self.workers, self._witness)
        proofs = Proofs(database, self._witness, self.confirmation.bar)
        self.cycle = Cycle(database, zones_of, proofs)
        self.holdings = Holdings(database)
        self.lifetimes = Lifetimes(database)
        self.inspection = Inspection(database)
        self.switches = Switches(database)
        self.places = Places(database)
        self.statistics = Statistics(database, self.contracts, self.workers, self.switches)
        self.workloads = Workloads(database, self.switches, self.workers)
        self.conditions = Conditions(database, self.switches, self.workers)
        self.happenings = Happenings(database)

    @classmethod
    def open(
        cls,
        url: str,
        vault: Vault,
        zones_of: ZonesOf = zones_of_phone,
        *,
        backups: Path | None = None,
        copy_first: bool = True,
    ) -> Self:
        """Open the ledger at a ``sqlite:///`` or ``postgresql://`` URL, upgraded if need be.

        ``backups`` is the folder for the dump before an upgrade on PostgreSQL, which is not made
        without one; ``copy_first=False`` upgrades without a copy on SQLite, too. Raises
        ``LedgerError`` and its kinds when it is out of reach, too new or damaged.
        """
        path = ledger_file(url)
        if path is not None:
            check_at_start(path)
        else:
            reach(url)
        database = Database(url)
        try:
            upgrade(database, copy_first=copy_first, backups=backups)
            remove_leftovers(path, backups)
        except BaseException:
            database.close()
            raise
        return cls(database, vault, zones_of)

    @property
    def engine(self) -> Engine:
        """Which database carries it."""
        return self._database.engine

    @property
    def clock(self) -> LedgerClock:
        """The one clock that all its instants go by: the server's on PostgreSQL."""
        return self._database.clock

    def now(self) -> Micros:
        """The present moment by that clock, measured first where it is not known.

        Raises ``LedgerError`` when the server cannot be asked.
        """
        return now(self._database)

    def measure_clock(self) -> None:
        """Ask PostgreSQL what time it is. Raises ``LedgerError``."""
        measure(self._database)

    def uid(self) -> str:
        """The ledger's own id: keeps the queues of two ledgers on one Redis apart."""
        return ledger_uid(self._database)

    def check(self) -> None:
        """Answer if the ledger can be read; raises ``LedgerError`` if not."""
        with self._database.read():
            self._database.scalar("SELECT 1")

    def back_up(self, folder: Path, *, keep: int = KEPT, stopped: Stopped = never) -> Backup:
        """A checked backup into a folder, taken while everything goes on; see ``back_up``."""
        return back_up(self._database, folder, keep=keep, stopped=stopped)

    def close(self) -> None:
        """Close all connections."""
        self._witness.close()
        self._database.close()
