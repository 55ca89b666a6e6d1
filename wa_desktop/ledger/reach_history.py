"""Whom an account wrote to before its recipients were counted, taken up from its messages.

While no limit asks for it, nobody notes to whom an account writes; and what it wrote under one
portfolio another does not see.
"""

from collections.abc import Iterator

from wa_desktop.clock import now
from wa_desktop.ledger.reach import DAY, Reach, Stamp, reach_scope
from wa_desktop.ledger.records import Account
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.walks import walk
from wa_desktop.ledger.states import MessageState

_SENT = (
    MessageState.SENDING,
    MessageState.SENT,
    MessageState.DELIVERED,
    MessageState.READ,
    MessageState.IN_DOUBT,
)
"""In the order in which messages go through them, so that none is missed on its way."""


class ReachHistory:
    """Takes up what was sent, in slices. What is known already is not counted again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_up(self, account: Account, since: int | None = None) -> None:
        """Count what the account wrote ``since`` then, else as far back as its limits look, among
        the recipients that its limits, as they are in ``account``, are about."""
        cool = account.cool_down
        back = now() - DAY * (cool.days if cool else 1) if since is None else since
        reach = Reach(self._database, reach_scope(account.id, account.portfolio_id))
        for contract in self._contracts(account.id, back):
            for state in _SENT:
                for sent in self._slices(contract, state, reach):
                    lately = [(one, phone) for one, phone in sent if one.at > back]
                    reach.remember(lately, now(), stamps_kept=cool.most if cool else 0)

    def _contracts(self, account_id: str, since: int) -> list[int]:
        """Those that gave out messages since then."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT id FROM contracts WHERE account_id = ? AND turn > ? ORDER BY id",
                (account_id, since),
            )
        return [row[0] for row in rows]

    def _slices(
        self, contract: int, state: MessageState, reach: Reach
    ) -> Iterator[list[tuple[Stamp, str]]]:
        """The contract's messages in the state; each slice is held while it is dealt with."""
        after = 0
        while True:
            with self._database.slice("take_up") as most:
                behind, params, order = walk(contract, state, after=after)
                rows = self._database.rows(
                    "SELECT id, phone, COALESCE(sent_at, updated_at) FROM messages "
                    f"WHERE {behind} ORDER BY {order} LIMIT ?",
                    [*params, most],
                )
                if not rows:
                    return
                reach.lock()
                yield [(Stamp(moment, message), phone) for message, phone, moment in rows]
                after = rows[-1][0]
