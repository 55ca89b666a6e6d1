"""Who sends, and whether somebody should."""

from collections.abc import Iterator

from wa_desktop.commands.doctor.finding import Finding, Level, ago, ok
from wa_desktop.commands.who_sends import ONE_THAT_SENDS
from wa_desktop.ledger.ledger import Ledger


def workers(ledger: Ledger | None) -> Iterator[Finding]:
    """Who sends, and whether somebody should."""
    if ledger is None:
        yield ok("worker", "none, and nothing waits for one")
        return
    alive = ledger.workers.alive()
    for one in alive:
        sent = "nothing yet" if one.last_send is None else f"{ago(one.last_send)} ago"
        yield ok(
            "worker",
            f"process {one.pid} on {one.host}, seen {ago(one.last_seen)} ago, last send {sent}",
        )
    if alive:
        return
    status = ledger.statistics.queues()
    if status.contracts.waiting or status.contracts.active:
        yield Finding(
            "worker",
            Level.WARNING,
            f"none, though {status.messages.waiting + status.messages.delayed:,} messages wait",
            f"Start one: {ONE_THAT_SENDS}.",
        )
    else:
        yield ok("worker", "none, and nothing waits for one")
