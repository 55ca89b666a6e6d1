"""Which column holds the phone numbers, which the messages; the others are variables."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wa_desktop.content import field_key
from wa_desktop.errors import InvalidInput, NoPhoneColumn
from wa_desktop.recipients.files import Table
from wa_desktop.recipients.headers import is_date
from wa_desktop.recipients.names import PhoneName, says_message, says_phone
from wa_desktop.recipients.phones import (
    CountryFit,
    PhoneNumber,
    fitting_countries,
    looks_like_phone,
    phones_in,
)
from wa_desktop.words import words

_ENOUGH = 0.5  # of the cells that are not blank
_ENOUGH_WITH_A_NAME = 0.2
_NEARLY_EQUAL = 0.9  # of the highest count of good numbers
_ENOUGH_BESIDE_OTHERS = 0.2  # of the numbers of a column that no name calls phones


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """Places of columns, from 0; ``variables`` are ``(name, place)``.

    ``second_phone`` supplies the number where ``phone`` is blank. ``other_phones`` are the other
    columns that hold numbers: their names and how many good ones the sample has. ``countries``
    are those that the local numbers of the sample may be from, the likeliest first.
    """

    phone: int
    message: int | None
    variables: tuple[tuple[str, int], ...]
    second_phone: int | None = None
    other_phones: tuple[tuple[str, int], ...] = field(default=(), compare=False)
    countries: tuple[CountryFit, ...] = field(default=(), compare=False)


def plan_columns(
    table: Table,
    *,
    phone: str | None = None,
    second_phone: str | None = None,
    message: str | None = None,
    own_messages: bool = True,
    country: str | None = None,
    possible: bool = False,
) -> ColumnPlan:
    """Find the columns by content and name, or take those named (by name, or number from 1).

    Raises :class:`NoPhoneColumn` when no column holds phone numbers, :class:`InvalidInput`
    for a column that the table does not have.
    """
    ratings = _ratings(table, country, possible)
    second_at = None if second_phone is None else column_named(table.columns, second_phone)
    if phone is not None:
        phone_at = column_named(table.columns, phone)
    else:
        phone_at = _best(table, ratings, second_at)
    if second_at == phone_at:
        raise InvalidInput(
            words(
                "{column} is the column of phone numbers already. Choose another one for the "
                "second numbers.",
                column=table.columns[phone_at],
            )
        )
    message_at: int | None = None
    if message is not None:
        message_at = column_named(table.columns, message)
        if message_at in (phone_at, second_at):
            raise InvalidInput(
                words(
                    "{column} cannot hold both the phone numbers and the messages.",
                    column=table.columns[message_at],
                )
            )
    elif own_messages:
        message_at = _message_column(table.columns, (phone_at, second_at))
    return ColumnPlan(
        phone_at,
        message_at,
        tuple(
            (name, place)
            for place, name in enumerate(table.columns)
            if place not in (phone_at, message_at)
        ),
        second_at,
        tuple(
            (table.columns[one.place], one.good)
            for one in ratings
            if one.holds_numbers and one.place != phone_at
        ),
        fitting_countries(_cells(table, phone_at)),
    )


@dataclass(frozen=True, slots=True)
class _Rating:
    """How a column does as the phones'. ``good`` and ``looks`` count cells of the sample.

    A column that is named for phones but does not parse (local numbers without a default
    country, a list full of mistakes) is still the right one where no other is: its rows
    then say what is wrong with them.
    """

    place: int
    name: PhoneName
    filled: int
    good: int
    looks: int

    @property
    def by_content(self) -> bool:
        return self.good > 0 and self.good >= _ENOUGH * self.filled

    @property
    def holds_numbers(self) -> bool:
        return self.good > 0 and self.good >= _ENOUGH_WITH_A_NAME * self.filled

    @property
    def is_named(self) -> bool:
        """Whether the name speaks of phones and of nothing else."""
        return self.name in (PhoneName.MEANS_IT, PhoneName.HOLDS_A_WORD)

    @property
    def fits(self) -> bool:
        named = self.name is not PhoneName.NO and self.filled > 0
        return (
            self.by_content
            or self.name is PhoneName.MEANS_IT
            or (named and self.numbers >= _ENOUGH_WITH_A_NAME * self.filled)
        )

    @property
    def numbers(self) -> int:
        """Good numbers; under a name for phones also what looks like one."""
        return self.good if self.name is PhoneName.NO else max(self.good, self.looks)


def _ratings(table: Table, country: str | None, possible: bool) -> list[_Rating]:
    return [_rating(table, place, country, possible) for place in range(len(table.columns))]


def _rating(table: Table, place: int, country: str | None, possible: bool) -> _Rating:
    cells = _cells(table, place)
    # Where landlines have few digits, a date in figures is a valid number, too.
    phones = [cell for cell in cells if not is_date(cell)]
    good = sum(
        isinstance(phones_in(cell, country, possible=possible).phone, PhoneNumber)
        for cell in phones
    )
    looks = sum(map(looks_like_phone, phones))
    return _Rating(place, says_phone(table.columns[place]), len(cells), good, looks)


def _local_by_content(table: Table, ratings: list[_Rating]) -> int:
    """The column that looks like phones and whose numbers fit one country alone."""
    looking = [one for one in ratings if one.looks and one.looks >= _ENOUGH * one.filled]
    for one in sorted(looking, key=lambda one: (-one.looks, one.place)):
        fits = fitting_countries(_cells(table, one.place))
        if fits and fits[0].sure:
            return one.place
    raise NoPhoneColumn(table.columns)


def _cells(table: Table, place: int) -> list[str]:
    """The cells of a column in the sample that are not blank."""
    return [row[place] for _, row in table.sample if place < len(row) and row[place]]


def _best(table: Table, ratings: list[_Rating], second: int | None) -> int:
    """The column of the phones; one that is named for them goes before others.

    Numbers of customers and orders are often valid phone numbers, of strangers. So a column
    without a clear name is taken only where the named ones hold next to none. The second column
    is it only where no other fits.
    """
    fitting = [one for one in ratings if one.fits]
    fitting = [one for one in fitting if one.place != second] or fitting
    if not fitting:
        return _local_by_content(table, ratings)
    named = [one for one in fitting if one.is_named]
    others = [one for one in fitting if not one.is_named]
    if named and others:
        best, other = _fullest(named), _fullest(others)
        return (best if best.numbers >= _ENOUGH_BESIDE_OTHERS * other.numbers else other).place
    return _fullest(fitting).place


def _fullest(ratings: list[_Rating]) -> _Rating:
    """The column with the most numbers; between near-equals what parses, then the name decides."""
    most = max(one.numbers for one in ratings)
    near = [one for one in ratings if one.numbers >= _NEARLY_EQUAL * most]
    return max(near, key=lambda one: (one.by_content, one.name, one.good, one.numbers, -one.place))


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


def _message_column(columns: Sequence[str], phones: tuple[int | None, ...]) -> int | None:
    for place, name in enumerate(columns):
        if place not in phones and says_message(name):
            return place
    return None
