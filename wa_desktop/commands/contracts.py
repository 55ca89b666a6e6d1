"""``wa-desktop contracts``: what can be done with campaigns. Nothing is sent from here.

The commands act on the ledger and ring the bell; whatever program sends takes note.
"""

import sys
from typing import Annotated

import typer

from wa_desktop.clock import iso
from wa_desktop.commands.account_advice import mending
from wa_desktop.commands.campaign import (
    Id,
    Json,
    opened,
    state_text,
    tell_if_account_stopped,
    tell_if_nobody_sends,
    told,
)
from wa_desktop.commands.contract_verbs import doubts, duplicate, priority, retry, schedule
from wa_desktop.commands.holds import held_text
from wa_desktop.commands.output import (
    counted,
    counts_text,
    print_fields,
    print_json,
    print_table,
    remark,
    say,
)
from wa_desktop.commands.sending_report import contract_json
from wa_desktop.commands.timing import in_zone
from wa_desktop.commands.typer_app import new_app
from wa_desktop.contracts.held_back import status_reason
from wa_desktop.contracts.outlooks import Outlook
from wa_desktop.contracts.service import BY_USER
from wa_desktop.errors import MoveRefused
from wa_desktop.ledger.contracts import ContractFilter
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.records import AccountState, Contract
from wa_desktop.ledger.schedule import how_long, late_by
from wa_desktop.ledger.states import WORKING, ContractState, MessageState
from wa_desktop.server.message_bodies import MessageShown

_PAGE = 1_000
_LISTED_STATES = [state for state in ContractState if state is not ContractState.DELETING]

app = new_app("List, start, schedule, pause, retry, copy and delete campaigns.")


