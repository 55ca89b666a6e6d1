"""Pausing and resuming a whole queue, for all campaigns and every program on the ledger."""

import time

from wa_desktop.contracts.bell import Bell
from wa_desktop.contracts.stopping import outlast_grants
from wa_desktop.events import EventBus, QueuesChanged
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.switches import QueueName


class QueueSwitch:
    """Answers at once, at any size. Safe from any thread but the GUI's."""

    def __init__(self, ledger: Ledger, bell: Bell, events: EventBus) -> None:
        self._ledger = ledger
        self._bell = bell
        self._events = events

    def pause(self, queue: QueueName) -> None:
        """Stop a queue where it stands; once this returns nothing new of it starts.

        What is on the wire finishes. A paused queue of contracts prepares none; those that
        are prepared go on.
        """
        self._ledger.switches.pause(queue)
        stopped_at = time.monotonic()
        if queue is QueueName.MESSAGES:
            statistics = self._ledger.statistics
            outlast_grants(self._ledger, stopped_at, lambda: statistics.totals().active)
        self._events.post(QueuesChanged())

    def resume(self, queue: QueueName) -> None:
        """Let a queue go on from where it stood."""
        self._ledger.switches.resume(queue)
        if queue is QueueName.CONTRACTS:
            for contract_id in self._ledger.work.unfinished(self._ledger.now()):
                self._bell.contract(contract_id)
        else:
            for account_id in self._ledger.work.accounts_with_work(self._ledger.now()):
                self._bell.account(account_id)
        self._events.post(QueuesChanged())
