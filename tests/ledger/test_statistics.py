"""Figures of the queues come from kept counts, and cleaning takes nothing but the figures."""

import pytest

from tests.between import Between
from tests.ledgers import add_account, add_contract, outcome, running, turn
from tests.opened import open_ledger
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.contracts import ContractFilter
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.news import News, NewsKind
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.turns.settle import OutcomeKind

FAR = 10**18


def finished(ledger: Ledger, sent: int, failed: int) -> str:
    """A completed contract with so many sent and failed messages."""
    contract = running(ledger, sent + failed)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=sent + failed).granted
    outcomes = [outcome(one) for one in granted[:sent]]
    outcomes += [outcome(one, OutcomeKind.FAILED) for one in granted[sent:]]
    turn(ledger, worker, outcomes=outcomes)
    ledger.contracts.complete_if_done(ledger.contracts.number(contract.id))
    return contract.id


def test_the_queues_speak_of_what_waits_is_active_and_is_done(ledger: Ledger) -> None:
    add_account(ledger, concurrency=100)
    finished(ledger, 3, 2)
    add_contract(ledger, 4)
    busy = running(ledger, 10)
    queued = add_contract(ledger, 1)
    ledger.contracts.move(queued.id, ContractState.QUEUED)
    worker = ledger.workers.register()
    granted = turn(ledger, worker, free=4).granted
    later = outcome(granted[0], OutcomeKind.RETRY, due_at=now() + 60 * SECOND)
    doubt = outcome(granted[1], OutcomeKind.IN_DOUBT)
    turn(ledger, worker, outcomes=[later, doubt])
    status = ledger.statistics.queues()
    shown = status.messages
    assert (shown.waiting, shown.delayed, shown.active) == (6, 1, 2)
    assert (shown.completed, shown.failed, shown.in_doubt) == (3, 2, 1)
    assert (status.contracts.waiting, status.contracts.active) == (1, 1)
    assert status.contracts.completed == 1
    assert [one.id for one in status.active_contracts] == [busy.id]
    active = {one.id for one in status.active_messages}
    assert active == {one.message_id for one in granted[2:]}
    assert {one.contract_id for one in status.active_messages} == {busy.id}
    assert worker in {one.id for one in status.workers}


def test_totals_sum_over_all_contracts(ledger: Ledger) -> None:
    add_account(ledger, concurrency=100)
    assert ledger.statistics.totals().total == 0
    finished(ledger, 3, 1)
    add_contract(ledger, 5)
    totals = ledger.statistics.totals()
    assert (totals.total, totals.sent, totals.failed, totals.draft) == (9, 3, 1, 5)


def test_cleaning_takes_messages_out_of_the_figures_and_nowhere_else(ledger: Ledger) -> None:
    add_account(ledger, concurrency=100)
    contract_id = finished(ledger, 5, 2)
    assert ledger.statistics.clean_messages(failed=False, before=FAR, limit=3) == 3
    assert ledger.statistics.queues().messages.completed == 2
    assert ledger.statistics.clean_messages(failed=False, before=FAR, limit=100) == 2
    assert ledger.statistics.clean_messages(failed=False, before=FAR, limit=100) == 0
    assert ledger.statistics.clean_messages(failed=True, before=FAR, limit=100) == 2
    figures = ledger.statistics.queues().messages
    assert (figures.completed, figures.failed) == (0, 0)
    counts = ledger.contracts.get(contract_id).counts
    assert (counts.sent, counts.failed) == (5, 2)
    assert len(ledger.messages.ids(contract_id)) == 7


@pytest.mark.parametrize(("failed", "kind"), [(True, NewsKind.DELIVERED), (False, NewsKind.FAILED)])
def test_news_of_a_cleaned_message_takes_it_to_the_other_list_and_hides_no_other(
    ledger: Ledger, failed: bool, kind: NewsKind
) -> None:
    add_account(ledger, concurrency=100)
    contract_id = finished(ledger, 0, 2) if failed else finished(ledger, 2, 0)
    assert ledger.statistics.clean_messages(failed=failed, before=FAR, limit=1) == 1
    tell(ledger, contract_id, kind)
    figures = ledger.statistics.queues().messages
    assert (figures.completed, figures.failed) == (1, 1)
    for one in (True, False):
        assert ledger.statistics.clean_messages(failed=one, before=FAR, limit=9) == 1
    figures = ledger.statistics.queues().messages
    assert (figures.completed, figures.failed) == (0, 0)


def test_a_message_that_news_moves_in_the_moment_it_is_cleaned_stays_in_the_figures(
    postgres_url: str,
) -> None:
    ledger = open_ledger(postgres_url)
    add_account(ledger, concurrency=100)
    contract_id = finished(ledger, 0, 2)
    cleaning = Between(lambda: ledger.statistics.clean_messages(failed=True, before=FAR, limit=9))
    with ledger._database.write():
        tell(ledger, contract_id, NewsKind.DELIVERED)
        cleaning.begin(postgres_url)
    cleaning.join()
    figures = ledger.statistics.queues().messages
    assert (figures.completed, figures.failed) == (1, 0)
    assert ledger.statistics.clean_messages(failed=False, before=FAR, limit=9) == 1
    ledger.close()


def test_two_cleanings_in_the_same_moment_count_a_message_once(postgres_url: str) -> None:
    ledger = open_ledger(postgres_url)
    add_account(ledger, concurrency=100)
    finished(ledger, 3, 0)

    def clean(limit: int) -> int:
        return ledger.statistics.clean_messages(failed=False, before=FAR, limit=limit)

    other = Between(lambda: clean(2))
    with ledger._database.write():
        assert clean(2) == 2
        other.begin(postgres_url)
    other.join()
    assert ledger.statistics.queues().messages.completed == 1
    assert clean(9) == 1
    ledger.close()


def tell(ledger: Ledger, contract_id: str, kind: NewsKind) -> None:
    """News of the contract's first message."""
    tracking = f"wa1:{contract_id}:{ledger.messages.ids(contract_id)[0]}:1"
    assert ledger.news.record_news(News(tracking, kind, now())) is not None


def test_cleaning_spares_what_is_younger_than_asked(ledger: Ledger) -> None:
    add_account(ledger, concurrency=100)
    finished(ledger, 5, 2)
    assert ledger.statistics.clean_messages(failed=False, before=1, limit=100) == 0
    assert ledger.statistics.clean_contracts(failed=False, before=1, limit=100) == 0
    assert ledger.statistics.queues().messages.completed == 5


def test_cleaned_contracts_leave_the_figures_and_stay_in_the_list(ledger: Ledger) -> None:
    add_account(ledger, concurrency=100)
    ids = {finished(ledger, 1, 0) for _ in range(3)}
    draft = add_contract(ledger)
    assert ledger.statistics.clean_contracts(failed=True, before=FAR, limit=9) == 0
    assert ledger.statistics.clean_contracts(failed=False, before=FAR, limit=2) == 2
    assert ledger.statistics.clean_contracts(failed=False, before=FAR, limit=100) == 1
    assert ledger.statistics.queues().contracts.completed == 0
    page = ledger.contracts.page(ContractFilter())
    assert {one.id for one in page.items} == ids | {draft.id}
