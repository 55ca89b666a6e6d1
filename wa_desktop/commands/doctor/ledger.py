"""The ledger: its version, the soundness of its file, whether it can be written to."""

from collections.abc import Iterator

from wa_desktop.commands.doctor.finding import AT_FIRST, Finding, Level, ok
from wa_desktop.errors import LedgerFull
from wa_desktop.ledger.copies.pg_tools import find_tool
from wa_desktop.ledger.looking import Seen


def ledger(seen: Seen) -> Iterator[Finding]:
    """Whether the ledger can be read, how old it is, and whether its file is sound."""
    place = "" if seen.inspection is None else f"{seen.inspection.version()}, "
    if seen.is_new or seen.inspection is None:
        yield ok("ledger", f"{place}none yet ({AT_FIRST})")
        return
    text = f"{place}schema {seen.standing.applied[-1]}"
    if seen.standing.missing:
        text += f" (the next start brings it to {seen.standing.missing[-1]})"
    yield ok("ledger", text)
    faults = seen.inspection.faults()
    if faults:
        yield Finding(
            "ledger's file",
            Level.ERROR,
            f"damaged: {faults[0]}",
            "Close every wa-desktop, then bring back a good copy: wa-desktop restore FILE.",
        )


def writing(seen: Seen) -> Iterator[Finding]:
    """What keeps the ledger from being written; nothing where it can be."""
    found = None if seen.inspection is None else seen.inspection.writing()
    if found is None:
        return
    if found.is_standby:
        yield _error(
            "this PostgreSQL is a standby, which takes no writes",
            "Name the primary in DATABASE_URL, or promote this one.",
        )
    elif found.is_read_only:
        yield _error(
            "PostgreSQL is read-only here (default_transaction_read_only is on)",
            "Set it to off for the server, the database and the user.",
        )
    if found.denied:
        yield _error(
            f"this user may not read and change {', '.join(found.denied)}",
            "Make the user the owner of the database and of all tables in it.",
        )
    elif not found.may_make and (seen.is_new or seen.standing.missing):
        yield _error(
            "this user may not make or alter the ledger's tables, which the next start must do",
            "Make the user the owner of the database and of all tables in it.",
        )


def room(seen: Seen) -> Iterator[Finding]:
    """Whether PostgreSQL's disk takes anything more; nothing where it does."""
    if seen.inspection is None:
        return
    writing = seen.inspection.writing()
    if writing is None or writing.is_standby or writing.is_read_only:
        return
    try:
        seen.inspection.try_to_grow()
    except LedgerFull:
        yield _error(
            "the disk of the PostgreSQL server is full",
            "Free some space there. Nothing is lost: sending goes on by itself then.",
        )


def dumping(seen: Seen) -> Iterator[Finding]:
    """Whether a ledger on PostgreSQL can be backed up from here; nothing where it can."""
    server = None if seen.inspection is None else seen.inspection.server_version()
    if server is None:
        return
    tool = find_tool("pg_dump")
    if tool is None:
        found = "pg_dump was not found here"
    elif tool.version < server:
        found = f"pg_dump here is of version {tool.version}, the server of version {server}"
    else:
        return
    yield Finding(
        "backups",
        Level.WARNING,
        f"{found}: the ledger cannot be backed up, and no new version upgrades it",
        f"Install the client of PostgreSQL {server} on this machine.",
    )


def safeguards(seen: Seen) -> Iterator[Finding]:
    """Whether the server's files outlive a power cut."""
    for name in () if seen.inspection is None else seen.inspection.safeguards_off():
        yield Finding(
            "PostgreSQL",
            Level.WARNING,
            f"{name} is off: a power cut can ruin the whole ledger",
            f"Set {name} = on, then reload the server.",
        )


def _error(text: str, advice: str) -> Finding:
    return Finding("ledger's writing", Level.ERROR, text, advice)
