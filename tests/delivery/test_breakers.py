"""Breakers trip on what is no longer single rows' trouble, and on nothing else."""

import random
from dataclasses import dataclass, field

import pytest

from wa_desktop.clock import SECOND
from wa_desktop.delivery.breakers import (
    Breakers,
    Ended,
    Subject,
    Thresholds,
    Trip,
    TripCause,
    trip_for_quality,
    trip_for_template,
)
from wa_desktop.delivery.reactions import Halt
from wa_desktop.error_table import reaction_for
from wa_desktop.ledger.turns.settle import OutcomeKind
from wa_desktop.settings import load_settings

SENT, FAILED, RETRY, DOUBT = (
    OutcomeKind.SENT,
    OutcomeKind.FAILED,
    OutcomeKind.RETRY,
    OutcomeKind.IN_DOUBT,
)
BAD_NUMBER = 131026
UNKNOWN_CODE = 424242
THREE_IN_A_ROW = 100


@dataclass
class Bench:
    """Breakers fed with one end after the other, a second apart."""

    breakers: Breakers = field(default_factory=Breakers)
    at: int = 0
    account_revision: int = 0

    def note(
        self,
        kind: OutcomeKind,
        code: int | None = None,
        *,
        contract: str = "one",
        revision: int = 0,
        began_at: int | None = None,
    ) -> Trip | None:
        """Note one end; it began after all before it unless it is told."""
        self.at += SECOND
        ended = Ended(kind, code, self.at - 1 if began_at is None else began_at, self.at)
        account = Subject("acc", self.account_revision)
        return self.breakers.note(Subject(contract, revision), account, ended)

    def ends_before_a_trip(self, kind: OutcomeKind, code: int | None = None) -> int | None:
        """How many equal ends it takes to trip; None: not within 200."""
        return next((n for n in range(1, 201) if self.note(kind, code) is not None), None)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize("code", [100, 131008, 131030, 131051, 135000])
def test_the_table_says_how_many_equal_errors_are_too_many(bench: Bench, code: int) -> None:
    assert bench.ends_before_a_trip(FAILED, code) == reaction_for(code).pause_after


@pytest.mark.parametrize("code", [131000, 130497, UNKNOWN_CODE])
def test_else_five_equal_errors_are_too_many(bench: Bench, code: int) -> None:
    assert bench.ends_before_a_trip(FAILED, code) == 5


def test_equal_errors_are_told_with_the_table_s_sentence(bench: Bench) -> None:
    trips = [bench.note(FAILED, THREE_IN_A_ROW) for _ in range(3)]
    assert trips[:2] == [None, None]
    assert trips[2] == Trip(
        Halt.CONTRACT,
        "one",
        TripCause.EQUAL_ERRORS,
        f"The same error came 3 times in a row. {reaction_for(THREE_IN_A_ROW).en} (code 100)",
        THREE_IN_A_ROW,
    )


def test_a_message_that_goes_out_ends_a_row_of_errors(bench: Bench) -> None:
    for _ in range(20):
        assert bench.note(FAILED, UNKNOWN_CODE) is None
        assert bench.note(FAILED, UNKNOWN_CODE) is None
        assert [bench.note(SENT) for _ in range(3)] == [None] * 3


def test_another_error_ends_a_row_of_errors(bench: Bench) -> None:
    codes = [131000, UNKNOWN_CODE] * 20
    assert [bench.note(FAILED, code) for code in codes] == [None] * 40


@pytest.mark.parametrize(
    ("kind", "code"),
    [(FAILED, BAD_NUMBER), (RETRY, 130429), (RETRY, 131056), (RETRY, None), (DOUBT, None)],
)
def test_a_recipient_s_own_fault_and_a_throttle_neither_count_nor_end_a_row(
    bench: Bench, kind: OutcomeKind, code: int | None
) -> None:
    assert bench.note(FAILED, THREE_IN_A_ROW) is None
    assert bench.note(kind, code) is None
    assert bench.note(FAILED, THREE_IN_A_ROW) is None
    assert bench.note(kind, code) is None
    assert bench.note(FAILED, THREE_IN_A_ROW) is not None


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (SENT, None),
        (RETRY, 130429),
        (RETRY, 131056),
        (RETRY, 131049),
        (RETRY, 131000),
        (RETRY, 131016),
        (RETRY, None),
        (OutcomeKind.RETURNED, None),
        (OutcomeKind.SKIPPED, None),
    ],
)
def test_what_goes_on_by_itself_never_trips(
    bench: Bench, kind: OutcomeKind, code: int | None
) -> None:
    assert bench.ends_before_a_trip(kind, code) is None


