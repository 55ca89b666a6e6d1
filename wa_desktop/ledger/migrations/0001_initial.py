"""The first schema: accounts, contracts and their messages, counters, events, workers.

The models here are frozen: they belong to this migration and never change.
"""

from peewee import (
    SQL,
    BigAutoField,
    BigIntegerField,
    BooleanField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    SqliteDatabase,
    TextField,
)


def _models(db):
    # SQLite gives the id of a deleted row to the next one, unless told not to.
    never_again = [SQL("AUTOINCREMENT")] if isinstance(db, SqliteDatabase) else []

    class Base(Model):
        class Meta:
            database = db
            legacy_table_names = False

    class LedgerInfo(Base):
        name = TextField(primary_key=True)
        value = TextField()

        class Meta:
            table_name = "ledger_info"

    class Account(Base):
        id = TextField(primary_key=True)
        name = TextField()
        kind = TextField()
        phone_number_id = TextField(null=True)
        waba_id = TextField(null=True)
        api_base_url = TextField()
        api_version = TextField()
        secrets = TextField(null=True)
        rate_max = IntegerField(null=True)
        rate_ms = BigIntegerField(null=True)
        concurrency = IntegerField()
        daily_limit = IntegerField(null=True)
        portfolio_id = TextField(null=True)
        sandbox_latency_ms = IntegerField()
        sandbox_failure_share = FloatField()
        state = TextField()
        state_reason = TextField(null=True)
        next_slot_at = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        in_flight = IntegerField(constraints=[SQL("DEFAULT 0")])
        revision = IntegerField(constraints=[SQL("DEFAULT 0")])
        created_at = BigIntegerField()

        class Meta:
            table_name = "accounts"

    class Contract(Base):
        id = BigAutoField(constraints=never_again)
        uid = TextField(unique=True)
        account = ForeignKeyField(Account, column_name="account_id")
        name = TextField()
        state = TextField()
        state_reason = TextField(null=True)
        priority = IntegerField(constraints=[SQL("DEFAULT 0")])
        body = TextField(null=True)
        template = TextField(null=True)
        max_attempts = SmallIntegerField()
        start_at = BigIntegerField(null=True)
        created_at = BigIntegerField()
        started_at = BigIntegerField(null=True)
        finished_at = BigIntegerField(null=True)
        import_mark = BigIntegerField(null=True)
        import_at = BigIntegerField(null=True)
        own_contents = BooleanField(constraints=[SQL("DEFAULT FALSE")])
        turn = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        next_due_at = BigIntegerField(null=True)
        listed = BooleanField(constraints=[SQL("DEFAULT TRUE")])
        revision = IntegerField(constraints=[SQL("DEFAULT 0")])

        class Meta:
            table_name = "contracts"

    class Counter(Base):
        contract = ForeignKeyField(
            Contract, primary_key=True, column_name="contract_id", on_delete="CASCADE"
        )
        total = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        draft = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        waiting = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        delayed = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        claimed = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        sending = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        sent = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        delivered = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        read = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        failed = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        skipped = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        in_doubt = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        cleaned_completed = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        cleaned_failed = BigIntegerField(constraints=[SQL("DEFAULT 0")])

        class Meta:
            table_name = "counters"

    class Message(Base):
        id = BigAutoField(constraints=never_again)
        contract = ForeignKeyField(Contract, column_name="contract_id", index=False)
        phone = TextField()
        state = SmallIntegerField()
        attempts = SmallIntegerField(constraints=[SQL("DEFAULT 0")])
        refusals = IntegerField(constraints=[SQL("DEFAULT 0")])
        due_at = BigIntegerField(null=True)
        claimed_by = BigIntegerField(null=True)
        provider_id = TextField(null=True)
        error_code = IntegerField(null=True)
        error_text = TextField(null=True)
        sent_at = BigIntegerField(null=True)
        delivered_at = BigIntegerField(null=True)
        read_at = BigIntegerField(null=True)
        updated_at = BigIntegerField()
        listed = BooleanField(constraints=[SQL("DEFAULT TRUE")])

        class Meta:
            table_name = "messages"

    class Contents(Base):
        message = ForeignKeyField(
            Message, primary_key=True, column_name="message_id", on_delete="CASCADE"
        )
        body = TextField(null=True)
        variables = TextField(null=True)

        class Meta:
            table_name = "contents"

    class Event(Base):
        id = BigAutoField()
        at = BigIntegerField()
        kind = TextField()
        account_id = TextField(null=True)
        contract = ForeignKeyField(
            Contract, null=True, column_name="contract_id", on_delete="CASCADE"
        )
        message_id = BigIntegerField(null=True, index=True)
        code = IntegerField(null=True)
        text = TextField(null=True)

        class Meta:
            table_name = "events"

    class Worker(Base):
        id = BigAutoField(constraints=never_again)
        host = TextField()
        pid = IntegerField()
        process_started = BigIntegerField()
        started_at = BigIntegerField()
        last_seen = BigIntegerField()
        last_claim = BigIntegerField(null=True)
        last_send = BigIntegerField(null=True)
        ended_at = BigIntegerField(null=True)

        class Meta:
            table_name = "workers"

    class Minute(Base):
        minute = BigIntegerField(primary_key=True)
        sent = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        failed = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        retried = BigIntegerField(constraints=[SQL("DEFAULT 0")])
        in_doubt = BigIntegerField(constraints=[SQL("DEFAULT 0")])

        class Meta:
            table_name = "minutes"

    return [LedgerInfo, Account, Contract, Counter, Message, Contents, Event, Worker, Minute]


INDEXES = (
    # A recipient stands once in a contract; also finds a number.
    "CREATE UNIQUE INDEX message_recipient ON messages (contract_id, phone)",
    # Pages of a table, whole and by state.
    "CREATE INDEX message_page ON messages (contract_id, state, id)",
    "CREATE INDEX message_place ON messages (contract_id, id)",
    # The claim: due time, then the row's place. Rows that are done with are not in it.
    "CREATE INDEX message_queue ON messages (contract_id, state, due_at, id) "
    "WHERE state = 1 OR state = 2",
    # What a worker holds, to give it back when the worker is gone.
    "CREATE INDEX message_held ON messages (claimed_by) WHERE state = 3 OR state = 4",
    "CREATE INDEX contract_state ON contracts (state)",
    "CREATE INDEX event_contract ON events (contract_id, id)",
)


def up(migrator, db):
    db.create_tables(_models(db), safe=False)
    for statement in INDEXES:
        db.execute_sql(statement)
