"""What the window asks of whoever builds the core."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # the first paint does not wait for the core's modules (500 ms)
    from wa_desktop.contracts.services import Services


class Waiting(Protocol):
    """What the core waits for while it opens. Any thread."""

    @property
    def said(self) -> str:
        """What it waits for, in words; empty while it does not wait."""
        ...

    def give_up(self) -> None:
        """Wait no more: opening then fails."""
        ...


class Core(Protocol):
    """The core's life. All three are called off the GUI thread, one after the other."""

    def open(self) -> "Services":
        """Open ledger and queues; nothing is sent yet. Raises ``WaDesktopError``."""
        ...

    def start(self) -> None:
        """Begin to work; news may be posted from now on. Raises ``WaDesktopError``.

        ``LedgerBusy``: another program sends. The core stays open, and may be asked again.
        """
        ...

    def stop(self) -> None:
        """Stop and close everything. Safe at any time, also when opening or starting failed."""
        ...
