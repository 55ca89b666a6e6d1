"""Rows of a table as recipients, each with its phone number checked, or as rejections."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wa_desktop.recipients.columns import ColumnPlan
from wa_desktop.recipients.files import Table
from wa_desktop.recipients.found_rows import LeftOutRow
from wa_desktop.recipients.phones import PhoneFault, RejectedPhone, may_be_local, phones_in

SHOWN_OF_A_PHONE = 40  # characters of a wrong phone number that are shown and kept

_BETWEEN_DIGITS = str.maketrans("", "", "+ -().\u00a0\u202f\u2011")

NUL_FAULT = "holds a zero character, which no message can carry"
EXTRA_CELLS_FAULT = "has more cells than there are columns"


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One recipient: ``line`` in the file (or place in a JSON list), E.164 without the plus.

    ``due_at``: not to be written to before that moment. ``more_numbers``: how many further
    numbers stood beside this one, which get no message. ``written``: the number as it stands
    there, cut short, where its digits are others.
    """

    line: int
    phone: str
    message: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    due_at: int | None = None
    more_numbers: int = 0
    written: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used; ``phone_text`` is what stood there, cut short."""

    line: int
    phone_text: str
    reason: str


ReadRow = RecipientRow | RejectedRow | LeftOutRow
"""What becomes of a data row of a file."""


def read_rows(
    table: Table, plan: ColumnPlan, *, country: str | None = None, possible: bool = False
) -> Iterator[ReadRow]:
    """Each data row of a table, in order; a blank message is ``None``.

    ``country`` and ``possible`` as for :func:`parse_phone`.
    """
    message_at, variables = plan.message, plan.variables
    # Among local numbers, a bare one that fits another country's whole number proves nothing.
    doubted = plan.countries if country is None else ()
    width = len(table.columns)
    for found in table:
        if isinstance(found, LeftOutRow):
            yield found
            continue
        line, cells = found
        if len(cells) != width:
            if any(cells[width:]):
                yield RejectedRow(line, shown_phone(_at(cells, plan.phone)), EXTRA_CELLS_FAULT)
                continue
            cells = (*cells, *("",) * (width - len(cells)))
        text = _phone_text(cells, plan)
        read = phones_in(text, country, possible=possible)
        if isinstance(read.phone, RejectedPhone):
            yield RejectedRow(line, shown_phone(text), str(read.phone.reason))
        elif doubted and may_be_local(text, read.phone.digits, doubted):
            yield RejectedRow(line, shown_phone(text), str(PhoneFault.TWO_READINGS))
        elif any("\0" in cell for cell in cells):
            yield RejectedRow(line, shown_phone(text), NUL_FAULT)
        else:
            yield RecipientRow(
                line,
                read.phone.digits,
                (cells[message_at] or None) if message_at is not None else None,
                {name: cells[place] for name, place in variables},
                None,
                read.others,
                written_otherwise(text, read.phone.digits),
            )


def _phone_text(cells: tuple[str, ...], plan: ColumnPlan) -> str:
    """What stands in the phones' column, or in the second one where that has no digit ("-")."""
    text = cells[plan.phone]
    if plan.second_phone is None or any(map(str.isdecimal, text)):
        return text
    return cells[plan.second_phone] or text


def written_otherwise(text: str, digits: str) -> str | None:
    """What stood in place of a number, where other digits are dialled."""
    if text == digits or text[1:] == digits or text.translate(_BETWEEN_DIGITS) == digits:
        return None
    return shown_phone(text)


def shown_phone(text: str) -> str:
    """What stood in place of a phone number, short and free of what no store can hold."""
    shown = " ".join(text.split())[:SHOWN_OF_A_PHONE]
    return "".join(one if one.isprintable() else "\ufffd" for one in shown)


def _at(cells: tuple[str, ...], place: int) -> str:
    return cells[place] if place < len(cells) else ""
