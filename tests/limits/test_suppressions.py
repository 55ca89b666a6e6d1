"""Who is left out after an error that told so: for whom, for how long, and until it is lifted."""

from dataclasses import replace

import pytest

from tests.bench.model.stage import HandClock, HeardBell
from tests.ledgers import add_contract, check_counts, run, value
from tests.limits.desk import DAY, Desk, phones
from tests.limits.refusals import claimed, failed, later, messages, real, refuse
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.suppressions import Suppressions
from wa_desktop.errors import InvalidInput, NotFound
from wa_desktop.events import EventBus
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.news import News, NewsKind
from wa_desktop.ledger.records import Account, Contract
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.suppression_list import Suppression

UNDELIVERABLE, OPTED_OUT, NO_COUNTRY = 131026, 131050, 130497
GERMANY = ["4915112345678", "4930123456"]
CANADA, USA = "14165550123", "12125550123"


pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def account(desk: Desk) -> Account:
    return real(desk)


def listed(desk: Desk) -> tuple[Suppression, ...]:
    return desk.ledger.suppressions.page().items


def retry(desk: Desk, contract: Contract, *states: MessageState) -> None:
    """A person's retry, carried out."""
    Again(desk.ledger, HeardBell(), EventBus()).retry(contract.id, states)
    while desk.ledger.actions.slice(contract.id):
        pass
    if desk.get(contract).state is ContractState.QUEUED:
        while desk.ledger.work.prepare_slice(contract.id):
            pass


def test_a_number_that_cannot_be_reached_is_left_out_of_the_next_campaign_of_everyone(
    desk: Desk, account: Account
) -> None:
    refuse(desk, account, UNDELIVERABLE, phones(1))
    other = real(desk, "other")
    for one in (account, other):
        contract = desk.running(one, phones(3))
        assert desk.send(one) == phones(2, start=1)
        skipped = messages(desk, contract)[0]
        assert (skipped.state, skipped.error_code) == (MessageState.SKIPPED, UNDELIVERABLE)
        assert desk.get(contract).counts.skipped == 1
        check_counts(desk.ledger, contract.id, account=one.id)


def test_what_was_skipped_says_why_and_until_when(desk: Desk, account: Account) -> None:
    refuse(desk, account, UNDELIVERABLE, phones(1))
    contract = desk.running(account, phones(1))
    [skipped] = messages(desk, contract)
    assert skipped.error_text is not None
    assert skipped.error_text.startswith("Not sent: left out until 2030-09-03. The message cannot")
    [event] = desk.ledger.messages.history(skipped.id).events
    assert (event.kind, event.code, event.text) == ("skipped", UNDELIVERABLE, skipped.error_text)


def test_after_the_days_the_number_is_written_to_again(
    desk: Desk, account: Account, clock: HandClock
) -> None:
    refuse(desk, account, UNDELIVERABLE, phones(1))
    later(desk, clock, 90 * DAY - 1)
    desk.running(account, phones(1))
    assert desk.send(account) == []
    later(desk, clock, 1)
    desk.running(account, phones(1))
    assert desk.send(account) == phones(1)
    assert listed(desk) == ()


def test_a_row_due_after_the_days_is_not_left_out(desk: Desk, account: Account) -> None:
    refuse(desk, account, UNDELIVERABLE, phones(2))
    contract = add_contract(desk.ledger, account=account.id)
    far, near = phones(2)
    number = desk.ledger.imports.begin(contract.id)
    rows = [NewMessage(far, due_at=desk.at + 91 * DAY), NewMessage(near)]
    desk.ledger.imports.finish(number, desk.ledger.imports.add(number, rows), own_contents=False)
    run(desk.ledger, contract.id)
    assert [one.state for one in messages(desk, contract)] == [
        MessageState.DELAYED,
        MessageState.SKIPPED,
    ]


