"""What the commands on campaigns share: their arguments and what they print of a campaign."""

import logging
from typing import Annotated

import typer

from wa_desktop.app import Program
from wa_desktop.commands.account_advice import mending
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import print_json, remark, say
from wa_desktop.commands.sending_report import contract_json
from wa_desktop.commands.who_sends import ONE_THAT_SENDS
from wa_desktop.contracts.held_back import pause_reason
from wa_desktop.contracts.services import Services
from wa_desktop.ledger.records import AccountState, Contract
from wa_desktop.ledger.states import ContractState

Id = Annotated[str, typer.Argument(metavar="ID", help="The campaign's id.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def opened() -> Program:
    """The program on the user's data folder; nothing is sent yet."""
    return Program.open(settings_for(least=logging.WARNING))


def told(contract: Contract, words: str, *, as_json: bool) -> None:
    """Print what became of a campaign."""
    if as_json:
        print_json(contract_json(contract))
    else:
        say(words)


def tell_if_nobody_sends(services: Services) -> None:
    """Say so when no program would carry on what was just begun."""
    if not services.ledger.workers.alive():
        remark(f"No program sends now. Start one: {ONE_THAT_SENDS}.")


def tell_if_account_stopped(services: Services, contract: Contract) -> None:
    """Say so when the campaign's account sends nothing, and what to do about it."""
    account = services.ledger.accounts.get(contract.account_id)
    if account.state is AccountState.STOPPED:
        reason = account.state_reason or "no reason given."
        remark(f"The account {account.id} is stopped: {reason} {mending(account)}")


def state_text(contract: Contract) -> str:
    """The state, and why it is paused."""
    if contract.state is ContractState.PAUSED and contract.state_reason not in (None, "user"):
        return f"{contract.state.value}. {pause_reason(contract)}"
    reason = contract.state_reason
    return f"{contract.state.value} ({reason})" if reason else contract.state.value
