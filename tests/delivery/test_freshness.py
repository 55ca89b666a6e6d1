"""How long grants live: as long as the store needs, and no longer than was declared before."""

from wa_desktop.clock import MILLISECOND, SECOND
from wa_desktop.delivery.freshness import Freshness
from wa_desktop.ledger.lifetimes import LONGEST, USUAL


def _turn(freshness: Freshness, at: int, took: int) -> int | None:
    """A turn whose commit took so long; returns what it declared."""
    declared = freshness.next_declared(at)
    freshness.note_use(freshness.keep(at), at + took)
    return declared


def test_a_quick_store_needs_no_word_in_the_ledger() -> None:
    freshness = Freshness()
    assert {_turn(freshness, at, 5 * MILLISECOND) for at in range(0, 60 * SECOND, SECOND)} == {None}


def test_a_grant_that_took_longer_than_was_declared_is_over_and_the_next_one_is_not() -> None:
    freshness = Freshness()
    freshness.next_declared(0)
    first = freshness.keep(0)
    assert not freshness.is_over(first, USUAL)
    assert freshness.is_over(first, 340 * MILLISECOND)
    freshness.note_use(first, 340 * MILLISECOND)
    declared = freshness.next_declared(SECOND)
    assert declared is not None
    assert freshness.is_over(first, 340 * MILLISECOND)  # until the ledger holds the longer one
    second = freshness.keep(SECOND)
    assert not freshness.is_over(second, SECOND + 340 * MILLISECOND)
    assert freshness.is_over(first, 340 * MILLISECOND)  # a stop may know the shorter one alone


def test_a_shorter_lifetime_holds_for_older_grants_before_it_is_declared() -> None:
    freshness = Freshness()
    _turn(freshness, 0, SECOND)
    freshness.next_declared(SECOND)
    old = freshness.keep(SECOND)
    at = SECOND + USUAL + MILLISECOND
    assert not freshness.is_over(old, at)
    _turn(freshness, 12 * SECOND, MILLISECOND)
    assert _turn(freshness, 23 * SECOND, MILLISECOND) == USUAL
    assert freshness.is_over(old, at)


def test_a_declaration_whose_answer_was_lost_is_made_again() -> None:
    freshness = Freshness()
    _turn(freshness, 0, SECOND)
    declared = freshness.next_declared(SECOND)
    freshness.doubt()
    assert freshness.next_declared(2 * SECOND) == declared


def test_no_lifetime_is_longer_than_the_longest() -> None:
    freshness = Freshness()
    _turn(freshness, 0, 60 * SECOND)
    assert _turn(freshness, SECOND, 60 * SECOND) == LONGEST
    assert LONGEST < 15 * SECOND
