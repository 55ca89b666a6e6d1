"""What the ledger tells of doubts to whoever can find out how they ended."""

import pytest

from tests.ledgers import add_account, check_counts, execute, outcome, running, turn
from tests.programs import phone
from wa_desktop.clock import SECOND, now
from wa_desktop.ledger.doubts import Request
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.turns.settle import OutcomeKind


def doubtful(ledger: Ledger, amount: int = 1, *, begun: int | None, ended: int) -> Contract:
    """A contract of a Cloud API account whose messages are all in doubt."""
    add_account(ledger)
    execute(ledger, "UPDATE accounts SET kind = 'cloud_api'")
    contract = running(ledger, amount)
    worker = ledger.workers.register()
    outcomes = []
    for granted in turn(ledger, worker, free=10).granted:
        ends = outcome(granted, OutcomeKind.IN_DOUBT, at=ended, text="reset")
        ends.begun_at = begun
        outcomes.append(ends)
    turn(ledger, worker, at=ended, outcomes=outcomes)
    check_counts(ledger, contract.id)
    return contract


def test_a_doubt_comes_with_the_time_its_request_was_under_way(ledger: Ledger) -> None:
    at = now()
    contract = doubtful(ledger, begun=at, ended=at + 30 * SECOND)
    [doubt] = ledger.doubts.of_cloud_accounts(0)
    assert (doubt.contract_id, doubt.person, doubt.attempts) == (contract.id, phone(0), 1)
    assert doubt.since == at + 30 * SECOND
    [request] = ledger.doubts.requests_to([phone(0)])
    assert request == Request(doubt.message_id, phone(0), at, at + 30 * SECOND)


def test_a_doubt_of_unknown_beginning_may_have_begun_at_any_time(ledger: Ledger) -> None:
    doubtful(ledger, begun=None, ended=now())
    [request] = ledger.doubts.requests_to([phone(0)])
    assert request.begun == 0


def test_requests_in_doubt_stay_known_when_they_were_settled_without_the_providers_id(
    ledger: Ledger,
) -> None:
    at = now()
    doubtful(ledger, begun=at, ended=at + SECOND)
    execute(ledger, "UPDATE messages SET state = 5, sent_at = ? WHERE phone = ?", at, phone(0))
    assert ledger.doubts.of_cloud_accounts(0) == ()
    assert len(ledger.doubts.requests_to([phone(0)])) == 1


def test_a_message_on_the_wire_is_a_request_that_has_not_ended(ledger: Ledger) -> None:
    add_account(ledger)
    running(ledger, 3)
    at = now()
    [granted] = turn(ledger, ledger.workers.register(), free=1, at=at).granted
    [request] = ledger.doubts.requests_to([phone(number) for number in range(3)])
    assert (request.message_id, request.begun) == (granted.message_id, at)
    assert request.ended > at + 10**15


def test_old_doubts_and_those_of_a_sandbox_are_looked_for_nowhere(ledger: Ledger) -> None:
    at = now()
    doubtful(ledger, begun=at, ended=at)
    assert ledger.doubts.of_cloud_accounts(at) == ()
    execute(ledger, "UPDATE accounts SET kind = 'sandbox'")
    assert ledger.doubts.of_cloud_accounts(0) == ()


@pytest.mark.parametrize("asked", ["wamid.AAA", "wamid.AAA=", "wamid.AAA=="])
@pytest.mark.parametrize("kept", ["wamid.AAA", "wamid.AAA="])
def test_an_id_is_known_however_it_is_filled_up(ledger: Ledger, kept: str, asked: str) -> None:
    add_account(ledger)
    running(ledger, 1)
    execute(ledger, "UPDATE messages SET provider_id = ?", kept)
    assert ledger.doubts.known_ids({asked, "wamid.AAB"}) == {asked}
    assert ledger.doubts.known_ids(()) == frozenset()


def test_an_account_has_sent_once_the_provider_took_a_message(ledger: Ledger) -> None:
    add_account(ledger)
    running(ledger, 1)
    worker, at = ledger.workers.register(), now()
    [granted] = turn(ledger, worker, free=1).granted
    assert not ledger.doubts.has_sent("acc", at + SECOND)
    turn(ledger, worker, outcomes=[outcome(granted, at=at)])
    assert ledger.doubts.has_sent("acc", at + SECOND)
    assert not ledger.doubts.has_sent("acc", at)
    assert not ledger.doubts.has_sent("another", at + SECOND)
