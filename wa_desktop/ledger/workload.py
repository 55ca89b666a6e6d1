"""What bears on when a contract goes on: who works, and what its account carries besides.

Read for a screen or an answer, a page of contracts at a time. Nothing here counts rows:
kept counts, ends of indexes, and a few phone numbers to tell the recipients' zones by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wa_desktop.clock import SECOND
from wa_desktop.ledger.counters import open_sum
from wa_desktop.ledger.reach import DAY
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.sql.walks import walk
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.switches import QueueName, Switches
from wa_desktop.ledger.workers import Workers

_MINUTE = 60 * SECOND
_PHONES_LOOKED_AT = 200


@dataclass(frozen=True, slots=True)
class Throughput:
    """Requests in flight now, and how many ended in each second of the last whole minute,
    which began at ``since``."""

    in_flight: int = 0
    per_second: float = 0.0
    since: int = 0

    @property
    def latency(self) -> float:
        """Seconds from a request to its answer, by Little's law; 0: not known."""
        return self.in_flight / self.per_second if self.per_second > 0 else 0.0


@dataclass(frozen=True, slots=True)
class AccountLoad:
    """What an account has on its hands and behind it.

    ``reached`` recipients stand in the 24 hours of its scope, the first written to at
    ``oldest``, the last at ``newest``. ``warm_up_sent``: on the plan's day ``warm_up_day``.
    """

    in_flight: int = 0
    pace_changed_at: int = 0
    warm_up_day: int | None = None
    warm_up_sent: int = 0
    reached: int = 0
    oldest: int | None = None
    newest: int | None = None


NO_LOAD = AccountLoad()


@dataclass(frozen=True, slots=True)
class Running:
    """A started contract, as its neighbours see it."""

    contract_id: str
    account_id: str
    priority: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Workload:
    """The whole picture. ``last_due`` and ``phones`` by contract id: when the last delayed
    message is due, and some of the numbers that are still to be written to. ``barred``: the
    ledger went back."""

    workers: int = 0
    paused: frozenset[QueueName] = frozenset()
    throughput: Throughput = Throughput()
    accounts: Mapping[str, AccountLoad] = field(default_factory=dict)
    running: tuple[Running, ...] = ()
    last_due: Mapping[str, int] = field(default_factory=dict)
    phones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    barred: bool = False


class Workloads:
    """Reads the picture."""

    def __init__(self, database: Database, switches: Switches, workers: Workers) -> None:
        self._database = database
        self._switches = switches
        self._workers = workers

    def read(
        self,
        at: int,
        accounts: Sequence[str],
        *,
        delayed: Sequence[str] = (),
        by_zone: Sequence[str] = (),
    ) -> Workload:
        """The picture for these accounts, and for contracts (by id) that have delayed
        messages, or whose recipients' zones matter."""
        with self._database.read():
            return Workload(
                workers=len(self._workers.alive()),
                paused=self._switches.paused(),
                throughput=self._throughput(at),
                accounts=self._loads(accounts, at),
                running=self._running(accounts),
                last_due={one: due for one in delayed if (due := self._last_due(one))},
                phones={one: self._phones(one) for one in by_zone},
                barred=self._switches.barred(),
            )

    def _throughput(self, at: int) -> Throughput:
        since = at // _MINUTE * _MINUTE - _MINUTE
        ended = self._database.scalar(
            "SELECT sent + failed + retried + in_doubt FROM minutes WHERE minute = ?", (since,)
        )
        in_flight = self._database.scalar("SELECT COALESCE(SUM(in_flight), 0) FROM accounts")
        return Throughput(int(in_flight), (ended or 0) / 60, since)

    def _loads(self, accounts: Sequence[str], at: int) -> dict[str, AccountLoad]:
        if not accounts:
            return {}
        which, params = self._database.one_of("id", accounts)
        rows = self._database.rows(
            "SELECT id, in_flight, pace_changed_at, warm_up_day, warm_up_sent, "
            "CASE WHEN portfolio_id IS NULL THEN 'account:' || id "
            "ELSE 'portfolio:' || portfolio_id END, daily_limit "
            f"FROM accounts WHERE {which}",
            params,
        )
        return {
            row[0]: AccountLoad(*row[1:5], *self._reached(row[5], at) if row[6] else ())
            for row in rows
        }

    def _reached(self, scope: str, at: int) -> tuple[int, int | None, int | None]:
        """The kept count of the 24 hours and its two ends."""
        reached = self._database.scalar(
            "SELECT reached FROM reach_totals WHERE scope = ?", (scope,)
        )
        oldest, newest = (
            self._database.scalar(
                "SELECT last_at FROM reach WHERE scope = ? AND last_at > ? "
                f"ORDER BY last_at {direction} LIMIT 1",
                (scope, at - DAY),
            )
            for direction in ("ASC", "DESC")
        )
        return (int(reached or 0) if oldest else 0), oldest, newest

    def _running(self, accounts: Sequence[str]) -> tuple[Running, ...]:
        if not accounts:
            return ()
        which, params = self._database.one_of("c.account_id", accounts)
        rows = self._database.rows(
            f"SELECT c.uid, c.account_id, c.priority, {open_sum('k')} "
            "FROM contracts c JOIN counters k ON k.contract_id = c.id "
            f"WHERE {which} AND c.state IN ('queued', 'preparing', 'running')",
            params,
        )
        return tuple(Running(*row) for row in rows)

    def _last_due(self, contract_id: str) -> int | None:
        found = self._database.scalar(
            "SELECT m.due_at FROM messages m WHERE m.contract_id = "
            "(SELECT id FROM contracts WHERE uid = ?) AND m.state = 2 "
            "ORDER BY m.due_at DESC LIMIT 1",
            (contract_id,),
        )
        return None if found is None else int(found)

    def _phones(self, contract_id: str) -> tuple[str, ...]:
        number = self._database.scalar("SELECT id FROM contracts WHERE uid = ?", (contract_id,))
        phones: list[str] = []
        for state in (MessageState.DRAFT, MessageState.WAITING, MessageState.DELAYED):
            behind, params, order = walk(number, state)
            rows = self._database.rows(
                f"SELECT phone FROM messages WHERE {behind} ORDER BY {order} LIMIT ?",
                [*params, _PHONES_LOOKED_AT],
            )
            phones.extend(row[0] for row in rows)
        return tuple(phones)
