"""Doubts settled by news, by a person, by a contract's policy; never by themselves."""

import pytest

from tests.actions.conftest import Office
from tests.ledgers import check_counts, execute
from tests.limits.desk import HOUR, phones
from wa_desktop.clock import now
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.news import News, NewsKind
from wa_desktop.ledger.records import Account, Contract, DoubtPolicy
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import Turn


def doubtful_contract(office: Office, amount: int) -> tuple[Account, Contract]:
    """A contract whose messages are all in doubt."""
    desk = office.desk
    account = desk.account()
    contract = desk.running(account, phones(amount))
    outcomes = [
        Outcome(one.message_id, account.id, OutcomeKind.IN_DOUBT, now(), error_text="reset")
        for one in desk.turn(account).granted
    ]
    desk.at = now()
    desk.turn(account, free=0, outcomes=outcomes)
    return account, contract


def tracking(office: Office, contract: Contract, place: int) -> str:
    """What the provider sends back for the message at that place."""
    message = office.desk.ledger.messages.ids(contract.id)[place]
    return f"wa1:{contract.id}:{message}:1"


@pytest.mark.parametrize(
    ("choice", "column"), [(DoubtPolicy.RESEND, "waiting"), (DoubtPolicy.TREAT_AS_SENT, "sent")]
)
def test_a_person_settles_all_doubts(office: Office, choice: DoubtPolicy, column: str) -> None:
    _, contract = doubtful_contract(office, 3)
    assert office.doubts.settle(contract.id, choice) == 3
    office.bell.work()
    counts = office.desk.get(contract).counts
    assert (getattr(counts, column), counts.in_doubt) == (3, 0)


@pytest.mark.parametrize(
    ("choice", "kind", "done"),
    [(DoubtPolicy.RESEND, "returned", "sent again"), (DoubtPolicy.TREAT_AS_SENT, "sent", "sent")],
)
@pytest.mark.parametrize("by_policy", [False, True])
def test_a_messages_history_says_who_settled_its_doubt(
    office: Office, choice: DoubtPolicy, kind: str, done: str, *, by_policy: bool
) -> None:
    _, contract = doubtful_contract(office, 2)
    if by_policy:
        office.doubts.settle_by_policy(contract.id, choice, now())
    else:
        office.doubts.settle(contract.id, choice)
    office.bell.work()
    messages = office.desk.ledger.messages
    for message in messages.ids(contract.id):
        doubt, settled = messages.history(message).events
        assert (doubt.kind, settled.kind) == ("in_doubt", kind)
        assert (settled.text or "").endswith(f"{done}.")
        assert ("rule" if by_policy else "person") in (settled.text or "")


def test_doubts_of_a_cancelled_contract_may_be_taken_for_sent_but_not_sent_again(
    office: Office,
) -> None:
    _, contract = doubtful_contract(office, 3)
    office.desk.ledger.contracts.move(contract.id, ContractState.CANCELLED)
    with pytest.raises(MoveRefused, match="cancelled"):
        office.doubts.settle(contract.id, DoubtPolicy.RESEND)
    assert office.doubts.settle(contract.id, DoubtPolicy.TREAT_AS_SENT) == 3
    office.bell.work()
    found = office.desk.get(contract)
    assert (found.state, found.counts.sent, found.counts.in_doubt) == (
        ContractState.CANCELLED,
        3,
        0,
    )


def test_a_person_settles_one_doubt(office: Office) -> None:
    _, contract = doubtful_contract(office, 3)
    one = office.desk.ledger.messages.ids(contract.id)[1]
    assert office.doubts.settle(contract.id, DoubtPolicy.TREAT_AS_SENT, [one]) == 1
    office.bell.work()
    assert office.desk.get(contract).counts.in_doubt == 2


def test_doubts_stay_when_nobody_settles_them(office: Office) -> None:
    _, contract = doubtful_contract(office, 3)
    assert office.desk.ledger.work.doubts_of_age(now() + 1_000 * HOUR) == ()
    assert office.doubts.settle(contract.id, DoubtPolicy.LEAVE) == 0
    assert office.desk.get(contract).counts.in_doubt == 3


