"""What the provider holds back, subcodes of errors, tries that are counted for each person."""

COLUMNS = (
    ("messages", "held", "boolean"),
    ("messages", "error_subcode", "integer"),
    ("events", "subcode", "integer"),
    ("counters", "held", "bigint NOT NULL DEFAULT 0"),
    ("contracts", "pause_after_held", "integer"),
    ("contracts", "held_run", "bigint NOT NULL DEFAULT 0"),
    ("contracts", "held_at", "bigint"),
)

STATEMENTS = (
    # Pages of what is held; rows that are not held are not in it.
    "CREATE INDEX message_marked ON messages (contract_id, id) WHERE held",
    "CREATE TABLE person_tries (person text NOT NULL, code integer NOT NULL, "
    "tries integer NOT NULL, last_at bigint NOT NULL, PRIMARY KEY (person, code))",
    # v23.0 was the default and nobody's choice. An address that is not the provider's own belongs
    # to a gateway, which may know only the version that it was set up with.
    "UPDATE accounts SET api_version = 'v25.0' "
    "WHERE api_version = 'v23.0' AND api_base_url = 'https://graph.facebook.com'",
)


def up(migrator, db):
    for table, column, kind in COLUMNS:
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    for statement in STATEMENTS:
        db.execute_sql(statement)