def test_a_refusal_that_means_a_fault_of_the_message_counts_before_it_is_tried_again(
    bench: Bench,
) -> None:
    assert bench.ends_before_a_trip(RETRY, 135000) == 5


def test_the_usual_mixture_of_errors_never_trips(bench: Bench) -> None:
    rng = random.Random(7)
    for _ in range(20_000):
        drawn = rng.random()
        if drawn < 0.05:
            assert bench.note(FAILED, BAD_NUMBER) is None
        elif drawn < 0.15:
            assert bench.note(RETRY, 131000) is None
        elif drawn < 0.25:
            assert bench.note(RETRY, 130429) is None
        else:
            assert bench.note(SENT) is None


def test_bad_numbers_trip_by_their_share_once_fifty_were_seen(bench: Bench) -> None:
    for _ in range(49):
        assert bench.note(FAILED, BAD_NUMBER) is None
    trip = bench.note(FAILED, BAD_NUMBER)
    assert trip is not None
    assert (trip.halt, trip.cause, trip.code) == (Halt.CONTRACT, TripCause.FAILURES, BAD_NUMBER)
    assert trip.reason.startswith("50 of the last 50 messages failed. Most often: ")
    assert reaction_for(BAD_NUMBER).en in trip.reason


def test_only_the_last_hundred_count(bench: Bench) -> None:
    for _ in range(1_000):
        bench.note(SENT)
    assert bench.ends_before_a_trip(FAILED, BAD_NUMBER) == 50


def test_failures_without_a_code_count_too(bench: Bench) -> None:
    assert bench.ends_before_a_trip(FAILED) == 50


def test_a_fifth_in_doubt_trips_once_twenty_were_seen(bench: Bench) -> None:
    for _ in range(16):
        bench.note(SENT)
    assert [bench.note(DOUBT) for _ in range(3)] == [None] * 3
    trip = bench.note(DOUBT)
    assert trip is not None
    assert trip.cause is TripCause.DOUBTS
    assert trip.reason.startswith("Of 4 of the last 20 messages it is unknown whether")


def test_a_network_that_goes_counts_once_for_all_that_was_on_the_wire(bench: Bench) -> None:
    for _ in range(100):
        bench.note(SENT)
    for _ in range(5):
        began = bench.at
        assert [bench.note(DOUBT, began_at=began) for _ in range(500)] == [None] * 500
        assert bench.note(RETRY) is None
        assert bench.note(SENT) is None


def test_doubts_that_go_on_after_those_on_the_wire_trip(bench: Bench) -> None:
    for _ in range(100):
        bench.note(SENT)
    began = bench.at
    for _ in range(50):
        assert bench.note(DOUBT, began_at=began) is None
    assert bench.ends_before_a_trip(DOUBT) == 19


@pytest.mark.parametrize(
    ("thresholds", "kind", "code"),
    [
        (Thresholds(equal_errors=0, failure_percent=0), FAILED, THREE_IN_A_ROW),
        (Thresholds(failure_percent=0), FAILED, BAD_NUMBER),
        (Thresholds(doubt_percent=0), DOUBT, None),
    ],
)
def test_nought_switches_a_breaker_off(
    thresholds: Thresholds, kind: OutcomeKind, code: int | None
) -> None:
    assert Bench(Breakers(thresholds)).ends_before_a_trip(kind, code) is None


def test_thresholds_come_from_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Thresholds.of(load_settings()) == Thresholds(5, 50, 20)
    for name, value in (("EQUAL_ERRORS", "2"), ("FAILURE_PERCENT", "0"), ("DOUBT_PERCENT", "7")):
        monkeypatch.setenv(f"WA_BREAKER_{name}", value)
    thresholds = Thresholds.of(load_settings())
    assert thresholds == Thresholds(2, 0, 7)
    assert Bench(Breakers(thresholds)).ends_before_a_trip(FAILED, UNKNOWN_CODE) == 2


def test_what_tripped_is_silent_until_a_newer_revision_begins_anew(bench: Bench) -> None:
    assert bench.ends_before_a_trip(FAILED, THREE_IN_A_ROW) == 3
    assert bench.ends_before_a_trip(FAILED, THREE_IN_A_ROW) is None
    resumed = [bench.note(FAILED, THREE_IN_A_ROW, revision=3) for _ in range(3)]
    assert [trip is not None for trip in resumed] == [False, False, True]


def test_late_ends_of_an_older_revision_do_not_count(bench: Bench) -> None:
    assert bench.note(FAILED, THREE_IN_A_ROW, revision=2) is None
    for _ in range(20):
        assert bench.note(FAILED, THREE_IN_A_ROW, revision=1) is None
    assert bench.note(FAILED, THREE_IN_A_ROW, revision=2) is None
    assert bench.note(FAILED, THREE_IN_A_ROW, revision=2) is not None


