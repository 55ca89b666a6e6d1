"""``wa-desktop suppressions``: who is left out of campaigns, and letting them in again."""

from pathlib import Path
from typing import Annotated

import typer

from wa_desktop.clock import iso
from wa_desktop.commands.campaign import opened
from wa_desktop.commands.filling import Wording, open_file, rows_of
from wa_desktop.commands.output import counted, print_json, print_table, remark, say
from wa_desktop.commands.signals import StopSignals
from wa_desktop.commands.typer_app import new_app
from wa_desktop.error_table import reaction_for
from wa_desktop.errors import InvalidInput
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.rows import RecipientRow
from wa_desktop.server.suppression_bodies import SuppressionShown

app = new_app()

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Limit = Annotated[int, typer.Option(min=1, max=100_000, help="Show so many at most.")]


@app.callback(invoke_without_command=True)
def suppressions(ctx: typer.Context) -> None:
    """List who is left out of campaigns after an error of the provider, and let them in again."""
    if ctx.invoked_subcommand is None:
        list_suppressions()


@app.command("list")
def list_suppressions(limit: Limit = 1_000, as_json: Json = False) -> None:
    """List the numbers and countries that are left out now, oldest first."""
    with opened() as program:
        found = program.services.ledger.suppressions.page(limit=limit)
    if as_json:
        shown = [SuppressionShown.of(one).model_dump(by_alias=True) for one in found.items]
        print_json({"items": shown})
        return
    print_table(
        ("who", "until", "for", "code", "why"),
        [
            (
                one.phone or one.country,
                iso(one.until) or "lifted",
                one.account_id or "everyone",
                one.code,
                reaction_for(one.code).en,
            )
            for one in found.items
        ],
    )
    if found.next_cursor is not None:
        remark(f"There are more than {limit:,}; --limit shows more.")


@app.command()
def lift(
    who: Annotated[
        list[str] | None,
        typer.Argument(metavar="PHONE", help="A number, or a country's two letters. Repeatable."),
    ] = None,
    code: Annotated[
        list[int] | None, typer.Option(help="All that this error code left out. Repeatable.")
    ] = None,
    campaign: Annotated[
        str | None,
        typer.Option(metavar="ID", help="All that came from this campaign or hold its recipients."),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="All numbers of this file, read as a file of recipients.")
    ] = None,
) -> None:
    """Let campaigns write to numbers (or a country) again: one by one, or many at once.

    What is given together narrows the choice: --code 131026 --campaign ID. Numbers of people who
    said stop are lifted one by one only.
    """
    with opened() as program:
        suppressions = program.services.suppressions
        lifted = len(who or ())
        if who and not (code or campaign or file):
            for one in who:
                say(f"{suppressions.lift(one)} is left out no longer.")
        else:
            phones = [*(who or []), *(_numbers_in(file) if file else ())]
            if file is not None and not phones:
                raise InvalidInput(f"{file.name} has no phone numbers.")
            lifted = suppressions.lift_where(codes=code or [], contract_id=campaign, phones=phones)
            say(f"{counted(lifted, 'suppression was', 'suppressions were')} lifted.")
    if lifted:
        say(
            "What was left out meanwhile is sent only by: "
            f"wa-desktop contracts retry {campaign or 'ID'} --state skipped"
        )


def _numbers_in(file: Path) -> list[str]:
    with open_file(file, ReadOptions(), Wording(message="-")) as stream:
        return [
            row.phone for row in rows_of(stream, StopSignals()) if isinstance(row, RecipientRow)
        ]