def test_a_lifted_number_is_written_to_again_also_what_was_skipped(
    desk: Desk, account: Account
) -> None:
    first = refuse(desk, account, UNDELIVERABLE, phones(1))
    second = desk.running(account, phones(1))
    assert desk.send(account) == []
    retry(desk, second, MessageState.SKIPPED)
    retry(desk, first, MessageState.FAILED)
    assert desk.send(account) == []
    for one, state in ((first, MessageState.FAILED), (second, MessageState.SKIPPED)):
        assert [message.state for message in messages(desk, one)] == [state]
    lifting = Suppressions(desk.ledger)
    assert lifting.lift(f"+{phones(1)[0]}") == phones(1)[0]
    with pytest.raises(NotFound):
        lifting.lift(phones(1)[0])
    retry(desk, second, MessageState.SKIPPED)
    assert desk.send(account) == phones(1)
    desk.running(account, phones(1))
    assert desk.send(account) == phones(1)
    check_counts(desk.ledger, first.id, second.id)


def test_a_campaign_that_runs_already_leaves_out_what_another_finds(
    desk: Desk, account: Account
) -> None:
    running = desk.running(account, phones(3), priority=-1)
    other = desk.running(account, phones(1))
    [granted] = desk.turn(account, free=1).granted
    assert desk.ledger.messages.history(granted.message_id).message.contract_id == other.id
    desk.turn(account, free=0, outcomes=[failed(desk, granted, UNDELIVERABLE)])
    assert desk.send(account) == phones(2, start=1)
    assert desk.get(running).counts.skipped == 1
    check_counts(desk.ledger, running.id, other.id)


def test_a_campaign_all_of_whose_rest_is_left_out_is_told_to_be_done(
    desk: Desk, account: Account
) -> None:
    running = desk.running(account, phones(1), priority=-1)
    desk.running(account, phones(1))
    [granted] = desk.turn(account, free=1).granted
    told = desk.turn(account, outcomes=[failed(desk, granted, UNDELIVERABLE)])
    assert desk.get(running).counts.remaining == 0
    assert desk.ledger.contracts.number(running.id) in told.drained


def test_an_opt_out_holds_for_the_portfolio_whoever_joins_or_leaves_and_for_no_stranger(
    desk: Desk,
) -> None:
    first, second = (real(desk, name, portfolio_id="shop") for name in ("first", "second"))
    stranger = real(desk, "stranger")
    refuse(desk, first, OPTED_OUT, phones(1))
    assert listed(desk)[0].until is None
    for one in (first, second):
        desk.running(one, phones(1))
        assert desk.send(one) == []
    desk.running(stranger, phones(1))
    assert desk.send(stranger) == phones(1)
    desk.ledger.accounts.change(replace(first, portfolio_id=None))
    desk.ledger.accounts.change(replace(stranger, portfolio_id="shop"))
    for one in (first, second, stranger):
        contract = desk.running(one, phones(1))
        assert desk.send(one) == []
        assert desk.get(contract).counts.skipped == 1


def test_what_an_account_alone_was_told_holds_for_the_portfolio_that_it_joins(desk: Desk) -> None:
    alone, member = real(desk, "alone"), real(desk, "member", portfolio_id="shop")
    refuse(desk, alone, OPTED_OUT, phones(1))
    desk.running(member, phones(1))
    assert desk.send(member) == phones(1)
    desk.ledger.accounts.change(replace(alone, portfolio_id="shop"))
    desk.running(member, phones(1))
    assert desk.send(member) == []


def test_a_country_is_held_back_for_the_account_that_may_not_write_to_it_alone(desk: Desk) -> None:
    first, second = (real(desk, name, portfolio_id="shop") for name in ("first", "second"))
    refuse(desk, first, NO_COUNTRY, GERMANY[:1])
    assert [(one.phone, one.country) for one in listed(desk)] == [(None, "DE")]
    desk.running(first, [*GERMANY, *phones(1)])
    assert desk.send(first) == phones(1)
    desk.running(second, GERMANY)
    assert desk.send(second) == GERMANY
    assert Suppressions(desk.ledger).lift("de") == "DE"
    desk.running(first, GERMANY)
    assert desk.send(first) == GERMANY


