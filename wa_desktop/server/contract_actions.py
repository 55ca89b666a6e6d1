"""Routes of what is done to a contract's messages as a whole: retry, duplicate, doubts."""

from typing import Annotated

from fastapi import APIRouter

from wa_desktop.contracts.again import waits_for_start
from wa_desktop.ledger.records import DoubtPolicy
from wa_desktop.server.action_bodies import Duplicate, Requeued, Retry, Settled, SettleDoubts
from wa_desktop.server.bodies import json_body, json_schema
from wa_desktop.server.contract_bodies import ContractShown
from wa_desktop.server.lookup import known_contract
from wa_desktop.server.state import Core

router = APIRouter(prefix="/api/contracts", tags=["Contracts"])


@router.post(
    "/{contract_id}/retry", status_code=202, openapi_extra=json_schema(Retry, required=False)
)
def retry_messages(
    core: Core, contract_id: str, given: Annotated[Retry, json_body(Retry, empty=True)]
) -> Requeued:
    """Send messages again: attempts reset, priority kept. A completed contract runs again.

    Messages whose recipients are suppressed are left out and stay as they are; with `dryRun`
    the answer says beforehand how many, and why. Without a body: all failed messages.
    """
    known_contract(core.ledger, contract_id)
    act = core.again.plan_retry if given.dry_run else core.again.retry
    planned = act(contract_id, given.chosen(), codes=given.codes, ids=given.ids)
    contract = core.ledger.contracts.get(contract_id)
    return Requeued.of(planned, waits_for_start(contract, planned.rows))


@router.post(
    "/{contract_id}/duplicate",
    status_code=201,
    openapi_extra=json_schema(Duplicate, required=False),
)
def duplicate_contract(
    core: Core, contract_id: str, given: Annotated[Duplicate, json_body(Duplicate, empty=True)]
) -> ContractShown:
    """A new draft with the same text and recipients, or those of `only`. It can be started once
    its recipients are copied (`action` is null)."""
    known_contract(core.ledger, contract_id)
    copy = core.again.duplicate(contract_id, given.chosen(), name=given.name)
    return ContractShown.of(copy)


@router.post("/{contract_id}/doubts", status_code=202, openapi_extra=json_schema(SettleDoubts))
def settle_doubts(
    core: Core, contract_id: str, given: Annotated[SettleDoubts, json_body(SettleDoubts)]
) -> Settled:
    """Settle messages in doubt: send them again, take them for sent, or leave them."""
    known_contract(core.ledger, contract_id)
    settled = core.doubts.settle(contract_id, given.policy(), given.ids)
    again = settled if given.policy() is DoubtPolicy.RESEND else 0
    hint = waits_for_start(core.ledger.contracts.get(contract_id), again)
    return Settled(settled=settled, hint=hint)
