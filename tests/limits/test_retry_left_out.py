"""A retry leaves suppressed recipients out: it says so beforehand, and changes nothing of them."""

import pytest

from tests.actions.conftest import Rings
from tests.bench.model.stage import HandClock
from tests.ledgers import check_counts
from tests.limits.desk import Desk, phones
from tests.limits.refusals import later, messages, real, refuse
from wa_desktop.clock import SECOND
from wa_desktop.contracts.again import Again
from wa_desktop.contracts.suppressions import Suppressions
from wa_desktop.errors import InvalidInput, NotFound
from wa_desktop.events import EventBus
from wa_desktop.ledger.chosen_rows import Planned
from wa_desktop.ledger.records import Account, Contract
from wa_desktop.ledger.states import ContractState, MessageState

UNDELIVERABLE = 131026
SAID_STOP = 131050
NO_COUNTRY = 130497
OTHER = 131000
GERMANS = ["4915112345601", "4915112345602"]

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def account(desk: Desk) -> Account:
    return real(desk)


def again(desk: Desk) -> Again:
    return Again(desk.ledger, Rings(desk.ledger), EventBus())


def work(desk: Desk, contract: Contract) -> None:
    """Carry a retry out."""
    while desk.ledger.actions.slice(contract.id):
        pass
    if desk.get(contract).state is ContractState.QUEUED:
        while desk.ledger.work.prepare_slice(contract.id):
            pass


def reasons(planned: Planned) -> list[tuple[int, int]]:
    """Code and number of what is left out."""
    return [(one.code, one.count) for one in planned.left_out]


def states(desk: Desk, contract: Contract) -> list[tuple[MessageState, int | None]]:
    return [(one.state, one.error_code) for one in messages(desk, contract)]


def test_who_would_be_left_out_at_once_is_counted_and_keeps_the_state_and_code(
    desk: Desk, account: Account
) -> None:
    contract = refuse(desk, account, UNDELIVERABLE, phones(66))
    for act in (again(desk).plan_retry, again(desk).retry):
        planned = act(contract.id, codes=[UNDELIVERABLE])
        assert (planned.rows, planned.left_out_count) == (0, 66)
        assert reasons(planned) == [(UNDELIVERABLE, 66)]
    assert planned.left_out[0].until is not None
    before = desk.get(contract).state
    work(desk, contract)
    assert desk.get(contract).state is before  # nothing to do: it does not run again
    assert set(states(desk, contract)) == {(MessageState.FAILED, UNDELIVERABLE)}


def test_the_others_go_again(desk: Desk, account: Account) -> None:
    refuse(desk, account, UNDELIVERABLE, phones(2))
    contract = refuse(desk, account, OTHER, phones(3, start=2))
    # Found after these had failed, by another campaign of the same account.
    refuse(desk, account, SAID_STOP, phones(1, start=2))
    assert again(desk).plan_retry(contract.id).rows == 2
    planned = again(desk).retry(contract.id)
    assert (planned.rows, reasons(planned)) == (2, [(SAID_STOP, 1)])
    work(desk, contract)
    assert desk.send(account) == phones(2, start=3)
    assert states(desk, contract)[0] == (MessageState.FAILED, OTHER)
    check_counts(desk.ledger, contract.id)


def test_a_plan_changes_nothing(desk: Desk, account: Account) -> None:
    contract = refuse(desk, account, OTHER, phones(2))
    before = desk.get(contract)
    assert again(desk).plan_retry(contract.id).rows == 2
    assert desk.get(contract) == before


def test_a_country_that_is_left_out_counts_for_its_numbers_alone(
    desk: Desk, account: Account
) -> None:
    contract = refuse(desk, account, OTHER, [*GERMANS, *phones(1), "4366412345678"])
    refuse(desk, account, NO_COUNTRY, ["4915112345699"])
    planned = again(desk).retry(contract.id)
    assert (planned.rows, reasons(planned)) == (2, [(NO_COUNTRY, 2)])


def test_another_accounts_suppression_leaves_nobody_out(desk: Desk, account: Account) -> None:
    contract = refuse(desk, account, OTHER, phones(2))
    refuse(desk, real(desk, "other"), SAID_STOP, phones(1))
    planned = again(desk).retry(contract.id)
    assert (planned.rows, planned.left_out) == (2, ())


def test_one_row_by_its_id_is_left_out_as_well(desk: Desk, account: Account) -> None:
    contract = refuse(desk, account, UNDELIVERABLE, phones(3))
    ids = desk.ledger.messages.ids(contract.id)[:2]
    planned = again(desk).retry(contract.id, ids=ids)
    assert (planned.rows, reasons(planned)) == (0, [(UNDELIVERABLE, 2)])


