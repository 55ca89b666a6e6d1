"""Brings a sample into a database that has its schema and no later one.

A sample is ``NNNN.sql``, named by the number of the last migration of its schema.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from wa_desktop.ledger.schema import MIGRATIONS
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.upgrade import upgrade

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Sample:
    """``migration`` is the name of the newest one in its schema."""

    path: Path
    migration: str


def migrations(folder: Path = MIGRATIONS) -> list[str]:
    """The names of all migrations, oldest first."""
    return sorted(one.stem for one in folder.glob("[0-9]*.py"))


def samples(folder: Path = MIGRATIONS) -> list[Sample]:
    """The samples there are, oldest first."""
    known = {name[:4]: name for name in migrations(folder)}
    return [Sample(one, known[one.stem]) for one in sorted(FOLDER.glob("[0-9]*.sql"))]


def without_sample(folder: Path = MIGRATIONS) -> list[str]:
    """The migrations before the last whose schema has no sample."""
    there = {one.migration for one in samples(folder)}
    return [name for name in migrations(folder)[:-1] if name not in there]


def migrate(database: Database, last: str) -> None:
    """Give an empty database the schema of that migration."""
    with tempfile.TemporaryDirectory() as folder:
        for name in migrations():
            if name <= last:
                shutil.copy(MIGRATIONS / f"{name}.py", folder)
        upgrade(database, Path(folder), copy_first=False)


def fill(database: Database, sample: Sample) -> None:
    """Add its rows."""
    with database.write():
        # The upgrade has named the ledger already; the sample brings a name of its own.
        database.run("DELETE FROM ledger_info")
        for statement in statements(sample.path.read_text(encoding="utf-8")):
            database.run(statement)


def statements(text: str) -> list[str]:
    """The statements of a sample; each ends at the end of a line."""
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    return [one for one in "\n".join(lines).split(";\n") if one.strip()]
