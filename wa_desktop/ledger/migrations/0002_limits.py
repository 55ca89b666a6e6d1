"""Limits in layers: daily reach, warm-up, quiet hours, cool-down, pace; schedules and actions."""

COLUMNS = (
    ("accounts", "cool_down_max", "integer"),
    ("accounts", "cool_down_days", "integer"),
    ("accounts", "warm_up", "text"),
    ("accounts", "warm_up_from", "bigint"),
    ("accounts", "warm_up_day", "integer"),
    ("accounts", "warm_up_sent", "integer NOT NULL DEFAULT 0"),
    ("accounts", "pace", "double precision"),
    ("accounts", "pace_changed_at", "bigint NOT NULL DEFAULT 0"),
    ("accounts", "throttled_until", "bigint NOT NULL DEFAULT 0"),
    ("accounts", "throttles", "integer NOT NULL DEFAULT 0"),
    ("contracts", "zone", "text"),
    ("contracts", "quiet_hours", "text"),
    ("contracts", "expires_at", "bigint"),
    ("contracts", "held_by", "text"),
    ("contracts", "held_until", "bigint"),
    ("contracts", "doubt_policy", "text NOT NULL DEFAULT 'leave'"),
    ("contracts", "doubt_grace", "bigint"),
    ("contracts", "action", "text"),
    ("messages", "held_by", "text"),
)

TABLES = (
    "CREATE TABLE reach (scope text NOT NULL, phone text NOT NULL, last_at bigint NOT NULL, "
    "stamps text, PRIMARY KEY (scope, phone))",
    "CREATE INDEX reach_age ON reach (scope, last_at)",
    "CREATE TABLE reach_totals (scope text NOT NULL PRIMARY KEY, reached bigint NOT NULL)",
    "CREATE INDEX contract_active ON contracts (account_id, state)",
    "CREATE INDEX contract_turn ON contracts (account_id, turn)",
    # Doubts that a contract's policy settles after a grace time.
    "CREATE INDEX message_doubt ON messages (contract_id, updated_at) WHERE state = 10",
)


def up(migrator, db):
    for table, column, kind in COLUMNS:
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    for statement in TABLES:
        db.execute_sql(statement)