@app.command("list")
def list_contracts(
    status: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List campaigns, newest first."""
    chosen = ContractFilter(states=_contract_states(status))
    with opened() as program:
        found = program.services.ledger.contracts.page(chosen, limit=limit)
        outlooks = program.services.outlooks.of_all(found.items)
    if as_json:
        print_json({"items": [contract_json(one, outlooks[one.id]) for one in found.items]})
        return
    print_table(
        ("id", "state", "progress", "sent", "failed", "in doubt", "of", "account", "name", "why"),
        [_list_row(one, outlooks[one.id]) for one in found.items],
    )
    if found.next_cursor is not None:
        remark(f"There are more than {limit:,}; --limit shows more.")


@app.command()
def show(contract_id: Id, as_json: Json = False) -> None:
    """Show one campaign."""
    with opened() as program:
        contract = program.services.ledger.contracts.get(contract_id)
        outlook = program.services.outlooks.of(contract)
        account = program.services.ledger.accounts.get(contract.account_id)
    if as_json:
        print_json(contract_json(contract, outlook))
        return
    stopped = account.state is AccountState.STOPPED
    paused = contract.state is ContractState.PAUSED
    print_fields(
        {
            "id": contract.id,
            "name": contract.name,
            "account": contract.account_id,
            "state": state_text(contract),
            "held back": None if paused else held_text(outlook.held_back),
            "done by": iso(outlook.eta),
            "progress": f"{contract.counts.progress} %",
            "messages": counts_text(contract.counts),
            "priority": contract.priority,
            "text": contract.message,
            "template": contract.template.name if contract.template else None,
            "starts": in_zone(contract.start_at, contract.zone),
            "expires": in_zone(contract.expires_at, contract.zone),
            "quiet hours": _quiet_text(contract),
            "zone": contract.zone,
            "pauses after held": contract.pause_after_held,
            "created": iso(contract.created_at),
            "started": _started_text(contract),
            "finished": iso(contract.finished_at),
            "to do": mending(account) if stopped and contract.finished_at is None else None,
        }
    )


@app.command()
def start(
    contract_id: Id,
    at_once: Annotated[
        bool, typer.Option("--now", help="At once, also where its start lies ahead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Start a draft, or go on with a paused campaign."""
    with opened() as program:
        try:
            contract = program.services.contracts.start(contract_id, at_once=at_once)
        except MoveRefused as error:
            if error.state in WORKING:
                tell_if_nobody_sends(program.services)
            raise
        scheduled = contract.state is ContractState.SCHEDULED
        starts = in_zone(contract.start_at, contract.zone)
        how = f"starts at {starts}" if scheduled else "is started"
        told(contract, f"{contract.name!r} {how}.", as_json=as_json)
        tell_if_nobody_sends(program.services)
        tell_if_account_stopped(program.services, contract)


@app.command()
def pause(contract_id: Id, as_json: Json = False) -> None:
    """Pause a campaign: once this returns, nothing of it starts."""
    with opened() as program:
        paused = program.services.contracts.pause(contract_id).contract
    left = counted(paused.counts.remaining, "message waits", "messages wait")
    told(paused, f"{paused.name!r} is paused; {left}.", as_json=as_json)


@app.command()
def cancel(contract_id: Id, as_json: Json = False) -> None:
    """End a campaign for good; what was not sent is skipped."""
    with opened() as program:
        contract = program.services.contracts.cancel(contract_id)
    told(contract, f"{contract.name!r} is cancelled.", as_json=as_json)


@app.command()
def delete(
    contract_id: Id,
    force: Annotated[bool, typer.Option("--force", help="Also a running one.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a campaign with all its messages. At a terminal it asks first."""
    with opened() as program:
        if not yes and sys.stdin.isatty():
            contract = program.services.ledger.contracts.get(contract_id)
            amount = counted(contract.counts.total, "message", "messages")
            typer.confirm(f"Delete {contract.name!r} with {amount}?", abort=True, err=True)
        program.services.contracts.delete(contract_id, force=force)
    if as_json:
        print_json({"id": contract_id, "deleted": True})
    else:
        say(f"{contract_id} is deleted.")


@app.command()
def messages(
    contract_id: Id,
    state: Annotated[
        str | None, typer.Option(help="Only these states, with commas between.")
    ] = None,
    held: Annotated[
        bool, typer.Option("--held", help="Only those that the provider holds back.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    cursor: Annotated[str | None, typer.Option(help="Go on after a page (its nextCursor).")] = None,
    as_json: Json = False,
) -> None:
    """List a campaign's messages in their order."""
    chosen = MessageFilter(states=_message_states(state), held=True if held else None)
    with opened() as program:
        ledger = program.services.ledger
        ledger.contracts.get(contract_id)
        found = ledger.messages.page(contract_id, chosen, limit=min(limit, _PAGE), cursor=cursor)
        items = list(found.items)
        while found.next_cursor is not None and len(items) < limit:
            size = min(limit - len(items), _PAGE)
            found = ledger.messages.page(contract_id, chosen, limit=size, cursor=found.next_cursor)
            items.extend(found.items)
    if as_json:
        shown = [MessageShown.of(one).model_dump(by_alias=True) for one in items]
        print_json({"items": shown, "nextCursor": found.next_cursor})
        return
    print_table(
        ("id", "phone", "state", "attempts", "updated", "code", "reason"),
        [
            (
                one.id,
                f"+{one.phone}",
                one.state.word,
                one.attempts,
                iso(one.updated_at),
                one.error_code,
                one.error_text,
            )
            for one in items
        ],
    )
    if found.next_cursor is not None:
        remark(f"There are more; go on with --cursor {found.next_cursor}")


for _verb in (retry, duplicate, doubts, priority, schedule):
    app.command()(_verb)


def _list_row(contract: Contract, outlook: Outlook) -> tuple[object, ...]:
    counts, why = contract.counts, status_reason(contract, outlook.held_back)
    return (
        contract.id,
        contract.state.value,
        f"{counts.progress} %",
        counts.completed,
        counts.failed,
        counts.in_doubt,
        counts.total,
        contract.account_id,
        contract.name,
        None if why == BY_USER else why,
    )


def _started_text(contract: Contract) -> str | None:
    late = late_by(contract)
    started = iso(contract.started_at)
    return started if late is None else f"{started}, {how_long(late)} late"


def _quiet_text(contract: Contract) -> str | None:
    hours = contract.quiet_hours
    return f"{hours.start:%H:%M}-{hours.end:%H:%M}" if hours else None


def _contract_states(word: str | None) -> tuple[ContractState, ...]:
    if word is None:
        return ()
    known = {state.value: state for state in _LISTED_STATES}
    if word not in known:
        raise typer.BadParameter(f"must be one of {', '.join(known)}", param_hint="--status")
    return (known[word],)


def _message_states(words: str | None) -> tuple[MessageState, ...]:
    if words is None:
        return ()
    try:
        return tuple(MessageState.from_word(word.strip()) for word in words.split(","))
    except KeyError as error:
        known = ", ".join(state.word for state in MessageState)
        raise typer.BadParameter(f"must be one of {known}", param_hint="--state") from error
