"""Whether another program sends from the ledger, for what is said of a campaign that waits."""

import os
import socket

from wa_desktop.ledger.ledger import Ledger

ONE_THAT_SENDS = "wa-desktop worker, wa-desktop serve or the window"
"""What a person can start so that messages go out."""


def others_send(ledger: Ledger) -> bool:
    """Whether a program other than this process sends."""
    own = (socket.gethostname(), os.getpid())
    return any((one.host, one.pid) != own for one in ledger.workers.alive())


def then_start_one(ledger: Ledger) -> str:
    """The end of an advice: what is left to do after it; empty where a program sends already."""
    return "" if others_send(ledger) else f" Then start {ONE_THAT_SENDS}."
