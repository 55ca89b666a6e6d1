"""Recipients, and countries, that are not written to after an error that told so."""

from peewee import SqliteDatabase

_TABLE = (
    "CREATE TABLE suppressions (id {id}, who text NOT NULL, whose text NOT NULL, "
    "account_id text NOT NULL, portfolio_id text, code integer NOT NULL, since bigint NOT NULL, "
    "until bigint, contract_id bigint NOT NULL, message_id bigint NOT NULL)"
)
STATEMENTS = (
    # A claim finds by the recipient; a finding that comes again finds its row.
    "CREATE UNIQUE INDEX suppression_who ON suppressions (who, code, account_id)",
    "ALTER TABLE contracts ADD COLUMN suppressions_seen bigint",
    # What has been prepared by now was compared with nothing.
    "UPDATE contracts SET suppressions_seen = 0 WHERE state <> 'draft'",
)


def up(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)
    key = "integer NOT NULL PRIMARY KEY AUTOINCREMENT" if sqlite else "bigserial PRIMARY KEY"
    db.execute_sql(_TABLE.format(id=key))
    for statement in STATEMENTS:
        db.execute_sql(statement)