def test_a_country_is_held_back_in_the_campaign_that_found_it_too(
    desk: Desk, account: Account
) -> None:
    contract = desk.running(account, [*GERMANY, *phones(1)])
    [granted] = desk.turn(account, free=1).granted
    desk.turn(account, free=0, outcomes=[failed(desk, granted, NO_COUNTRY)])
    assert desk.send(account) == phones(1)
    assert desk.get(contract).counts.skipped == 1


def test_countries_of_one_calling_code_are_told_apart(desk: Desk, account: Account) -> None:
    refuse(desk, account, NO_COUNTRY, [CANADA])
    desk.running(account, [CANADA, USA])
    assert desk.send(account) == [USA]


def test_many_answers_about_one_country_are_one_suppression(desk: Desk, account: Account) -> None:
    refuse(desk, account, NO_COUNTRY, GERMANY)
    assert len(listed(desk)) == 1


def test_a_finding_of_before_makes_no_suppression_shorter(
    desk: Desk, account: Account, clock: HandClock
) -> None:
    contracts = [desk.running(account, phones(1)) for _ in range(3)]
    early, late, again = claimed(desk, account)
    later(desk, clock, 10 * DAY)
    desk.turn(account, free=0, outcomes=[failed(desk, late, UNDELIVERABLE)])
    [told] = listed(desk)
    assert (told.since, told.until) == (desk.at, desk.at + 90 * DAY)
    before = failed(desk, early, UNDELIVERABLE, at=desk.at - 10 * DAY)
    desk.turn(account, free=0, outcomes=[before])
    assert listed(desk) == (told,)
    later(desk, clock, DAY)
    desk.turn(account, free=0, outcomes=[failed(desk, again, UNDELIVERABLE)])
    [longer] = listed(desk)
    assert longer.until == desk.at + 90 * DAY
    assert longer.contract_id in {one.id for one in contracts}
    assert longer.message_id == again.message_id


def test_a_failure_told_by_the_provider_later_suppresses_once_and_never_after_lifting(
    desk: Desk, account: Account
) -> None:
    contract = desk.running(account, phones(1))
    assert desk.send(account) == phones(1)
    tracking = f"wa1:{contract.id}:{desk.sent[0].message_id}:1"
    news = News(tracking, NewsKind.FAILED, desk.at, "w", error_code=UNDELIVERABLE)
    assert desk.ledger.news.record_news(news) is MessageState.FAILED
    [told] = listed(desk)
    assert (told.phone, told.contract_id) == (phones(1)[0], contract.id)
    Suppressions(desk.ledger).lift(phones(1)[0])
    assert desk.ledger.news.record_news(news) is None
    assert listed(desk) == ()


def test_a_late_answer_of_a_buried_worker_suppresses_once(desk: Desk, account: Account) -> None:
    desk.running(account, phones(2))
    first, _ = claimed(desk, account)
    dead, desk.worker = desk.worker, desk.ledger.workers.register()
    assert desk.ledger.workers.bury(dead) == 2
    answer = failed(desk, first, UNDELIVERABLE, late_for=dead)
    desk.turn(account, free=0, outcomes=[answer])
    assert [one.phone for one in listed(desk)] == [first.phone]
    Suppressions(desk.ledger).lift(first.phone)
    desk.turn(account, free=0, outcomes=[answer])
    assert listed(desk) == ()


def test_an_answer_that_news_overtook_suppresses_nothing_again(
    desk: Desk, account: Account
) -> None:
    contract = desk.running(account, phones(1))
    [granted] = claimed(desk, account)
    tracking = f"wa1:{contract.id}:{granted.message_id}:1"
    arrived = News(tracking, NewsKind.DELIVERED, desk.at, "w")
    assert desk.ledger.news.record_news(arrived) is MessageState.DELIVERED
    desk.turn(account, free=0, outcomes=[failed(desk, granted, UNDELIVERABLE)])
    assert listed(desk) == ()


