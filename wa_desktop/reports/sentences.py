"""What stops messages, in words: what happened, and what to do. In the health and in the log."""

from wa_desktop.contracts.account_check import is_token_refused
from wa_desktop.contracts.held_back import halt_reason
from wa_desktop.ledger.switches import QueueName
from wa_desktop.words import words

QUEUE_PAUSED = {
    QueueName.CONTRACTS: words(
        "The queue of campaigns is paused: no campaign is prepared. Resume it in the window, or "
        "with POST /api/queues/contracts/resume."
    ),
    QueueName.MESSAGES: words(
        "The queue of messages is paused: nothing is sent. Resume it in the window, or with "
        "POST /api/queues/messages/resume."
    ),
}


def account_stopped(id: str, reason: str | None) -> str:
    """An account that sends nothing until a person resumes it, with the stored reason."""
    why = reason or words("no reason is known.")
    if is_token_refused(reason):
        return words(
            "The account {id} is stopped: {why} Enter a new token: wa-desktop accounts edit {id} "
            "--access-token - --resume",
            id=id,
            why=why,
        )
    return words(
        "The account {id} is stopped: {why} When the cause is gone: wa-desktop accounts resume "
        "{id}",
        id=id,
        why=why,
    )


def campaign_halted(id: str, reason: str | None) -> str:
    """A campaign that the program paused, with the stored reason."""
    return words(
        "The campaign {id} is paused: {why} When the cause is gone: wa-desktop contracts start "
        "{id}",
        id=id,
        why=halt_reason(reason),
    )
