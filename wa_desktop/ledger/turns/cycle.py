"""One turn of an engine in one transaction: settle what is known, begin what is due, claim.

Settling and claiming share a commit, so that at speed commits carry tens of rows and at
20 a minute one. The account's row is the gate: whoever changes contracts or messages of an
account locks it first (several accounts in the order of their ids), so nobody waits in a ring
and a claim never works from a state of a contract that a pause has just ended.
"""

from collections.abc import Sequence

from wa_desktop.clock import MILLISECOND, monotonic
from wa_desktop.ledger.counters import CountChanges, open_sum
from wa_desktop.ledger.lifetimes import declare
from wa_desktop.ledger.moves import HELD_BY, move_messages
from wa_desktop.ledger.reach import Reach
from wa_desktop.ledger.records import AccountState
from wa_desktop.ledger.same_person import Link, OtherNumber, learn, links_to_learn
from wa_desktop.ledger.sql.asked import Asked, WrongGuess
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.switches import MESSAGES_PAUSED
from wa_desktop.ledger.turns.candidates import ask_candidates
from wa_desktop.ledger.turns.claim import Claim, Granted, Taken, Window
from wa_desktop.ledger.turns.draws import Draw, Drawer, Foresight
from wa_desktop.ledger.turns.fronts import Fronts
from wa_desktop.ledger.turns.gates import ZonesOf
from wa_desktop.ledger.turns.late import settle_late
from wa_desktop.ledger.turns.limits import (
    AccountLimits,
    lock_limits,
    read_limits,
    store_limits,
)
from wa_desktop.ledger.turns.proofs import LedgerWentBack, Proofs
from wa_desktop.ledger.turns.settle import Settling
from wa_desktop.ledger.turns.tries import with_tries_counted
from wa_desktop.ledger.turns.turn import AccountOutlook, Beat, CycleResult, Turn, Want
from wa_desktop.ledger.turns.unsent import take_back

RESERVE_AHEAD = 100 * MILLISECOND
"""How far ahead send slots are reserved. Later loses slots to every hiccup of the store,
further and a pause or a crash finds messages claimed that could have waited."""

BEGIN_AHEAD = 50 * MILLISECOND
"""A slot nearer than this is claimed as ``sending`` at once; one further as ``claimed``. Turns
of several workers wait for each other: with 25 ms some ended after their slots, and what went
out late shared a second with what went out in time (80 a second, three workers: up to 89)."""


