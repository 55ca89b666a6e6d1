"""Backups of a ledger on PostgreSQL: by PostgreSQL's own tool ``pg_dump``."""

import os
import re
import shlex
from pathlib import Path

from wa_desktop.errors import LedgerDamaged, LedgerError
from wa_desktop.ledger.copies.pg_tools import divided, find_tool, run_tool
from wa_desktop.ledger.models import TABLES
from wa_desktop.ledger.sql.database import Database
from wa_desktop.words import words

MAGIC = b"PGDMP"
"""The first bytes of a dump in PostgreSQL's custom format."""

_UID = re.compile(r"^uid\t(\w+)$", re.MULTILINE)
_NAMED = ("accounts", "contracts", "messages")


def dump_ledger(url: str, target: Path, *, server: int = 0) -> None:
    """Dump the ledger's tables in custom format to a new file, checked and on disk at the end.

    ``server`` is the major version of the server, if it is known. Raises ``LedgerError`` which
    names the command to run where ``pg_dump`` is not found, or says why it failed; the target
    is gone then.
    """
    place, secrets = divided(url)
    options = ["--format=custom", "--no-password", *(f"--table=public.{one}" for one in TABLES)]
    tool = find_tool("pg_dump")
    if tool is None:
        raise LedgerError(
            words(
                "A ledger on PostgreSQL is backed up by PostgreSQL's own tool, and pg_dump was not "
                "found here. Install PostgreSQL's client, or run where it is: {command}",
                command=shlex.join(
                    ["pg_dump", options[0], f"--file={target.name}", f"--dbname={place}"]
                ),
            )
        )
    if tool.version < server:
        raise LedgerError(
            words(
                "pg_dump here is of version {found}, the server of version {server}: it refuses "
                "to read a newer one. Install the client of PostgreSQL {server}.",
                found=str(tool.version),
                server=str(server),
            )
        )
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        done = run_tool([tool.path, *options, f"--dbname={place}", f"--file={target}"], secrets)
        if not done.well:
            raise LedgerError(
                words("pg_dump could not back the ledger up ({reason}).", reason=done.reason)
            )
        check_dump(target)
        with target.open("rb+") as file:
            os.fsync(file.fileno())
    except OSError as error:
        target.unlink(missing_ok=True)
        raise LedgerError(
            words("The backup could not be written ({reason}).", reason=error.strerror)
        ) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def refuse_other_schema(database: Database) -> None:
    """Refuse a ledger whose tables lie, or would be made, in another schema than ``public``.

    Its dump would be empty, and a restore would leave it in use beside the restored one.
    """
    schema = database.scalar(
        "SELECT COALESCE((SELECT relnamespace::regnamespace::text FROM pg_class "
        "WHERE oid = to_regclass('schema_migration')), current_schema())"
    )
    if schema != "public":
        raise LedgerError(
            words(
                "The ledger's tables lie in the schema {schema}, and only the schema public is "
                "backed up and restored. Set search_path = public for the user, or move the "
                "tables there: ALTER TABLE … SET SCHEMA public.",
                schema=schema or words("none"),
            )
        )


def check_dump(path: Path) -> None:
    """Check that a dump names the ledger's tables. Raises ``LedgerDamaged``.

    Where PostgreSQL's ``pg_restore`` is missing, only the file's beginning is looked at.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise LedgerDamaged(words("{name} is not a dump of PostgreSQL.", name=path.name))
    tool = find_tool("pg_restore")
    if tool is None:
        return
    listed = run_tool([tool.path, "--list", str(path)])
    lacking = [one for one in _NAMED if f" TABLE DATA public {one} " not in listed.output]
    if not listed.well or lacking:
        raise damaged_dump(path)


def dumped_ledger(path: Path) -> str | None:
    """The uid of the ledger that a dump is of; ``None`` where that cannot be read, or where
    PostgreSQL's ``pg_restore`` is missing."""
    tool = find_tool("pg_restore")
    if tool is None:
        return None
    rows = run_tool([tool.path, "--data-only", "--table=ledger_info", "--file=-", str(path)])
    found = _UID.search(rows.output)
    return found[1] if found else None


def damaged_dump(path: Path) -> LedgerDamaged:
    """That a dump cannot be used."""
    return LedgerDamaged(words("{name} is damaged, or not the dump of a ledger.", name=path.name))
