"""Routes of suppressions: who is left out of campaigns after an error, and letting them in."""

from typing import Annotated

from fastapi import APIRouter, Response

from wa_desktop.errors import InvalidInput, NotFound
from wa_desktop.server.bodies import json_body, json_schema
from wa_desktop.server.query import Cursor, Limit
from wa_desktop.server.state import Core
from wa_desktop.server.suppression_bodies import Lift, Lifted, SuppressionShown, SuppressionsShown

router = APIRouter(prefix="/api/suppressions", tags=["Suppressions"])


@router.get("")
def list_suppressions(core: Core, limit: Limit = 100, cursor: Cursor = None) -> SuppressionsShown:
    """Who is left out of campaigns now, because an error told that it is no use, or not wanted,
    to write to them. Their messages become `skipped`, with the code and the reason."""
    page = core.ledger.suppressions.page(limit=limit, cursor=cursor)
    return SuppressionsShown(
        items=[SuppressionShown.of(one) for one in page.items], next_cursor=page.next_cursor
    )


@router.post("/lift", openapi_extra=json_schema(Lift))
def lift_suppressions(core: Core, given: Annotated[Lift, json_body(Lift)]) -> Lifted:
    """Let campaigns write again to many at once: by error codes, by campaign, by a list of
    numbers. Nobody who said stop is let in so. Messages that were left out stay so;
    `POST /api/contracts/{id}/retry` sends them."""
    lifted = core.suppressions.lift_where(
        codes=given.codes, contract_id=given.contract_id, phones=given.phone_numbers
    )
    return Lifted(lifted=lifted)


@router.delete("/{phone_number}", status_code=204)
def lift_suppression(core: Core, phone_number: str) -> Response:
    """Let campaigns write to a number again, or to a country by its two letters. Messages that
    were skipped stay so; `POST /api/contracts/{id}/retry` sends them."""
    try:
        core.suppressions.lift(phone_number)
    except InvalidInput as error:
        raise NotFound("suppression", phone_number[:64]) from error
    return Response(status_code=204)
