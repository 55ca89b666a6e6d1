"""Campaigns whose recipients the provider refuses."""

from tests.bench.model.stage import HandClock
from tests.limits.desk import Desk
from wa_desktop.ledger.records import Account, AccountKind, Contract, Message
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind


def real(desk: Desk, name: str = "acc", **given: object) -> Account:
    """An account whose answers are a provider's."""
    return desk.account(name, kind=AccountKind.CLOUD_API, phone_number_id=name, **given)


def later(desk: Desk, clock: HandClock, by: int) -> None:
    desk.at += by
    clock.at = desk.at


def claimed(desk: Desk, account: Account) -> list[Granted]:
    return list(desk.turn(account).granted)


def failed(
    desk: Desk, one: Granted, code: int, *, at: int | None = None, late_for: int | None = None
) -> Outcome:
    """The answer to a granted message."""
    return Outcome(
        one.message_id,
        one.account_id,
        OutcomeKind.FAILED,
        desk.at if at is None else at,
        error_code=code,
        error_text="no",
        late_for=late_for,
    )


def refuse(desk: Desk, account: Account, code: int, who: list[str]) -> Contract:
    """A campaign to these, each of whom is answered with the code."""
    contract = desk.running(account, who)
    granted = claimed(desk, account)
    assert sorted(one.phone for one in granted) == sorted(who)
    desk.turn(account, free=0, outcomes=[failed(desk, one, code) for one in granted])
    return contract


def messages(desk: Desk, contract: Contract) -> tuple[Message, ...]:
    return desk.ledger.messages.of_ids(desk.ledger.messages.ids(contract.id))
