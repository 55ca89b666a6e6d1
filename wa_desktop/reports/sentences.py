"""What stops messages, in words: what happened, and what to do. In the health and in the log.

Both are read by whoever runs a server, so these sentences are in English only.
"""

from wa_desktop.contracts.account_check import is_token_refused
from wa_desktop.ledger.copies.restored import MOVED, RESTORED
from wa_desktop.ledger.schedule import MISSED_START
from wa_desktop.ledger.switches import QueueName

NO_ANSWER = (
    "The ledger does not answer. Another program may hold it locked, or its disk or server is "
    "overloaded. Sending goes on as soon as it does."
)
"""As the engine says it of a turn that takes long."""

ENGINE_ENDED = "The engine has ended. Start the program again."

QUEUE_PAUSED = {
    QueueName.CONTRACTS: (
        "The queue of campaigns is paused: no campaign is prepared. Resume it in the window, or "
        "with POST /api/queues/contracts/resume."
    ),
    QueueName.MESSAGES: (
        "The queue of messages is paused: nothing is sent. Resume it in the window, or with "
        "POST /api/queues/messages/resume."
    ),
}

QUEUE_RESUMED = {
    QueueName.CONTRACTS: "the queue of campaigns was resumed",
    QueueName.MESSAGES: "the queue of messages was resumed",
}

_PAUSES = {
    MISSED_START: "its start was missed, while nothing ran.",
    MOVED: "the data were copied or moved here, and the original may have sent messages since.",
    RESTORED: "the data came from a backup, and messages may have gone out since then.",
}


def account_stopped(id: str, reason: str | None) -> str:
    """An account that sends nothing until a person resumes it, with the stored reason."""
    why = reason or "no reason is known."
    if is_token_refused(reason):
        mending = f"Enter a new token: wa-desktop accounts edit {id} --access-token - --resume"
    else:
        mending = f"When the cause is gone: wa-desktop accounts resume {id}"
    return f"The account {id} is stopped: {why} {mending}"


def campaign_halted(id: str, reason: str | None) -> str:
    """A campaign that the program paused, with the stored reason."""
    why = _PAUSES.get(reason or "", reason or "no reason is known.")
    return (
        f"The campaign {id} is paused: {why} When the cause is gone: wa-desktop contracts start "
        f"{id}"
    )


def nobody_works(waiting: int) -> str:
    """No worker is alive while so many messages wait."""
    waits = f", and {waiting:,} messages wait" if waiting else ""
    return (
        f"No worker is alive{waits}. Start `wa-desktop worker`, `wa-desktop serve` or the window."
    )


def worker_lost(host: str, pid: int, *, others: bool) -> str:
    """A worker ended without signing off; ``others``: whether another one is alive.

    The ledger does not know which command the process ran.
    """
    if others:
        rest = "Another worker sends its messages; what was on the wire is in doubt."
    else:
        rest = "What it was sending is in doubt once a worker runs."
    return (
        f"A worker on {host} (process {pid}) was killed or crashed. Start it again "
        f"(`wa-desktop worker`, `wa-desktop serve` or the window). {rest}"
    )


def worker_barred(host: str, pid: int, why: str) -> str:
    """A worker of another process may send nothing."""
    return f"The worker on {host} (process {pid}) sends nothing. {why}"
