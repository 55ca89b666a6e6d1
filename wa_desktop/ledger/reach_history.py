"""Whom an account wrote to before its recipients were counted, taken up from its messages.

While no limit asks for it, nobody notes to whom an account writes; and what it wrote under one
portfolio another does not see.
"""

from collections.abc import Iterator

from wa_desktop.ledger.persons import PERSON
from wa_desktop.ledger.reach import DAY, Reach, Stamp, reach_scope
from wa_desktop.ledger.records import Account
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.ledger_clock import now
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
        """Count what was written ``since`` then, else as far back as limits look, among the
        recipients that the limits are about which the account, as given, has or shares."""
        ids, most, days = self._asking(account)
        back = now(self._database) - DAY * days if since is None else since
        reach = Reach(self._database, reach_scope(account.id, account.portfolio_id))
        for contract in self._contracts(ids, back):
            for state in _SENT:
                for sent in self._slices(contract, state, reach):
                    lately = [(one, phone) for one, phone in sent if one.at > back]
                    reach.remember(lately, now(self._database), stamps_kept=most)

    def _asking(self, account: Account) -> tuple[list[str], int, int]:
        """The accounts that share the recipients, and how many messages over how many days their
        cool-downs look at; the limit of 24 hours looks at one."""
        with self._database.read():
            rows = self._database.rows(
                "SELECT id, COALESCE(cool_down_max, 0), COALESCE(cool_down_days, 1) "
                "FROM accounts WHERE portfolio_id = ? AND id <> ?",
                (account.portfolio_id, account.id),
            )
        cool = account.cool_down
        rows.append((account.id, cool.most if cool else 0, cool.days if cool else 1))
        ids, most, days = zip(*rows, strict=True)
        return list(ids), max(most), max(days)

    def _contracts(self, accounts: list[str], since: int) -> list[int]:
        """Those that gave out messages since then."""
        which, params = self._database.one_of("account_id", accounts)
        with self._database.read():
            rows = self._database.rows(
                f"SELECT id FROM contracts WHERE {which} AND turn > ? ORDER BY id",
                [*params, since],
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
                    f"SELECT id, {PERSON}, COALESCE(sent_at, updated_at) FROM messages "
                    f"WHERE {behind} ORDER BY {order} LIMIT ?",
                    [*params, most],
                )
                if not rows:
                    return
                reach.lock()
                yield [(Stamp(moment, message), person) for message, person, moment in rows]
                after = rows[-1][0]
