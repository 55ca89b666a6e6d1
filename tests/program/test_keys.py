"""A program with another key does not start, and a token goes to no other address."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ledgers import execute
from tests.programs import TOKEN, Place, cloud_account, counts, filled_contract, is_completed
from tests.standin.client import StandIn
from tests.waiting import wait_until
from wa_desktop.app import Program
from wa_desktop.errors import WrongKey
from wa_desktop.events import Event, Notice, NoticeKind
from wa_desktop.ledger.records import AccountState


def test_a_second_machine_without_the_key_is_refused_and_gets_no_key(
    place: Place, cloud: StandIn, tmp_path: Path
) -> None:
    with Program.open(place.settings()) as first:
        account = cloud_account(first, cloud)
        contract = filled_contract(first, account, 2)
        first.services.contracts.start(contract.id)
    second = replace(place, home=tmp_path / "second")
    with Program.open(second.settings()) as stranger:
        for use in (stranger.settle_key, stranger.start):
            with pytest.raises(WrongKey, match=r"no key file .*second/secret\.key here.*Copy"):
                use()
        assert not stranger.sending
        assert not stranger.services.ledger.workers.alive()
        assert [one.id for one in stranger.services.ledger.accounts.list()][-1] == account.id
    assert not (second.home / "secret.key").exists()
    assert cloud.count() == 0
    (second.home / "secret.key").write_bytes((place.home / "secret.key").read_bytes())
    with Program.open(second.settings()) as copied:
        copied.start()
        wait_until(lambda: is_completed(copied, contract), "the campaign to be sent", 30)
    assert cloud.count() == 2


def test_an_account_whose_address_was_edited_in_the_database_stops_with_a_reason(
    place: Place, cloud: StandIn
) -> None:
    """Counted at the receiving end: the token never gets there."""
    with Program.open(place.settings()) as program:
        account = cloud_account(program, cloud)
        contract = filled_contract(program, account, 3)
        program.services.contracts.start(contract.id)
        ledger = program.services.ledger
        with StandIn() as elsewhere:
            execute(
                ledger,
                "UPDATE accounts SET api_base_url = ? WHERE id = ?",
                *(elsewhere.base_url, account.id),
            )
            news: list[Event] = []
            program.events.subscribe(news.append)
            program.start()
            wait_until(
                lambda: ledger.accounts.get(account.id).state is AccountState.STOPPED,
                "the account to stop",
                30,
            )
            reason = ledger.accounts.get(account.id).state_reason or ""
            assert "another API address" in reason
            assert "enter the token again" in reason
            wait_until(lambda: _stops(news) == 1, "the stop to be told")
            program.services.accounts.resume(account.id)
            wait_until(lambda: _stops(news) == 2, "it to stop again, without a new token", 30)
            assert ledger.accounts.get(account.id).state is AccountState.STOPPED
            program.services.accounts.mend(account, TOKEN)
            wait_until(lambda: is_completed(program, contract), "the campaign to be sent", 30)
            assert (elsewhere.count(), elsewhere.questions(), elsewhere.history_calls()) == (
                0,
                [],
                0,
            )
        assert counts(program, contract).sent == 3
        assert _stops(news) == 2
    assert cloud.count() == 3


def _stops(news: list[Event]) -> int:
    return sum(isinstance(one, Notice) and one.kind is NoticeKind.ACCOUNT_STOPPED for one in news)


def test_an_address_edited_in_the_database_under_a_running_engine_gets_nothing(
    light_program: Program, cloud: StandIn
) -> None:
    account = cloud_account(light_program, cloud)
    first = filled_contract(light_program, account, 2)
    light_program.start()
    light_program.services.contracts.start(first.id)
    wait_until(lambda: is_completed(light_program, first), "the first campaign", 30)
    ledger = light_program.services.ledger
    with StandIn() as elsewhere:
        execute(
            ledger,
            "UPDATE accounts SET api_base_url = ?, revision = revision + 1",
            elsewhere.base_url,
        )
        second = filled_contract(light_program, account, 3, first=100)
        light_program.services.contracts.start(second.id)
        wait_until(
            lambda: ledger.accounts.get(account.id).state is AccountState.STOPPED,
            "the account to stop",
            30,
        )
        assert (elsewhere.count(), elsewhere.questions()) == (0, [])
