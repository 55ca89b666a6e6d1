"""One person is one recipient, whichever way their number is written."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.bench.model.stage import HandClock, HeardBell, hand_driven
from tests.ledgers import add_contract, check_counts, fill
from tests.limits.desk import DAY, HOUR, NOON, Desk, phones
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.suppressions import Suppressions
from wa_desktop.events import EventBus
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Account, AccountKind, Contract, CoolDown, Limit, Message
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.settle import Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import Turn

BRAZIL = ("5511987654321", "551187654321")
ARGENTINA = ("5491123456789", "541123456789")
MEXICO = ("5215512345678", "525512345678")
SPELLINGS = [*((one, two) for one, two in (BRAZIL, ARGENTINA, MEXICO)), BRAZIL[::-1]]
IVORY_COAST, IVORY_COAST_OLD = "2250707123456", "22507123456"
"""Two spellings of which only the provider knows that they are one person's."""

UNDELIVERABLE, OPTED_OUT = 131026, 131050


@pytest.fixture(autouse=True)
def clock() -> Iterator[HandClock]:
    """The desk's moments and the program's clock are one."""
    hand = HandClock(NOON)
    with hand_driven(hand):
        yield hand


def real(desk: Desk, name: str = "acc", **given: object) -> Account:
    return desk.account(name, kind=AccountKind.CLOUD_API, phone_number_id=name, **given)


def send(desk: Desk, account: Account, known_as: str | None = None) -> list[str]:
    """Send what may go now; the provider knows all of them as that."""
    granted = desk.turn(account).granted
    sent = [
        Outcome(
            *(one.message_id, account.id, OutcomeKind.SENT, desk.at),
            provider_id="w",
            known_as=known_as,
        )
        for one in granted
    ]
    desk.ledger.cycle.run(Turn(desk.worker, desk.at, outcomes=sent))
    return [one.phone for one in granted]


def refuse(desk: Desk, account: Account, phone: str, code: int = OPTED_OUT) -> None:
    """A campaign to one person, who is answered with the code."""
    desk.running(account, [phone])
    [one] = desk.turn(account).granted
    failed = Outcome(
        *(one.message_id, account.id, OutcomeKind.FAILED, desk.at), error_code=code, error_text="no"
    )
    desk.turn(account, free=0, outcomes=[failed])


def messages(desk: Desk, contract: Contract) -> tuple[Message, ...]:
    return desk.ledger.messages.of_ids(desk.ledger.messages.ids(contract.id))


def reached(desk: Desk, account: Account) -> int:
    with desk.ledger._database.read():
        return int(
            desk.ledger._database.scalar(
                "SELECT reached FROM reach_totals WHERE scope = ?", (f"account:{account.id}",)
            )
        )


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_two_imports_in_two_spellings_hold_a_person_once(
    desk: Desk, spellings: tuple[str, str]
) -> None:
    account = desk.account()
    contract = add_contract(desk.ledger, account=account.id)
    first, second = spellings
    assert fill(desk.ledger, contract.id, [first, *phones(1)]) == 2
    assert fill(desk.ledger, contract.id, [second, *phones(2)]) == 1
    assert [one.phone for one in messages(desk, contract)] == [first, *phones(2)]


def test_one_import_in_all_spellings_holds_each_person_once_with_the_first_rows_text(
    desk: Desk,
) -> None:
    contract = add_contract(desk.ledger, account=desk.account().id)
    rows = [NewMessage(one, body=one) for pair in (BRAZIL, ARGENTINA, MEXICO) for one in pair]
    number = desk.ledger.imports.begin(contract.id)
    added = desk.ledger.imports.add(number, rows)
    desk.ledger.imports.finish(number, added, own_contents=True)
    assert added == 3
    for one in messages(desk, contract):
        assert desk.ledger.messages.history(one.id).own.body == one.phone
    assert {one.phone for one in messages(desk, contract)} == {
        pair[0] for pair in (BRAZIL, ARGENTINA, MEXICO)
    }


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_the_number_is_dialled_as_it_was_given(desk: Desk, spellings: tuple[str, str]) -> None:
    account = desk.account()
    for one in spellings:
        desk.running(account, [one])
        assert desk.send(account) == [one]


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_who_is_left_out_is_so_in_each_spelling(desk: Desk, spellings: tuple[str, str]) -> None:
    account = real(desk)
    first, second = spellings
    refuse(desk, account, first)
    contract = desk.running(account, [second, *phones(1)])
    assert desk.send(account) == phones(1)
    assert messages(desk, contract)[0].state is MessageState.SKIPPED
    check_counts(desk.ledger, contract.id, account=account.id)


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_who_is_left_out_meanwhile_is_so_in_each_spelling(
    desk: Desk, spellings: tuple[str, str]
) -> None:
    account = real(desk)
    first, second = spellings
    waiting = desk.running(account, [second], priority=-1)
    refuse_first = desk.running(account, [first], priority=1)
    [one] = desk.turn(account, free=1).granted
    assert one.phone == first
    failed = Outcome(
        *(one.message_id, account.id, OutcomeKind.FAILED, desk.at), error_code=OPTED_OUT
    )
    desk.turn(account, free=0, outcomes=[failed])
    assert desk.send(account) == []
    assert messages(desk, waiting)[0].state is MessageState.SKIPPED
    check_counts(desk.ledger, waiting.id, refuse_first.id, account=account.id)


