"""A ledger of before, with two spellings of one person, is brought to one key for each person."""

import json
from collections.abc import Callable
from contextlib import closing
from itertools import permutations, product
from typing import Any

import pytest

from tests.ledger.samples.filled import fill, migrate, samples
from tests.ledgers import check_counts
from tests.ledgers import fill as add
from tests.opened import open_ledger
from tests.test_person_key import OWN, SAME
from wa_desktop.clock import now
from wa_desktop.ledger.chosen_rows import Action, ActionKind
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.sql.database import Database
from wa_desktop.ledger.states import MessageState
from wa_desktop.person_key import person_key

NEW, OLD = "5511987654321", "551187654321"
NINE, PLAIN = "5491123456789", "541123456789"
GABON = ("2417123456", "24107123456", "24177123456")
AT = 1735718500000000
LATER = AT + 1_000_000
BEFORE = next(one for one in samples() if one.migration.startswith("0003"))
_M = MessageState

Upgrade = Callable[..., Ledger]


@pytest.fixture
def upgraded(bare_ledger_url: str, request: pytest.FixtureRequest) -> Upgrade:
    """Makes a ledger of the schema before with these rows, ``(contract, phone, state)``, and what
    ``more`` statements add; opens it with the present program."""

    def upgrade(rows: list[tuple[str, str, MessageState]], *more: str) -> Ledger:
        with closing(Database(bare_ledger_url)) as database:
            migrate(database, BEFORE.migration)
            fill(database, BEFORE)
            with database.write():
                for contract, phone, state in rows:
                    database.run(
                        "INSERT INTO messages (contract_id, phone, state, updated_at) "
                        "SELECT id, ?, ?, ? FROM contracts WHERE uid = ?",
                        (phone, int(state), AT, contract),
                    )
                    database.run(
                        f"UPDATE counters SET total = total + 1, {state.column} = {state.column} "
                        "+ 1 WHERE contract_id = (SELECT id FROM contracts WHERE uid = ?)",
                        (contract,),
                    )
                for statement in more:
                    database.run(statement)
        opened = open_ledger(bare_ledger_url)
        request.addfinalizer(opened.close)
        return opened

    return upgrade


def rows(ledger: Ledger, sql: str, *params: object) -> list[tuple[Any, ...]]:
    with ledger._database.read():
        return ledger._database.rows(sql, params)


def states(ledger: Ledger, contract: str, *phones: str) -> list[MessageState]:
    found = dict(
        rows(
            ledger,
            "SELECT m.phone, m.state FROM messages m JOIN contracts c ON c.id = m.contract_id "
            "WHERE c.uid = ?",
            contract,
        )
    )
    return [MessageState(found[one]) for one in phones]


def suppression(who: str, until: int | None, code: int = 131026) -> str:
    return (
        "INSERT INTO suppressions (who, whose, account_id, code, since, until, contract_id, "
        f"message_id) VALUES ('{who}', 'everyone', '', {code}, {AT}, "
        f"{'NULL' if until is None else until}, 1, 1)"
    )


def reach(phone: str, last_at: int, stamps: object) -> str:
    kept = "NULL" if stamps is None else f"'{json.dumps(stamps)}'"
    return (
        "INSERT INTO reach (scope, phone, last_at, stamps) "
        f"VALUES ('account:sandbox', '{phone}', {last_at}, {kept})"
    )


def test_every_row_gets_the_key_that_follows_from_its_number(upgraded: Upgrade) -> None:
    phones = [*(spellings[-1] for spellings in SAME.values()), *OWN.values()]
    ledger = upgraded([("draft", one, _M.DRAFT) for one in phones])
    found = rows(ledger, "SELECT phone, COALESCE(person, phone), person FROM messages")
    kept = {phone: (key, person) for phone, key, person in found if phone in phones}
    assert {phone: key for phone, (key, _) in kept.items()} == {
        one: person_key(one) for one in phones
    }
    assert all(person is None for phone, (key, person) in kept.items() if phone == key)
    for spellings in SAME.values():
        assert add(ledger, "draft", spellings) == 0


ENDS = [
    (_M.SENT, _M.WAITING, (_M.SENT, _M.SKIPPED)),
    (_M.WAITING, _M.READ, (_M.SKIPPED, _M.READ)),
    (_M.WAITING, _M.DELAYED, (_M.WAITING, _M.SKIPPED)),
    (_M.IN_DOUBT, _M.DELAYED, (_M.IN_DOUBT, _M.SKIPPED)),
    (_M.FAILED, _M.WAITING, (_M.FAILED, _M.SKIPPED)),
    (_M.SENT, _M.DELIVERED, (_M.SENT, _M.DELIVERED)),
    (_M.SENT, _M.FAILED, (_M.SENT, _M.FAILED)),
]
"""The states of two rows of one person, in their order, and what they are after the upgrade."""


def test_of_two_spellings_in_a_campaign_at_most_one_is_still_written_to(upgraded: Upgrade) -> None:
    cases: list[tuple[Any, ...]] = []
    for first, second in ((NEW, OLD), (OLD, NEW), (NINE, PLAIN), (PLAIN, NINE)):
        for before in ENDS:
            end = f"{len(cases):02}"
            cases.append((first[:-2] + end, second[:-2] + end, *before))
    ledger = upgraded(
        [
            ("running", phone, state)
            for one, other, first_state, second_state, _ in cases
            for phone, state in ((one, first_state), (other, second_state))
        ]
    )
    for one, other, first_state, second_state, expected in cases:
        assert states(ledger, "running", one, other) == list(expected), (one, other)
        told = rows(
            ledger,
            "SELECT e.text FROM events e JOIN messages m ON m.id = e.message_id "
            "WHERE e.kind = 'skipped' AND m.phone IN (?, ?)",
            *(one, other),
        )
        assert len(told) == (expected != (first_state, second_state))
        assert all("in the campaign already" in text for (text,) in told)
    check_counts(ledger, "running", account="sandbox")


