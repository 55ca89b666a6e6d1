"""PostgreSQL's own tools ``pg_dump`` and ``pg_restore``, which are the operator's: found, asked
for their version, run.

A password goes through the environment: a command line is seen by everyone on the machine.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wa_desktop.database_url import without_search_path
from wa_desktop.errors import LedgerError
from wa_desktop.words import words

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Tool:
    """One of them. ``version`` is its major number, 0 where it does not tell."""

    path: str
    version: int


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended; ``reason`` is the first line it complained with."""

    well: bool
    output: str
    reason: str


def find_tool(name: str) -> Tool | None:
    """The tool on the search path, ``None`` where there is none."""
    path = shutil.which(name)
    if path is None:
        return None
    named = _VERSION.search(run_tool([path, "--version"]).output)
    return Tool(path, int(named[1]) if named else 0)


def run_tool(command: Sequence[str], secrets: Mapping[str, str] | None = None) -> Finished:
    """Run it to its end; never asks anybody anything. ``LedgerError`` if it cannot be begun."""
    try:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own tool, no shell
            command,
            env=os.environ | (secrets or {}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise cannot_run(command[0], error) from error
    return Finished(
        not done.returncode, done.stdout, complaint(done.stderr) or f"exit code {done.returncode}"
    )


def cannot_run(program: str, error: OSError) -> LedgerError:
    """That a tool is there but does not run."""
    return LedgerError(
        words(
            "{program} does not run ({reason}). Install PostgreSQL's client again.",
            program=program,
            reason=error.strerror,
        )
    )


def complaint(said: str) -> str:
    """The first line of what a tool said on its way out, empty if it said nothing."""
    return next((line.strip() for line in said.splitlines() if line.strip()), "")


def divided(url: str) -> tuple[str, dict[str, str]]:
    """The connection without its password, and the password for the environment."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo  # noqa: PLC0415 - is an extra

    # The tools name the tables with their schema.
    address, _ = without_search_path(url)
    given = {
        name: str(value) for name, value in conninfo_to_dict(address).items() if value is not None
    }
    password = given.pop("password", None)
    return make_conninfo("", **given), {} if password is None else {"PGPASSWORD": password}
