"""``wa-desktop send``: a file of recipients and a message, sent and watched until it is done."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from wa_desktop.app import Program
from wa_desktop.commands.campaign import tell_if_nobody_sends
from wa_desktop.commands.faults import ExitCode
from wa_desktop.commands.filling import Checked, Tally, Wording, open_file, rows_of, tallied
from wa_desktop.commands.following import follow
from wa_desktop.commands.opening import settings_for
from wa_desktop.commands.output import counted, print_json, remark, say
from wa_desktop.commands.sending_report import contract_json, exit_code, tell
from wa_desktop.commands.signals import StopSignals
from wa_desktop.commands.timing import in_zone, quiet_hours, start_time
from wa_desktop.commands.typer_app import new_app
from wa_desktop.content import MessageTemplate
from wa_desktop.contracts.filling import FillReport
from wa_desktop.contracts.service import NAME_LENGTH
from wa_desktop.errors import InvalidInput, ReadingStopped
from wa_desktop.ledger.contracts import NewContract
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState
from wa_desktop.messages.rendering import shown_content, stray_in_message
from wa_desktop.recipients.child import FileFacts
from wa_desktop.recipients.found_rows import LeftOutReason
from wa_desktop.recipients.options import Quoting, ReadOptions
from wa_desktop.recipients.phones import PhoneFault
from wa_desktop.recipients.source import shown_name
from wa_desktop.server.contract_bodies import FillShown

_REJECTED_TOLD = 10
_COUNTRIES_TOLD = 3
_LINES_TOLD = 10
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,4})*")

app = new_app()


@dataclass(frozen=True, slots=True)
class _Order:
    """What the command line asked for."""

    path: Path
    options: ReadOptions
    wording: Wording
    new: NewContract
    as_json: bool


@app.command()
def send(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="The recipients: .csv, .tsv, .txt, .xlsx, .xls or .ods."
        ),
    ],
    account: Annotated[str, typer.Option(help="Send from this account (its id).")],
    message: Annotated[
        str | None, typer.Option(help="The text; {{column}} takes a value from the row.")
    ] = None,
    template: Annotated[str | None, typer.Option(help="The name of an approved template.")] = None,
    language: Annotated[str, typer.Option(help="The template's language.")] = "en_US",
    param: Annotated[
        list[str] | None,
        typer.Option(help="A template parameter, such as 1={{name}}. Repeat for each."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The campaign's name; else the file's.")] = None,
    phone: Annotated[str | None, typer.Option(help="The column of phone numbers.")] = None,
    message_column: Annotated[
        str | None, typer.Option(help="The column with each recipient's own text.")
    ] = None,
    country: Annotated[
        str | None, typer.Option(help="For numbers without a country code: RU, Russia, Россия.")
    ] = None,
    second_phone: Annotated[
        str | None, typer.Option(help="The column that has the number where the first is empty.")
    ] = None,
    possible_numbers: Annotated[
        bool,
        typer.Option("--possible-numbers", help="Take numbers that the country's plan lacks."),
    ] = False,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    hidden_rows: Annotated[
        bool, typer.Option("--hidden-rows", help="Take rows that a workbook hides, too.")
    ] = False,
    region: Annotated[
        str | None,
        typer.Option(
            help="How a workbook's numbers and dates are shown, such as ru, de or pt-BR; else "
            "1,234.50 and 2026-12-31."
        ),
    ] = None,
    header_row: Annotated[
        int | None, typer.Option(help="The line of the column names; 0: there are none.", min=0)
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a text file, such as windows-1251.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Between the cells of a text file; tab for a tab.")
    ] = None,
    quoting: Annotated[
        Quoting, typer.Option(help="none: quotation marks are plain characters.")
    ] = Quoting.STANDARD,
    priority: Annotated[int, typer.Option(help="Higher goes first.")] = 0,
    start_at: Annotated[
        str | None,
        typer.Option(
            help="When to start: 2026-03-29T09:00 with --zone, or 2026-03-29T09:00+02:00."
        ),
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="The time zone of times, such as Europe/Berlin.")
    ] = None,
    quiet: Annotated[
        str | None,
        typer.Option(
            "--quiet-hours", help="Write to nobody then, by their own clock: 21:00-09:00."
        ),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="What has not gone out by then is skipped.")
    ] = None,
    max_attempts: Annotated[int, typer.Option(help="Tries for each message.")] = 3,
    pause_after_held: Annotated[
        int | None,
        typer.Option(
            min=1, help="Pause once the provider holds back so many messages; else go on."
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all, send nothing.")] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Make it, do not start it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Send a message to everyone in FILE and watch until it is done.

    Ctrl+C stops in good order: nothing is lost, and the campaign can go on later. With
    --start-at it is only scheduled: a worker, a server or the window must run then.
    Exit codes: 0 all sent, 1 an error, 3 finished with messages that failed, are in doubt or
    were skipped.
    """
    order = _Order(
        file,
        ReadOptions(
            phone=phone,
            message=message_column,
            own_messages=message is None and template is None,
            second_phone=second_phone,
            country=country,
            possible_numbers=possible_numbers,
            sheet=sheet,
            hidden_rows=hidden_rows,
            region=region,
            header=False if header_row == 0 else None,
            header_row=header_row or None,
            encoding=encoding,
            delimiter="\t" if delimiter == "tab" else delimiter,
            quoting=quoting,
        ),
        _wording(message, template, language, param or [], message_column),
        NewContract(
            account_id=account,
            name=name if name is not None else shown_name(file.stem)[:NAME_LENGTH],
            message=message,
            template=_template(template, language, param or []),
            priority=priority,
            max_attempts=max_attempts,
            pause_after_held=pause_after_held,
            start_at=start_time(start_at, zone) if start_at else None,
            zone=zone,
            quiet_hours=quiet_hours(quiet, None),
            expires_at=start_time(expires, zone) if expires else None,
        ),
        as_json,
    )
    settings = settings_for(least=logging.ERROR)
    if not file.exists():
        raise InvalidInput(f"There is no file {shown_name(str(file))}. Check its path.")
    with StopSignals() as stop:
        try:
            with Program.open(settings) as program:
                if dry_run:
                    code = _check_only(program, order, stop)
                else:
                    code = _make_and_send(program, order, stop, draft=draft)
        except ReadingStopped as stopped:
            if not stop.requested:
                raise
            remark(str(stopped))
            code = ExitCode.DONE
    raise typer.Exit(code)


