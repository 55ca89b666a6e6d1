"""Backups of a ledger on PostgreSQL: by its own tool ``pg_dump``, which is the operator's.

The password goes through the environment: a command line is seen by everyone on the machine.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from wa_desktop.errors import LedgerDamaged, LedgerError
from wa_desktop.words import words

MAGIC = b"PGDMP"
"""The first bytes of a dump in PostgreSQL's custom format."""

_TABLES = ("accounts", "contracts", "messages")


def dump_ledger(url: str, target: Path) -> None:
    """Dump the ledger in custom format to a new file, checked and on disk when this returns.

    Raises ``LedgerError`` which names the command to run where ``pg_dump`` is not found, or
    says why it failed; the target is gone then.
    """
    place, secrets = _divided(url)
    command = ["pg_dump", "--format=custom", "--no-password", f"--dbname={place}"]
    program = shutil.which("pg_dump")
    if program is None:
        raise LedgerError(
            words(
                "A ledger on PostgreSQL is backed up by PostgreSQL's own tool, and pg_dump was not "
                "found here. Install PostgreSQL's client, or run where it is: {command}",
                command=shlex.join([*command[:2], f"--file={target.name}", command[-1]]),
            )
        )
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _run([program, *command[1:], f"--file={target}"], secrets)
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


def check_dump(path: Path) -> None:
    """Check that a dump names the ledger's tables. Raises ``LedgerDamaged``.

    Where PostgreSQL's ``pg_restore`` is missing, only the file's beginning is looked at.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise LedgerDamaged(words("{name} is not a dump of PostgreSQL.", name=path.name))
    program = shutil.which("pg_restore")
    if program is None:
        return
    listed = subprocess.run(  # noqa: S603 - PostgreSQL's own tool, no shell
        [program, "--list", path], capture_output=True, text=True, errors="replace", check=False
    )
    lacking = [one for one in _TABLES if f" TABLE DATA public {one} " not in listed.stdout]
    if listed.returncode or lacking:
        raise LedgerDamaged(
            words("{name} is damaged, or not the dump of a ledger.", name=path.name)
        )


def restore_command(url: str, dump: Path) -> str:
    """What an operator runs to put a dump back."""
    place, _ = _divided(url)
    return shlex.join(["pg_restore", "--clean", "--if-exists", f"--dbname={place}", str(dump)])


def _run(command: list[str], secrets: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own tool, no shell
        command,
        env=os.environ | secrets,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = lines[0] if lines else f"exit code {done.returncode}"
        raise LedgerError(words("pg_dump could not back the ledger up ({reason}).", reason=reason))


def _divided(url: str) -> tuple[str, dict[str, str]]:
    """The connection without its password, and the password for the environment."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415 - is an extra

    given = {name: str(value) for name, value in conninfo_to_dict(url).items() if value is not None}
    password = given.pop("password", None)
    return make_conninfo("", **given), {} if password is None else {"PGPASSWORD": password}
