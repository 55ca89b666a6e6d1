"""Walks go through one contract's rows by an index, and begin where the last one ended."""

from collections.abc import Sequence

import pytest

from tests.ledgers import add_account, add_contract, execute, running
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.sql import slices
from wa_desktop.ledger.sql.slices import AIM_SECONDS, SliceSize
from wa_desktop.ledger.sql.walks import Marks, walk
from wa_desktop.ledger.states import MessageState
from wa_desktop.ledger.turns.fronts import Fronts, Place

AT = 1_700_000_000_000_000
SECOND = 1_000_000


def walked(
    ledger: Ledger, number: int, state: MessageState | None = None, *, after: int = 0, most: int = 9
) -> list[int]:
    behind, params, order = walk(number, state, after=after)
    with ledger._database.read():
        rows = ledger._database.rows(
            f"SELECT id FROM messages WHERE {behind} ORDER BY {order} LIMIT ?", [*params, most]
        )
    return [row[0] for row in rows]


def plan(ledger: Ledger, sql: str, params: Sequence[object]) -> str:
    explain = "EXPLAIN QUERY PLAN" if ledger._database.is_sqlite else "EXPLAIN"
    with ledger._database.read():
        return "\n".join(str(row) for row in ledger._database.rows(f"{explain} {sql}", params))


def test_a_walk_meets_the_contracts_own_rows_in_order(ledger: Ledger) -> None:
    add_account(ledger)
    add_contract(ledger, 4)
    wanted = running(ledger, 5)
    add_contract(ledger, 4)
    number = ledger.contracts.number(wanted.id)
    ids = list(ledger.messages.ids(wanted.id))
    execute(ledger, f"UPDATE messages SET state = 8 WHERE id IN ({ids[1]}, {ids[4]})")
    assert walked(ledger, number) == ids
    assert walked(ledger, number, after=ids[1]) == ids[2:]
    assert walked(ledger, number, most=2) == ids[:2]
    assert walked(ledger, number, MessageState.FAILED) == [ids[1], ids[4]]
    assert walked(ledger, number, MessageState.FAILED, after=ids[1]) == [ids[4]]
    assert walked(ledger, number, MessageState.READ) == []


@pytest.mark.parametrize(
    ("state", "index"), [(None, "message_place"), (MessageState.WAITING, "message_page")]
)
def test_a_walk_never_goes_by_the_primary_key(
    ledger: Ledger, state: MessageState | None, index: str
) -> None:
    add_account(ledger)
    for _ in range(3):
        contract = running(ledger, 300)
    if not ledger._database.is_sqlite:
        execute(ledger, "ANALYZE messages")
    behind, params, order = walk(ledger.contracts.number(contract.id), state)
    told = plan(
        ledger,
        f"SELECT id, phone FROM messages WHERE {behind} ORDER BY {order} LIMIT ?",
        [*params, 10],
    )
    assert index in told
    assert "Sort" not in told
    assert "TEMP B-TREE" not in told


def test_a_mark_is_kept_for_each_work_until_it_is_forgotten() -> None:
    marks = Marks()
    marks.reach(7, 1, "delete")
    marks.reach(9, 1, MessageState.DRAFT)
    assert (marks.after(1, "delete"), marks.after(1, MessageState.DRAFT)) == (7, 9)
    assert marks.after(2, "delete") == 0
    assert marks.forget(1, "delete")
    assert not marks.forget(1, "delete")
    assert marks.after(1, "delete") == 0


def test_a_front_holds_for_a_second_at_most_and_not_over_a_clock_set_back() -> None:
    fronts = Fronts()
    assert fronts.of(1, AT) is None
    fronts.advance(1, Place(5, 6), AT)
    fronts.advance(1, Place(5, 8), AT + SECOND // 2)
    assert fronts.of(1, AT + SECOND - 1) == Place(5, 8)
    assert fronts.of(2, AT) is None
    assert fronts.of(1, AT + SECOND) is None
    fronts.advance(1, Place(5, 9), AT + SECOND)
    assert fronts.of(1, AT) is None
    fronts.advance(1, Place(5, 9), AT)
    fronts.forget(1)
    assert fronts.of(1, AT) is None


def test_slices_grow_while_they_are_quick_and_shrink_when_they_take_too_long() -> None:
    size = SliceSize()
    assert size.rows == slices.FIRST
    for _ in range(20):
        size.took(AIM_SECONDS / 10)
    assert size.rows == slices.LARGEST
    size.took(AIM_SECONDS * 1.25)
    assert size.rows == 1600
    size.took(AIM_SECONDS * 100)
    assert size.rows == 800
    for _ in range(5):
        size.took(1)
    assert size.rows == slices.SMALLEST


def test_a_slice_that_takes_what_it_may_stays_as_it_is() -> None:
    size = SliceSize()
    for _ in range(4):
        size.took(AIM_SECONDS / 2)
    rows = size.rows
    size.took(AIM_SECONDS)
    assert size.rows == rows