def _check_only(program: Program, order: _Order, stop: StopSignals) -> ExitCode:
    program.services.ledger.accounts.get(order.new.account_id)
    checked = tallied(order.path, order.options, order.wording, stop)
    tally = checked.tally
    if order.as_json:
        print_json(_check_json(checked))
    else:
        _tell_columns(checked.file, order.wording)
        _tell_rows(_report(tally), checked.file)
        for reason, amount in tally.unsendable.items():
            lines = ", ".join(map(str, tally.unsendable_lines[reason]))
            say(f"{counted(amount, 'row', 'rows')} cannot be sent: {reason} (line {lines} …)")
        if tally.first is not None:
            say(f"The first message:\n{shown_content(tally.first)}")
        say("Nothing was sent (dry run).")
    if not tally.distinct:
        raise _nobody(order, tally.rejected_count)
    return ExitCode.IMPERFECT if tally.unsendable else ExitCode.DONE


def _make_and_send(program: Program, order: _Order, stop: StopSignals, *, draft: bool) -> ExitCode:
    if not draft:
        program.settle_key()  # before a campaign is made that could not be sent
    contract, report, file = _made(program, order, stop)
    if not order.as_json:
        _tell_columns(file, order.wording)
        _tell_rows(report, file)
    read = FillShown.of(report, file).model_dump(by_alias=True)
    if draft or stop.requested:
        if order.as_json:
            print_json({"contract": contract_json(contract), "file": read})
        else:
            say(
                f"Draft {contract.id} is made. "
                f"Start it with: wa-desktop contracts start {contract.id}"
            )
        return ExitCode.DONE
    remark(f"Campaign {contract.id}")
    started = program.services.contracts.start(contract.id)
    if started.state is ContractState.SCHEDULED:
        return _scheduled(program, started, order, read)
    ending = follow(program, contract.id, stop)
    if order.as_json:
        print_json({"contract": contract_json(ending.contract), "file": read})
    else:
        tell(ending, program.services.ledger)
    return exit_code(ending)


def _scheduled(
    program: Program, contract: Contract, order: _Order, read: dict[str, Any]
) -> ExitCode:
    if order.as_json:
        print_json({"contract": contract_json(contract), "file": read})
    else:
        say(f"It starts at {in_zone(contract.start_at, contract.zone)}.")
    tell_if_nobody_sends(program.services)
    return ExitCode.DONE


def _made(
    program: Program, order: _Order, stop: StopSignals
) -> tuple[Contract, FillReport, FileFacts]:
    """The draft, filled; no draft is left when the file cannot be used."""
    program.services.ledger.accounts.get(order.new.account_id)
    with open_file(order.path, order.options, order.wording) as stream:
        contract, report = program.services.contracts.create_filled(
            order.new, rows_of(stream, stop)
        )
        if not report.accepted:
            program.services.contracts.delete(contract.id)
            raise _nobody(order, 0)
        return contract, report, stream.file


def _nobody(order: _Order, rejected: int) -> InvalidInput:
    if rejected:
        return InvalidInput(
            f"None of the {rejected:,} rows of {shown_name(order.path.name)} can be used. "
            "Correct the phone numbers, or say where they are from with --country."
        )
    return InvalidInput(
        f"{shown_name(order.path.name)} has no recipients, only titles. Add some rows."
    )


