"""Recipients given as JSON objects, as the HTTP API takes them."""

import math
from collections.abc import Iterable, Iterator, Mapping

from wa_desktop.errors import InvalidInput
from wa_desktop.hours.local_time import parse_start
from wa_desktop.recipients.phones import RejectedPhone, phones_in
from wa_desktop.recipients.rows import (
    NUL_FAULT,
    RecipientRow,
    RejectedRow,
    shown_phone,
    written_otherwise,
)

_NOT_A_TIME = "sendAt must be a time such as 2026-03-29T09:00:00+02:00"
SURROGATE_FAULT = "holds half a character (a lone surrogate)"


def read_json_rows(
    items: Iterable[object],
    *,
    country: str | None = None,
    possible: bool = False,
    zone: str | None = None,
    start: int = 0,
) -> Iterator[RecipientRow | RejectedRow]:
    """``{"phoneNumber", "message"?, "variables"?, "sendAt"?}`` objects; ``line`` is the place
    from ``start``, ``zone`` the one that a ``sendAt`` without an offset is meant in.

    Never raises: whatever is no recipient becomes a rejection with its place.
    """
    for index, item in enumerate(items, start):
        yield json_row(index, item, country=country, possible=possible, zone=zone)


def json_row(
    index: int,
    item: object,
    *,
    country: str | None = None,
    possible: bool = False,
    zone: str | None = None,
) -> RecipientRow | RejectedRow:
    """One object as a recipient, or why it is none."""
    if not isinstance(item, Mapping):
        return RejectedRow(index, "", "must be an object with a phoneNumber")
    given = item.get("phoneNumber")
    text = str(given) if _is_whole_number(given) else given
    if not isinstance(text, str):
        missing = "phoneNumber is missing" if given is None else "phoneNumber must be a text"
        return RejectedRow(index, "", missing)
    read = phones_in(text, country, possible=possible)
    phone = read.phone
    if isinstance(phone, RejectedPhone):
        return RejectedRow(index, shown_phone(text), str(phone.reason))
    message = item.get("message")
    if message is not None and not isinstance(message, str):
        return RejectedRow(index, shown_phone(text), "message must be a text")
    variables, fault = _variables(item.get("variables"))
    due_at, untimely = _moment(item.get("sendAt"), zone)
    fault = fault or _unstorable("message", message or "") or untimely
    if fault:
        return RejectedRow(index, shown_phone(text), fault)
    blank = message is None or not message.strip()
    return RecipientRow(
        *(index, phone.digits, None if blank else message, variables, due_at, read.others),
        written=written_otherwise(text, phone.digits),
    )


def _moment(given: object, zone: str | None) -> tuple[int | None, str]:
    """When a recipient is to be written to, and what is wrong with it ("" if nothing)."""
    if given is None:
        return None, ""
    if not isinstance(given, str):
        return None, _NOT_A_TIME
    try:
        return parse_start(given, zone), ""
    except InvalidInput:
        return None, _NOT_A_TIME


def _variables(given: object) -> tuple[dict[str, str], str]:
    """Names with their values as text, and what is wrong with them ("" if nothing)."""
    if given is None:
        return {}, ""
    if not isinstance(given, Mapping):
        return {}, "variables must be an object"
    values: dict[str, str] = {}
    for name, value in given.items():
        text = _variable_text(value)
        where = f"variable {shown_phone(str(name))!r}"
        if text is None:
            return {}, f"{where} must be a text or a number"
        if fault := _unstorable(where, f"{name}{text}"):
            return {}, fault
        values[str(name)] = text
    return values, ""


def _variable_text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if _is_whole_number(value):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    return None


def _is_whole_number(value: object) -> bool:
    # Python refuses to write out integers of thousands of digits; no phone or price has forty.
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40


def _unstorable(where: str, text: str) -> str:
    """Why no database can hold a text: JSON allows zeros and halves of characters."""
    if "\0" in text:
        return f"{where} {NUL_FAULT}"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return f"{where} {SURROGATE_FAULT}"
    return ""
