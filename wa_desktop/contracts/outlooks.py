"""The outlook of contracts: what holds them back now, and when they will be done."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wa_desktop.clock import SECOND
from wa_desktop.contracts.eta import PaceFacts, Spent, ZoneShare, eta
from wa_desktop.contracts.held_back import HeldBack, held_back
from wa_desktop.errors import NotFound
from wa_desktop.hours.warm_up import WarmUp, day_of
from wa_desktop.hours.zones import zones_of_phone
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Account, AccountKind, Contract
from wa_desktop.ledger.states import ENDED, ContractState
from wa_desktop.ledger.workload import NO_LOAD, AccountLoad, Workload
from wa_desktop.pacing import Pace

_SLICES = 24
"""The recipients of the last 24 hours are taken to be spread evenly over so many moments."""

_ASSUMED_LATENCY = 0.25
"""Seconds an answer of the Cloud API is taken to need while nothing was measured."""

_NOTHING_AHEAD = (ContractState.DRAFT, *ENDED)
_SHORTEST, _LONGEST = 0.005, 10.0


@dataclass(frozen=True, slots=True)
class Outlook:
    """``eta``: when the last message goes out; ``None`` when that is not known."""

    held_back: HeldBack | None = None
    eta: int | None = None


NO_OUTLOOK = Outlook()


class Outlooks:
    """Tells what is ahead of contracts. A page of them costs a few reads, whatever their size.

    ``barred`` says why the engine of this process sends nothing now; ``None``: it sends, or there
    is none.
    """

    def __init__(self, ledger: Ledger, barred: Callable[[], str | None] = lambda: None) -> None:
        self._ledger = ledger
        self._barred = barred

    def of(self, contract: Contract) -> Outlook:
        """The outlook of one contract."""
        return self.of_all([contract])[contract.id]

    def of_all(self, contracts: Sequence[Contract], at: int | None = None) -> dict[str, Outlook]:
        """The outlooks of contracts by their ids; of drafts and ended ones there is none."""
        found = dict.fromkeys((one.id for one in contracts), NO_OUTLOOK)
        ahead = [one for one in contracts if one.state not in _NOTHING_AHEAD]
        if not ahead:
            return found
        moment = self._ledger.now() if at is None else at
        accounts = self._accounts(ahead)
        workload = self._ledger.workloads.read(
            moment,
            list(accounts),
            delayed=[one.id for one in ahead if one.counts.delayed],
            by_zone=[one.id for one in ahead if one.quiet_hours is not None],
        )
        barred = self._nobody_may_send(workload)
        for one in ahead:
            if one.account_id in accounts:
                account = accounts[one.account_id]
                found[one.id] = outlook(one, account, workload, moment, barred)
        return found

    def _nobody_may_send(self, workload: Workload) -> str | None:
        own = self._barred() if workload.workers <= 1 else None
        return own or self._ledger.conditions.all_barred()

    def _accounts(self, contracts: Sequence[Contract]) -> dict[str, Account]:
        accounts: dict[str, Account] = {}
        for account_id in {one.account_id for one in contracts}:
            try:
                accounts[account_id] = self._ledger.accounts.get(account_id)
            except NotFound:  # removed since, with its contracts
                continue
        return accounts


def outlook(
    contract: Contract, account: Account, workload: Workload, at: int, barred: str | None = None
) -> Outlook:
    """What holds a contract back at that moment, and when it will be done; see ``held_back``."""
    held = held_back(contract, account, workload, at, barred)
    if held is not None and not held.ends_by_itself:
        return Outlook(held)
    if contract.state in _NOTHING_AHEAD or not contract.counts.remaining:
        return Outlook(held)
    facts = pace_facts(contract, account, workload, at)
    done = eta(_with_rivals(contract, workload), facts, at)
    last_due = workload.last_due.get(contract.id, 0)
    return Outlook(held, None if done is None else max(done, last_due))


def pace_facts(contract: Contract, account: Account, workload: Workload, at: int) -> PaceFacts:
    """All that decides how fast a contract goes on."""
    load = workload.accounts.get(account.id, NO_LOAD)
    rate = account.rate_limit
    per_second = SECOND / rate.interval if rate else None
    counts = contract.counts
    scheduled = contract.state is ContractState.SCHEDULED
    all_delayed = counts.delayed == counts.remaining
    today = account.warm_up_from is not None and load.warm_up_day == day_of(
        account.warm_up_from, at
    )
    return PaceFacts(
        per_second=per_second,
        pace=Pace(account.pace, max(load.pace_changed_at, account.throttled_until)),
        concurrency=account.concurrency,
        latency=_latency(contract, account, workload, per_second),
        daily_limit=account.daily_limit,
        spent=_spent(load),
        warm_up=WarmUp(account.warm_up) if account.warm_up else None,
        warm_up_from=account.warm_up_from or 0,
        warm_up_sent=load.warm_up_sent if today else 0,
        quiet_hours=contract.quiet_hours,
        zones=_zones(contract, workload),
        start_at=contract.start_at if scheduled else None,
        held_until=max(account.throttled_until, (contract.next_due_at or 0) if all_delayed else 0),
    )


def _with_rivals(contract: Contract, workload: Workload) -> int:
    """The contract's messages, and those of its account that go before or between them."""
    remaining = contract.counts.remaining
    rivals = 0
    for other in workload.running:
        if other.contract_id == contract.id or other.account_id != contract.account_id:
            continue
        if other.priority > contract.priority:
            rivals += other.remaining
        elif other.priority == contract.priority:
            rivals += min(remaining, other.remaining)
    return remaining + rivals


def _latency(
    contract: Contract, account: Account, workload: Workload, per_second: float | None
) -> float:
    """Seconds for a request: measured in the last minute, else what the account's kind needs."""
    throughput = workload.throughput
    measured = throughput.latency
    # Where the limit already explains what was sent, the measurement says nothing of latency;
    # nor does a minute in which others sent, or nobody did.
    by_limit = per_second is not None and throughput.per_second > 0.8 * per_second
    if by_limit or contract.started_at is None or contract.started_at > throughput.since:
        measured = 0.0
    if measured > 0:
        return min(max(measured, _SHORTEST), _LONGEST)
    if account.kind is AccountKind.SANDBOX:
        return account.sandbox.latency_ms / 1000
    return _ASSUMED_LATENCY


def _spent(load: AccountLoad) -> tuple[Spent, ...]:
    """The recipients of the last 24 hours, spread evenly between the first and the last."""
    if not load.reached or load.oldest is None or load.newest is None:
        return ()
    step = (load.newest - load.oldest) / (_SLICES - 1)
    whole, more = divmod(load.reached, _SLICES)
    return tuple(
        Spent(load.oldest + round(number * step), whole + (number < more))
        for number in range(_SLICES)
    )


def _zones(contract: Contract, workload: Workload) -> tuple[ZoneShare, ...]:
    hours, phones = contract.quiet_hours, workload.phones.get(contract.id, ())
    if hours is None or not phones:
        return ()
    fallback = hours.zone or contract.zone or "UTC"
    found = Counter(zones_of_phone(phone, fallback) for phone in phones)
    return tuple(
        ZoneShare(zones[0], amount / len(phones), zones[1:]) for zones, amount in found.items()
    )
