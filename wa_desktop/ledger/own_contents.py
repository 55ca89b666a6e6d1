"""What a message's row brings of its own, read with the row itself."""

import json

from wa_desktop.ledger.records import MessageContents

OWN_COLUMNS = "".join(
    f", (SELECT {column} FROM contents WHERE message_id = messages.id)"
    for column in ("body", "variables")
)
"""Two columns more for a statement over ``messages``. No join: PostgreSQL may sort one, or
read all of ``contents`` for it."""


def own_contents(body: str | None, variables: str | None) -> MessageContents | None:
    """From its columns; ``None`` where the row shares all with its contract."""
    return None if body is None and variables is None else contents_from(body, variables)


def contents_from(body: str | None, variables: str | None) -> MessageContents:
    """From its columns."""
    return MessageContents(body, json.loads(variables) if variables else {})
