"""Routes that act on a whole queue: pause, resume, send failed messages again."""

from typing import Annotated

from fastapi import APIRouter

from wa_desktop.contracts.again import waits_for_start
from wa_desktop.errors import InvalidInput, NotFound, Problem
from wa_desktop.ledger.switches import QueueName
from wa_desktop.server.action_bodies import QueueSwitched, Requeued, RetryQueue
from wa_desktop.server.bodies import json_body, json_schema
from wa_desktop.server.lookup import known_contract
from wa_desktop.server.state import Core

router = APIRouter(prefix="/api/queues", tags=["Queues"])


@router.post(
    "/messages/retry", status_code=202, openapi_extra=json_schema(RetryQueue, required=False)
)
def retry_failed(
    core: Core, given: Annotated[RetryQueue, json_body(RetryQueue, empty=True)]
) -> Requeued:
    """Send the failed messages of the queue's list again, of one contract or of all. What was
    cleaned is not on the list; messages whose recipients are suppressed are left out."""
    if given.contract_id is not None:
        try:
            known_contract(core.ledger, given.contract_id)
        except NotFound as error:
            problem = Problem("contractId", "is no contract's id")
            raise InvalidInput(str(error), [problem]) from error
    planned = core.again.retry_listed(given.contract_id, codes=given.codes)
    if given.contract_id is None:
        return Requeued.of(planned)
    contract = core.ledger.contracts.get(given.contract_id)
    return Requeued.of(planned, waits_for_start(contract, planned.rows))


@router.post("/{queue}/pause")
def pause_queue(core: Core, queue: str) -> QueueSwitched:
    """Stop a queue for all contracts and workers; nothing of it starts after the answer."""
    name = _known_queue(queue)
    core.queues.pause(name)
    return QueueSwitched(queue=name.value, paused=True)


@router.post("/{queue}/resume")
def resume_queue(core: Core, queue: str) -> QueueSwitched:
    """Let a queue go on from where it stood."""
    name = _known_queue(queue)
    core.queues.resume(name)
    return QueueSwitched(queue=name.value, paused=False)


def _known_queue(word: str) -> QueueName:
    if word not in set(QueueName):
        raise NotFound("queue", word[:64])
    return QueueName(word)
