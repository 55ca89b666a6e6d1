"""What holds a contract back now, until when, and why in words."""

from dataclasses import dataclass
from enum import StrEnum

from wa_desktop.clock import SECOND, iso
from wa_desktop.contracts.account_check import is_token_refused
from wa_desktop.contracts.service import BY_USER
from wa_desktop.ledger.copies.restored import MOVED, RESTORED
from wa_desktop.ledger.records import Account, AccountState, Contract, Limit
from wa_desktop.ledger.schedule import MISSED_START
from wa_desktop.ledger.states import ENDED, ContractState
from wa_desktop.ledger.switches import QueueName
from wa_desktop.ledger.workload import NO_LOAD, Workload
from wa_desktop.words import words

_SLOT_NEAR = SECOND
"""A contract whose next message may go within this time simply runs."""


class Obstacle(StrEnum):
    """What may hold a contract back besides its limits, in the API's words."""

    ACCOUNT_STOPPED = "accountStopped"
    SCHEDULE = "schedule"
    PAUSED = "paused"
    BACK_OFF = "backOff"
    BARRED = "barred"
    NO_WORKER = "noWorker"
    PREPARING = "preparing"


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What holds, until when at the earliest (``None``: until somebody acts), and why."""

    by: Limit | Obstacle
    until: int | None
    reason: str

    @property
    def ends_by_itself(self) -> bool:
        """Whether the contract goes on without anybody's doing."""
        return self.by not in _FOR_A_PERSON

    @property
    def stands_still(self) -> bool:
        """Whether nothing of the contract goes out now, where its state does not say so."""
        return self.by in _FOR_A_PERSON or self.by in _STANDSTILLS


_FOR_A_PERSON = (
    Obstacle.PAUSED,
    Obstacle.ACCOUNT_STOPPED,
    Obstacle.NO_WORKER,
    Obstacle.BARRED,
)
_STANDSTILLS = (
    Obstacle.BACK_OFF,
    Limit.QUIET_HOURS,
    Limit.DAILY_LIMIT,
    Limit.WARM_UP,
    Limit.COOL_DOWN,
    Limit.THROTTLED,
)


def status_reason(contract: Contract, held: HeldBack | None) -> str | None:
    """Why a contract is in its state or, while it should run, why nothing of it goes out."""
    if contract.state_reason is not None or held is None or not held.stands_still:
        return contract.state_reason
    return held.reason


def held_back(
    contract: Contract, account: Account, workload: Workload, at: int, barred: str | None = None
) -> HeldBack | None:
    """What holds the contract back at that moment; ``None``: it runs, is a draft or has ended.

    ``barred``: why no worker may send now.
    """
    if contract.state in (ContractState.DRAFT, *ENDED):
        return None
    if contract.state is ContractState.PAUSED:
        return HeldBack(Obstacle.PAUSED, None, pause_reason(contract))
    if contract.state is ContractState.SCHEDULED:
        return HeldBack(Obstacle.SCHEDULE, contract.start_at, words("It starts at its time."))
    if not contract.counts.remaining:
        return None
    return (
        _by_switches(contract, workload)
        or _by_account(account, workload)
        or _by_engine(barred)
        or _by_preparing(contract)
        or _by_limits(contract, account, at)
        or _by_places(contract, account, workload)
    )


def pause_reason(contract: Contract) -> str:
    """Why a paused contract is paused, as a sentence."""
    reason = contract.state_reason
    if reason == MISSED_START:
        if contract.start_at is None:
            return words(
                "It was to start, while nothing ran. Start it if you still want it, or set "
                "another time."
            )
        return words(
            "It was to start at {when}, while nothing ran. Start it if you still want it, or "
            "set another time.",
            when=iso(contract.start_at),
        )
    if reason == RESTORED:
        return words(
            "The data came from a backup. Since then messages may have gone out: check, then "
            "start it."
        )
    if reason == MOVED:
        return words(
            "The ledger was copied or moved. Another copy may have sent its messages: check, then "
            "start it."
        )
    if reason in (None, BY_USER):
        return words("It was paused. Start it to go on.")
    return words("It was paused: {reason}", reason=reason)


