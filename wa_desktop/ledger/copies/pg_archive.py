"""A dump in PostgreSQL's custom format, read by ``pg_restore`` as statements and rows.

``pg_restore`` is asked for the SQL only and never meets the database, so that whoever carries
it out may do more in the same transaction. What is not the ledger's own is left out: a
database may hold tables of others.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from wa_desktop.errors import InvalidInput, LedgerDamaged, LedgerError
from wa_desktop.ledger.copies.pg_dump import MAGIC, damaged_dump
from wa_desktop.ledger.copies.pg_tools import Tool, cannot_run, complaint, find_tool, run_tool
from wa_desktop.ledger.copies.verify import CORE, SQLITE_MAGIC, told
from wa_desktop.ledger.models import TABLES
from wa_desktop.words import words

_OLDEST_TOOL = 12
_SINCE = {14: 12, 15: 16, 16: 17}
"""Which version of PostgreSQL brought a format of archives, 1.14 and later."""

_BLOCK = 1 << 18
_ENTRY = re.compile(
    r"\d+; \d+ \d+ (?P<kind>TABLE DATA|TABLE|SEQUENCE OWNED BY|SEQUENCE SET|SEQUENCE|DEFAULT"
    r"|FK CONSTRAINT|CONSTRAINT|INDEX) public (?P<name>\S+) "
)
_INDEX = re.compile(rb"CREATE (?:UNIQUE )?INDEX \S+ ON (?:ONLY )?public\.(\w+) ")
_COPY = re.compile(rb"COPY public\.\w+ \(.*\) FROM stdin;\n")
_SETTING = re.compile(
    rb"SET (?!client_encoding |standard_conforming_strings )|SELECT pg_catalog\.set_config\("
)
"""For the session, and some only newer servers know; all names are written in full anyway."""

_OWN = frozenset([*TABLES, *(f"{one}_id_seq" for one in TABLES)])


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table: what to say, and the rows in blocks, which must be read to their end."""

    copy: bytes
    blocks: Iterator[bytes]


Step = bytes | Rows
"""Statements of SQL, or rows."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A dump whose list was read. ``entries`` are the lines of it that are the ledger's."""

    path: Path
    tool: Tool
    entries: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> "Archive":
        """Look at a dump. ``InvalidInput`` for a file that is none, ``LedgerDamaged`` for one
        that is of no use, ``LedgerError`` without a ``pg_restore`` that can read it."""
        _refuse_other_files(path)
        tool = _tool()
        listed = run_tool([tool.path, "--list", str(path)])
        if not listed.well:
            raise _unreadable(path, tool)
        found = [(line, _ENTRY.match(line)) for line in listed.output.splitlines()]
        own = [(line, one) for line, one in found if one is not None and _is_own(one)]
        data = {one["name"] for _, one in own if one["kind"] == "TABLE DATA"}
        if CORE - data:
            raise damaged_dump(path)
        return cls(path, tool, tuple(line for line, _ in own))

    @contextmanager
    def steps(self) -> Iterator[Iterator[Step]]:
        """What to carry out, in order. ``LedgerDamaged`` when the dump breaks off, which may
        show only at the end: keep nothing of it before."""
        with tempfile.TemporaryDirectory() as folder:
            chosen = Path(folder) / "entries"
            chosen.write_text("\n".join(self.entries), encoding="utf-8")
            complaints = Path(folder) / "complaints"
            with complaints.open("wb") as said, self._reading(chosen, said) as process:
                assert process.stdout is not None
                yield _steps(process.stdout)
                ended = process.wait()
            if ended:
                reason = complaint(complaints.read_text(encoding="utf-8", errors="replace"))
                raise LedgerDamaged(
                    words(
                        "{name} is damaged ({reason}).",
                        name=self.path.name,
                        reason=reason or f"exit code {ended}",
                    )
                )

    @contextmanager
    def _reading(self, chosen: Path, said: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
        command = [self.tool.path, "--no-owner", "--no-privileges", "--file=-"]
        try:
            process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own tool, no shell
                [*command, f"--use-list={chosen}", str(self.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
            )
        except OSError as error:
            raise cannot_run(self.tool.path, error) from error
        with process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise


def _refuse_other_files(path: Path) -> None:
    if not path.is_file():
        raise InvalidInput(words("There is no backup at {path}.", path=path))
    with told(path.parent), path.open("rb") as file:
        begins = file.read(len(SQLITE_MAGIC))
    if begins == SQLITE_MAGIC:
        raise InvalidInput(
            words(
                "{name} is the backup of a ledger on SQLite, and DATABASE_URL names PostgreSQL. "
                "Choose a dump (ledger-….dump), or restore without DATABASE_URL.",
                name=path.name,
            )
        )
    if not begins.startswith(MAGIC):
        raise LedgerDamaged(words("{name} is not a dump of PostgreSQL.", name=path.name))


def _tool() -> Tool:
    tool = find_tool("pg_restore")
    if tool is None:
        raise LedgerError(
            words(
                "A dump of PostgreSQL is read by PostgreSQL's own tool, and pg_restore was not "
                "found here. Install PostgreSQL's client, then restore."
            )
        )
    if tool.version < _OLDEST_TOOL:
        raise LedgerError(
            words(
                "pg_restore here is of version {found}. Install the client of PostgreSQL "
                "{needed} or later.",
                found=str(tool.version),
                needed=str(_OLDEST_TOOL),
            )
        )
    return tool


def _unreadable(path: Path, tool: Tool) -> LedgerError:
    """Why a list could not be read: the format is newer than the tool, or the file is damaged."""
    with path.open("rb") as file:
        header = file.read(len(MAGIC) + 2)
    major, minor = header[-2:] if len(header) == len(MAGIC) + 2 else (0, 0)
    needed = _SINCE.get(minor) if major == 1 else None
    if major == 1 and minor > min(_SINCE) and (needed is None or needed > tool.version):
        return LedgerError(
            words(
                "{name} was written by a newer PostgreSQL than pg_restore here (version "
                "{found}). Install the client of PostgreSQL {needed} or later.",
                name=path.name,
                found=str(tool.version),
                needed=str(needed or max(_SINCE.values()) + 1),
            )
        )
    return damaged_dump(path)


def _is_own(entry: re.Match[str]) -> bool:
    # The list does not say whose an index is; its statement does.
    return entry["kind"] == "INDEX" or entry["name"] in _OWN


def _steps(script: IO[bytes]) -> Iterator[Step]:
    pending: list[bytes] = []
    for line in script:
        if _COPY.fullmatch(line):
            yield b"".join(pending)
            pending.clear()
            yield Rows(line.rstrip(), _blocks(script))
        elif not _is_left_out(line):
            pending.append(line)
    yield b"".join(pending)


def _blocks(script: IO[bytes]) -> Iterator[bytes]:
    block: list[bytes] = []
    size = 0
    for line in script:
        if line == b"\\.\n":
            break
        block.append(line)
        size += len(line)
        if size > _BLOCK:
            yield b"".join(block)
            block.clear()
            size = 0
    yield b"".join(block)


def _is_left_out(line: bytes) -> bool:
    r"""Remarks, settings, words for psql such as ``\restrict``, indexes of others' tables."""
    if line.startswith((b"--", b"\\")) or not line.strip() or _SETTING.match(line):
        return True
    index = _INDEX.match(line)
    return index is not None and index[1].decode() not in TABLES
