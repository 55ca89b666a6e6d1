"""The sweep: rings again for whatever the ledger says is due, every few seconds.

It is what makes jobs safe to lose: an emptied Redis, a job taken by a process that died, a
contract left half prepared are all found here.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from wa_desktop.clock import iso
from wa_desktop.contracts.advance import finish
from wa_desktop.contracts.bell import Bell
from wa_desktop.contracts.doubts import Doubts
from wa_desktop.errors import LedgerError, MoveRefused, NotFound
from wa_desktop.events import ContractChanged, EventBus, Notice, NoticeKind, NoticeLevel
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import DoubtPolicy
from wa_desktop.ledger.schedule import DueStart, how_long
from wa_desktop.queues.consumers import Consumers

log = logging.getLogger(__name__)

EVERY = 2.0
_TIDY_EVERY = 30.0


def _late_line(due: DueStart, name: str) -> str:
    """What the log says of a late start."""
    planned, late = iso(due.planned), how_long(due.late)
    if due.started:
        return (
            f"The campaign {name!r} starts {late} late: at its time, {planned}, no wa-desktop "
            "was running that sends, or the computer was asleep."
        )
    return (
        f"The campaign {name!r} was not started: its start at {planned} was missed by {late}. "
        f"It waits for an answer: wa-desktop contracts start {due.contract_id}"
    )


def _told(due: DueStart, name: str) -> Notice:
    kind = NoticeKind.MISSED_START
    if due.started:
        kind = NoticeKind.STARTED_LATE if due.is_late else NoticeKind.STARTED
    return Notice(
        kind,
        NoticeLevel.INFO if kind is NoticeKind.STARTED else NoticeLevel.WARNING,
        subject=name,
        contract_id=due.contract_id,
        planned=due.planned,
        late=due.late,
    )


class Sweep:
    """A thread that sweeps; ``once`` is one sweep, for whoever wants it now. ``probe`` looks
    after the queue at each sweep, so that its trouble shows while nothing is due, too."""

    def __init__(
        self,
        ledger: Ledger,
        bell: Bell,
        events: EventBus,
        consumers: Consumers | None = None,
        probe: Callable[[], None] | None = None,
    ) -> None:
        self._ledger = ledger
        self._bell = bell
        self._events = events
        self._doubts = Doubts(ledger, bell, events)
        self._consumers = consumers
        self._probe = probe
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
        self._tidied_at = 0.0

    def start(self) -> None:
        """Sweep now and from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sweeping."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(10)

    def once(self) -> None:
        """Ring for all work that is due. Raises ``LedgerError`` when it cannot be read."""
        at = self._ledger.now()
        self._start_scheduled(at)
        for contract_id, policy, before in self._ledger.work.doubts_of_age(at):
            with contextlib.suppress(MoveRefused, NotFound):  # it has just ended, or is at work
                self._doubts.settle_by_policy(contract_id, DoubtPolicy(policy), before)
        for contract_id in self._ledger.work.unfinished(at):
            self._bell.contract(contract_id)
        for account_id in self._ledger.work.accounts_with_work(at):
            self._bell.account(account_id)
        for number in self._ledger.work.worked_through():
            finish(self._ledger, self._events, number)
        if time.monotonic() - self._tidied_at > _TIDY_EVERY:
            self._tidied_at = time.monotonic()
            self._ledger.imports.undo_left_over()

    def _start_scheduled(self, at: int) -> None:
        for due in self._ledger.schedule.start_due(at):
            contract = self._ledger.contracts.get(due.contract_id)
            self._events.post(ContractChanged(due.contract_id))
            self._events.post(_told(due, contract.name))
            if due.is_late:
                log.warning("%s", _late_line(due, contract.name))

    def _run(self) -> None:
        while True:
            try:
                if self._probe is not None:
                    self._probe()
                self.once()
                if self._consumers is not None:
                    self._consumers.check_health()
            except LedgerError as error:
                log.info("the sweep could not read the ledger: %s", error)
            except Exception:
                log.exception("the sweep failed in an unforeseen way")
            if self._stop.wait(EVERY):
                return
