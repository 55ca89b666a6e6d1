"""The ledger's tables as peewee models. They are bound to no database: ``Database.fetch`` is.

They describe; ``migrations/`` creates. Rows never leave this package: see ``records.py``.
"""

import peewee
from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    SmallIntegerField,
    TextField,
)


class LedgerInfo(peewee.Model):
    """Facts about the ledger itself: its own id, which queues are paused."""

    name = TextField(primary_key=True)
    value = TextField()

    class Meta:
        table_name = "ledger_info"


class Account(peewee.Model):
    """One sender and the state of its limits."""

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
    cool_down_max = IntegerField(null=True)
    cool_down_days = IntegerField(null=True)
    warm_up = TextField(null=True)
    warm_up_from = BigIntegerField(null=True)
    warm_up_day = IntegerField(null=True)
    warm_up_sent = IntegerField(default=0)
    pace = FloatField(null=True)
    pace_changed_at = BigIntegerField(default=0)
    throttled_until = BigIntegerField(default=0)
    throttles = IntegerField(default=0)
    next_slot_at = BigIntegerField(default=0)
    in_flight = IntegerField(default=0)
    revision = IntegerField(default=0)
    created_at = BigIntegerField()

    class Meta:
        table_name = "accounts"


class Contract(peewee.Model):
    """One campaign. ``turn`` orders contracts of equal priority; ``import_mark`` is the
    highest message id before an import that has not been finished, ``import_at`` its last
    sign of life; ``suppressions_seen``: see ``suppressions.py``; ``held_run``: how many
    messages the provider held back since the last start, the last one at ``held_at``."""

    id = BigAutoField()
    uid = TextField(unique=True)
    account = ForeignKeyField(Account, column_name="account_id", backref="contracts")
    name = TextField()
    state = TextField()
    state_reason = TextField(null=True)
    priority = IntegerField(default=0)
    body = TextField(null=True)
    template = TextField(null=True)
    max_attempts = SmallIntegerField()
    start_at = BigIntegerField(null=True)
    created_at = BigIntegerField()
    started_at = BigIntegerField(null=True)
    finished_at = BigIntegerField(null=True)
    import_mark = BigIntegerField(null=True)
    import_at = BigIntegerField(null=True)
    own_contents = BooleanField(default=False)
    turn = BigIntegerField(default=0)
    next_due_at = BigIntegerField(null=True)
    listed = BooleanField(default=True)
    revision = IntegerField(default=0)
    zone = TextField(null=True)
    quiet_hours = TextField(null=True)
    expires_at = BigIntegerField(null=True)
    held_by = TextField(null=True)
    held_until = BigIntegerField(null=True)
    doubt_policy = TextField(default="leave")
    doubt_grace = BigIntegerField(null=True)
    action = TextField(null=True)
    suppressions_seen = BigIntegerField(null=True)
    pause_after_held = IntegerField(null=True)
    held_run = BigIntegerField(default=0)
    held_at = BigIntegerField(null=True)

    class Meta:
        table_name = "contracts"


class Counter(peewee.Model):
    """How many messages of a contract stand in each state, kept with every move; ``held`` of
    those that were sent."""

    contract = ForeignKeyField(Contract, primary_key=True, column_name="contract_id")
    total = BigIntegerField(default=0)
    draft = BigIntegerField(default=0)
    waiting = BigIntegerField(default=0)
    delayed = BigIntegerField(default=0)
    claimed = BigIntegerField(default=0)
    sending = BigIntegerField(default=0)
    sent = BigIntegerField(default=0)
    delivered = BigIntegerField(default=0)
    read = BigIntegerField(default=0)
    failed = BigIntegerField(default=0)
    skipped = BigIntegerField(default=0)
    in_doubt = BigIntegerField(default=0)
    cleaned_completed = BigIntegerField(default=0)
    cleaned_failed = BigIntegerField(default=0)
    held = BigIntegerField(default=0)

    class Meta:
        table_name = "counters"