def test_a_forgotten_contract_begins_anew(bench: Bench) -> None:
    assert bench.ends_before_a_trip(FAILED, THREE_IN_A_ROW) == 3
    bench.breakers.forget("one")
    bench.breakers.forget("unknown")
    assert bench.ends_before_a_trip(FAILED, THREE_IN_A_ROW) == 3


def test_an_account_is_stopped_for_an_error_that_many_contracts_show(bench: Bench) -> None:
    trips = [bench.note(FAILED, UNKNOWN_CODE, contract=f"c{number}") for number in range(10)]
    assert trips[:9] == [None] * 9
    trip = trips[9]
    assert trip is not None
    assert (trip.halt, trip.target) == (Halt.ACCOUNT, "acc")
    assert trip.reason.startswith("In several campaigns: The same error came 10 times in a row.")


@pytest.mark.parametrize(
    ("kind", "code", "cause"),
    [(FAILED, None, TripCause.FAILURES), (DOUBT, None, TripCause.DOUBTS)],
)
def test_an_account_is_stopped_for_a_share_that_many_small_contracts_make_up(
    bench: Bench, kind: OutcomeKind, code: int | None, cause: TripCause
) -> None:
    trips = (bench.note(kind, code, contract=f"c{number // 10}") for number in range(200))
    trip = next(one for one in trips if one is not None)
    assert (trip.halt, trip.cause) == (Halt.ACCOUNT, cause)


def test_bad_numbers_in_many_contracts_do_not_stop_the_account(bench: Bench) -> None:
    for number in range(300):
        assert bench.note(FAILED, BAD_NUMBER, contract=f"c{number // 10}") is None


def test_a_paused_contract_s_failures_are_not_held_against_the_others(bench: Bench) -> None:
    assert bench.ends_before_a_trip(FAILED) == 50
    for _ in range(20):
        assert bench.note(FAILED, contract="two") is None
        assert bench.note(SENT, contract="two") is None


def test_a_stopped_account_is_silent_until_it_is_resumed(bench: Bench) -> None:
    for number in range(10):
        bench.note(FAILED, UNKNOWN_CODE, contract=f"c{number}")
    for number in range(100, 150):
        assert bench.note(FAILED, UNKNOWN_CODE, contract=f"c{number}") is None
    bench.account_revision = 2
    trips = [bench.note(FAILED, UNKNOWN_CODE, contract=f"d{number}") for number in range(10)]
    assert [trip is not None for trip in trips] == [False] * 9 + [True]


def test_what_stopped_an_account_is_not_held_against_its_campaigns_once_it_is_resumed(
    bench: Bench,
) -> None:
    contracts = ["one", "two"] * 25
    *_, trip = (bench.note(FAILED, contract=contract) for contract in contracts)
    assert trip is not None
    assert trip.halt is Halt.ACCOUNT
    bench.account_revision = 1
    for contract in contracts:
        assert bench.note(SENT, contract=contract) is None
    assert [bench.note(FAILED, BAD_NUMBER, contract=one) for one in ("one", "two")] == [None, None]


@pytest.mark.parametrize("quality", ["GREEN", "YELLOW", "NA", "UNKNOWN", "", None])
def test_a_number_of_fair_quality_goes_on(quality: str | None) -> None:
    assert trip_for_quality("acc", quality) is None


def test_a_number_of_red_quality_is_stopped_in_words() -> None:
    trip = trip_for_quality("acc", "RED")
    assert trip is not None
    assert (trip.halt, trip.target, trip.cause) == (Halt.ACCOUNT, "acc", TripCause.QUALITY)
    assert "RED" in trip.reason


@pytest.mark.parametrize("status", ["APPROVED", "FLAGGED", "REINSTATED", "SOMETHING_NEW"])
def test_a_template_that_may_be_sent_stops_nothing(status: str) -> None:
    assert trip_for_template("one", "promo", status) is None


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("PAUSED", "The template promo was paused by the provider"),
        ("rejected", "The template promo was rejected"),
        ("DISABLED", "for good. Choose another template, then start the campaign again."),
        ("PENDING", "is still being reviewed"),
    ],
)
def test_a_template_that_may_not_be_sent_pauses_its_contract(status: str, words: str) -> None:
    trip = trip_for_template("one", "promo", status)
    assert trip is not None
    assert (trip.halt, trip.target, trip.cause) == (Halt.CONTRACT, "one", TripCause.TEMPLATE)
    assert words in trip.reason
