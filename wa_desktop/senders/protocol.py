"""The protocol every sender speaks: one message in, one of four answers out.

The four answers are the whole of rule 3 ("never guess"): a sender sorts what happened on
the wire into sent, refused, not sent or unclear, and decides nothing about retries.
"""

from dataclasses import dataclass
from typing import Protocol

from wa_desktop.content import Content, TemplateContent, TextContent

__all__ = [
    "Accepted",
    "Content",
    "NotSent",
    "Outgoing",
    "Refused",
    "SendResult",
    "Sender",
    "TemplateContent",
    "TextContent",
    "Unclear",
    "Unsent",
]


@dataclass(slots=True)
class Outgoing:
    """One message as it is handed to a sender.

    ``phone`` is E.164 without the plus; senders add it (without it the provider prepends
    the business number's own country code, Cloud API reference section 8). ``tracking``
    is our own id, at most 512 characters, which the provider returns in every status.
    """

    message_id: int
    phone: str
    content: Content
    tracking: str


@dataclass(slots=True)
class Accepted:
    """Definitely sent: the provider took the message and named it.

    ``known_as``: the recipient's number as the provider has it (``wa_id``), if it said so.
    ``held``: it does not go out yet. The provider holds it back while it watches how the first
    messages of a template, or of a business, are received; then it sends or drops it by itself.
    """

    provider_id: str
    known_as: str | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Definitely not sent: the provider said no.

    ``code`` is the Graph error code (429 for an HTTP 429 without a Graph body), ``subcode``
    Graph's own closer word where there is one, ``retry_after`` the seconds the provider asked us
    to wait, if it did.
    """

    code: int
    text: str
    http_status: int
    retry_after: float | None = None
    subcode: int | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Definitely not sent: no connection was made, so nothing was written."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """It cannot be known whether the provider took the message.

    ``cut``: the connection was lost before the answer came.
    """

    reason: str
    cut: bool = False


Unsent = Refused | NotSent | Unclear
"""What is not certainly sent."""

SendResult = Accepted | Unsent


class Sender(Protocol):
    """Sends for one account. Used on one asyncio loop; never raises for what the wire does."""

    async def send(self, outgoing: Outgoing) -> SendResult:
        """Send one message; a cancelled call counts as unclear to its caller."""
        ...

    async def close(self) -> None:
        """Close connections; no ``send`` may follow."""
        ...