def _by_switches(contract: Contract, workload: Workload) -> HeldBack | None:
    if workload.barred:
        return HeldBack(
            Obstacle.PAUSED,
            None,
            words(
                "The database lacks its last changes. Nothing is sent until a person confirms it: "
                "`wa-desktop confirm-ledger`, or the button in the window."
            ),
        )
    preparing = contract.state in (ContractState.QUEUED, ContractState.PREPARING)
    if preparing and QueueName.CONTRACTS in workload.paused:
        return HeldBack(
            Obstacle.PAUSED, None, words("The queue of campaigns is paused. Resume it.")
        )
    if QueueName.MESSAGES in workload.paused:
        return HeldBack(Obstacle.PAUSED, None, words("The queue of messages is paused. Resume it."))
    return None


def _by_account(account: Account, workload: Workload) -> HeldBack | None:
    if account.state is AccountState.STOPPED:
        why = account.state_reason or words("no reason is known.")
        return HeldBack(
            Obstacle.ACCOUNT_STOPPED,
            None,
            _account_stopped(account, why),
        )
    if not workload.workers:
        return HeldBack(
            Obstacle.NO_WORKER,
            None,
            words(
                "No program sends now. Start the window, `wa-desktop worker` or `wa-desktop serve`."
            ),
        )
    return None


def _account_stopped(account: Account, why: str) -> str:
    if is_token_refused(account.state_reason):
        return words(
            "The account {name} is stopped: {why} Enter a new token, then resume the account.",
            name=account.name,
            why=why,
        )
    return words(
        "The account {name} is stopped: {why} Resume the account when the cause is gone.",
        name=account.name,
        why=why,
    )


def _by_engine(barred: str | None) -> HeldBack | None:
    return None if barred is None else HeldBack(Obstacle.BARRED, None, barred)


def _by_preparing(contract: Contract) -> HeldBack | None:
    counts = contract.counts
    preparing = contract.state in (ContractState.QUEUED, ContractState.PREPARING)
    if preparing and not counts.waiting + counts.delayed + counts.active:
        return HeldBack(Obstacle.PREPARING, None, words("Its messages are being prepared."))
    return None


def _by_limits(contract: Contract, account: Account, at: int) -> HeldBack | None:
    counts = contract.counts
    if account.throttled_until > at:
        return _by_limit(Limit.THROTTLED, account.throttled_until)
    if contract.held is not None and contract.held.until > at:
        return _by_limit(contract.held.by, contract.held.until)
    if counts.waiting and account.next_slot_at > at + _SLOT_NEAR:
        return _by_limit(Limit.RATE, account.next_slot_at)
    due = contract.next_due_at
    if counts.delayed == counts.remaining and due is not None and due > at:
        return HeldBack(
            Obstacle.BACK_OFF,
            due,
            words("All messages that are left wait for a time of their own."),
        )
    return None


def _by_places(contract: Contract, account: Account, workload: Workload) -> HeldBack | None:
    taken = workload.accounts.get(account.id, NO_LOAD).in_flight
    if contract.counts.waiting and not contract.counts.active and taken >= account.concurrency:
        return _by_limit(Limit.CONCURRENCY, None)
    return None


def _by_limit(limit: Limit, until: int | None) -> HeldBack:
    return HeldBack(limit, until, _REASONS[limit])


_REASONS = {
    Limit.RATE: words("The account's rate limit gives the next message its time."),
    Limit.CONCURRENCY: words("Other campaigns of the account take all of its requests in flight."),
    Limit.PAIR_RATE: words("WhatsApp limits how often one number may write to one recipient."),
    Limit.DAILY_LIMIT: words("The account has reached its most recipients in 24 hours."),
    Limit.WARM_UP: words("The account has sent what its warm-up plan allows today."),
    Limit.QUIET_HOURS: words("It is night where the recipients are."),
    Limit.COOL_DOWN: words(
        "The recipients were written to lately, and the cool-down lets them rest."
    ),
    Limit.THROTTLED: words("WhatsApp asked the account to send more slowly."),
}
