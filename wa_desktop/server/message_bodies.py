"""Messages as the API and the command line show them."""

from typing import Annotated, Self

from pydantic import Field

from wa_desktop.clock import iso
from wa_desktop.ledger.messages import MessageHistory
from wa_desktop.ledger.records import LoggedEvent, Message
from wa_desktop.server.fields import Shown


class MessageShown(Shown):
    """A message as it stands."""

    id: int
    phone_number: str
    state: str
    attempts: int
    provider_id: str | None
    error_code: int | None
    error_subcode: int | None
    error_text: str | None
    held: Annotated[bool, Field(description="The provider took it and holds it back for now")]
    due_at: str | None
    sent_at: str | None
    delivered_at: str | None
    read_at: str | None
    updated_at: str

    @classmethod
    def of(cls, message: Message, /, **more: object) -> Self:
        """A message as the API shows it."""
        return cls.model_validate(
            {
                "id": message.id,
                "phone_number": message.phone,
                "state": message.state.word,
                "attempts": message.attempts,
                "provider_id": message.provider_id,
                "error_code": message.error_code,
                "error_subcode": message.error_subcode,
                "held": message.held,
                "error_text": message.error_text,
                "due_at": iso(message.due_at),
                "sent_at": iso(message.sent_at),
                "delivered_at": iso(message.delivered_at),
                "read_at": iso(message.read_at),
                "updated_at": iso(message.updated_at),
                **more,
            }
        )


class MessageList(Shown):
    """A page of messages in the order of their place; ``nextCursor`` is null on the last one."""

    items: list[MessageShown]
    next_cursor: str | None


class HistoryShown(Shown):
    """One thing that happened to a message."""

    at: str
    kind: str
    code: int | None
    subcode: int | None
    text: str | None

    @classmethod
    def of(cls, event: LoggedEvent) -> Self:
        """A line of history as the API shows it."""
        return cls(
            at=iso(event.at) or "",
            kind=event.kind,
            code=event.code,
            subcode=event.subcode,
            text=event.text,
        )


class MessageWhole(MessageShown):
    """A message with what it brought of its own and its history, oldest first; `writtenAs` is the
    number as it was given, where other digits are dialled."""

    contract_id: str
    written_as: str | None
    message: str | None
    variables: dict[str, str]
    history: list[HistoryShown]

    @classmethod
    def with_history(cls, found: MessageHistory) -> Self:
        """A message and its history as the API shows them."""
        return cls.of(
            found.message,
            contract_id=found.message.contract_id,
            written_as=found.message.written,
            message=found.own.body,
            variables=dict(found.own.variables),
            history=[HistoryShown.of(event) for event in found.events],
        )
