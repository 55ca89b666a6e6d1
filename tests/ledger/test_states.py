"""Every move of contracts and messages is allowed or refused as the design says."""

import itertools

import pytest

from tests.ledgers import add_account, add_contract, check_counts, counted, execute
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.counters import CountChanges
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.moves import move_each, move_messages
from wa_desktop.ledger.states import (
    CONTRACT_MOVES,
    MESSAGE_MOVES,
    ContractState,
    MessageState,
    contract_may_move,
    message_may_move,
    sources_of,
)

CONTRACTS = {
    "draft": "queued scheduled cancelled deleting",
    "scheduled": "queued paused cancelled deleting",
    "queued": "preparing paused cancelled",
    "preparing": "running paused cancelled",
    "running": "completed paused cancelled",
    "paused": "queued scheduled cancelled deleting",
    "completed": "queued deleting",
    "cancelled": "deleting",
    "deleting": "",
}
MESSAGES = {
    "draft": "waiting delayed skipped",
    "waiting": "claimed sending delayed skipped sent delivered read",
    "delayed": "waiting skipped sent delivered read",
    "claimed": "sending waiting sent delivered read",
    "sending": "sent failed inDoubt waiting delayed skipped delivered read",
    "sent": "delivered read failed",
    "delivered": "read",
    "read": "",
    "failed": "waiting delivered read",
    "skipped": "waiting",
    "inDoubt": "sent delivered read failed waiting delayed skipped",
}
ACCEPTED = (MessageState.SENT, MessageState.DELIVERED, MessageState.READ)


def test_the_tables_know_every_state_and_every_move() -> None:
    assert {one.value for one in ContractState} == set(CONTRACTS) == set(CONTRACT_MOVES)
    assert {one.word for one in MessageState} == set(MESSAGES)
    assert set(MESSAGE_MOVES) == set(MessageState)
    for source, target in itertools.product(ContractState, repeat=2):
        allowed = target in CONTRACTS[source].split()
        assert contract_may_move(source, target) is allowed
        assert (source in sources_of(target)) is allowed
    for before, after in itertools.product(MessageState, repeat=2):
        assert message_may_move(before, after) is (after.word in MESSAGES[before.word].split())


def test_what_the_provider_accepted_never_waits_again() -> None:
    unsent = set(MessageState) - {*ACCEPTED, MessageState.FAILED}
    for state in ACCEPTED:
        assert not MESSAGE_MOVES[state] & unsent


@pytest.mark.parametrize("state", MessageState)
def test_a_state_is_found_by_its_word(state: MessageState) -> None:
    assert MessageState.from_word(state.word) is state


def test_a_word_of_no_state_names_none() -> None:
    with pytest.raises(KeyError):
        MessageState.from_word("in_doubt")


@pytest.mark.parametrize("source", ContractState)
def test_a_contract_moves_as_the_table_says_or_says_why_not(
    sqlite_ledger: Ledger, source: ContractState
) -> None:
    ledger = sqlite_ledger
    add_account(ledger)
    contract = add_contract(ledger, 1)
    for target in ContractState:
        execute(ledger, "UPDATE contracts SET state = ?", source.value)
        if target in CONTRACTS[source].split():
            assert ledger.contracts.move(contract.id, target) is source
            continue
        with pytest.raises(MoveRefused, match=f"is {source.value}.*become {target.value}") as told:
            ledger.contracts.move(contract.id, target)
        assert told.value.state == source.value
        assert sorted(told.value.allowed) == sorted(CONTRACTS[source].split())


def test_a_move_is_refused_from_a_state_its_caller_does_not_expect(sqlite_ledger: Ledger) -> None:
    add_account(sqlite_ledger)
    contract = add_contract(sqlite_ledger, 1)
    with pytest.raises(MoveRefused, match="is draft"):
        sqlite_ledger.contracts.move(
            contract.id, ContractState.QUEUED, only_from=(ContractState.PAUSED,)
        )


@pytest.mark.parametrize("source", MessageState)
def test_a_message_moves_as_the_table_says_or_says_why_not(
    sqlite_ledger: Ledger, source: MessageState
) -> None:
    ledger, database = sqlite_ledger, sqlite_ledger._database
    add_account(ledger)
    contract = add_contract(ledger, 1)
    for target in MessageState:
        execute(ledger, "UPDATE messages SET state = ?", int(source))
        changes = CountChanges()
        if target.word in MESSAGES[source.word].split():
            with database.write():
                assert move_messages(database, changes, source, target, at=1, where="TRUE")
            assert counted(ledger, contract.id).total == 1
            continue
        words = f"from {source.word} to {target.word}"
        with pytest.raises(MoveRefused, match=words) as told, database.write():
            move_messages(database, changes, source, target, at=1, where="TRUE")
        assert sorted(told.value.allowed) == sorted(MESSAGES[source.word].split())
        with pytest.raises(MoveRefused, match=words), database.write():
            move_each(database, changes, source, target, [], [], at=1, assign="", where="")


def test_a_move_touches_only_rows_that_stand_in_its_source(ledger: Ledger) -> None:
    add_account(ledger)
    contract = add_contract(ledger, 3)
    changes = CountChanges()
    with ledger._database.write():
        moved = move_messages(
            ledger._database,
            changes,
            MessageState.WAITING,
            MessageState.SENDING,
            at=1,
            where="TRUE",
        )
        changes.apply(ledger._database)
    assert moved == []
    check_counts(ledger, contract.id)