class Message(peewee.Model):
    """One row of a contract for one recipient: ``phone`` is the number as it is dialled,
    ``person`` the person's key where that is not the number itself, ``written`` the number as its
    source had it where that has other digits. ``held_by``: the limit that puts it off; ``held``:
    the provider took it and holds it back; ``error_subcode`` counts only beside a code."""

    id = BigAutoField()
    contract = ForeignKeyField(Contract, column_name="contract_id")
    phone = TextField()
    person = TextField(null=True)
    written = TextField(null=True)
    state = SmallIntegerField()
    attempts = SmallIntegerField(default=0)
    refusals = IntegerField(default=0)
    due_at = BigIntegerField(null=True)
    claimed_by = BigIntegerField(null=True)
    provider_id = TextField(null=True)
    error_code = IntegerField(null=True)
    error_text = TextField(null=True)
    sent_at = BigIntegerField(null=True)
    delivered_at = BigIntegerField(null=True)
    read_at = BigIntegerField(null=True)
    updated_at = BigIntegerField()
    listed = BooleanField(default=True)
    held_by = TextField(null=True)
    held = BooleanField(null=True)
    error_subcode = IntegerField(null=True)

    class Meta:
        table_name = "messages"


class Contents(peewee.Model):
    """What a message brings of its own; kept apart so that a move rewrites a small row."""

    message = ForeignKeyField(Message, primary_key=True, column_name="message_id")
    body = TextField(null=True)
    variables = TextField(null=True)

    class Meta:
        table_name = "contents"


class Event(peewee.Model):
    """One line of the history of a contract, a message or an account."""

    id = BigAutoField()
    at = BigIntegerField()
    kind = TextField()
    account_id = TextField(null=True)
    contract = ForeignKeyField(Contract, null=True, column_name="contract_id")
    message_id = BigIntegerField(null=True)
    code = IntegerField(null=True)
    text = TextField(null=True)
    subcode = IntegerField(null=True)

    class Meta:
        table_name = "events"


class Worker(peewee.Model):
    """One engine at work. ``process_started`` tells it from a later process of the same pid, and
    from those of other machines (``processes.py``)."""

    id = BigAutoField()
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


class Minute(peewee.Model):
    """What one minute brought, over all accounts."""

    minute = BigIntegerField(primary_key=True)
    sent = BigIntegerField(default=0)
    failed = BigIntegerField(default=0)
    retried = BigIntegerField(default=0)
    in_doubt = BigIntegerField(default=0)

    class Meta:
        table_name = "minutes"


class Reach(peewee.Model):
    """When a scope (an account or a portfolio) last wrote to a recipient, whose ``phone`` is the
    person's key; see ``reach.py``."""

    scope = TextField()
    phone = TextField()
    last_at = BigIntegerField()
    stamps = TextField(null=True)

    class Meta:
        table_name = "reach"
        primary_key = peewee.CompositeKey("scope", "phone")


class ReachTotal(peewee.Model):
    """How many recipients of a scope stand in the rolling 24 hours."""

    scope = TextField(primary_key=True)
    reached = BigIntegerField()

    class Meta:
        table_name = "reach_totals"


class Suppression(peewee.Model):
    """Who is not written to, on whose behalf, since and until when; see ``suppressions.py``.

    ``who`` is a person's key or a country's code, ``phone`` the number as it was dialled where
    that is another.

    The contract and the message that it came from may be gone."""

    id = BigAutoField()
    who = TextField()
    phone = TextField(null=True)
    whose = TextField()
    account_id = TextField()
    portfolio_id = TextField(null=True)
    code = IntegerField()
    since = BigIntegerField()
    until = BigIntegerField(null=True)
    contract_id = BigIntegerField()
    message_id = BigIntegerField()

    class Meta:
        table_name = "suppressions"


class PersonTries(peewee.Model):
    """How often a person was tried in vain with one code, over all contracts; see
    ``person_tries.py``."""

    person = TextField()
    code = IntegerField()
    tries = IntegerField()
    last_at = BigIntegerField()

    class Meta:
        table_name = "person_tries"
        primary_key = peewee.CompositeKey("person", "code")


class PersonAlias(peewee.Model):
    """A number's key, and that of the same person which is used in its place; ``persons.py``."""

    number = TextField(primary_key=True)
    person = TextField()

    class Meta:
        table_name = "person_aliases"


ALL = (
    LedgerInfo,
    Account,
    Contract,
    Counter,
    Message,
    Contents,
    Event,
    Worker,
    Minute,
    Reach,
    ReachTotal,
    Suppression,
    PersonTries,
    PersonAlias,
)

TABLES = (*(one._meta.table_name for one in ALL), "schema_migration")  # noqa: SLF001 - its name
"""The ledger's tables; the last is the migrations' own."""