class Cycle:
    """Runs turns against the ledger."""

    def __init__(self, database: Database, zones_of: ZonesOf, proofs: Proofs) -> None:
        self._database = database
        self._zones_of = zones_of
        self._proofs = proofs
        self._fronts = Fronts()
        self._foresight = Foresight()

    def run(self, turn: Turn) -> CycleResult:
        """Carry out one turn. Raises ``LeaseLost`` when others have declared the worker dead."""
        try:
            try:
                return self._run(turn)
            except WrongGuess:
                self._forget()
                return self._run(turn)
        except LedgerWentBack as error:
            self._forget()
            self._proofs.bar(error)
            raise
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        """A transaction was undone: what it took is waiting again."""
        self._fronts.forget_all()
        self._foresight.forget()

    def _run(self, turn: Turn) -> CycleResult:
        proving = self._proofs.of(turn.worker, turn.at, turn.offset)
        with proving as proof, self._database.write(piped=True):
            changes = CountChanges()
            lease = proof.ask()
            links = self._links(turn)
            locked = lock_limits(self._database, self._accounts_of(turn, everyone=bool(links)))
            outcomes = with_tries_counted(self._database, turn.worker, turn.outcomes)
            late = [one for one in outcomes if one.late_for is not None]
            own = [one for one in outcomes if one.late_for is None]
            settling = Settling(self._database, changes, turn.worker, own)
            plain = settling.plain and not late and not links
            candidates = self._ask_candidates(turn) if plain else {}
            drawer = Drawer(self._database, changes, self._fronts, turn.worker, turn.at)
            if plain:
                self._look_ahead(drawer, turn)
            paused = proof.holds(lease)
            found = read_limits(locked)
            accounts = dict(found)
            freed = settling.finish()
            held = settling.held
            if late:
                held += settle_late(self._database, changes, turn.at, late)
            if links:
                learn(self._database, changes, links, turn.at)
            begun, returned = self._begin(changes, turn, on_time=proof.on_time)
            if returned or late or settling.gives_back:
                self._fronts.forget_all()
            candidates = candidates or self._ask_candidates(turn)
            for account_id, amount in [*freed.items(), *self._owners(returned).items()]:
                accounts[account_id] = accounts[account_id].freed(amount)
            self._hold_scopes(accounts, {one.account_id for one in turn.wants} | {*settling.unsent})
            for account_id, messages in settling.unsent.items():
                accounts[account_id] = take_back(
                    self._database, accounts[account_id], messages, turn.at
                )
            for throttle in turn.throttles:
                if throttle.account_id not in accounts:
                    continue
                accounts[throttle.account_id] = accounts[throttle.account_id].slowed(
                    throttle, turn.at
                )
            granted, outlooks, drawn = self._claim(
                changes, drawer, turn, accounts, candidates, paused=paused, again=proof.again_at
            )
            self._learn(turn, accounts, drawn)
            touched = changes.contracts
            ended = bool(turn.outcomes) or any(
                changes.pending(one, MessageState.SKIPPED.column) for one in touched
            )
            changes.apply(self._database, unread=True)
            for limits in accounts.values():
                store_limits(self._database, found[limits.id], limits)
            self._beat(turn)
            proof.began = begun | {one.message_id for one in granted if one.begun}
            proof.settled = own
            busy = {one.contract for one in granted}
            quiet = touched - busy if ended else frozenset[int]()
            sealed_at = monotonic()
        drained = self._drained(quiet) if quiet else ()
        return CycleResult(
            tuple(granted),
            begun,
            tuple(outlooks),
            touched,
            drained,
            tuple(held),
            proof.on_time,
            sealed_at,
        )

    def _hold_scopes(self, accounts: dict[str, AccountLimits], ids: set[str]) -> None:
        """Hold whose recipients count together, in one order: of two turns neither then waits
        for the other."""
        found = [accounts[one] for one in ids if one in accounts]
        for scope in sorted({one.reach_scope for one in found if one.counts_recipients}):
            Reach(self._database, scope).lock()

    def _ask_candidates(self, turn: Turn) -> dict[str, Asked]:
        return {
            want.account_id: ask_candidates(self._database, want.account_id, turn.at)
            for want in turn.wants
        }

    def _look_ahead(self, drawer: Drawer, turn: Turn) -> None:
        """Send the claim with the statements before it, where it is clear what it will be."""
        if len(turn.wants) != 1 or turn.begin or turn.throttles:
            self._foresight.forget()
            return
        want = turn.wants[0]
        freed = sum(one.account_id == want.account_id for one in turn.outcomes)
        draw = self._foresight.expect(want.account_id, want.free, freed)
        if draw is not None:
            drawer.send_ahead(draw)

    def _learn(self, turn: Turn, accounts: dict[str, AccountLimits], drawn: Sequence[Draw]) -> None:
        left = accounts.get(turn.wants[0].account_id) if len(turn.wants) == 1 else None
        if left is None:
            self._foresight.forget()
        else:
            self._foresight.learn(left, drawn)

    def _links(self, turn: Turn) -> list[Link]:
        """Numbers of one person that the outcomes tell of, and nobody knew of."""
        found = [
            OtherNumber(one.message_id, one.known_as)
            for one in turn.outcomes
            if one.known_as is not None
        ]
        return links_to_learn(self._database, found) if found else []

    def _accounts_of(self, turn: Turn, *, everyone: bool) -> set[str]:
        if everyone:
            return {row[0] for row in self._database.rows("SELECT id FROM accounts")}
        ids = {want.account_id for want in turn.wants}
        ids.update(outcome.account_id for outcome in turn.outcomes)
        ids.update(throttle.account_id for throttle in turn.throttles)
        ids.update(self._held_accounts(turn.begin))
        return ids

    def _claim(
        self,
        changes: CountChanges,
        drawer: Drawer,
        turn: Turn,
        accounts: dict[str, AccountLimits],
        candidates: dict[str, Asked],
        *,
        paused: bool,
        again: int | None,
    ) -> tuple[list[Granted], list[AccountOutlook], list[Draw]]:
        at = turn.at
        window = Window(at, at + turn.lead, at + RESERVE_AHEAD, at + BEGIN_AHEAD)
        granted: list[Granted] = []
        outlooks = []
        drawn: list[Draw] = []
        for want in turn.wants:
            limits = accounts.get(want.account_id)
            if limits is None or limits.state is not AccountState.ACTIVE:
                continue
            if paused:
                outlooks.append(AccountOutlook(want.account_id, limits.revision, again))
                continue
            if want.clock_set or limits.of_a_clock_set_back(turn.at, RESERVE_AHEAD):
                limits = limits.anew(turn.at, RESERVE_AHEAD)
            taken = Claim(
                self._database,
                changes,
                limits,
                drawer,
                window,
                self._zones_of,
                candidates[want.account_id],
            ).take(want.free)
            accounts[want.account_id] = taken.limits
            granted.extend(taken.granted)
            drawn.extend(taken.drawn)
            outlooks.append(_outlook(want, taken))
        return granted, outlooks, drawn

    def _held_accounts(self, ids: Sequence[int]) -> set[str]:
        if not ids:
            return set()
        which, params = self._database.one_of("m.id", ids)
        rows = self._database.rows(
            "SELECT DISTINCT c.account_id FROM messages m JOIN contracts c ON c.id = m.contract_id "
            f"WHERE {which}",
            params,
        )
        return {row[0] for row in rows}

    def _begin(
        self, changes: CountChanges, turn: Turn, *, on_time: bool
    ) -> tuple[frozenset[int], list[int]]:
        """Move claimed messages to ``sending``; those of a stopped contract go back."""
        if not turn.begin:
            return frozenset(), []
        asked, ids_asked = self._database.one_of("id", turn.begin)
        claimable = (
            f"c.state IN ('preparing', 'running') AND a.state = 'active' AND NOT {MESSAGES_PAUSED}"
            if on_time
            else "FALSE"
        )
        begun = move_messages(
            self._database,
            changes,
            MessageState.CLAIMED,
            MessageState.SENDING,
            at=turn.at,
            where=f"{asked} AND {HELD_BY} AND EXISTS (SELECT 1 FROM contracts c "
            "JOIN accounts a ON a.id = c.account_id "
            f"WHERE c.id = messages.contract_id AND {claimable})",
            params=[*ids_asked, turn.worker],
            by_id=True,
        )
        ids = frozenset(row[0] for row in begun)
        if len(ids) == len(turn.begin):
            return ids, []
        returned = move_messages(
            self._database,
            changes,
            MessageState.CLAIMED,
            MessageState.WAITING,
            at=turn.at,
            where=f"{asked} AND {HELD_BY}",
            params=[*ids_asked, turn.worker],
            assign="claimed_by = NULL",
            by_id=True,
        )
        return ids, [row[1] for row in returned]

    def _owners(self, contracts: Sequence[int]) -> dict[str, int]:
        owners: dict[str, int] = {}
        for number in contracts:
            account = self._database.scalar(
                "SELECT account_id FROM contracts WHERE id = ?", (number,)
            )
            owners[account] = owners.get(account, 0) + 1
        return owners

    def _drained(self, contracts: frozenset[int]) -> tuple[int, ...]:
        """Which of the contracts have nothing left; read after the commit, so it is only a hint."""
        which, params = self._database.one_of("contract_id", sorted(contracts))
        with self._database.read():
            rows = self._database.rows(
                f"SELECT contract_id FROM counters WHERE {which} AND {open_sum()} = 0",
                params,
            )
        return tuple(row[0] for row in rows)

    def _beat(self, turn: Turn) -> None:
        if turn.lifetime is not None:
            declare(self._database, turn.worker, turn.lifetime)
        # Throttles count each time they are applied: by the stamp the engine knows whether they
        # were, should the answer be lost.
        if turn.beat is None and not turn.throttles:
            return
        beat = turn.beat or Beat()
        self._database.run_later(
            "UPDATE workers SET last_seen = ?, "
            "last_claim = COALESCE(CAST(? AS bigint), last_claim), "
            "last_send = COALESCE(CAST(? AS bigint), last_send) WHERE id = ?",
            (turn.at, beat.last_claim, beat.last_send, turn.worker),
        )


def _outlook(want: Want, taken: Taken) -> AccountOutlook:
    full = taken.limits.in_flight >= taken.limits.concurrency
    return AccountOutlook(
        want.account_id,
        taken.limits.revision,
        taken.next_try_at,
        crowded=full and want.free > len(taken.granted),
    )
