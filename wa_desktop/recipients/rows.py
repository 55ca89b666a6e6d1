"""Rows of a table as recipients, each with its phone number checked, or as rejections."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wa_desktop.recipients.columns import ColumnPlan
from wa_desktop.recipients.files import Table
from wa_desktop.recipients.phones import RejectedPhone, parse_phone

SHOWN_OF_A_PHONE = 40  # characters of a wrong phone number that are shown and kept

_BETWEEN_DIGITS = str.maketrans("", "", "+ -().\u00a0\u202f\u2011")

NUL_FAULT = "holds a zero character, which no message can carry"
EXTRA_CELLS_FAULT = "has more cells than there are columns"


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """One recipient: ``line`` in the file (or place in a JSON list), E.164 without the plus.

    ``due_at``: not to be written to before that moment. ``written``: the number as it stands
    there, cut short, where its digits are others.
    """

    line: int
    phone: str
    message: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    due_at: int | None = None
    written: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used; ``phone_text`` is what stood there, cut short."""

    line: int
    phone_text: str
    reason: str


def read_rows(
    table: Table, plan: ColumnPlan, *, country: str | None = None
) -> Iterator[RecipientRow | RejectedRow]:
    """Each data row of a table, in order, with nothing left out; a blank message is ``None``."""
    phone_at, message_at, variables = plan.phone, plan.message, plan.variables
    width = len(table.columns)
    for line, cells in table:
        if len(cells) != width:
            if any(cells[width:]):
                yield RejectedRow(line, shown_phone(_at(cells, phone_at)), EXTRA_CELLS_FAULT)
                continue
            cells = (*cells, *("",) * (width - len(cells)))
        phone = parse_phone(cells[phone_at], country)
        if isinstance(phone, RejectedPhone):
            yield RejectedRow(line, shown_phone(cells[phone_at]), str(phone.reason))
        elif any("\0" in cell for cell in cells):
            yield RejectedRow(line, shown_phone(cells[phone_at]), NUL_FAULT)
        else:
            yield RecipientRow(
                line,
                phone.digits,
                (cells[message_at] or None) if message_at is not None else None,
                {name: cells[place] for name, place in variables},
                written=written_otherwise(cells[phone_at], phone.digits),
            )


def written_otherwise(text: str, digits: str) -> str | None:
    """What stood in place of a number, where other digits are dialled."""
    if text == digits or text[1:] == digits or text.translate(_BETWEEN_DIGITS) == digits:
        return None
    return shown_phone(text)


def shown_phone(text: str) -> str:
    """What stood in place of a phone number, short and free of what no store can hold."""
    shown = text.strip()[:SHOWN_OF_A_PHONE]
    return "".join(one if one.isprintable() else "\ufffd" for one in shown)


def _at(cells: tuple[str, ...], place: int) -> str:
    return cells[place] if place < len(cells) else ""
