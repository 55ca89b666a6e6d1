"""The first statement of a turn: holds the worker's own row, and proves that all is as it left it.

One statement asks whether the worker is still taken for alive, whether the ledger holds its last
turn (``witness.py``; PostgreSQL only, where another server may take over), whether every worker
has looked at a server that took over (``takeover.py``), and whether messages are given out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from wa_desktop.clock import MILLISECOND, monotonic
from wa_desktop.ledger.sql.asked import Asked, WrongGuess
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.switches import MESSAGES_PAUSED
from wa_desktop.ledger.turns.settle import TAKEN, Outcome
from wa_desktop.ledger.turns.takeover import Takeover
from wa_desktop.ledger.turns.witness import Lost, Witness
from wa_desktop.ledger.workers import LeaseLost

_LOOK_AGAIN = 250 * MILLISECOND


class LedgerWentBack(LeaseLost):
    """The ledger lacks turns of this worker that were committed; it must register anew."""

    def __init__(self, lost: Lost) -> None:
        super().__init__()
        self.args = ("The ledger lacks the last turns of this worker, which must register anew.",)
        self.lost = lost

    @property
    def sent(self) -> tuple[Outcome, ...]:
        """What the lost turns knew to be sent."""
        return self.lost.sent


@dataclass(slots=True)
class Proof:
    """Of one turn. ``began``: the messages that it began, ``settled``: the outcomes of its own
    ones, once they are known. ``again_at``: when to ask again where messages will be given out.
    ``on_time``: whether a clock so far ahead of the monotonic one (``offset``; ``None``: any)
    agrees with the server's, where it has one."""

    proofs: "Proofs"
    worker: int
    at: int
    offset: int | None = None
    asked_at: int = 0
    on_time: bool = True
    began: frozenset[int] = frozenset()
    settled: Sequence[Outcome] = ()
    again_at: int | None = None

    def ask(self) -> Asked:
        """Hold the row, and ask. The first statement of a turn: those after it find rows in an
        index's order."""
        return self.proofs.ask(self)

    def holds(self, lease: Asked) -> bool:
        """Whether this turn claims no messages. Raises ``LeaseLost``, ``LedgerWentBack``."""
        return self.proofs.holds(self, lease)


class Proofs:
    """Makes them, and remembers how turns ended. ``bar`` is called when the ledger went back."""

    def __init__(self, database: Database, witness: Witness, bar: Callable[[Lost], None]) -> None:
        self._database = database
        self._witness = witness
        self._takeover = Takeover(database)
        self._bar = bar

    def bar(self, error: LedgerWentBack) -> None:
        """Bar all sending."""
        self._bar(error.lost)

    @contextmanager
    def of(self, worker: int, at: int, offset: int | None) -> Iterator[Proof]:
        """Around a turn's transaction: remembers it once it is committed."""
        proof = Proof(self, worker, at, offset)
        if self._database.is_sqlite:
            yield proof
            return
        self._takeover.columns()
        try:
            yield proof
        except (WrongGuess, LeaseLost):
            self._witness.undone(worker, at)
            raise
        taken = tuple(one for one in proof.settled if one.kind in TAKEN)
        self._witness.committed(worker, at, proof.began, taken)

    def ask(self, proof: Proof) -> Asked:
        """As ``Proof.ask``."""
        database = self._database
        proof.asked_at = monotonic()
        if database.is_sqlite:
            return database.ask(
                f"SELECT {MESSAGES_PAUSED} FROM workers WHERE id = ? AND ended_at IS NULL",
                (proof.worker,),
            )
        expected = self._witness.expected(proof.worker)
        return database.ask(
            "UPDATE workers SET last_seen = ? WHERE id = ? AND ended_at IS NULL "
            "AND (CAST(? AS bigint[]) IS NULL OR last_seen = ANY(CAST(? AS bigint[]))) "
            f"RETURNING {MESSAGES_PAUSED}, {self._takeover.columns()}, "
            f"{database.server_time}, {database.turn_settings}",
            (proof.at, proof.worker, expected, expected),
        )

    def holds(self, proof: Proof, lease: Asked) -> bool:
        """As ``Proof.holds``."""
        found = lease.rows()
        if not found:
            raise self._why(proof.worker)
        paused = bool(found[0][0])
        if self._database.is_sqlite:
            return paused
        self._witness.unsure(proof.worker, proof.at)
        server, agreed, server_time = found[0][1:4]
        # Each turn measures the server's clock.
        proof.on_time = self._database.clock.agrees(proof.offset, proof.asked_at, server_time)
        if self._takeover.waits(proof.worker, server, agreed):
            proof.again_at = proof.at + _LOOK_AGAIN
            return True
        if not proof.on_time and not paused:
            proof.again_at = proof.at
        return paused or not proof.on_time

    def _why(self, worker: int) -> LeaseLost:
        if self._database.is_sqlite:
            return LeaseLost()
        row = self._database.row("SELECT last_seen FROM workers WHERE id = ?", (worker,))
        lost = self._witness.lost(worker, None if row is None else int(row[0]))
        return LeaseLost() if lost is None else LedgerWentBack(lost)
