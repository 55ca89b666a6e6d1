"""Looks at the database as a thing: its versions, its soundness, its clock. For ``doctor``."""

from wa_desktop.clock import from_seconds
from wa_desktop.ledger.sql.database import Database


class Inspection:
    """Reads what no campaign needs to know."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> str:
        """The database's name and version."""
        with self._database.read():
            if self._database.is_sqlite:
                return f"SQLite {self._database.scalar('SELECT sqlite_version()')}"
            return f"PostgreSQL {self._database.scalar('SHOW server_version')}"

    def schema(self) -> str:
        """The name of the latest migration applied."""
        with self._database.read():
            return str(self._database.scalar("SELECT MAX(name) FROM schema_migration"))

    def faults(self) -> tuple[str, ...]:
        """What SQLite's quick check finds wrong with the file; nothing on PostgreSQL."""
        if not self._database.is_sqlite:
            return ()
        with self._database.read():
            found = [str(row[0]) for row in self._database.rows("PRAGMA quick_check(10)")]
        return tuple(one for one in found if one != "ok")

    def server_time(self) -> int | None:
        """The database server's clock in microseconds; ``None`` on SQLite, which has none."""
        if self._database.is_sqlite:
            return None
        with self._database.read():
            seconds = self._database.scalar("SELECT EXTRACT(EPOCH FROM clock_timestamp())")
        return from_seconds(float(seconds))

    def newest_stamp(self) -> int:
        """The latest moment that was written down; 0 in an empty ledger."""
        with self._database.read():
            return int(
                self._database.scalar(
                    "SELECT MAX(at) FROM (SELECT COALESCE(MAX(created_at), 0) AS at "
                    "FROM contracts UNION ALL SELECT COALESCE(MAX(last_seen), 0) FROM workers) AS s"
                )
            )
