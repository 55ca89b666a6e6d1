"""``wa-desktop demo``: the sample file through the sandbox, in a data folder of its own."""

import csv
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from wa_desktop.app import Program
from wa_desktop.assets import resource
from wa_desktop.commands.filling import Wording, open_file, rows_of
from wa_desktop.commands.following import End, Ending, follow
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import counted, print_json, say
from wa_desktop.commands.sending_report import contract_json, exit_code, tell
from wa_desktop.commands.signals import StopSignals
from wa_desktop.commands.typer_app import new_app
from wa_desktop.contracts.accounts import SANDBOX_ID
from wa_desktop.contracts.filling import FillReport
from wa_desktop.errors import InvalidInput
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.ledger import Ledger
from wa_desktop.ledger.records import Message
from wa_desktop.recipients.found_rows import LeftOutRow
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.rows import ReadRow, RejectedRow
from wa_desktop.settings import Settings

SAMPLE = "samples/customers.csv"
_TEXT = "Hello {{name}}, your order {{order}} is on its way to {{city}}."
_PAGE = 1_000

app = new_app()


@app.command()
def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the data folder, to look at it in the window.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Where the report of every row goes (.csv).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Send a sample file through the sandbox: nothing leaves this computer.

    Some rows of the sample are bad on purpose; the report says what became of each.
    """
    began = time.monotonic()
    with StopSignals() as stop, _folder(keep=keep) as folder:
        target = report or folder / "report.csv"
        _refuse_unwritable(target)
        with Program.open(_settings(folder / "data")) as program:
            ending, filled, rows = _run(program, stop)
            _write_report(target, rows, _messages(program.services.ledger, ending.contract.id))
            if as_json:
                print_json(_as_json(ending, filled, target))
            else:
                _tell(program, ending, filled, time.monotonic() - began, target)
        if keep and not as_json:
            say(f"Look at it in the window: WA_DESKTOP_HOME={folder / 'data'} wa-desktop")
    raise typer.Exit(exit_code(ending))


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    """A new folder, from which only the report is left unless it is kept."""
    folder = Path(tempfile.mkdtemp(prefix="wa-desktop-demo-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder / "data", ignore_errors=True)
            if not any(folder.iterdir()):
                folder.rmdir()


def _settings(home: Path) -> Settings:
    """The user's settings, but with everything in the demo's own folder."""
    own: dict[str, object] = {"home": home, "database_url": None, "secret_key": None}
    own |= {"redis_url": None, "redis_host": None, "redis_password": None}
    return settings_for(least=logging.ERROR).model_copy(update=own)


def _run(program: Program, stop: StopSignals) -> tuple[Ending, FillReport, list[ReadRow]]:
    wording = Wording(message=_TEXT)
    sample = resource(SAMPLE)
    rows: list[ReadRow] = []
    with open_file(sample, ReadOptions(own_messages=False), wording) as stream:
        rows.extend(rows_of(stream, stop))
    contract, filled = program.services.contracts.create_filled(
        NewContract(SANDBOX_ID, "Demo", message=_TEXT), rows
    )
    program.services.contracts.start(contract.id)
    return follow(program, contract.id, stop), filled, rows


def _tell(
    program: Program, ending: Ending, filled: FillReport, seconds: float, report: Path
) -> None:
    say(
        f"{SAMPLE.rpartition('/')[2]}: {counted(filled.accepted, 'recipient', 'recipients')}, "
        f"{counted(filled.duplicates, 'duplicate', 'duplicates')} left out, "
        f"{filled.rejected_count:,} rejected (see the report)"
    )
    if ending.end is End.STOPPED:
        say("Stopped. The demo's campaign ends here; run it again to see the whole of it.")
    else:
        tell(ending, program.services.ledger)
        say(f"It took {seconds:.1f} s, through the sandbox: nothing left this computer.")
    say(f"Report of every row: {report}")


def _as_json(ending: Ending, filled: FillReport, report: Path) -> dict[str, object]:
    return {
        "contract": contract_json(ending.contract),
        "duplicates": filled.duplicates,
        "rejectedCount": filled.rejected_count,
        "report": str(report),
    }


def _messages(ledger: Ledger, contract_id: str) -> dict[str, Message]:
    found: dict[str, Message] = {}
    cursor: str | None = None
    while True:
        page = ledger.messages.page(contract_id, limit=_PAGE, cursor=cursor)
        found.update((one.phone, one) for one in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return found


def _write_report(path: Path, rows: list[ReadRow], messages: dict[str, Message]) -> None:
    """One line for each row of the file: where it stands, its number, its state and why."""
    first: dict[str, int] = {}
    # A spreadsheet takes the file for UTF-8 only with the mark at its beginning.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("line", "phone", "state", "reason"))
        for row in rows:
            if isinstance(row, LeftOutRow):
                writer.writerow((row.line, "", "left out", row.reason))
            elif isinstance(row, RejectedRow):
                writer.writerow((row.line, row.phone_text, "rejected", row.reason))
            elif row.phone in first:
                reason = f"the same number as in line {first[row.phone]}"
                writer.writerow((row.line, f"+{row.phone}", "duplicate", reason))
            else:
                first[row.phone] = row.line
                message = messages[row.phone]
                reason = message.error_text or ""
                writer.writerow((row.line, f"+{row.phone}", message.state.word, reason))


def _refuse_unwritable(path: Path) -> None:
    try:
        with path.open("a"):
            pass
    except OSError as error:
        raise InvalidInput(
            f"The report cannot be written to {path} ({error.strerror}). Choose another place."
        ) from error
