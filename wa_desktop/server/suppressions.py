"""Routes of suppressions: who is left out of campaigns after an error, and letting them in."""

from typing import Self

from fastapi import APIRouter, Response

from wa_desktop.clock import iso
from wa_desktop.error_table import Whose, reaction_for
from wa_desktop.errors import InvalidInput, NotFound
from wa_desktop.ledger.suppression_list import Suppression
from wa_desktop.server.fields import Cursor, Limit, Shown
from wa_desktop.server.state import Core

router = APIRouter(prefix="/api/suppressions", tags=["Suppressions"])


class SuppressionShown(Shown):
    """Who is left out: a number, or a whole country by its ISO code; the other is null.

    `whose` messages are held back: `everyone`'s, those of `accountId` and all accounts of its
    portfolio (`business`), or its own alone (`account`). `until` null: until it is lifted.
    """

    phone_number: str | None
    country: str | None
    whose: Whose
    account_id: str | None
    error_code: int
    reason: str
    since: str
    until: str | None
    contract_id: str | None
    message_id: int

    @classmethod
    def of(cls, one: Suppression) -> Self:
        """A suppression as the API shows it."""
        return cls(
            phone_number=one.phone,
            country=one.country,
            whose=one.whose,
            account_id=one.account_id,
            error_code=one.code,
            reason=reaction_for(one.code).en,
            since=iso(one.since) or "",
            until=iso(one.until),
            contract_id=one.contract_id,
            message_id=one.message_id,
        )


class SuppressionsShown(Shown):
    """A page of suppressions, oldest first; ``nextCursor`` is null on the last one."""

    items: list[SuppressionShown]
    next_cursor: str | None


@router.get("")
def list_suppressions(core: Core, limit: Limit = 100, cursor: Cursor = None) -> SuppressionsShown:
    """Who is left out of campaigns now, because an error told that it is no use, or not wanted,
    to write to them. Their messages become `skipped`, with the code and the reason."""
    page = core.ledger.suppressions.page(limit=limit, cursor=cursor)
    return SuppressionsShown(
        items=[SuppressionShown.of(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.delete("/{phone_number}", status_code=204)
def lift_suppression(core: Core, phone_number: str) -> Response:
    """Let campaigns write to a number again, or to a country by its two letters. Messages that
    were skipped stay so; `POST /api/contracts/{id}/retry` sends them."""
    try:
        core.suppressions.lift(phone_number)
    except InvalidInput as error:
        raise NotFound("suppression", phone_number[:64]) from error
    return Response(status_code=204)
