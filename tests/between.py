"""Two programs at one contract in the same moment, one of them a step ahead (PostgreSQL)."""

import threading
from collections.abc import Callable

from tests.ledgers import waiting_for_locks
from tests.waiting import wait_until
from wa_desktop.errors import MoveRefused, NotFound


class Between(threading.Thread):
    """Work that has looked at a contract and waits for it, while another transaction ends."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(target=self._work)
        self._of = work
        self.refused = False

    def _work(self) -> None:
        try:
            self._of()
        except (MoveRefused, NotFound):
            self.refused = True

    def begin(self, url: str) -> None:
        """Start, and return once it waits."""
        self.start()
        wait_until(lambda: waiting_for_locks(url) == 1, "the work to wait for the contract")
