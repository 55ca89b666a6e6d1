"""Routes of contracts: create, list, read, edit, start, pause, cancel, delete."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AfterValidator

from wa_desktop.contracts.services import Services
from wa_desktop.errors import InvalidInput, NotFound, Problem
from wa_desktop.ledger.contracts import ContractFilter, NewContract
from wa_desktop.ledger.records import Contract
from wa_desktop.ledger.states import ContractState
from wa_desktop.recipients.json_rows import read_json_rows
from wa_desktop.recipients.rows import RecipientRow, RejectedRow
from wa_desktop.server.action_bodies import StartOptions
from wa_desktop.server.bodies import (
    contract_body,
    from_json,
    json_body,
    json_schema,
    small_body,
    validated,
)
from wa_desktop.server.contract_bodies import (
    ContractEdit,
    ContractFields,
    ContractList,
    ContractMade,
    ContractNew,
    ContractShown,
    PausedShown,
    Started,
)
from wa_desktop.server.fields import storable
from wa_desktop.server.json_stream import list_items, read_document
from wa_desktop.server.lookup import known_contract
from wa_desktop.server.query import Cursor, Limit, PossibleNumbers
from wa_desktop.server.state import Core

REJECTED_SHOWN = 10_000

router = APIRouter(prefix="/api/contracts", tags=["Contracts"])


def _states(
    status: Annotated[str, Query(description="A state, or several with commas between")] = "",
) -> tuple[ContractState, ...]:
    known = [one for one in ContractState if one is not ContractState.DELETING]
    words = [word.strip() for word in status.split(",") if word.strip()]
    if not set(words) <= {one.value for one in known}:
        allowed = ", ".join(one.value for one in known)
        reason = f"must be one of {allowed}, or several with commas between"
        raise InvalidInput(f"status {reason}.", [Problem("status", reason)])
    return tuple(ContractState(word) for word in words)


SearchText = Annotated[str, Query(max_length=200), AfterValidator(storable)]


@router.post("", status_code=201, openapi_extra=json_schema(ContractNew))
def create_contract(
    core: Core,
    body: Annotated[BinaryIO, Depends(contract_body)],
    possible_numbers: PossibleNumbers = False,
) -> ContractMade:
    """Make a draft, with recipients or without; rows that cannot be used are listed."""
    document = read_document(body, "recipients")
    if document.bare_list:
        raise InvalidInput(
            "The body must be a JSON object.", [Problem("body", "must be an object")]
        )
    if document.fields.pop("recipients", None) is not None:
        raise InvalidInput("recipients must be a list.", [Problem("recipients", "must be a list")])
    new = validated(ContractFields, document.fields).record()
    try:
        rows = read_json_rows(
            list_items(body, "recipients"), possible=possible_numbers, zone=new.zone
        )
        return _create(core, new, rows)
    except NotFound as error:
        raise InvalidInput(str(error), [Problem("accountId", "is no account's id")]) from error


@router.get("")
def list_contracts(
    core: Core,
    states: Annotated[tuple[ContractState, ...], Depends(_states)],
    account_id: Annotated[SearchText | None, Query(alias="accountId")] = None,
    search: SearchText = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ContractList:
    """Contracts, newest first; `search` is part of the name."""
    chosen = ContractFilter(states, account_id, search)
    page = core.ledger.contracts.page(chosen, limit=limit, cursor=cursor)
    outlooks = core.outlooks.of_all(page.items)
    return ContractList(
        items=[ContractShown.of(one, outlooks[one.id]) for one in page.items],
        next_cursor=page.next_cursor,
    )


@router.get("/{contract_id}")
def get_contract(core: Core, contract_id: str) -> ContractShown:
    """One contract with its counts, what holds it back now, and when it will be done."""
    return _shown(core, known_contract(core.ledger, contract_id))


@router.patch("/{contract_id}", openapi_extra=json_schema(ContractEdit))
def edit_contract(
    core: Core, contract_id: str, given: Annotated[ContractEdit, json_body(ContractEdit)]
) -> ContractShown:
    """Edit a draft, scheduled or paused contract; its priority at any time."""
    zone = known_contract(core.ledger, contract_id).zone
    return _shown(core, core.contracts.change(contract_id, given.changes(zone)))


@router.delete("/{contract_id}", status_code=204)
def delete_contract(core: Core, contract_id: str, force: bool = False) -> Response:
    """Delete a contract with all its rows; `force` pauses a running one first."""
    known_contract(core.ledger, contract_id)
    core.contracts.delete(contract_id, force=force)
    return Response(status_code=204)


@router.post(
    "/{contract_id}/start",
    status_code=202,
    openapi_extra=json_schema(StartOptions, required=False),
)
def start_contract(
    core: Core, contract_id: str, body: Annotated[bytes, Depends(small_body)]
) -> Started:
    """Start a draft, or resume a paused contract. One whose start lies ahead is scheduled for
    it, or started at once with `now`."""
    known_contract(core.ledger, contract_id)
    given = from_json(StartOptions, body, empty=True)
    return Started.of(core.contracts.start(contract_id, at_once=given.now))


@router.post("/{contract_id}/pause")
def pause_contract(core: Core, contract_id: str) -> PausedShown:
    """Stop a contract where it stands; nothing of it starts after the answer."""
    known_contract(core.ledger, contract_id)
    paused = core.contracts.pause(contract_id)
    return PausedShown(id=contract_id, removed=paused.removed)


@router.post("/{contract_id}/cancel")
def cancel_contract(core: Core, contract_id: str) -> ContractShown:
    """End a contract for good; what was not sent is skipped."""
    known_contract(core.ledger, contract_id)
    return _shown(core, core.contracts.cancel(contract_id))


def _shown(core: Services, contract: Contract) -> ContractShown:
    return ContractShown.of(contract, core.outlooks.of(contract))


def _create(
    core: Services, new: NewContract, rows: Iterator[RecipientRow | RejectedRow]
) -> ContractMade:
    first = list(islice(rows, 1))
    if not first:
        return ContractMade.of(core.contracts.create(new))
    rejected: list[RejectedRow] = []
    contract, report = core.contracts.create_filled(new, _noted(chain(first, rows), rejected))
    return ContractMade.filled(contract, report, rejected)


def _noted(
    rows: Iterable[RecipientRow | RejectedRow], rejected: list[RejectedRow]
) -> Iterator[RecipientRow | RejectedRow]:
    """Pass rows on and note the first rejected ones."""
    for row in rows:
        if isinstance(row, RejectedRow) and len(rejected) < REJECTED_SHOWN:
            rejected.append(row)
        yield row
