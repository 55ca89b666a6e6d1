"""The ledger by hand: accounts, contracts and turns without an engine, and counts counted anew."""

import itertools
from collections.abc import Iterable, Sequence

import psycopg

from tests.programs import phone
from wa_desktop.clock import Micros, now
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.imports import NewMessage
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import (
    NO_SECRETS,
    Account,
    AccountKind,
    Contract,
    Counts,
    RateLimit,
)
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.ledger.turns.claim import Granted
from wa_desktop.ledger.turns.settle import TAKEN, Outcome, OutcomeKind
from wa_desktop.ledger.turns.turn import CycleResult, Turn, Want

_numbers = itertools.count(1)

SLICE = 200
"""Rows in each slice of bulk work under the fixture ``even_slices``."""


def add_account(
    ledger: Ledger, name: str = "acc", *, rate: RateLimit | None = None, concurrency: int = 10
) -> Account:
    """A sandbox account."""
    return ledger.accounts.add(
        Account(name, name, AccountKind.SANDBOX, rate_limit=rate, concurrency=concurrency),
        NO_SECRETS,
    )


def add_contract(
    ledger: Ledger, amount: int = 0, *, account: str = "acc", name: str = "c", priority: int = 0
) -> Contract:
    """A draft with that many recipients; ids stand in the order of the phones."""
    contract = ledger.contracts.add(NewContract(account, name, "Привет", priority=priority))
    fill(ledger, contract.id, (phone(number) for number in range(amount)))
    return ledger.contracts.get(contract.id)


def fill(ledger: Ledger, contract_id: str, phones: Iterable[str]) -> int:
    """Add recipients to a draft; returns how many were new."""
    rows = [NewMessage(one) for one in phones]
    number = ledger.imports.begin(contract_id)
    added = ledger.imports.add(number, rows) if rows else 0
    ledger.imports.finish(number, added, own_contents=False)
    return added


def run(ledger: Ledger, contract_id: str) -> None:
    """Queue and prepare a contract to its end."""
    ledger.contracts.move(contract_id, ContractState.QUEUED)
    while ledger.work.prepare_slice(contract_id):
        pass


def running(
    ledger: Ledger, amount: int, *, account: str = "acc", name: str = "c", priority: int = 0
) -> Contract:
    """A running contract."""
    contract = add_contract(ledger, amount, account=account, name=name, priority=priority)
    run(ledger, contract.id)
    return ledger.contracts.get(contract.id)


def turn(
    ledger: Ledger,
    worker: int,
    *,
    free: int = 0,
    at: int | None = None,
    outcomes: Sequence[Outcome] = (),
    begin: Sequence[int] = (),
    account: str = "acc",
) -> CycleResult:
    """One turn of a worker that has ``free`` places for one account."""
    wants = (Want(account, free),) if free else ()
    moment = now() if at is None else Micros(at)
    return ledger.cycle.run(Turn(worker, moment, outcomes, begin, wants))


def outcome(
    granted: Granted,
    kind: OutcomeKind = OutcomeKind.SENT,
    *,
    at: int | None = None,
    due_at: int | None = None,
    code: int | None = None,
    text: str | None = None,
    costs_attempt: bool = True,
) -> Outcome:
    """What became of a granted message."""
    return Outcome(
        granted.message_id,
        granted.account_id,
        kind,
        now() if at is None else at,
        provider_id=f"wamid.{next(_numbers)}" if kind in TAKEN else None,
        error_code=code,
        error_text=text,
        due_at=due_at,
        costs_attempt=costs_attempt,
    )


def counted(ledger: Ledger, contract_id: str) -> Counts:
    """The counts as they really are, counted row by row."""
    database = ledger._database
    with database.read():
        rows = database.rows(
            "SELECT m.state, COUNT(1) FROM messages m JOIN contracts c ON c.id = m.contract_id "
            "WHERE c.uid = ? GROUP BY m.state",
            (contract_id,),
        )
        held = database.scalar(
            "SELECT COUNT(1) FROM messages m JOIN contracts c ON c.id = m.contract_id "
            "WHERE c.uid = ? AND m.held",
            (contract_id,),
        )
    by_column = {MessageState(state).column: amount for state, amount in rows}
    return Counts(total=sum(by_column.values()), held=int(held), **by_column)


def in_flight(ledger: Ledger, account: str = "acc") -> int:
    """How many places of an account the ledger holds taken."""
    return int(value(ledger, "SELECT in_flight FROM accounts WHERE id = ?", account))


def value(ledger: Ledger, sql: str, *params: object) -> int:
    """The first column of the first row, a number."""
    with ledger._database.read():
        return int(ledger._database.scalar(sql, params))


def execute(ledger: Ledger, sql: str, *params: object) -> None:
    """Change the ledger's rows past its rules, to make a state that is hard to come by."""
    with ledger._database.write():
        ledger._database.run(sql, params)


def check_counts(ledger: Ledger, *contract_ids: str, account: str = "acc") -> None:
    """Assert that kept counts are real counts, and that no place in flight is lost."""
    for contract_id in contract_ids:
        assert ledger.contracts.get(contract_id).counts == counted(ledger, contract_id)
    held = value(
        ledger,
        "SELECT COUNT(1) FROM messages m JOIN contracts c ON c.id = m.contract_id "
        "WHERE c.account_id = ? AND (m.state = 3 OR m.state = 4)",
        account,
    )
    assert in_flight(ledger, account) == held


def waiting_for_locks(url: str) -> int:
    """How many connections to a database on PostgreSQL wait for a lock."""
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT COUNT(1) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    assert found is not None
    return int(found[0])