def test_a_code_that_says_nothing_of_the_recipient_suppresses_nobody(
    desk: Desk, account: Account
) -> None:
    refuse(desk, account, 131047, phones(1))
    assert listed(desk) == ()


def test_what_a_sandbox_makes_up_suppresses_nobody(desk: Desk) -> None:
    sandbox = desk.account("sandbox")
    refuse(desk, sandbox, UNDELIVERABLE, phones(1))
    assert listed(desk) == ()


def test_a_campaign_prepared_after_them_is_drawn_without_a_look_at_its_recipients(
    desk: Desk, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(desk, account, UNDELIVERABLE, phones(1))
    desk.at += DAY  # beyond what the pair rate remembers
    contract = desk.running(account, phones(5))
    looked = _lookups(desk, monkeypatch)
    granted = desk.turn(account, free=1).granted
    assert desk.turn(account, free=1).granted
    assert looked == []
    # What it finds itself concerns none of its other recipients.
    desk.turn(account, free=0, outcomes=[failed(desk, granted[0], UNDELIVERABLE)])
    assert desk.turn(account, free=1).granted
    assert looked == []
    assert desk.get(contract).counts.skipped == 1
    # What another finds may.
    other = desk.running(account, phones(1, start=9), priority=1)
    [granted_there] = desk.turn(account, free=1).granted
    assert granted_there.contract == desk.ledger.contracts.number(other.id)
    desk.turn(account, free=0, outcomes=[failed(desk, granted_there, UNDELIVERABLE)])
    looked.clear()  # preparing the other one looked, once
    desk.turn(account, free=1)
    assert len(looked) == 1


def _lookups(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of what follows that look recipients up among the suppressions."""
    found: list[str] = []
    ask = desk.ledger._database.ask

    def noting(sql: str, *given: object) -> object:
        if "FROM suppressions" in sql:
            found.append(sql)
        return ask(sql, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.ledger._database, "ask", noting)
    return found


def test_a_resumed_campaign_still_looks_at_what_was_found_while_it_ran(
    desk: Desk, account: Account
) -> None:
    running = desk.running(account, phones(2), priority=-1)
    desk.running(account, phones(1))
    [granted] = desk.turn(account, free=1).granted
    desk.turn(account, free=0, outcomes=[failed(desk, granted, UNDELIVERABLE)])
    desk.ledger.contracts.move(running.id, ContractState.PAUSED)
    desk.ledger.contracts.move(running.id, ContractState.QUEUED)
    while desk.ledger.work.prepare_slice(running.id):
        pass
    assert desk.send(account) == phones(1, start=1)


def test_a_suppression_outlives_its_campaign(desk: Desk, account: Account) -> None:
    contract = refuse(desk, account, UNDELIVERABLE, phones(1))
    desk.ledger.contracts.complete_if_done(desk.ledger.contracts.number(contract.id))
    desk.ledger.actions.begin_deleting(contract.id)
    while desk.ledger.deleting.slice(contract.id):
        pass
    assert value(desk.ledger, "SELECT COUNT(1) FROM messages") == 0
    [told] = listed(desk)
    assert (told.phone, told.contract_id) == (phones(1)[0], None)
    desk.running(account, phones(1))
    assert desk.send(account) == []


@pytest.mark.parametrize("text", ["", "ZZ", "12", "nobody"])
def test_what_is_neither_number_nor_country_is_refused(desk: Desk, text: str) -> None:
    with pytest.raises(InvalidInput):
        Suppressions(desk.ledger).lift(text)


def test_they_are_listed_page_by_page_oldest_first(desk: Desk, account: Account) -> None:
    refuse(desk, account, UNDELIVERABLE, phones(3))
    first = desk.ledger.suppressions.page(limit=2)
    assert [one.phone for one in first.items] == phones(2)
    rest = desk.ledger.suppressions.page(limit=2, cursor=first.next_cursor)
    assert ([one.phone for one in rest.items], rest.next_cursor) == (phones(1, start=2), None)