def test_the_list_of_those_left_out_shows_the_number_that_was_dialled(desk: Desk) -> None:
    account = real(desk)
    refuse(desk, account, ARGENTINA[0])
    [one] = desk.ledger.suppressions.page().items
    assert one.phone == ARGENTINA[0]


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_a_suppression_is_lifted_by_any_spelling(desk: Desk, spellings: tuple[str, str]) -> None:
    account = real(desk)
    first, second = spellings
    refuse(desk, account, first)
    assert Suppressions(desk.ledger).lift(f"+{second}") == second
    desk.running(account, [first])
    assert desk.send(account) == [first]


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_a_cool_down_looks_at_the_person(desk: Desk, spellings: tuple[str, str]) -> None:
    account = desk.account(cool_down=CoolDown(most=1, days=7))
    first, second = spellings
    desk.running(account, [first])
    assert desk.send(account) == [first]
    desk.at += HOUR
    later = desk.running(account, [second])
    assert desk.send(account) == []
    assert messages(desk, later)[0].held_by is Limit.COOL_DOWN
    desk.at += 7 * DAY
    assert desk.send(account) == [second]


def test_a_cool_down_that_comes_later_counts_what_was_sent_to_the_person(desk: Desk) -> None:
    account = desk.account()
    desk.running(account, [MEXICO[0]])
    assert desk.send(account) == [MEXICO[0]]
    changed = replace(account, cool_down=CoolDown(most=1, days=7))
    desk.ledger.reach_history.take_up(changed)
    changed = desk.ledger.accounts.change(changed)
    desk.running(changed, [MEXICO[1]])
    assert desk.send(changed) == []


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_the_daily_limit_counts_a_person_once(desk: Desk, spellings: tuple[str, str]) -> None:
    account = desk.account(daily_limit=2)
    for one in spellings:
        desk.running(account, [one])
        assert desk.send(account) == [one]
    assert reached(desk, account) == 1
    desk.running(account, phones(2))
    assert desk.send(account) == phones(1)


def test_what_was_not_sent_is_taken_back_from_the_person(desk: Desk) -> None:
    account = desk.account(daily_limit=1)
    desk.running(account, [BRAZIL[1]])
    assert desk.claim_unsent(account, OutcomeKind.FAILED) == [BRAZIL[1]]
    assert reached(desk, account) == 0


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_the_pair_rate_is_a_persons(desk: Desk, spellings: tuple[str, str]) -> None:
    account = desk.account()
    first, second = spellings
    for _ in range(45):
        desk.running(account, [first])
    assert len(desk.send(account)) == 45
    last = desk.running(account, [second])
    assert desk.send(account) == []
    assert messages(desk, last)[0].held_by is Limit.PAIR_RATE


@pytest.mark.parametrize("spellings", SPELLINGS)
def test_a_search_by_one_spelling_finds_the_other(desk: Desk, spellings: tuple[str, str]) -> None:
    contract = desk.running(desk.account(), [spellings[0], *phones(3)])
    for search in (*spellings, f"+{spellings[1]}", spellings[1][-6:]):
        page = desk.ledger.messages.page(contract.id, MessageFilter(search=search))
        assert [one.phone for one in page.items] == [spellings[0]], search


def test_two_numbers_of_which_nobody_knows_better_are_two_persons(desk: Desk) -> None:
    contract = add_contract(desk.ledger, account=desk.account().id)
    assert fill(desk.ledger, contract.id, [IVORY_COAST, IVORY_COAST_OLD]) == 2