def _wording(
    message: str | None, template: str | None, language: str, params: list[str], column: str | None
) -> Wording:
    given = [one for one in (message, template, column) if one is not None]
    if len(given) > 1:
        raise typer.BadParameter("Give one of --message, --template and --message-column.")
    if message is not None and not message.strip():
        raise typer.BadParameter("is empty", param_hint="--message")
    if params and template is None:
        raise typer.BadParameter("belongs to a --template", param_hint="--param")
    return Wording(message, _template(template, language, params))


def _template(name: str | None, language: str, params: list[str]) -> MessageTemplate | None:
    if name is None:
        return None
    if not _LANGUAGE.fullmatch(language):
        raise typer.BadParameter("must look like en_US", param_hint="--language")
    filled: dict[str, str] = {}
    for one in params:
        key, mark, value = one.partition("=")
        if not mark or not key.strip() or key.strip() in filled:
            raise typer.BadParameter(
                f"{one!r} must look like 1={{{{name}}}}, each key once", param_hint="--param"
            )
        filled[key.strip()] = value
    return MessageTemplate(name, language, filled)


def _tell_columns(file: FileFacts, wording: Wording) -> None:
    plan = file.plan
    used = [f"phone numbers in {file.columns[plan.phone]!r}"]
    if plan.second_phone is not None:
        used[0] += f", where blank in {file.columns[plan.second_phone]!r}"
    if wording.own_texts and plan.message is not None:
        used.append(f"texts in {file.columns[plan.message]!r}")
    if plan.variables:
        used.append("fields " + ", ".join(f"{{{{{name}}}}}" for name, _ in plan.variables))
    if file.header_row not in (None, 1):
        used.append(f"column names in line {file.header_row}")
    if file.encoding is not None:
        used.append(f"encoding {file.encoding}")
    say(f"{file.name}: {'; '.join(used)}")
    others = [
        f"{name!r} ({counted(good, 'number', 'numbers')} in the first rows)"
        for name, good in plan.other_phones
        if plan.second_phone is None or name != file.columns[plan.second_phone]
    ]
    if others:
        say(f"Phone numbers also stand in {', '.join(others)}: see --phone and --second-phone.")
    if stray := stray_in_message(wording.message, wording.template):
        remark(f"{stray!r} is no field and goes out as it stands. A field looks like {{{{name}}}}.")


def _tell_rows(report: FillReport, file: FileFacts) -> None:
    rejected, rejected_count = report.rejected, report.rejected_count
    say(
        f"{counted(report.accepted, 'recipient', 'recipients')}, "
        f"{counted(report.duplicates, 'duplicate', 'duplicates')} left out, "
        f"{rejected_count:,} rejected"
    )
    for reason, amount in report.left_out.items():
        lines = report.left_out_lines[reason][:_LINES_TOLD]
        more = " …" if amount > len(lines) else ""
        say(
            f"{counted(amount, 'row', 'rows')} left out: {_why(reason, file)} "
            f"(line {', '.join(map(str, lines))}{more})"
        )
    if report.more_numbers:
        say(
            f"{counted(report.more_numbers, 'row has', 'rows have')} several numbers: "
            "the first mobile one is used"
        )
    for row in rejected[:_REJECTED_TOLD]:
        stood = f"{row.phone_text!r} " if row.phone_text else ""
        say(f"  line {row.line}: {stood}{row.reason}")
    if rejected_count > _REJECTED_TOLD:
        say(f"  and {rejected_count - _REJECTED_TOLD:,} more (--json lists the first 100)")
    if any(row.reason == PhoneFault.NO_COUNTRY for row in rejected):
        say(f"  {_which_country(file)}")


def _which_country(file: FileFacts) -> str:
    likely = [one.country for one in file.plan.countries][:_COUNTRIES_TOLD]
    if not likely:
        return "Say where numbers without a country code are from: --country RU, for example."
    return (
        "Numbers without a country code fit more than one country: choose --country, "
        f"e.g. {' or '.join(likely)}."
    )


def _why(reason: LeftOutReason, file: FileFacts) -> str:
    if reason is LeftOutReason.HIDDEN:
        return "hidden in the workbook; --hidden-rows takes them, too"
    return f"bytes that are not {file.encoding}; correct them, or say --encoding"


def _report(tally: Tally) -> FillReport:
    return FillReport(
        tally.distinct,
        tally.duplicates,
        0,
        tuple(tally.rejected),
        tally.rejected_count,
        tally.left_out.counts,
        tally.left_out.lines,
        tally.more_numbers,
    )


def _check_json(checked: Checked) -> dict[str, Any]:
    tally: Tally = checked.tally
    problems = [
        {"text": reason, "rows": amount, "examples": tally.unsendable_lines[reason]}
        for reason, amount in tally.unsendable.items()
    ]
    return {
        "dryRun": True,
        "file": FillShown.of(_report(tally), checked.file).model_dump(by_alias=True),
        "problems": problems,
        "firstMessage": shown_content(tally.first) if tally.first else None,
    }
