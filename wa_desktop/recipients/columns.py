"""Which column holds the phone numbers, which the messages; the others are variables."""

from collections.abc import Sequence
from dataclasses import dataclass

from wa_desktop.content import field_key
from wa_desktop.errors import InvalidInput, NoPhoneColumn
from wa_desktop.recipients.files import Table
from wa_desktop.recipients.names import PhoneName, says_message, says_phone
from wa_desktop.recipients.phones import PhoneNumber, looks_like_phone, parse_phone
from wa_desktop.words import words

_ENOUGH = 0.5  # of the cells that are not blank
_ENOUGH_WITH_A_NAME = 0.2


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Places of columns, from 0; ``variables`` are ``(name, place)``."""

    phone: int
    message: int | None
    variables: tuple[tuple[str, int], ...]


def plan_columns(
    table: Table,
    *,
    phone: str | None = None,
    message: str | None = None,
    own_messages: bool = True,
    country: str | None = None,
) -> ColumnPlan:
    """Find the columns by content and name, or take those named (by name, or number from 1).

    Raises :class:`NoPhoneColumn` when no column holds phone numbers, :class:`InvalidInput`
    for a column that the table does not have.
    """
    phone_at = (
        find_phone_column(table, country) if phone is None else column_named(table.columns, phone)
    )
    message_at: int | None = None
    if message is not None:
        message_at = column_named(table.columns, message)
        if message_at == phone_at:
            raise InvalidInput(
                words(
                    "{column} cannot hold both the phone numbers and the messages.",
                    column=table.columns[phone_at],
                )
            )
    elif own_messages:
        message_at = _message_column(table.columns, phone_at)
    return ColumnPlan(
        phone_at,
        message_at,
        tuple(
            (name, place)
            for place, name in enumerate(table.columns)
            if place not in (phone_at, message_at)
        ),
    )


def find_phone_column(table: Table, country: str | None) -> int:
    """The column most of whose cells are phone numbers; its name decides between equals."""
    ratings = [(_rating(table, place, country), -place) for place in range(len(table.columns))]
    (fits, *_), place = max(ratings, default=((False,), 0))
    if not fits:
        raise NoPhoneColumn(table.columns)
    return -place


def column_named(columns: Sequence[str], wanted: str) -> int:
    """The place of a column given by its name, else by its number from 1."""
    names = [field_key(name) for name in columns]
    if field_key(wanted) in names:
        return names.index(field_key(wanted))
    if wanted.strip().isdecimal() and 1 <= int(wanted.strip()[:6]) <= len(columns):
        return int(wanted.strip()[:6]) - 1
    raise InvalidInput(
        words(
            "There is no column {wanted!r}. Columns in the file: {columns}.",
            wanted=wanted[:60],
            columns=", ".join(columns),
        )
    )


def _message_column(columns: Sequence[str], phone_at: int) -> int | None:
    for place, name in enumerate(columns):
        if place != phone_at and says_message(name):
            return place
    return None


def _rating(table: Table, place: int, country: str | None) -> tuple[bool, bool, int, float]:
    """Whether a column may be the phones', if by content, how clear its name is, what parses.

    A column that is named for phones but does not parse (local numbers without a default
    country, a list full of mistakes) is still the right one where no other is: its rows
    then say what is wrong with them.
    """
    named = says_phone(table.columns[place])
    cells = [row[place] for _, row in table.sample if place < len(row) and row[place]]
    if not cells:
        return named is PhoneName.MEANS_IT, False, named, 0.0
    phones = sum(isinstance(parse_phone(cell, country), PhoneNumber) for cell in cells)
    share = phones / len(cells)
    if share >= _ENOUGH:
        return True, True, named, share
    looks = sum(map(looks_like_phone, cells)) / len(cells)
    fits = named is PhoneName.MEANS_IT or (
        named is not PhoneName.NO and max(share, looks) >= _ENOUGH_WITH_A_NAME
    )
    return fits, False, named, max(share, looks)
