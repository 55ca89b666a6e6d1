"""Makes the campaign: rows from the child process into the ledger, with progress and a way out."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.contracts.filling import FillReport
from wa_desktop.contracts.services import Services
from wa_desktop.errors import ReadingStopped
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import Contract
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.reading import stream_rows
from wa_desktop.recipients.rows import ReadRow


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made: a contract with the recipients of ``files``, read in their order."""

    new: NewContract
    files: tuple[tuple[Path, ReadOptions], ...]
    start: bool


@dataclass(frozen=True, slots=True)
class Made:
    """The campaign that was made; ``refusal`` says why it could not be started, if it was asked."""

    contract: Contract
    report: FillReport
    refusal: str | None = None


class Filling:
    """One import. ``rows`` may be read and ``stop`` called on any thread.

    ``stopping`` is set when the program ends, which stops it too.
    """

    def __init__(self, services: Services, order: Order, stopping: threading.Event) -> None:
        self.rows = 0
        self._services = services
        self._order = order
        self._stopping = stopping
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Take back what was added; the work then raises ``ReadingStopped``."""
        self._stopped.set()

    def run(self) -> Made:
        """On a pool thread; lasts as long as the file is long. Nothing is left if it raises."""
        contracts, order = self._services.contracts, self._order
        contract, report = contracts.create_filled(order.new, self._rows())
        if not order.start:
            return Made(contract, report)
        try:
            return Made(contracts.start(contract.id), report)
        except Exception as error:  # the campaign is made all the same
            return Made(contract, report, str(error))

    def _rows(self) -> Iterator[ReadRow]:
        for path, options in self._order.files:
            with stream_rows(path, options) as stream:
                for chunk in stream:
                    if self._stopped.is_set() or self._stopping.is_set():
                        raise ReadingStopped("Adding the recipients was cancelled.")
                    yield from chunk
                    self.rows += len(chunk)
