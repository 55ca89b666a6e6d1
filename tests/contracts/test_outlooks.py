"""The outlook of contracts as the ledger has them, on either engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledgers import execute
from tests.limits.desk import DAY, HOUR, Desk, open_desk, phones
from wa_desktop.clock import SECOND
from wa_desktop.contracts.outlooks import NO_OUTLOOK, Outlooks
from wa_desktop.hours.quiet_hours import QuietHours
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import Limit, RateLimit


@pytest.fixture
def desk(ledger_url: str, tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(ledger_url, tmp_path)
    execute(opened.ledger, "UPDATE workers SET last_seen = ?", 2 * opened.at)
    yield opened
    opened.ledger.close()


def test_a_daily_limit_shared_by_a_portfolio_tells_when_it_goes_on(desk: Desk) -> None:
    first = desk.account("a", daily_limit=10, portfolio_id="shop")
    second = desk.account("b", daily_limit=10, portfolio_id="shop")
    desk.running(first, phones(6))
    contract = desk.running(second, phones(14, start=100))
    desk.send(first)
    began = desk.at
    desk.at += HOUR
    desk.send(second)
    found = Outlooks(desk.ledger).of_all([desk.get(contract)], desk.at)[contract.id]
    assert found.held_back is not None
    assert (found.held_back.by, found.held_back.until) == (Limit.DAILY_LIMIT, began + DAY)
    assert found.eta is not None
    assert began + DAY <= found.eta <= desk.at + DAY + HOUR


def test_a_warm_up_counts_what_today_has_had(desk: Desk) -> None:
    account = desk.account(warm_up=(4, 100), warm_up_from=desk.at, rate_limit=RateLimit(100, 1000))
    contract = desk.running(account, phones(10))
    desk.send(account)
    desk.at += SECOND
    found = Outlooks(desk.ledger).of_all([desk.get(contract)], desk.at)[contract.id]
    assert found.eta is not None
    assert 0 <= found.eta - (desk.at - SECOND + DAY) <= SECOND


def test_a_page_has_the_outlook_of_each(desk: Desk) -> None:
    account = desk.account()
    desk.at += 9 * HOUR  # midnight in Moscow
    night = QuietHours.from_json({"from": "21:00", "to": "09:00"})
    quiet = desk.running(account, ["74951234567"], quiet=night)
    desk.send(account)
    draft = desk.ledger.contracts.add(NewContract(account.id, "draft"))
    page = [desk.get(quiet), draft]
    found = Outlooks(desk.ledger).of_all(page, desk.at)
    assert found[draft.id] == NO_OUTLOOK
    done = found[quiet.id].eta
    assert done is not None
    assert abs(done - (desk.at + 9 * HOUR)) <= SECOND