def test_a_person_whom_the_provider_knows_otherwise_is_one_from_then_on(desk: Desk) -> None:
    account = real(desk)
    desk.running(account, [IVORY_COAST])
    assert send(desk, account, IVORY_COAST_OLD) == [IVORY_COAST]
    contract = add_contract(desk.ledger, account=account.id)
    assert fill(desk.ledger, contract.id, [IVORY_COAST_OLD, IVORY_COAST]) == 1
    refuse(desk, account, IVORY_COAST)
    other = desk.running(account, [IVORY_COAST_OLD])
    assert messages(desk, other)[0].state is MessageState.SKIPPED
    assert Suppressions(desk.ledger).lift(IVORY_COAST_OLD)
    assert desk.ledger.suppressions.page().items == ()


def test_the_same_answer_again_changes_nothing(desk: Desk) -> None:
    account = real(desk)
    for _ in range(2):
        desk.running(account, [IVORY_COAST])
        assert send(desk, account, IVORY_COAST_OLD) == [IVORY_COAST]
    desk.running(account, [IVORY_COAST_OLD])
    assert send(desk, account, IVORY_COAST) == [IVORY_COAST_OLD]
    assert desk.ledger.persons.of([IVORY_COAST_OLD, IVORY_COAST]) == {
        IVORY_COAST_OLD: IVORY_COAST,
        IVORY_COAST: IVORY_COAST,
    }


@pytest.mark.parametrize("known_as", [IVORY_COAST, IVORY_COAST_OLD])
def test_a_stop_from_before_holds_for_the_person_once_that_is_known(
    desk: Desk, known_as: str
) -> None:
    account, other = real(desk), real(desk, "other")
    refuse(desk, account, IVORY_COAST_OLD)
    waiting = desk.running(account, [IVORY_COAST], priority=-1)
    dialled = IVORY_COAST if known_as == IVORY_COAST_OLD else IVORY_COAST_OLD
    desk.running(other, [dialled])
    assert send(desk, other, known_as) == [dialled]
    assert desk.send(account) == []
    assert messages(desk, waiting)[0].state is MessageState.SKIPPED
    [one] = desk.ledger.suppressions.page().items
    assert one.phone == IVORY_COAST_OLD


def test_the_longest_of_two_stops_holds_for_the_person(desk: Desk, clock: HandClock) -> None:
    account = real(desk)
    refuse(desk, account, IVORY_COAST_OLD, UNDELIVERABLE)
    desk.at += DAY
    clock.at = desk.at
    refuse(desk, account, IVORY_COAST, UNDELIVERABLE)
    ends = [one.until for one in desk.ledger.suppressions.page().items]
    desk.running(account, ["2250101123456"])
    [one] = desk.turn(account).granted
    outcome = Outcome(
        *(one.message_id, account.id, OutcomeKind.SENT, desk.at),
        provider_id="w",
        known_as=IVORY_COAST,
    )
    desk.turn(account, free=0, outcomes=[outcome])
    outcome.known_as = IVORY_COAST_OLD
    desk.turn(account, free=0, outcomes=[outcome])
    kept = desk.ledger.suppressions.page().items
    assert [one.until for one in kept] == [max(end or 0 for end in ends)]


def test_what_was_sent_to_both_numbers_counts_as_one_persons(desk: Desk) -> None:
    account = real(desk, daily_limit=10, cool_down=CoolDown(most=2, days=7))
    desk.running(account, [IVORY_COAST_OLD])
    assert send(desk, account) == [IVORY_COAST_OLD]
    desk.running(account, [IVORY_COAST])
    assert send(desk, account, IVORY_COAST_OLD) == [IVORY_COAST]
    assert reached(desk, account) == 1
    desk.at += HOUR
    desk.running(account, [IVORY_COAST])
    assert desk.send(account) == []


def test_a_campaign_that_holds_both_numbers_leaves_the_second_out_once_it_is_known(
    desk: Desk,
) -> None:
    account = real(desk)
    contract = desk.running(account, [IVORY_COAST, *phones(1), IVORY_COAST_OLD])
    granted = desk.turn(account, free=2).granted
    assert [one.phone for one in granted] == [IVORY_COAST, *phones(1)]
    told = [
        Outcome(
            *(one.message_id, account.id, OutcomeKind.SENT, desk.at),
            provider_id="w",
            known_as=IVORY_COAST_OLD if one.phone == IVORY_COAST else None,
        )
        for one in granted
    ]
    result = desk.turn(account, outcomes=told)
    assert result.granted == ()
    skipped = messages(desk, contract)[2]
    assert (skipped.state, skipped.error_code) == (MessageState.SKIPPED, None)
    assert skipped.error_text is not None
    assert "in the campaign already" in skipped.error_text
    [event] = desk.ledger.messages.history(skipped.id).events
    assert (event.kind, event.text) == ("skipped", skipped.error_text)
    check_counts(desk.ledger, contract.id, account=account.id)
    number = result.drained[0]
    assert desk.ledger.contracts.complete_if_done(number) == contract.id


