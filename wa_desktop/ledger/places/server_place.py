"""The place of a ledger on PostgreSQL: which database of which cluster, told by several witnesses.

A standby that takes over has the cluster's id and the database's number: it is no copy. What a
dump is restored into has neither. pg_upgrade makes a new cluster around the old tables: its id is
another, but the record of the place is still the row that was written, by the transaction that
wrote it, in the table of that number.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from wa_desktop.ledger.sql.database import Database
from wa_desktop.words import Words, words

_XIDS = 1 << 32
"""A row keeps that many numbers of transactions apart."""


@dataclass(frozen=True, slots=True)
class ServerPlace:
    """``cluster`` is ``None`` where the server does not tell it; ``database`` and ``table`` are
    numbers of the server's own. ``written_by`` is the transaction that wrote the record."""

    cluster: str | None
    database: int
    name: str
    table: int
    written_by: int
    server: str

    @classmethod
    def of(cls, database: Database, *, written_by: int) -> "ServerPlace":
        """Where the ledger is now (inside a transaction)."""
        row = database.rows(
            "SELECT oid, datname, CAST(to_regclass('ledger_info') AS oid) FROM pg_database "
            "WHERE datname = current_database()"
        )[0]
        server = urlsplit(database.url).netloc.rpartition("@")[2] or "localhost"
        return cls(_cluster(database), int(row[0]), str(row[1]), int(row[2]), written_by, server)

    @property
    def said(self) -> Words:
        """For people, without user and password."""
        return words("database {name} on {server}", name=self.name, server=self.server)

    def is_same(self, other: "ServerPlace") -> bool:
        """Whether both are the same database, or what pg_upgrade or a failover made of it."""
        if self.cluster is not None and self.cluster == other.cluster:
            return self.database == other.database
        kept = self.table == other.table and self.written_by == other.written_by
        return kept and (self.database == other.database or self.name == other.name)


def this_transaction(database: Database) -> int:
    """By which number the rows are known that this transaction writes, outside of savepoints."""
    return int(database.scalar("SELECT txid_current()")) % _XIDS


def writer_of(database: Database, name: str) -> int:
    """Which transaction wrote a line of ``ledger_info``; 0 where there is none."""
    found = database.scalar(
        "SELECT CAST(CAST(xmin AS text) AS bigint) FROM ledger_info WHERE name = ?", (name,)
    )
    return 0 if found is None else int(found)


def _cluster(database: Database) -> str | None:
    """The id that initdb gave the cluster; a provider may forbid to ask."""
    allowed = database.scalar(
        "SELECT has_function_privilege("
        "CAST(to_regprocedure('pg_catalog.pg_control_system()') AS oid), 'EXECUTE')"
    )
    if not allowed:
        return None
    return str(database.scalar("SELECT system_identifier FROM pg_control_system()"))
