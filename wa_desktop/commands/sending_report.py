"""How a campaign went, in words and as JSON, and what to do now."""

from collections import Counter
from typing import Any

from wa_desktop.commands.account_advice import mending
from wa_desktop.commands.faults import ExitCode, complain
from wa_desktop.commands.following import End, Ending
from wa_desktop.commands.output import counts_text, say
from wa_desktop.commands.who_sends import then_start_one
from wa_desktop.contracts.outlooks import NO_OUTLOOK, Outlook
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import Contract, Counts
from wa_desktop.ledger.states import MessageState
from wa_desktop.server.contract_bodies import ContractShown

_REASONS_FROM = 200
_REASONS_SHOWN = 5


def contract_json(contract: Contract, outlook: Outlook = NO_OUTLOOK) -> dict[str, Any]:
    """A campaign as the HTTP API shows it."""
    return ContractShown.of(contract, outlook).model_dump(by_alias=True)


def exit_code(ending: Ending) -> ExitCode:
    """0 all sent (or stopped by a signal in good order), 3 finished and not all were sent."""
    if ending.end in (End.STOPPED, End.LEFT):
        return ExitCode.DONE
    if ending.end is not End.COMPLETED:
        return ExitCode.ERROR
    return ExitCode.IMPERFECT if _imperfect(ending.contract.counts) else ExitCode.DONE


def tell(ending: Ending, ledger: Ledger) -> None:
    """Print the counts, why messages were not sent, and what to do now."""
    contract = ending.contract
    say(f"{_HEADS[ending.end]} {counts_text(contract.counts)}.")
    if contract.counts.held:
        say("What the provider holds it sends or drops by itself; there is nothing to do.")
    if _imperfect(contract.counts):
        for reason, amount in _reasons(ledger, contract.id):
            say(f"  {amount:,} × {reason}")
        say(f"Every message: wa-desktop contracts messages {contract.id}")
    advice = _advice(ending, ledger)
    if ending.end in (End.PAUSED, End.CANCELLED, End.ACCOUNT_STOPPED, End.UNCONFIRMED):
        complain(advice)
    elif advice:
        say(advice)


_HEADS = {
    End.COMPLETED: "Done:",
    End.STOPPED: "Stopped:",
    End.LEFT: "So far:",
    End.PAUSED: "Paused:",
    End.CANCELLED: "Cancelled:",
    End.ACCOUNT_STOPPED: "Held back:",
    End.UNCONFIRMED: "Held back:",
}


def _advice(ending: Ending, ledger: Ledger) -> str:
    contract = ending.contract
    then = then_start_one(ledger)
    go_on = f"Go on with: wa-desktop contracts start {contract.id}{'.' if then else ''}{then}"
    match ending.end:
        case End.STOPPED:
            return f"Nothing is lost. {go_on}"
        case End.LEFT:
            return (
                "The other program goes on sending. To stop it: "
                f"wa-desktop contracts pause {contract.id}"
            )
        case End.PAUSED if (moved := ledger.places.moved()) is not None:
            return f"{moved.said}{then}"
        case End.UNCONFIRMED:
            return f"{ending.reason}{then}"
        case End.PAUSED:
            by_user = ending.reason in (None, "user")
            why = "by somebody else" if by_user else f"because: {ending.reason}"
            return f"The campaign was paused {why}. {go_on}"
        case End.CANCELLED:
            return "The campaign was cancelled by somebody else; what was not sent is skipped."
        case End.ACCOUNT_STOPPED:
            return (
                f"The account {contract.account_id} is stopped: {ending.reason or 'no reason'} "
                f"{mending(ledger.accounts.get(contract.account_id))}{then}"
            )
        case End.COMPLETED:
            return ""


def _imperfect(counts: Counts) -> bool:
    return bool(counts.failed or counts.in_doubt or counts.skipped)


def _reasons(ledger: Ledger, contract_id: str) -> list[tuple[str, int]]:
    """The commonest reasons among the first messages that were not sent."""
    chosen = MessageFilter((MessageState.FAILED, MessageState.IN_DOUBT, MessageState.SKIPPED))
    page = ledger.messages.page(contract_id, chosen, limit=_REASONS_FROM)
    reasons = Counter(
        f"{one.state.word}: {one.error_text or 'no reason known'}"
        + (f" (code {one.error_code})" if one.error_code is not None else "")
        for one in page.items
    )
    return reasons.most_common(_REASONS_SHOWN)
