"""``wa-desktop suppressions``: who is left out of campaigns, and letting them in again."""

from typing import Annotated

import typer

from wa_desktop.clock import iso
from wa_desktop.commands.campaign import opened
from wa_desktop.commands.output import print_json, print_table, remark, say
from wa_desktop.commands.typer_app import new_app
from wa_desktop.error_table import reaction_for
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
        str,
        typer.Argument(metavar="PHONE", help="The number, or a country's two letters."),
    ],
) -> None:
    """Let campaigns write to a number (or a country) again."""
    with opened() as program:
        lifted = program.services.suppressions.lift(who)
    say(
        f"{lifted} is left out no longer. What was skipped is sent again only by "
        "wa-desktop contracts retry."
    )
