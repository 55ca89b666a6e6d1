"""The stand-in's message history, and the ids of its messages, laid out as the provider's are."""

import base64
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from tests.standin.behaviour import Behaviour
from tests.standin.record import AcceptedMessage

_SECOND_NS = 1_000_000_000


def wamid_of(to: str, number: int, *, received: bool = False) -> str:
    """The id of the ``number``-th message, with its recipient inside; see
    ``wa_desktop/senders/message_history.py`` for the layout."""
    digits = to.lstrip("+").encode()[:60]
    way = 0x12 if received else 0x11
    inside = b"\x1c\x18%c%b\x15\x02\x00%c\x18\x12%018X\x00" % (len(digits), digits, way, number)
    return f"wamid.{base64.b64encode(inside).decode()}"


def page_of(
    messages: Sequence[AcceptedMessage], sender: str, told: Behaviour, query: Mapping[str, str]
) -> dict[str, Any]:
    """The page that is asked for of what a number sent, the newest messages first.

    No older ones are looked at: among many a page must not hold up what is posted.
    """
    size = max(1, min(told.history_page, int(query.get("limit", 25)), 100))
    first = int(query.get("after", "0"))
    newest_first = (one for one in reversed(messages) if one.sender == sender)
    found = list(islice(newest_first, first, first + size + 1))
    cursors = {"before": str(first), "after": str(first + size)}
    return {
        "data": [_entry(one, told) for one in found[:size]],
        "paging": {"cursors": cursors}
        | ({"next": "https://elsewhere"} if len(found) > size else {}),
    }


def _entry(message: AcceptedMessage, told: Behaviour) -> dict[str, Any]:
    statuses = told.statuses.get(message.to.lstrip("+"), ("SENT",))
    began = message.wall_ns // _SECOND_NS
    events = [
        {"delivery_status": status, "timestamp": began + later}
        for later, status in enumerate(statuses)
    ]
    return {
        "id": f"h{message.wamid[-12:]}",
        "message_id": message.wamid,
        "events": {"data": events},
    }
