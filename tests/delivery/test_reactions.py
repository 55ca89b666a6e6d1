"""What is written down, waited for and stopped after each kind of result. Nothing here waits."""

import random

import pytest

from wa_desktop.clock import SECOND
from wa_desktop.delivery.reactions import HELD, Attempt, Halt, Reacted, accepted, react
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.senders.protocol import Accepted, NotSent, Refused, Unclear, Unsent

AT = 1_000 * SECOND
K = OutcomeKind


def reacted(
    result: Unsent,
    *,
    made: int = 0,
    allowed: int = 3,
    refusals: int = 0,
    failures: int = 1,
    throttles: int = 1,
) -> Reacted:
    attempt = Attempt(7, "acc", made, allowed, refusals, failures, throttles)
    return react(result, attempt, at=AT, rng=random.Random(1))


def refused(code: int, retry_after: float | None = None) -> Refused:
    return Refused(code, "Почему", 400, retry_after)


def waited(found: Reacted) -> float:
    """Seconds until the message is tried again."""
    assert found.outcome.due_at is not None
    return (found.outcome.due_at - AT) / SECOND


def test_an_accepted_message_is_sent() -> None:
    outcome = accepted(Accepted("wamid.1"), 7, "acc", AT)
    assert (outcome.kind, outcome.provider_id, outcome.at) == (K.SENT, "wamid.1", AT)


def test_a_message_that_the_provider_holds_back_is_sent_and_says_so() -> None:
    outcome = accepted(Accepted("wamid.1", held=True), 7, "acc", AT)
    assert (outcome.kind, outcome.provider_id) == (K.HELD, "wamid.1")
    assert outcome.error_text == HELD


def test_an_unclear_end_is_in_doubt_and_never_tried_again() -> None:
    found = reacted(Unclear("no answer within 30 s"))
    assert (found.outcome.kind, found.outcome.due_at) == (K.IN_DOUBT, None)
    assert found.outcome.error_text == "no answer within 30 s"


def test_no_connection_costs_no_attempt_and_holds_the_account() -> None:
    found = reacted(NotSent("no connection: refused"), made=2)
    assert (found.outcome.kind, found.outcome.costs_attempt) == (K.RETRY, False)
    assert found.hold == pytest.approx(waited(found), abs=0.001)
    assert 0.5 <= found.hold <= 1


def test_the_longer_there_is_no_connection_the_longer_is_the_wait_up_to_some_seconds() -> None:
    longest = []
    for failures in (1, 2, 50):
        attempt = Attempt(7, "acc", 0, 3, 0, failures)
        waits = [
            react(NotSent("x"), attempt, at=AT, rng=random.Random(seed)).hold for seed in range(200)
        ]
        assert min(waits) >= 0.5
        longest.append(max(waits))
    assert longest[0] <= 1 < longest[1] <= 2 < longest[2] <= 3


@pytest.mark.parametrize("code", [130429, 429, 4, 80007])
def test_throttling_costs_no_attempt_and_slows_the_account(code: int) -> None:
    found = reacted(refused(code), made=2, throttles=90)
    assert (found.outcome.kind, found.outcome.costs_attempt) == (K.RETRY, False)
    assert found.throttle == pytest.approx(waited(found), abs=0.001)
    assert not found.outcome.refused
    assert found.halt is None


@pytest.mark.parametrize(
    ("code", "first", "longest"),
    [(130429, 1, 30), (429, 1, 30), (80007, 60, 600), (4, 60, 3600), (131057, 60, 300)],
)
def test_an_account_waits_as_long_as_its_trouble_usually_lasts(
    code: int, first: float, longest: float
) -> None:
    assert first <= reacted(refused(code)).throttle <= 2 * first
    assert longest / 2 <= reacted(refused(code), throttles=90).throttle <= longest
    assert reacted(refused(code, 7.0)).throttle == 7.0


def test_a_wait_that_the_provider_asks_for_is_the_least() -> None:
    assert reacted(refused(130429, 17.0)).throttle >= 17
    assert waited(reacted(refused(131016, 400.0))) >= 400


@pytest.mark.parametrize("code", [131000, 131016, 1, 555_555])
def test_trouble_at_the_provider_is_tried_again_and_costs_an_attempt(code: int) -> None:
    found = reacted(refused(code))
    assert (found.outcome.kind, found.outcome.costs_attempt) == (K.RETRY, True)
    assert (found.outcome.error_code, found.outcome.error_text) == (code, "Почему")
    assert waited(found) > 0


def test_the_contracts_number_of_attempts_ends_the_tries() -> None:
    assert reacted(refused(131000), made=1, allowed=3).outcome.kind is K.RETRY
    last = reacted(refused(131000), made=2, allowed=3).outcome
    assert (last.kind, last.error_code, last.due_at) == (K.FAILED, 131000, None)
    assert reacted(refused(131000), allowed=1).outcome.kind is K.FAILED


def test_the_tables_number_of_tries_ends_them_too() -> None:
    assert reacted(refused(131000), made=2, allowed=100).outcome.kind is K.RETRY
    assert reacted(refused(131000), made=3, allowed=100).outcome.kind is K.FAILED


def test_too_many_messages_to_one_person_wait_at_least_the_power_of_four() -> None:
    for tries in range(6):
        found = reacted(refused(131056), refusals=tries, allowed=1)
        assert (found.outcome.costs_attempt, found.outcome.refused) == (False, True)
        assert waited(found) >= 4**tries
        assert (found.hold, found.throttle) == (0.0, 0.0)
    assert reacted(refused(131056), refusals=6).outcome.kind is K.FAILED


@pytest.mark.parametrize("code", [131026, 131050, 130472, 131047, 100])
def test_what_cannot_be_helped_fails_at_once(code: int) -> None:
    found = reacted(refused(code))
    assert (found.outcome.kind, found.halt) == (K.FAILED, None)
    assert found.outcome.error_text == "Почему"


@pytest.mark.parametrize(
    ("code", "halt"),
    [(190, Halt.ACCOUNT), (131042, Halt.ACCOUNT), (132001, Halt.CONTRACT), (132015, Halt.CONTRACT)],
)
def test_a_fault_that_is_not_the_rows_halts_and_leaves_the_row_unspent(
    code: int, halt: Halt
) -> None:
    found = reacted(refused(code), made=2)
    assert (found.halt, found.outcome.kind) == (halt, K.RETRY)
    assert (found.outcome.costs_attempt, found.outcome.due_at) == (False, AT)
    assert not found.outcome.refused
    assert found.reason.endswith(f"(code {code})")
    assert "Почему" not in found.reason


def test_trouble_that_lasts_pauses_the_contract_once_the_tries_are_spent() -> None:
    found = reacted(refused(1), made=5, allowed=100)
    assert (found.halt, found.outcome.kind) == (Halt.CONTRACT, K.RETRY)
    assert (found.outcome.costs_attempt, found.outcome.forgiven) == (False, 5)
