"""Routes of messages: a page of a contract's, and one with its history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator

from wa_desktop.errors import InvalidInput, Problem
from wa_desktop.ledger.messages import MessageFilter
from wa_desktop.ledger.states import FINISHED_WELL, MessageState
from wa_desktop.server.fields import storable
from wa_desktop.server.lookup import known_contract, known_message
from wa_desktop.server.message_bodies import MessageList, MessageShown, MessageWhole
from wa_desktop.server.query import Cursor, Limit
from wa_desktop.server.state import Core

router = APIRouter(tags=["Messages"])

_GROUPS = {"completed": FINISHED_WELL, "active": (MessageState.CLAIMED, MessageState.SENDING)}
"""The queue's words for several states at once."""


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
