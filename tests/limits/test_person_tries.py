"""A person whom WhatsApp shields from marketing is tried twice at most, over all campaigns."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.bench.model.stage import HandClock, hand_driven
from tests.ledgers import check_counts
from tests.limits.desk import DAY, HOUR, NOON, Desk
from wa_desktop.ledger.news import News, NewsKind
from wa_desktop.ledger.records import Account, AccountKind, Contract, Message
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind

CAPPED = 131049
ANNA, IGOR = "79990000001", "79990000002"
BRAZIL_OLD, BRAZIL_NEW = "551187654321", "5511987654321"


@pytest.fixture(autouse=True)
def clock() -> Iterator[HandClock]:
    hand = HandClock(NOON)
    with hand_driven(hand):
        yield hand


@pytest.fixture
def account(desk: Desk) -> Account:
    return desk.account(kind=AccountKind.CLOUD_API, phone_number_id="1")


def _later(desk: Desk, clock: HandClock, by: int) -> None:
    desk.at += by
    clock.at = desk.at


def _capped(desk: Desk, one: Granted) -> Outcome:
    """The answer 131049 to the first try of a message, as an engine settles it."""
    return Outcome(
        one.message_id,
        one.account_id,
        OutcomeKind.RETRY,
        desk.at,
        error_code=CAPPED,
        error_text="no",
        due_at=desk.at + 25 * HOUR,
    )


def _try(desk: Desk, account: Account) -> list[str]:
    """Send what may go now; all of it is refused. Returns to whom that was."""
    granted = desk.turn(account).granted
    desk.turn(account, free=0, outcomes=[_capped(desk, one) for one in granted])
    return sorted(one.phone for one in granted)


def _only(desk: Desk, contract: Contract) -> Message:
    [message] = desk.ledger.messages.page(contract.id).items
    return message


def test_a_further_campaign_within_a_day_leaves_the_person_out_with_the_reason(
    desk: Desk, clock: HandClock, account: Account
) -> None:
    first = desk.running(account, [ANNA])
    waiting = desk.running(account, [ANNA, IGOR])
    [granted] = desk.turn(account, free=1).granted
    assert granted.phone == ANNA
    desk.turn(account, free=0, outcomes=[_capped(desk, granted)])
    assert desk.send(account) == [IGOR]
    later = desk.running(account, [ANNA])
    assert desk.send(account) == []
    skipped = [one for one in desk.ledger.messages.page(waiting.id).items if one.phone == ANNA]
    for message in (*skipped, _only(desk, later)):
        assert message.state is MessageState.SKIPPED
        assert "many marketing messages lately" in (message.error_text or "")
    assert _only(desk, first).state is MessageState.DELAYED
    check_counts(desk.ledger, first.id, waiting.id, later.id)


def test_the_message_itself_is_tried_again_after_a_day_and_then_fails(
    desk: Desk, clock: HandClock, account: Account
) -> None:
    contract = desk.running(account, [ANNA])
    assert _try(desk, account) == [ANNA]
    assert _only(desk, contract).state is MessageState.DELAYED
    _later(desk, clock, 24 * HOUR - 1)
    assert _try(desk, account) == []
    _later(desk, clock, HOUR + 1)
    assert _try(desk, account) == [ANNA]
    assert _only(desk, contract).state is MessageState.FAILED
    check_counts(desk.ledger, contract.id)


def test_the_second_try_of_another_campaign_is_the_last(
    desk: Desk, clock: HandClock, account: Account
) -> None:
    first = desk.running(account, [ANNA])
    _try(desk, account)
    _later(desk, clock, 24 * HOUR + 1)
    other = desk.running(account, [ANNA])
    assert _try(desk, account) == [ANNA]
    assert _only(desk, other).state is MessageState.FAILED
    _later(desk, clock, 2 * HOUR)
    assert _try(desk, account) == []
    assert _only(desk, first).state is MessageState.SKIPPED
    check_counts(desk.ledger, first.id, other.id)


def test_another_spelling_of_the_number_is_the_same_person(
    desk: Desk, clock: HandClock, account: Account
) -> None:
    desk.running(account, [BRAZIL_OLD])
    _try(desk, account)
    other = desk.running(account, [BRAZIL_NEW])
    assert _try(desk, account) == []
    assert _only(desk, other).state is MessageState.SKIPPED


def test_after_a_week_the_person_may_be_tried_anew(
    desk: Desk, clock: HandClock, account: Account
) -> None:
    contract = desk.running(account, [ANNA])
    _try(desk, account)
    _later(desk, clock, 25 * HOUR)
    _try(desk, account)
    assert _only(desk, contract).state is MessageState.FAILED
    _later(desk, clock, 7 * DAY - 1)
    desk.running(account, [ANNA])
    assert _try(desk, account) == []
    _later(desk, clock, 2)
    last = desk.running(account, [ANNA])
    assert _try(desk, account) == [ANNA]
    assert _only(desk, last).state is MessageState.DELAYED


def test_a_refusal_that_is_told_after_the_answer_counts_too(
    desk: Desk, clock: HandClock, account: Account
) -> None:
    contract = desk.running(account, [ANNA])
    assert desk.send(account) == [ANNA]
    message = _only(desk, contract)
    tracking = f"wa1:{contract.id}:{message.id}:1"
    news = News(tracking, NewsKind.FAILED, desk.at, "w", error_code=CAPPED, error_text="no")
    assert desk.ledger.news.record_news(news) is MessageState.FAILED
    other = desk.running(account, [ANNA])
    assert _try(desk, account) == []
    assert _only(desk, other).state is MessageState.SKIPPED
    _later(desk, clock, DAY + 1)
    third = desk.running(account, [ANNA])
    assert _try(desk, account) == [ANNA]
    assert _only(desk, third).state is MessageState.FAILED


def test_two_who_are_refused_at_once_are_counted_apart(
    desk: Desk, clock: HandClock, account: Account
) -> None:
    contract = desk.running(account, [ANNA, IGOR])
    assert _try(desk, account) == [ANNA, IGOR]
    states = {one.state for one in desk.ledger.messages.page(contract.id).items}
    assert states == {MessageState.DELAYED}
    check_counts(desk.ledger, contract.id)


def test_a_late_answer_counts_too(desk: Desk, clock: HandClock, account: Account) -> None:
    contract = desk.running(account, [ANNA])
    [one] = desk.turn(account).granted
    desk.ledger.workers.bury(desk.worker)
    buried, desk.worker = desk.worker, desk.ledger.workers.register()
    desk.turn(account, free=0, outcomes=[replace(_capped(desk, one), late_for=buried)])
    assert _only(desk, contract).state is MessageState.DELAYED
    other = desk.running(account, [ANNA])
    assert _try(desk, account) == []
    assert _only(desk, other).state is MessageState.SKIPPED


def test_what_the_sandbox_makes_up_counts_for_nobody(desk: Desk, clock: HandClock) -> None:
    sandbox = desk.account("sand")
    desk.running(sandbox, [ANNA])
    _try(desk, sandbox)
    other = desk.running(sandbox, [ANNA])
    assert _try(desk, sandbox) == [ANNA]
    assert _only(desk, other).state is MessageState.DELAYED