def test_a_policy_acts_after_its_grace_time_and_not_before(office: Office) -> None:
    _, contract = doubtful_contract(office, 3)
    office.desk.ledger.contracts.change(contract.id, doubt_policy="resend", doubt_grace=HOUR)
    work = office.desk.ledger.work
    assert work.doubts_of_age(now() + HOUR // 2) == ()
    ((contract_id, policy, before),) = work.doubts_of_age(now() + 2 * HOUR)
    office.doubts.settle_by_policy(contract_id, DoubtPolicy(policy), before)
    office.bell.work()
    assert office.desk.get(contract).counts.waiting == 3


def test_a_doubt_stays_one_when_the_campaigns_time_is_over_before_it_may_be_sent_again(
    office: Office,
) -> None:
    _, contract = doubtful_contract(office, 2)
    office.desk.ledger.contracts.change(contract.id, doubt_policy="resend", expires_at=now() - 1)
    assert office.desk.ledger.work.doubts_of_age(now()) == ()
    with pytest.raises(MoveRefused, match="time is over"):
        office.doubts.settle(contract.id, DoubtPolicy.RESEND)
    office.bell.work()
    assert office.desk.get(contract).counts.in_doubt == 2
    assert office.doubts.settle(contract.id, DoubtPolicy.TREAT_AS_SENT) == 2


def test_a_policy_sends_again_what_has_attempts_left_and_leaves_the_rest(office: Office) -> None:
    desk = office.desk
    account, contract = doubtful_contract(office, 2)
    number, spent = desk.ledger.messages.ids(contract.id)
    execute(desk.ledger, "UPDATE messages SET attempts = 3 WHERE id = ?", spent)
    office.doubts.settle_by_policy(contract.id, DoubtPolicy.RESEND, now())
    office.bell.work()
    counts = desk.get(contract).counts
    assert (counts.waiting, counts.in_doubt) == (1, 1)
    [granted] = desk.turn(account).granted
    assert (granted.message_id, granted.attempts) == (number, 1)


def test_a_policy_takes_for_sent_what_has_no_attempts_left(office: Office) -> None:
    desk = office.desk
    _, contract = doubtful_contract(office, 1)
    execute(desk.ledger, "UPDATE messages SET attempts = 3")
    desk.ledger.contracts.change(contract.id, doubt_policy="treatAsSent", doubt_grace=HOUR)
    assert len(desk.ledger.work.doubts_of_age(now() + 2 * HOUR)) == 1
    office.doubts.settle_by_policy(contract.id, DoubtPolicy.TREAT_AS_SENT, now())
    office.bell.work()
    assert desk.get(contract).counts.sent == 1


def test_news_with_our_id_settles_a_doubt(office: Office) -> None:
    _, contract = doubtful_contract(office, 2)
    news = News(tracking(office, contract, 0), NewsKind.DELIVERED, now(), provider_id="wamid.1")
    assert office.desk.ledger.news.record_news(news) is MessageState.DELIVERED
    counts = office.desk.get(contract).counts
    assert (counts.delivered, counts.in_doubt) == (1, 1)


def test_news_never_moves_a_message_back(office: Office) -> None:
    _, contract = doubtful_contract(office, 1)
    record = office.desk.ledger.news.record_news
    ours = tracking(office, contract, 0)
    assert record(News(ours, NewsKind.READ, now())) is MessageState.READ
    assert record(News(ours, NewsKind.DELIVERED, now())) is None
    assert record(News(ours, NewsKind.READ, now())) is None
    assert record(News(ours, NewsKind.FAILED, now(), error_code=131026)) is None


def test_news_before_the_answer_frees_the_place_and_the_answer_changes_nothing(
    office: Office,
) -> None:
    desk = office.desk
    account = desk.account(concurrency=1)
    contract = desk.running(account, phones(2))
    (granted,) = desk.turn(account).granted
    news = News(f"wa1:{contract.id}:{granted.message_id}:1", NewsKind.DELIVERED, now())
    assert desk.ledger.news.record_news(news) is MessageState.DELIVERED
    late = Outcome(granted.message_id, account.id, OutcomeKind.SENT, desk.at, provider_id="w")
    result = desk.turn(account, outcomes=[late])
    assert len(result.granted) == 1
    assert desk.get(contract).counts.delivered == 1
    assert desk.get(contract).counts.sent == 0
    assert desk.ledger.messages.history(granted.message_id).message.attempts == 1


@pytest.mark.parametrize("id", ["", "wa1:x:1:1", "wa1:x:99999999999999999999:1", "other", "a\0b"])
def test_news_about_no_message_of_ours_is_passed_over(office: Office, id: str) -> None:
    assert office.desk.ledger.news.record_news(News(id, NewsKind.SENT, now())) is None


def settle_one(
    office: Office, account: Account, kind: OutcomeKind, provider_id: str | None = None
) -> None:
    """Send the one message that is due, with that end."""
    desk = office.desk
    desk.at = now()
    (granted,) = desk.turn(account).granted
    ended = Outcome(granted.message_id, account.id, kind, now(), provider_id=provider_id)
    desk.turn(account, free=0, outcomes=[ended])


def sent_again(office: Office, states: tuple[MessageState, ...]) -> None:
    """Have all that stands in these states sent again."""
    for contract in office.desk.ledger.contracts.page().items:
        office.again.retry(contract.id, states)
    office.bell.work()
    office.desk.at = now()


@pytest.fixture
def failed_once(office: Office) -> tuple[Account, Contract, list[News]]:
    """A message that was sent, failed by news and waits to go again; and the news so far."""
    account = office.desk.account()
    contract = office.desk.running(account, phones(1))
    settle_one(office, account, OutcomeKind.SENT, "wamid.1")
    ours = tracking(office, contract, 0)
    news = [
        News(ours, NewsKind.SENT, now(), "wamid.1"),
        News(ours, NewsKind.FAILED, now(), "wamid.1", error_code=131049),
    ]
    office.desk.ledger.news.record_news(news[1])
    assert office.desk.get(contract).counts.failed == 1
    sent_again(office, (MessageState.FAILED,))
    return account, contract, news


def test_repeated_news_of_a_request_does_not_undo_a_retry(
    office: Office, failed_once: tuple[Account, Contract, list[News]]
) -> None:
    account, contract, old = failed_once
    desk, record = office.desk, office.desk.ledger.news.record_news
    assert [record(one) for one in old] == [None, None]
    (granted,) = desk.turn(account).granted
    assert [record(one) for one in old] == [None, None]
    again = Outcome(granted.message_id, account.id, OutcomeKind.SENT, now(), provider_id="wamid.2")
    desk.turn(account, free=0, outcomes=[again])
    assert [record(one) for one in old] == [None, None]
    counts = desk.get(contract).counts
    assert (counts.sent, counts.failed) == (1, 0)
    failed = News(old[1].tracking, NewsKind.FAILED, now(), "wamid.2", error_code=131026)
    assert record(failed) is MessageState.FAILED


def test_a_retry_in_doubt_is_settled_by_its_own_news_alone(
    office: Office, failed_once: tuple[Account, Contract, list[News]]
) -> None:
    account, _, old = failed_once
    record = office.desk.ledger.news.record_news
    settle_one(office, account, OutcomeKind.IN_DOUBT)
    assert [record(one) for one in old] == [None, None]
    own = News(old[0].tracking, NewsKind.SENT, now(), "wamid.2")
    assert record(own) is MessageState.SENT


@pytest.mark.parametrize("kind", [NewsKind.SENT, NewsKind.DELIVERED, NewsKind.READ])
@pytest.mark.parametrize("state", ["waiting", "delayed", "claimed"])
def test_a_doubt_that_is_to_be_sent_again_is_not_once_news_says_it_went(
    office: Office, kind: NewsKind, state: str
) -> None:
    desk = office.desk
    account, contract = doubtful_contract(office, 1)
    sent_again(office, (MessageState.IN_DOUBT,))
    (message,) = desk.ledger.messages.ids(contract.id)
    if state == "delayed":
        desk.at = now()
        (granted,) = desk.turn(account).granted
        ended = Outcome(message, account.id, OutcomeKind.RETRY, now(), due_at=now() + HOUR)
        desk.turn(account, free=0, outcomes=[ended])
        assert granted.message_id == message
    if state == "claimed":
        execute(
            desk.ledger,
            "UPDATE accounts SET rate_max = 1, rate_ms = 60000, next_slot_at = ?",
            desk.at + 80_000,
        )
        (granted,) = desk.turn(account).granted
        assert not granted.begun
    assert getattr(desk.get(contract).counts, state) == 1
    news = News(tracking(office, contract, 0), kind, now(), "wamid.1")
    assert desk.ledger.news.record_news(news) == MessageState.from_word(kind.value)
    check_counts(desk.ledger, contract.id)
    begun = desk.ledger.cycle.run(Turn(desk.worker, desk.at + HOUR, begin=[message]))
    assert begun.begun == frozenset()
    desk.at += 2 * HOUR
    assert desk.turn(account).granted == ()


def test_what_is_inferred_settles_its_own_doubt_and_says_so(office: Office) -> None:
    _, contract = doubtful_contract(office, 1)
    messages = office.desk.ledger.messages
    (message,) = messages.ids(contract.id)
    (doubt,) = messages.history(message).events
    record, since = office.desk.ledger.news.record_news, messages.history(message).message
    news = News(tracking(office, contract, 0), NewsKind.SENT, doubt.at, "wamid.1", note="inferred")
    assert record(news, doubt_since=since.updated_at - 1) is None
    assert record(news, doubt_since=since.updated_at) is MessageState.SENT
    assert record(news, doubt_since=since.updated_at) is None
    *_, told = messages.history(message).events
    assert (told.kind, told.text) == ("sent", "inferred")
    assert messages.history(message).message.error_text is None


def test_what_is_inferred_of_a_doubt_does_not_hold_back_what_is_to_be_sent_again(
    office: Office,
) -> None:
    _, contract = doubtful_contract(office, 1)
    messages = office.desk.ledger.messages
    (message,) = messages.ids(contract.id)
    since = messages.history(message).message.updated_at
    sent_again(office, (MessageState.IN_DOUBT,))
    news = News(tracking(office, contract, 0), NewsKind.SENT, now(), "wamid.1")
    assert office.desk.ledger.news.record_news(news, doubt_since=since) is None
    assert office.desk.get(contract).counts.waiting == 1
