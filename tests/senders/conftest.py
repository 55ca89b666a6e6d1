"""What the tests of senders share."""

from collections.abc import Callable

import pytest

from wa_desktop.senders.protocol import Content, Outgoing, TextContent

PHONE = "79990000001"
TEXT = "Здравствуйте, Анна! 🙂"


@pytest.fixture
def outgoing() -> Callable[..., Outgoing]:
    """Makes messages to one phone number."""

    def make(message_id: int = 1, content: Content | None = None, phone: str = PHONE) -> Outgoing:
        content = content or TextContent(TEXT)
        return Outgoing(message_id, phone, content, f"m{message_id}:a1")

    return make