def test_a_second_number_that_somebody_sends_again_is_held_by_the_persons_stop(
    desk: Desk,
) -> None:
    account = real(desk)
    contract = desk.running(account, [IVORY_COAST, IVORY_COAST_OLD], priority=-1)
    desk.running(account, [IVORY_COAST])
    granted = desk.turn(account, free=1).granted
    learnt = Outcome(
        *(granted[0].message_id, account.id, OutcomeKind.SENT, desk.at),
        provider_id="w",
        known_as=IVORY_COAST_OLD,
    )
    desk.turn(account, free=0, outcomes=[learnt])
    assert [one.state for one in messages(desk, contract)] == [
        MessageState.WAITING,
        MessageState.SKIPPED,
    ]
    refuse(desk, real(desk, "other"), IVORY_COAST, UNDELIVERABLE)
    Again(desk.ledger, HeardBell(), EventBus()).retry(contract.id, (MessageState.SKIPPED,))
    while desk.ledger.actions.slice(contract.id):
        pass
    assert desk.send(account) == []
    check_counts(desk.ledger, contract.id, account=account.id)


def test_campaigns_of_all_accounts_leave_the_second_number_out_also_drafts(desk: Desk) -> None:
    account, other = real(desk), real(desk, "other")
    running = desk.running(other, [IVORY_COAST_OLD, *phones(1), IVORY_COAST])
    draft = add_contract(desk.ledger, account=other.id, name="draft")
    fill(desk.ledger, draft.id, [IVORY_COAST, IVORY_COAST_OLD])
    desk.running(account, [IVORY_COAST])
    assert send(desk, account, IVORY_COAST_OLD) == [IVORY_COAST]
    assert desk.send(other) == [IVORY_COAST_OLD, *phones(1)]
    desk.ledger.contracts.move(draft.id, ContractState.QUEUED)
    while desk.ledger.work.prepare_slice(draft.id):
        pass
    assert desk.send(other) == [IVORY_COAST]
    check_counts(desk.ledger, running.id, draft.id, account=other.id)


@pytest.mark.parametrize("ids", [False, True])
def test_a_second_number_is_not_sent_to_by_sending_again_what_was_left_out(
    desk: Desk, ids: bool
) -> None:
    account = real(desk)
    contract = desk.running(account, [IVORY_COAST, IVORY_COAST_OLD, *phones(1)])
    refuse(desk, real(desk, "other"), phones(1)[0], UNDELIVERABLE)
    [first] = desk.turn(account, free=1).granted
    learnt = Outcome(
        *(first.message_id, account.id, OutcomeKind.SENT, desk.at),
        provider_id="w",
        known_as=IVORY_COAST_OLD,
    )
    assert desk.turn(account, outcomes=[learnt]).granted == ()
    left_out = [one for one in messages(desk, contract) if one.state is MessageState.SKIPPED]
    assert [one.phone for one in left_out] == [IVORY_COAST_OLD, *phones(1)]
    Suppressions(desk.ledger).lift(phones(1)[0])
    again = Again(desk.ledger, HeardBell(), EventBus())
    chosen = [one.id for one in left_out] if ids else []
    assert again.retry(contract.id, (MessageState.SKIPPED,), ids=chosen).rows == 1
    while desk.ledger.actions.slice(contract.id):
        pass
    assert desk.send(account) == phones(1)
    check_counts(desk.ledger, contract.id, account=account.id)
    copy = again.duplicate(contract.id, (MessageState.SKIPPED,))
    while desk.ledger.actions.slice(copy.id):
        pass
    assert messages(desk, copy) == ()


def test_an_import_of_both_numbers_leaves_the_second_out_where_that_is_learnt_meanwhile(
    desk: Desk,
) -> None:
    account = real(desk)
    contract = add_contract(desk.ledger, account=account.id)
    number = desk.ledger.imports.begin(contract.id)
    rows = [NewMessage(one) for one in (IVORY_COAST, *phones(1), IVORY_COAST_OLD)]
    added = desk.ledger.imports.add(number, rows)
    desk.running(account, [IVORY_COAST])
    assert send(desk, account, IVORY_COAST_OLD) == [IVORY_COAST]
    desk.ledger.imports.finish(number, added, own_contents=False)
    check_counts(desk.ledger, contract.id, account=account.id)
    desk.ledger.contracts.move(contract.id, ContractState.QUEUED)
    while desk.ledger.work.prepare_slice(contract.id):
        pass
    assert desk.send(account) == [IVORY_COAST, *phones(1)]
