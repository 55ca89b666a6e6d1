"""What is kept of the looks at accounts, and whose turn it is to look, on both ledgers."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.ledgers import add_account, add_contract, run, value
from wa_desktop.clock import SECOND, now
from wa_desktop.content import MessageTemplate
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import ContractState
from wa_desktop.ledger.vitals import Memory

EVERY = 600 * SECOND
NUMBER = "1055"


@pytest.fixture(autouse=True)
def account(ledger: Ledger) -> None:
    """The account that is looked at."""
    add_account(ledger)


def _contract(ledger: Ledger, template: str | None = None) -> str:
    contract = add_contract(ledger, 1).id
    if template is not None:
        kept = MessageTemplate(template, "ru").to_json()
        ledger.contracts.change(contract, template=kept)
    return contract


def test_one_turn_to_look_is_given_out_in_its_time(ledger: Ledger) -> None:
    at = now()
    assert ledger.vitals.begin("acc", NUMBER, at, EVERY) == 0
    assert ledger.vitals.begin("acc", NUMBER, at + EVERY // 3, EVERY) == EVERY - EVERY // 3
    assert ledger.vitals.begin("acc", NUMBER, at + EVERY, EVERY) == 0


def test_of_several_that_ask_at_once_one_gets_the_turn(ledger: Ledger) -> None:
    at = now()
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda _: ledger.vitals.begin("acc", NUMBER, at, EVERY), range(8)))
    assert sorted(waits) == [0, *[EVERY] * 7]


def test_a_turn_from_before_the_clock_was_set_back_holds_nobody_up(ledger: Ledger) -> None:
    at = now()
    ledger.vitals.begin("acc", NUMBER, at, EVERY)
    assert ledger.vitals.begin("acc", NUMBER, at - 86_400 * SECOND, EVERY) == 0


def test_a_provider_that_asks_for_time_gets_it(ledger: Ledger) -> None:
    at = now()
    ledger.vitals.begin("acc", NUMBER, at, EVERY)
    ledger.vitals.remember("acc", NUMBER, Memory(), not_before=at + 2 * EVERY)
    assert ledger.vitals.begin("acc", NUMBER, at + EVERY, EVERY) == EVERY


def test_what_was_seen_is_kept_of_contracts_that_may_send_yet(ledger: Ledger) -> None:
    live, ended = _contract(ledger, "promo"), _contract(ledger, "gone")
    ledger.contracts.move(ended, ContractState.CANCELLED)
    ledger.vitals.begin("acc", NUMBER, now(), EVERY)
    seen = Memory("RED", 5, {live: "PAUSED", ended: "PAUSED"}, {"promo": 7, "gone": 8})
    ledger.vitals.remember("acc", NUMBER, seen)
    kept = ledger.vitals.memory("acc", NUMBER)
    assert kept == Memory("RED", 5, {live: "PAUSED"}, {"promo": 7})
    ledger.vitals.begin("acc", NUMBER, now() + EVERY, EVERY)
    assert ledger.vitals.memory("acc", NUMBER) == kept


def test_another_number_has_another_past(ledger: Ledger) -> None:
    at = now()
    ledger.vitals.begin("acc", NUMBER, at, EVERY)
    ledger.vitals.remember("acc", NUMBER, Memory("RED", 5))
    assert ledger.vitals.memory("acc", "2055") == Memory()
    assert ledger.vitals.begin("acc", "2055", at, EVERY) == 0
    ledger.vitals.remember("acc", NUMBER, Memory("RED", 5))
    assert ledger.vitals.memory("acc", "2055") == Memory()


def test_templates_at_work_are_those_of_contracts_that_give_out_messages(ledger: Ledger) -> None:
    running = _contract(ledger, "promo")
    _contract(ledger, "draft")
    run(ledger, running)
    run(ledger, _contract(ledger))
    [found] = ledger.vitals.at_work("acc")
    assert (found.contract_id, found.template, found.language) == (running, "promo", "ru")


def test_an_account_that_is_removed_leaves_nothing_behind(ledger: Ledger) -> None:
    ledger.vitals.begin("acc", NUMBER, now(), EVERY)
    ledger.vitals.remember("acc", NUMBER, Memory("RED", 5))
    ledger.accounts.remove("acc")
    ledger.vitals.remember("acc", NUMBER, Memory("RED", 5))
    assert value(ledger, "SELECT COUNT(1) FROM ledger_info WHERE name LIKE 'vitals:%'") == 0
