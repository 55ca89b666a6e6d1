"""Looks at the database as a thing: its versions, its soundness, its clock. For ``doctor``."""

from contextlib import suppress
from dataclasses import dataclass

from wa_desktop.ledger.models import TABLES
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import measure


@dataclass(frozen=True, slots=True)
class Writing:
    """Whether a server on PostgreSQL takes what the ledger writes.

    ``denied`` are the ledger's tables, and their sequences, that the user may not use; ``may_make``
    whether it may make and alter them, which a first start and an upgrade need.
    """

    is_standby: bool
    is_read_only: bool
    denied: tuple[str, ...]
    may_make: bool


_OURS = "(SELECT to_regclass(one) FROM unnest(CAST(? AS text[])) AS t(one))"

_DENIED = f"""
SELECT relname FROM pg_class WHERE oid IN {_OURS}
AND NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))
UNION SELECT s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid
WHERE d.deptype = 'a' AND d.refobjid IN {_OURS}
AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') END
ORDER BY 1
"""
"""The second half: the sequences that number new rows."""

_MAY_MAKE = f"""
SELECT COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AND NOT EXISTS (
SELECT 1 FROM pg_class WHERE oid IN {_OURS} AND NOT pg_has_role(relowner, 'USAGE'))
"""


class _Undone(Exception):
    """Leaves a transaction that is not to last."""


_SAFEGUARDS = ("fsync", "full_page_writes")


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

    def writing(self) -> Writing | None:
        """Whether the server lets this user write; ``None`` on SQLite."""
        if self._database.is_sqlite:
            return None
        with self._database.read():
            standby, mode = self._database.rows(
                "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
            )[0]
            ours = list(TABLES)
            denied = tuple(str(row[0]) for row in self._database.rows(_DENIED, [ours, ours]))
            may_make = bool(self._database.scalar(_MAY_MAKE, [ours]))
        return Writing(bool(standby), mode == "on", denied, may_make)

    def try_to_grow(self) -> None:
        """Make a table of a megabyte on PostgreSQL, and undo it: only so does a full disk show.

        Raises ``LedgerFull`` when its disk is full; nothing where the user may make no tables.
        """
        if self._database.is_sqlite:
            return
        with suppress(_Undone), self._database.write():
            if self._database.scalar(_MAY_MAKE, [[]]):
                self._database.run(
                    "CREATE TABLE wa_doctor_probe AS SELECT md5(random()::text) AS x "
                    "FROM generate_series(1, 16384)"
                )
            raise _Undone

    def server_version(self) -> int | None:
        """PostgreSQL's major version; ``None`` on SQLite."""
        if self._database.is_sqlite:
            return None
        with self._database.read():
            return int(self._database.scalar("SHOW server_version_num")) // 10_000

    def safeguards_off(self) -> tuple[str, ...]:
        """Which of PostgreSQL's safeguards against a power cut are switched off."""
        if self._database.is_sqlite:
            return ()
        with self._database.read():
            columns = ", ".join(f"current_setting('{one}')" for one in _SAFEGUARDS)
            values = self._database.rows(f"SELECT {columns}")[0]
        return tuple(
            name for name, value in zip(_SAFEGUARDS, values, strict=True) if value == "off"
        )

    def clock_ahead(self) -> int | None:
        """How far this computer's clock is ahead of the database server's, in microseconds;
        ``None`` on SQLite, which has none."""
        measure(self._database)
        return self._database.clock.ahead()

    def newest_stamp(self) -> int:
        """The latest moment that was written down; 0 in an empty ledger."""
        with self._database.read():
            return int(
                self._database.scalar(
                    "SELECT MAX(at) FROM (SELECT COALESCE(MAX(created_at), 0) AS at "
                    "FROM contracts UNION ALL SELECT COALESCE(MAX(last_seen), 0) FROM workers) AS s"
                )
            )
