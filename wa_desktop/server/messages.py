"""Routes of messages: a page of a contract's, and one with its history."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, Field

from wa_desktop.clock import iso
from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.ledger.messages import MessageFilter, MessageHistory
from wa_desktop.ledger.records import LoggedEvent, Message
from wa_desktop.ledger.states import FINISHED_WELL, MessageState
from wa_desktop.server.fields import Cursor, Limit, Shown, storable
from wa_desktop.server.lookup import known_contract, known_message
from wa_desktop.server.state import Core

router = APIRouter(tags=["Messages"])

_GROUPS = {"completed": FINISHED_WELL, "active": (MessageState.CLAIMED, MessageState.SENDING)}
"""The queue's words for several states at once."""


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


def _states(
    state: Annotated[str, Query(description="A state, or several with commas between")] = "",
) -> tuple[MessageState, ...]:
    states: list[MessageState] = []
    for word in (one.strip() for one in state.split(",")):
        try:
            if word:
                states.extend(_GROUPS.get(word) or (MessageState.from_word(word),))
        except KeyError:
            allowed = ", ".join([*(one.word for one in MessageState), *_GROUPS])
            reason = f"must be one of {allowed}, or several with commas between"
            raise InvalidInput(f"state {reason}.", [Problem("state", reason)]) from None
    return tuple(dict.fromkeys(states))


@router.get("/api/contracts/{contract_id}/messages")
def list_messages(
    core: Core,
    contract_id: str,
    states: Annotated[tuple[MessageState, ...], Depends(_states)],
    search: Annotated[str, Query(max_length=200), AfterValidator(storable)] = "",
    error_code: Annotated[int | None, Query(alias="errorCode", ge=-(2**31), lt=2**31)] = None,
    held: bool | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> MessageList:
    """Messages of a contract in their order; `search` is part of a phone number, `held` those
    that the provider holds back (or only the others)."""
    known_contract(core.ledger, contract_id)
    chosen = MessageFilter(states, search, error_code, held)
    page = core.ledger.messages.page(contract_id, chosen, limit=limit, cursor=cursor)
    return MessageList(
        items=[MessageShown.of(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.get("/api/messages/{message_id}")
def get_message(core: Core, message_id: str) -> MessageWhole:
    """One message with its history."""
    return MessageWhole.with_history(known_message(core.ledger, message_id))
