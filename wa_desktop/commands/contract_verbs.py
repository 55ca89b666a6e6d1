"""``wa-desktop contracts``: retry, duplicate, doubts, priority and schedule."""

from typing import Annotated

import typer

from wa_desktop.clock import iso
from wa_desktop.commands.campaign import Id, Json, opened, tell_if_nobody_sends, told
from wa_desktop.commands.faults import ExitCode
from wa_desktop.commands.output import counted, print_json, say
from wa_desktop.commands.timing import in_zone, start_time
from wa_desktop.contracts.again import waits_for_start
from wa_desktop.contracts.service import ContractChanges
from wa_desktop.error_table import asked_by_recipient, reaction_for
from wa_desktop.ledger.chosen_rows import Planned
from wa_desktop.ledger.records import DoubtPolicy
from wa_desktop.ledger.states import ContractState, MessageState
from wa_desktop.server.action_bodies import Requeued, Settled

Messages = Annotated[
    list[int] | None,
    typer.Option("--message", min=1, max=2**63 - 1, help="Only this message (its id). Repeatable."),
]


def retry(
    contract_id: Id,
    state: Annotated[
        list[str] | None,
        typer.Option(
            help="Messages in this state: failed (the default), inDoubt, skipped. Repeatable."
        ),
    ] = None,
    code: Annotated[
        list[int] | None, typer.Option(help="Only those with this error code. Repeatable.")
    ] = None,
    message: Messages = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent again, and change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send messages again, their attempts reset. A completed campaign runs again.

    Messages to suppressed recipients are left out; exit code 3 if all of them are.
    """
    states = _states(state or ["failed"])
    with opened() as program:
        again = program.services.again
        act = again.plan_retry if dry_run else again.retry
        planned = act(contract_id, states, codes=code or [], ids=message or [])
        hint = waits_for_start(program.services.ledger.contracts.get(contract_id), planned.rows)
        if as_json:
            print_json(Requeued.of(planned, hint).model_dump(by_alias=True))
        else:
            _say_planned(planned, contract_id, dry_run=dry_run)
            if hint:
                say(hint)
        if planned.rows and not dry_run:
            tell_if_nobody_sends(program.services)
    if planned.left_out and not planned.rows:
        raise typer.Exit(ExitCode.IMPERFECT)


def duplicate(
    contract_id: Id,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Only recipients whose message is in this state. Repeatable."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The copy's name.")] = None,
    as_json: Json = False,
) -> None:
    """Copy a campaign into a new draft, with all its recipients or some."""
    states = _states(only or [])
    with opened() as program:
        copy = program.services.again.duplicate(contract_id, states, name=name)
        told(
            copy,
            f"Draft {copy.id} is made; its recipients are being copied. "
            f"Start it with: wa-desktop contracts start {copy.id}",
            as_json=as_json,
        )
        tell_if_nobody_sends(program.services)


def doubts(
    contract_id: Id,
    resend: Annotated[bool, typer.Option("--resend", help="Send them again.")] = False,
    treat_as_sent: Annotated[
        bool, typer.Option("--treat-as-sent", help="Take them for sent.")
    ] = False,
    leave: Annotated[bool, typer.Option("--leave", help="Leave them as they are.")] = False,
    message: Messages = None,
    as_json: Json = False,
) -> None:
    """Settle messages in doubt: all of them, or those named with --message."""
    choices = {
        DoubtPolicy.RESEND: resend,
        DoubtPolicy.TREAT_AS_SENT: treat_as_sent,
        DoubtPolicy.LEAVE: leave,
    }
    chosen = [choice for choice, given in choices.items() if given]
    if len(chosen) != 1:
        raise typer.BadParameter("Give one of --resend, --treat-as-sent and --leave.")
    with opened() as program:
        settled = program.services.doubts.settle(contract_id, chosen[0], message or [])
        contract = program.services.ledger.contracts.get(contract_id)
        hint = waits_for_start(contract, settled if resend else 0)
        if as_json:
            print_json(Settled(settled=settled, hint=hint).model_dump(by_alias=True))
        else:
            say(_settling(settled, chosen[0]))
            if hint:
                say(hint)
        if settled:
            tell_if_nobody_sends(program.services)


def priority(
    contract_id: Id,
    value: Annotated[int, typer.Argument(metavar="N", help="Higher goes first.")],
    as_json: Json = False,
) -> None:
    """Change a campaign's priority, also while it runs."""
    with opened() as program:
        changed = program.services.contracts.change(contract_id, ContractChanges(priority=value))
    told(changed, f"{changed.name!r} has priority {changed.priority}.", as_json=as_json)


def schedule(
    contract_id: Id,
    when: Annotated[
        str, typer.Argument(metavar="WHEN", help="Such as 2026-03-29T09:00, or with +02:00.")
    ],
    zone: Annotated[
        str | None, typer.Option(help="The time zone of WHEN, such as Europe/Berlin.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Start a campaign at a time: a draft, a paused one, or one that is scheduled already."""
    with opened() as program:
        before = program.services.ledger.contracts.get(contract_id)
        start_at = start_time(when, zone or before.zone)
        changes = ContractChanges(start_at=start_at, zone=zone)
        contract = program.services.contracts.change(contract_id, changes)
        if contract.state is not ContractState.SCHEDULED:
            contract = program.services.contracts.start(contract_id)
        told(
            contract,
            f"{contract.name!r} starts at {in_zone(start_at, contract.zone)}.",
            as_json=as_json,
        )
        tell_if_nobody_sends(program.services)


def _say_planned(planned: Planned, contract_id: str, *, dry_run: bool) -> None:
    goes, go = (
        ("message would go", "messages would go") if dry_run else ("message goes", "messages go")
    )
    say(f"{counted(planned.rows, goes, go)} back into the queue.")
    if not planned.left_out:
        return
    stays, stay = "message stays as it is", "messages stay as they are"
    say(f"{counted(planned.left_out_count, stays, stay)}:")
    for one in planned.left_out:
        until = f" (until {(iso(one.until) or '')[:10]})" if one.until else ""
        say(f"  {one.count:,} with code {one.code}{until}: {reaction_for(one.code).en}")
    codes = sorted({one.code for one in planned.left_out} - asked_by_recipient())
    if codes:
        chosen = " ".join(f"--code {code}" for code in codes)
        say(
            "To write to these numbers all the same, lift the suppressions, then retry: "
            f"wa-desktop suppressions lift {chosen} --campaign {contract_id}"
        )


def _settling(amount: int, choice: DoubtPolicy) -> str:
    if choice is DoubtPolicy.LEAVE:
        return "They are left as they are."
    told = counted(amount, "message in doubt", "messages in doubt")
    end = "taken for sent" if choice is DoubtPolicy.TREAT_AS_SENT else "sent again"
    return f"{told}: to be {end} by whatever program sends."


def _states(words: list[str]) -> tuple[MessageState, ...]:
    try:
        return tuple(MessageState.from_word(word) for word in words)
    except KeyError as error:
        known = ", ".join(state.word for state in MessageState)
        raise typer.BadParameter(f"{error.args[0]!r} is none of {known}") from error
