"""The ledger as it stands beside the model as it stands."""

from tests.bench.model.plain import HELD, Plain, PlainContract, counted
from wa_desktop.ledger.counters import COUNT_COLUMNS, columns
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.states import MessageState

_COLUMNS = {state.word: state.column for state in MessageState}


def check_all(ledger: Ledger, plain: Plain) -> None:
    """Raise ``AssertionError`` at the first thing in which the two differ."""
    _check_contracts(ledger, plain)
    _check_messages(ledger, plain)
    _check_counts(ledger, plain)
    _check_accounts(ledger, plain)
    for contract in plain.here():
        if contract.state != "deleting":
            shown = ledger.contracts.get(contract.uid)
            _same("remaining", shown.counts.remaining, _amount(contract, "remaining"))
            _same("busy", shown.action is not None, contract.action is not None)


def _same(what: str, found: object, expected: object) -> None:
    assert found == expected, f"{what}: the ledger has {found}, the model {expected}"


def _check_contracts(ledger: Ledger, plain: Plain) -> None:
    with ledger._database.read():
        rows = ledger._database.rows(
            "SELECT uid, state, state_reason, priority, start_at, expires_at, "
            "action IS NOT NULL, import_mark IS NOT NULL FROM contracts ORDER BY id"
        )
    found = [(*row[:6], bool(row[6]), bool(row[7])) for row in rows]
    expected = [
        (
            one.uid,
            one.state,
            one.reason,
            one.priority,
            one.start_at,
            one.expires_at,
            one.action is not None,
            one.importing,
        )
        for one in plain.here()
    ]
    _same("contracts", found, expected)


def _check_messages(ledger: Ledger, plain: Plain) -> None:
    with ledger._database.read():
        rows = ledger._database.rows(
            "SELECT c.uid, m.id, m.phone, m.state, m.attempts, m.due_at, m.error_code, "
            "m.claimed_by FROM messages m JOIN contracts c ON c.id = m.contract_id "
            "ORDER BY c.id, m.id"
        )
    found = [
        (
            *(uid, number, phone, word, attempts, code),
            due if word in ("waiting", "delayed") else None,
            holder if word in HELD else None,
        )
        for uid, number, phone, state, attempts, due, code, holder in rows
        for word in (MessageState(state).word,)
    ]
    expected = [
        (
            *(contract.uid, one.id, one.phone, one.state, one.attempts, one.code),
            one.due if one.state in ("waiting", "delayed") else None,
            one.holder if one.state in HELD else None,
        )
        for contract in plain.here()
        for one in contract.messages
    ]
    for real, meant in zip(found, expected, strict=False):
        _same("message", real, meant)
    _same("rows", len(found), len(expected))


def _check_counts(ledger: Ledger, plain: Plain) -> None:
    """Kept counts; that they are real counts follows, since the rows are the model's."""
    with ledger._database.read():
        rows = ledger._database.rows(
            f"SELECT c.uid, {columns('k')} FROM counters k "
            "JOIN contracts c ON c.id = k.contract_id ORDER BY c.id"
        )
    totals = dict.fromkeys(COUNT_COLUMNS, 0)
    for row, contract in zip(rows, plain.here(), strict=True):
        kept = dict(zip(COUNT_COLUMNS, row[1:], strict=True))
        expected = dict.fromkeys(COUNT_COLUMNS, 0)
        if contract.state == "deleting":
            # Rows being deleted leave the counts of what can still move alone.
            for state in HELD:
                _same(f"{state} of a deleted contract", kept[state], len(contract.of(state)))
            continue
        # Rows that are still being added do not count yet.
        if not contract.importing:
            for word, amount in counted(contract.messages).items():
                expected[_COLUMNS[word]] = amount
            expected["total"] = len(contract.messages)
            expected["held"] = sum(one.held for one in contract.messages)
        _same(f"counts of {contract.uid}", kept, expected)
        for name, amount in expected.items():
            totals[name] += amount
    shown = ledger.statistics.totals()
    _same("totals", {name: getattr(shown, name) for name in COUNT_COLUMNS}, totals)


def _check_accounts(ledger: Ledger, plain: Plain) -> None:
    with ledger._database.read():
        rows = ledger._database.rows(
            "SELECT id, state, concurrency, in_flight FROM accounts ORDER BY id"
        )
    expected = [
        (one.id, one.state, one.concurrency, plain.in_flight(one.id))
        for one in sorted(plain.accounts.values(), key=lambda one: one.id)
    ]
    _same("accounts (in flight last)", rows, expected)


def _amount(contract: PlainContract, what: str) -> int:
    assert what == "remaining"
    if contract.importing:
        return 0
    return len(contract.of("draft", "waiting", "delayed", *HELD))