def test_of_three_spellings_in_a_campaign_at_most_one_is_still_written_to(
    upgraded: Upgrade,
) -> None:
    cases = []
    for number, (order, sent) in enumerate(product(permutations(GABON), (None, 0, 1, 2))):
        phones = [one[:-2] + f"{number:02}" for one in order]
        cases.append((phones, [_M.SENT if one == sent else _M.WAITING for one in range(3)]))
    ledger = upgraded(
        [("running", *one) for phones, before in cases for one in zip(phones, before, strict=True)]
    )
    for phones, before in cases:
        kept = before.index(_M.SENT) if _M.SENT in before else 0
        expected = [one if place == kept else _M.SKIPPED for place, one in enumerate(before)]
        assert states(ledger, "running", *phones) == expected, phones
    check_counts(ledger, "running", account="sandbox")


def test_postgresql_plans_by_what_it_knows_of_persons(postgres_url: str) -> None:
    with closing(Database(postgres_url)) as database:
        migrate(database, BEFORE.migration)
        fill(database, BEFORE)
    with closing(open_ledger(postgres_url)) as ledger:
        known = "SELECT 1 FROM pg_stats WHERE tablename = 'message_recipient'"
        assert rows(ledger, known) == [(1,)]


def test_who_was_left_out_is_not_sent_to_again_with_others(upgraded: Upgrade) -> None:
    ledger = upgraded([("running", OLD, _M.SENT), ("running", NEW, _M.WAITING)])
    before = ledger.contracts.get("running").counts.skipped
    retry = Action(ActionKind.RETRY, now(), states=(int(_M.SKIPPED),))
    assert ledger.actions.begin("running", retry).rows == before - 1


def test_what_an_import_that_was_cut_off_left_is_still_taken_out(upgraded: Upgrade) -> None:
    ledger = upgraded([])
    before = ledger.contracts.get("importing").counts
    assert ledger.imports.undo_left_over() == 1
    assert ledger.contracts.get("importing").counts == before


def test_a_draft_with_both_spellings_is_prepared_to_one(upgraded: Upgrade) -> None:
    ledger = upgraded([("draft", OLD, _M.DRAFT), ("draft", NEW, _M.DRAFT)])
    assert states(ledger, "draft", OLD, NEW) == [_M.DRAFT, _M.SKIPPED]
    assert add(ledger, "draft", [NEW, OLD]) == 0
    check_counts(ledger, "draft", account="sandbox")


@pytest.mark.parametrize(
    ("first", "second", "longest"), [(AT, LATER, LATER), (LATER, AT, LATER), (AT, None, None)]
)
def test_a_suppression_of_either_spelling_holds_for_the_person(
    upgraded: Upgrade, first: int | None, second: int | None, longest: int | None
) -> None:
    ledger = upgraded([], suppression(NINE, first), suppression(PLAIN, second))
    found = rows(
        ledger, "SELECT who, until FROM suppressions WHERE code = 131026 AND who LIKE '5%'"
    )
    assert found == [(PLAIN, longest)]


def test_a_suppression_of_before_is_found_by_the_other_spelling_and_shown_as_it_was(
    upgraded: Upgrade,
) -> None:
    ledger = upgraded([], suppression(OLD, None, 131050))
    [shown] = [one for one in ledger.suppressions.page(at=AT).items if one.code == 131050][1:]
    assert shown.phone == OLD
    assert ledger.suppressions.lift(NEW) == 1


def test_running_campaigns_are_compared_again_with_what_now_concerns_them(
    upgraded: Upgrade,
) -> None:
    ledger = upgraded(
        [("running", OLD, _M.WAITING)],
        suppression(NEW, None),
        "UPDATE contracts SET suppressions_seen = 3 WHERE state <> 'draft'",
    )
    assert rows(ledger, "SELECT suppressions_seen FROM contracts WHERE uid = 'running'") == [(0,)]


def test_a_ledger_without_such_numbers_is_compared_with_nothing_again(upgraded: Upgrade) -> None:
    ledger = upgraded([], "UPDATE contracts SET suppressions_seen = 3 WHERE state <> 'draft'")
    assert rows(ledger, "SELECT suppressions_seen FROM contracts WHERE uid = 'running'") == [(3,)]


def test_those_written_to_lately_count_once_for_each_person(upgraded: Upgrade) -> None:
    ledger = upgraded(
        [],
        reach(OLD, AT, [[AT, 7]]),
        reach(NEW, LATER, [[AT - 5, 3], [LATER, 8]]),
        reach(NINE, -AT, None),
        reach(PLAIN, LATER, [LATER]),
        reach("5215512345678", AT, None),
        "INSERT INTO reach_totals (scope, reached) VALUES ('account:sandbox', 4)",
    )
    found = rows(
        ledger,
        "SELECT phone, last_at, stamps FROM reach WHERE scope = 'account:sandbox' ORDER BY phone",
    )
    assert [(phone, at, json.loads(kept) if kept else None) for phone, at, kept in found] == [
        ("525512345678", AT, None),
        (PLAIN, LATER, [[AT, 0], [LATER, 0]]),
        (NEW, LATER, [[AT - 5, 3], [AT, 7], [LATER, 8]]),
    ]
    total = "SELECT reached FROM reach_totals WHERE scope = 'account:sandbox'"
    assert rows(ledger, total) == [(3,)]
