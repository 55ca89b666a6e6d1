"""Which schemas of the ledger this program knows: the names of its migrations."""

from pathlib import Path

MIGRATIONS = Path(__file__).with_name("migrations")


def known_migrations(directory: Path = MIGRATIONS) -> frozenset[str]:
    """The names of the migrations in a folder; empty when the installation lacks them."""
    return frozenset(path.stem for path in directory.glob("[0-9]*.py"))
