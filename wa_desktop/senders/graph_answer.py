"""Sorts an HTTP answer of the Graph API into sent, refused or unclear (rule 3: never guess).

Definite are only three things: 200 with a message id (sent), a Graph error body under any
status from 400 up (refused), and 429 (refused: the limit stands before the message). All
the rest is unclear, and that includes 401, 403, 404 and 5xx without a Graph body: such an
answer is a gateway's or a proxy's, and the gateway that writes it may have passed the
message on before its own answer went wrong. Nothing in it proves that Graph never saw it.
"""

import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from wa_desktop.senders.privacy import without_private
from wa_desktop.senders.protocol import Accepted, Refused, SendResult, Unclear
from wa_desktop.words import words

Header = Callable[[str], str | None]

_LONGEST_TEXT = 500

_LONGEST_WAIT = 24 * 3600.0
"""Seconds. A time that a proxy made up would hold the account for years, or be more than the ledger
can write down."""

_WIDEST_CODE = 10
"""Digits of the largest code that the ledger keeps; Graph's have seven."""

_NUL = "\0"


_HELD = frozenset({"held_for_quality_assessment", "paused"})
"""What ``message_status`` says of a message that was taken and does not go out yet (Meta's
OpenAPI for v23.0). Absent, or anything else: it goes out."""

_NO_SUCH_OBJECT = 33
"""The subcode of 100 for an id that is wrong, or not shown to this token."""


@dataclass(frozen=True, slots=True)
class GraphError:
    """A Graph error body: its code, the subcode where there is one, and the sentence that says
    most."""

    code: int
    text: str
    subcode: int | None = None


def sort_answer(status: int, body: bytes, header: Header, private: Iterable[str]) -> SendResult:
    """What the answer says about the message; ``private`` texts are cut out of its words."""
    if status == 200:
        return _sort_ok(body)
    if status >= 400:
        error = read_graph_error(body)
        if error is not None:
            text = without_private(error.text, private)[:_LONGEST_TEXT]
            return Refused(error.code, text, status, retry_after(header), error.subcode)
        if status == 429:
            return Refused(429, words("Too many requests"), status, retry_after(header))
    return Unclear(
        words("the provider answered {status} with {what}", status=status, what=_kind_of(body))
    )


def sort_bodiless(status: int, header: Header) -> SendResult:
    """What an answer says whose body broke off or was too long to be read: 429 is refused by its
    status alone, everything else is unclear, for the message was sent."""
    if status == 429:
        return Refused(429, words("Too many requests"), status, retry_after(header))
    return Unclear(
        words("the provider answered {status} with a body that is too long", status=status)
    )


def read_graph_error(body: bytes) -> GraphError | None:
    """The Graph error in a body; None if it holds none with a code that can be one of Graph's."""
    parsed = parse_json(body)
    error = parsed.get("error") if isinstance(parsed, dict) else None
    if not isinstance(error, dict):
        return None
    code = _code_of(error.get("code"))
    if code is None:
        return None
    return GraphError(code, _words_of(error) or f"error {code}", _subcode_of(code, error))


def parse_json(body: bytes) -> Any:
    """The body's JSON value, or None when it is no JSON (never an error)."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def retry_after(header: Header) -> float | None:
    """Seconds the provider asks to wait: ``Retry-After``, else the business use case's estimate.

    ``Retry-After`` is seconds or an HTTP date (measured from the answer's own ``Date``, so
    that a wrong clock here does not matter); ``estimated_time_to_regain_access`` is minutes.
    Never more than a day: then it is asked again.
    """
    asked = header("Retry-After")
    if asked is not None:
        seconds = _seconds_of(asked.strip(), header("Date"))
        if seconds is not None:
            return min(seconds, _LONGEST_WAIT)
    usage = header("X-Business-Use-Case-Usage")
    return _regain_seconds(usage) if usage else None


def _sort_ok(body: bytes) -> SendResult:
    parsed = parse_json(body)
    messages = parsed.get("messages") if isinstance(parsed, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    provider_id = first.get("id") if isinstance(first, dict) else None
    if isinstance(provider_id, str) and (clean := _writable(provider_id)):
        return Accepted(clean, known_as=_known_as(parsed), held=_is_held(first))
    if isinstance(parsed, dict):
        return Unclear(words("the provider answered 200 without a message id"))
    return Unclear(
        words("the provider answered {status} with {what}", status=200, what=_kind_of(body))
    )


def _known_as(answer: dict[str, Any]) -> str | None:
    """The recipient's ``wa_id``; ``None`` also for people who have a user name in its place."""
    contacts = answer.get("contacts")
    first = contacts[0] if isinstance(contacts, list) and contacts else None
    known = first.get("wa_id") if isinstance(first, dict) else None
    return known if isinstance(known, str) and known.isascii() and known.isdecimal() else None


def _kind_of(body: bytes) -> str:
    start = body[:200].lstrip()
    if not start:
        return words("an empty body")
    if start.startswith(b"<"):
        return words("a web page (a proxy or gateway on the way?)")
    return words("a body that is no Graph answer")


def _code_of(code: Any) -> int | None:
    if isinstance(code, str) and len(code) <= _WIDEST_CODE and code.isascii() and code.isdecimal():
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    return code if -(2**31) <= code < 2**31 else None


def _subcode_of(code: int, error: dict[str, Any]) -> int | None:
    """None for 0 too, which says nothing. The type alone says it where the subcode is left out,
    as newer versions of the API may."""
    subcode = _code_of(error.get("error_subcode"))
    if not subcode and code == 100 and error.get("type") == "GraphMethodException":
        return _NO_SUCH_OBJECT
    return subcode or None


def _is_held(message: Any) -> bool:
    status = message.get("message_status")
    return isinstance(status, str) and status.lower() in _HELD


def _writable(text: str) -> str:
    """``text`` without what JSON can say and no store keeps: a NUL, half a surrogate pair.

    One such answer would else fail every turn of the ledger that is to write it down.
    """
    return text.replace(_NUL, "").encode("utf-8", "replace").decode()


def _words_of(error: dict[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else data
    for said in (details, error.get("error_user_msg"), error.get("message")):
        if isinstance(said, str) and (clean := _writable(said).strip()):
            return clean
    return ""


def _seconds_of(asked: str, date: str | None) -> float | None:
    try:
        seconds = float(asked)
    except ValueError:
        return _seconds_until(asked, date)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _seconds_until(asked: str, date: str | None) -> float | None:
    until = _http_date(asked)
    if until is None:
        return None
    answered = (_http_date(date) if date else None) or datetime.now(UTC)
    return max((until - answered).total_seconds(), 0.0)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _regain_seconds(usage: str) -> float | None:
    parsed = parse_json(usage.encode())
    if not isinstance(parsed, dict):
        return None
    entries = [one for row in parsed.values() if isinstance(row, list) for one in row]
    minutes = [
        one["estimated_time_to_regain_access"]
        for one in entries
        if isinstance(one, dict)
        and isinstance(one.get("estimated_time_to_regain_access"), int | float)
    ]
    longest = max(minutes, default=0)
    return min(longest, _LONGEST_WAIT / 60) * 60.0 if 0 < longest < math.inf else None
