"""The recipients of a file on their way into a campaign, checked and tallied row by row."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from wa_desktop.commands.output import remark
from wa_desktop.commands.signals import StopSignals
from wa_desktop.content import Content, MessageTemplate
from wa_desktop.contracts.filling import REJECTED_SHOWN
from wa_desktop.errors import (
    InvalidInput,
    NoPhoneColumn,
    Problem,
    ReadingStopped,
    UncertainQuotes,
)
from wa_desktop.messages.rendering import Unrenderable, compose, unknown_in_message
from wa_desktop.person_key import person_key
from wa_desktop.recipients.child import FileFacts
from wa_desktop.recipients.found_rows import LeftOutRow, LeftOutTally
from wa_desktop.recipients.options import ReadOptions
from wa_desktop.recipients.phones import countries
from wa_desktop.recipients.reading import RowStream, stream_rows
from wa_desktop.recipients.rows import ReadRow, RejectedRow
from wa_desktop.recipients.source import shown_name

_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said: one text for all, a template, or (neither) each row's own text."""

    message: str | None = None
    template: MessageTemplate | None = None

    @property
    def own_texts(self) -> bool:
        """Each row brings its own text."""
        return self.message is None and self.template is None

    def check(self, file: FileFacts) -> None:
        """Raise ``InvalidInput`` when the file lacks a column that this wording needs."""
        if self.own_texts and file.plan.message is None:
            raise InvalidInput(
                f"{file.name} has no column of messages. Give --message, --template, or "
                "--message-column with the name of the column."
            )
        names = tuple(name for name, _ in file.plan.variables)
        missing = unknown_in_message(self.message, self.template, names)
        if missing:
            fields = ", ".join(f"{{{{{name}}}}}" for name in missing)
            raise InvalidInput(
                f"{file.name} has no column for {fields}. Columns that can be used: "
                f"{', '.join(names) or 'none'}. Correct the message, or say what stands in "
                "for a missing value: {{name|friend}}.",
                [Problem(name, "no such column") for name in missing],
            )


@dataclass(slots=True)
class Tally:
    """What was found on the way. ``distinct`` counts numbers; ``unsendable`` rows cannot be
    made into a message, for the reason given (with the lines of the first few)."""

    distinct: int = 0
    duplicates: int = 0
    rejected_count: int = 0
    rejected: list[RejectedRow] = field(default_factory=list)
    left_out: LeftOutTally = field(default_factory=LeftOutTally)
    unsendable: dict[str, int] = field(default_factory=dict)
    unsendable_lines: dict[str, list[int]] = field(default_factory=dict)
    first: Content | None = None
    more_numbers: int = 0
    _seen: set[int] = field(default_factory=set)

    def take(self, row: ReadRow, wording: Wording) -> None:
        """Count one row."""
        if isinstance(row, LeftOutRow):
            self.left_out.take(row)
            return
        if isinstance(row, RejectedRow):
            self.rejected_count += 1
            if len(self.rejected) < REJECTED_SHOWN:
                self.rejected.append(row)
            return
        number = int(person_key(row.phone))
        if number in self._seen:
            self.duplicates += 1
            return
        self._seen.add(number)
        self.distinct += 1
        self.more_numbers += row.more_numbers > 0
        found = compose(wording.message, wording.template, row.message, row.variables)
        if isinstance(found, Unrenderable):
            self.unsendable[found.reason] = self.unsendable.get(found.reason, 0) + 1
            lines = self.unsendable_lines.setdefault(found.reason, [])
            if len(lines) < _EXAMPLES:
                lines.append(row.line)
        elif self.first is None:
            self.first = found


def open_file(path: Path, options: ReadOptions, wording: Wording) -> RowStream:
    """The rows of a file, read by a child process.

    Raises ``InvalidInput`` for a file that cannot be used, or that the wording does not fit.
    """
    try:
        stream = _with_its_country(stream_rows(path, options), path, options)
    except NoPhoneColumn as error:
        raise InvalidInput(
            f"No column of {shown_name(path.name)} is known to hold phone numbers. "
            f"Columns in the file: {', '.join(error.columns) or 'none'}. "
            "Say which one does: --phone COLUMN"
        ) from error
    except UncertainQuotes as error:
        raise _with_the_option(error) from error
    try:
        wording.check(stream.file)
    except BaseException:
        stream.close()
        raise
    return stream


def _with_its_country(stream: RowStream, path: Path, options: ReadOptions) -> RowStream:
    """The same file, its local numbers read as those of the only country that fits, and said so.

    Where several countries fit, nothing is assumed.
    """
    fits = stream.file.plan.countries
    if options.country is not None or not fits or not fits[0].sure:
        return stream
    stream.close()
    country = fits[0].country
    remark(
        f"Numbers without a country code are read as those of {named(country)}: it alone fits "
        f"({fits[0].good:,} of the first {fits[0].cells:,}). "
        f"To choose another country: --country."
    )
    return stream_rows(path, replace(options, country=country))


def named(country: str) -> str:
    """A country as the command line names it: ``Russia (RU)``."""
    names = {one.code: one.name for one in countries("en")}
    return f"{names[country]} ({country})"


def rows_of(stream: RowStream, stop: StopSignals) -> Iterator[ReadRow]:
    """The rows one by one; ``ReadingStopped`` once a signal came."""
    try:
        for chunk in stream:
            if stop.requested:
                raise ReadingStopped(
                    "Stopped while the file was being read. Nothing was made of it."
                )
            yield from chunk
    except UncertainQuotes as error:
        raise _with_the_option(error) from error


def _with_the_option(error: UncertainQuotes) -> UncertainQuotes:
    return UncertainQuotes(f"{error} On the command line: --quoting none", error.line)


def tallied(path: Path, options: ReadOptions, wording: Wording, stop: StopSignals) -> "Checked":
    """Read a whole file and count, without a ledger. Raises as :func:`open_file`."""
    tally = Tally()
    with open_file(path, options, wording) as stream:
        for row in rows_of(stream, stop):
            tally.take(row, wording)
        return Checked(stream.file, tally)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was read to its end."""

    file: FileFacts
    tally: Tally