def test_a_suppression_that_ended_leaves_nobody_out(
    desk: Desk, account: Account, clock: HandClock
) -> None:
    contract = refuse(desk, account, UNDELIVERABLE, phones(2))
    later(desk, clock, 91 * 86_400 * SECOND)
    assert again(desk).retry(contract.id).rows == 2


def test_who_is_suppressed_while_a_retry_is_carried_out_stays_too(
    desk: Desk, account: Account
) -> None:
    contract = refuse(desk, account, OTHER, phones(2))
    assert again(desk).retry(contract.id).rows == 2
    refuse(desk, real(desk, "other"), UNDELIVERABLE, phones(1))
    work(desk, contract)
    assert desk.send(account) == phones(1, start=1)
    assert states(desk, contract)[0] == (MessageState.FAILED, OTHER)


@pytest.mark.parametrize("by", ["code", "campaign", "numbers", "code and campaign"])
def test_many_are_lifted_at_once_and_then_go_again(desk: Desk, account: Account, by: str) -> None:
    contract = refuse(desk, account, UNDELIVERABLE, phones(3))
    refuse(desk, account, UNDELIVERABLE, phones(1, start=9))
    given = {
        "code": {"codes": [UNDELIVERABLE]},
        "campaign": {"contract_id": contract.id},
        "numbers": {"phones": [f"+{one}" for one in phones(3)]},
        "code and campaign": {"codes": [UNDELIVERABLE], "contract_id": contract.id},
    }[by]
    lifted = Suppressions(desk.ledger).lift_where(**given)  # type: ignore[arg-type]
    assert lifted == (4 if by == "code" else 3)
    planned = again(desk).retry(contract.id)
    assert (planned.rows, planned.left_out) == (3, ())
    work(desk, contract)
    assert desk.send(account) == phones(3)


def test_what_another_campaign_found_is_lifted_for_this_ones_recipients(
    desk: Desk, account: Account
) -> None:
    refuse(desk, account, UNDELIVERABLE, phones(1))
    contract = desk.running(account, phones(2))
    assert desk.send(account) == phones(1, start=1)
    assert Suppressions(desk.ledger).lift_where(contract_id=contract.id) == 1


def test_who_said_stop_is_let_in_by_number_only(desk: Desk, account: Account) -> None:
    contract = refuse(desk, account, SAID_STOP, phones(2))
    lifting = Suppressions(desk.ledger)
    with pytest.raises(InvalidInput, match="said stop"):
        lifting.lift_where(codes=[SAID_STOP])
    assert lifting.lift_where(contract_id=contract.id) == 0
    assert lifting.lift_where(phones=phones(2)) == 0
    assert again(desk).plan_retry(contract.id).rows == 0
    lifting.lift(phones(1)[0])
    assert again(desk).plan_retry(contract.id).rows == 1


def test_lifting_needs_a_choice_and_a_campaign_that_exists(desk: Desk) -> None:
    lifting = Suppressions(desk.ledger)
    with pytest.raises(InvalidInput):
        lifting.lift_where()
    with pytest.raises(NotFound):
        lifting.lift_where(contract_id="nothing")
    with pytest.raises(InvalidInput):
        lifting.lift_where(phones=["nobody"])


def test_all_failed_of_the_list_go_again_but_those_that_were_cleaned(
    desk: Desk, account: Account
) -> None:
    cleaned = refuse(desk, account, OTHER, phones(3))
    assert desk.ledger.statistics.clean_messages(failed=True, before=desk.at, limit=2) == 2
    kept = refuse(desk, account, OTHER, phones(2))
    refuse(desk, account, 131042 + 9, phones(1, start=5))
    assert again(desk).retry_listed(codes=[OTHER]).rows == 3
    for one in (cleaned, kept):
        work(desk, one)
        check_counts(desk.ledger, one.id)
    assert len(desk.send(account)) == 3
    # A person who names the campaign itself means all of its failed messages.
    assert again(desk).retry(cleaned.id).rows == 2


def test_a_campaign_of_the_list_goes_again_without_what_was_cleaned(
    desk: Desk, account: Account
) -> None:
    contract = refuse(desk, account, OTHER, phones(3))
    assert desk.ledger.statistics.clean_messages(failed=True, before=desk.at, limit=3) == 3
    assert again(desk).retry_listed(contract.id).rows == 0
    assert again(desk).retry_listed().rows == 0
