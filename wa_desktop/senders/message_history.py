"""The provider's own history of a phone number's messages, a page at a time.

``GET /{phone-number-id}/message_history`` (Meta's OpenAPI for v23.0) names messages and how far
they came. It names no recipient and brings nothing of ours back; but a message's id holds the
recipient's number. How is written down nowhere: ids in Meta's own examples and in public code,
once their base64 is undone, read ``1c 18``, the number's length, its digits, ``15 02 00``, then
``11`` for what a business sent and ``12`` for what it received. Whatever reads otherwise (a user
without a number, a layout of tomorrow) is of an unknown recipient.
"""

import base64
import binascii
import math
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import httpx

from wa_desktop.clock import from_datetime, from_seconds
from wa_desktop.senders.bounded import get_bounded
from wa_desktop.senders.graph_answer import parse_json, read_graph_error, retry_after
from wa_desktop.senders.privacy import without_private
from wa_desktop.senders.settings import CloudApiSettings

_FIELDS = "id,message_id,events{delivery_status,timestamp}"
_PAGE = 100
"""The most that the provider gives at once."""

_WHOLE_PAGE = 30.0
_PATIENCE = 10.0
_THROTTLED = frozenset({4, 17, 32, 429, 613, 80007, 80008, 130429})
_LATER_CODES = _THROTTLED | {1, 2, 131000, 131016, 131057, 133004}
"""Graph errors that say nothing of whether the history is given: ask again later."""

_THROTTLED_FOR = 900.0
"""Seconds without a call once we made too many, unless the provider says for how long."""

_WAMID = re.compile(
    rb"\x1c\x18[\x08-\x0f](?P<digits>[1-9][0-9]{7,14})\x15\x02\x00\x11.+", re.DOTALL
)
_LENGTH_AT = 2


class Delivery(StrEnum):
    """How far a message came, in the provider's words."""

    SENT = "SENT"
    DELIVERED = "DELIVERED"
    READ = "READ"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One message of the number: whom it went to (``None``: unknown), when its first and its
    last event were (microseconds), and of those that tell how far it came, when each began."""

    provider_id: str
    phone: str | None
    first_at: int
    last_at: int
    events: dict[Delivery, int]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page, and where the next one begins; ``None`` after the last."""

    entries: tuple[HistoryEntry, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class NotGiven:
    """The provider does not give this number's history, or not to this token."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """No answer that tells anything; ``wait``: seconds without a call that it asks for."""

    reason: str
    wait: float | None = None


def history_client(settings: CloudApiSettings) -> httpx.Client:
    """A client for pages of one account; the caller closes it."""
    return httpx.Client(
        headers={"Authorization": f"Bearer {settings.access_token}"},
        timeout=_PATIENCE,
        trust_env=False,  # the way the messages go, so no proxy of the environment
    )


def read_page(
    client: httpx.Client, settings: CloudApiSettings, after: str | None = None
) -> HistoryPage | NotGiven | NotNow:
    """Ask for a page, the newest messages first. Blocks; never raises for what the wire does."""
    query = {"fields": _FIELDS, "limit": str(_PAGE)} | ({"after": after} if after else {})
    try:
        response = get_bounded(client, f"{settings.number_url}/message_history", query, _WHOLE_PAGE)
    except httpx.HTTPError as error:
        return NotNow(without_private(str(error), [settings.access_token]))
    if response.status_code != 200:
        return _refusal(response, settings)
    found = parse_json(response.content)
    rows = found.get("data") if isinstance(found, dict) else None
    if not isinstance(rows, list):
        return NotNow("no answer of the Cloud API")
    entries = (_entry(row) for row in rows)
    return HistoryPage(tuple(one for one in entries if one is not None), _next(found, after))


def gives_history(settings: CloudApiSettings) -> bool | None:
    """Whether doubts can be looked for; ``None``: it holds nothing yet, or cannot be asked now.

    Blocks for some seconds at most.
    """
    with history_client(settings) as client:
        page = read_page(client, settings)
    if isinstance(page, HistoryPage):
        return True if page.entries else None
    return False if isinstance(page, NotGiven) else None


def recipient_of(provider_id: str) -> str | None:
    """The recipient's digits in the id of a message that a business sent; ``None``: unknown."""
    kind, _, encoded = provider_id.partition(".")
    try:
        padding = "=" * (-len(encoded) % 4)
        raw = base64.b64decode(encoded + padding, validate=True)
    except (binascii.Error, ValueError):
        return None
    found = _WAMID.fullmatch(raw)
    if kind != "wamid" or found is None or len(found["digits"]) != raw[_LENGTH_AT]:
        return None
    return found["digits"].decode("ascii")


def _refusal(response: httpx.Response, settings: CloudApiSettings) -> NotGiven | NotNow:
    status, wait = response.status_code, retry_after(response.headers.get)
    error = read_graph_error(response.content)
    code = status if error is None else error.code
    if wait is None and (code in _THROTTLED or status == 429):
        wait = _THROTTLED_FOR
    if error is not None:
        said = without_private(error.text, [settings.access_token])
        reason = f"{code}: {said}"
        later = code in _LATER_CODES or status == 429
    else:
        reason = f"HTTP {status}"
        later = not 400 <= status < 500 or status in (408, 425, 429)
    return NotNow(reason, wait) if later else NotGiven(reason)


def _next(found: Any, asked: str | None) -> str | None:
    """The cursor of the next page; one that leads nowhere new ends the walk."""
    paging = found.get("paging")
    if not isinstance(paging, dict) or "next" not in paging:
        return None
    cursors = paging.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) and after and after != asked else None


def _entry(row: Any) -> HistoryEntry | None:
    """A row with an id and at least one moment; others tell nothing."""
    provider_id = row.get("message_id") if isinstance(row, dict) else None
    events = row.get("events") if isinstance(row, dict) else None
    listed = events.get("data") if isinstance(events, dict) else None
    if not isinstance(provider_id, str) or not isinstance(listed, list):
        return None
    moments: list[tuple[str, int]] = []
    for event in listed:
        at = _moment(event.get("timestamp")) if isinstance(event, dict) else None
        if at is not None:
            moments.append((str(event.get("delivery_status")), at))
    if not moments:
        return None
    known = {one.value: one for one in Delivery}
    moments.sort(key=lambda one: one[1])
    told: dict[Delivery, int] = {}
    for word, at in moments:
        if word in known:
            told.setdefault(known[word], at)
    first, last = moments[0][1], moments[-1][1]
    return HistoryEntry(provider_id, recipient_of(provider_id), first, last, told)


def _moment(stamp: Any) -> int | None:
    """Seconds since the epoch, as a number or its text, or RFC 3339; ``None`` for all else."""
    if isinstance(stamp, str):
        try:
            stamp = float(stamp)
        except ValueError:
            return _moment_of_text(stamp)
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return None
    return from_seconds(stamp) if 0 < stamp < 2**33 and math.isfinite(stamp) else None


def _moment_of_text(stamp: str) -> int | None:
    try:
        return from_datetime(datetime.fromisoformat(stamp))
    except ValueError:
        return None
