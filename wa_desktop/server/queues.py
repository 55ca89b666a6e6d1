"""Routes of the queues: their figures, and forgetting what is finished."""

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from pydantic import Field

from wa_desktop.clock import MILLISECOND, iso
from wa_desktop.contracts.services import Services
from wa_desktop.events import QueuesChanged
from wa_desktop.ledger.records import ActiveMessage, Contract, QueueFigures, WorkerRecord
from wa_desktop.recipients.phones import mask
from wa_desktop.server.bodies import json_body, json_schema
from wa_desktop.server.fields import Given, Shown
from wa_desktop.server.state import Core

router = APIRouter(prefix="/api/queues", tags=["Queues"])

_SLICE = 1_000
_MOST_CLEANED = 1_000_000
_LONGEST_GRACE = 10 * 366 * 24 * 3_600_000


class ContractJob(Shown):
    """What the job of an active contract holds."""

    contract_id: str


class MessageJob(Shown):
    """What the job of an active message holds; of the number its last four digits."""

    contract_id: str
    phone_number: str


class ActiveContract(Shown):
    """A contract that is being prepared or sent."""

    id: str
    data: ContractJob
    progress: int
    attempts_made: int

    @classmethod
    def of(cls, contract: Contract) -> Self:
        """A contract as a job of its queue."""
        return cls(
            id=f"contract-{contract.id}",
            data=ContractJob(contract_id=contract.id),
            progress=contract.counts.progress,
            attempts_made=contract.attempts_made,
        )


class ActiveMessageShown(Shown):
    """A message on the wire or about to be."""

    id: str
    data: MessageJob
    progress: int = 0
    attempts_made: int

    @classmethod
    def of(cls, message: ActiveMessage) -> Self:
        """A message as a job of its queue."""
        return cls(
            id=f"message-{message.id}",
            data=MessageJob(contract_id=message.contract_id, phone_number=mask(message.phone)),
            attempts_made=message.attempts,
        )


class ContractQueue(Shown):
    """The queue of contracts."""

    waiting: int
    active: int
    completed: int
    failed: int
    delayed: int
    paused: bool
    active_jobs: list[ActiveContract]


class MessageQueue(Shown):
    """The queue of messages."""

    waiting: int
    active: int
    completed: int
    failed: int
    delayed: int
    skipped: int
    in_doubt: int
    paused: bool
    active_jobs: list[ActiveMessageShown]


class WorkerShown(Shown):
    """A worker that was seen lately."""

    id: int
    host: str
    pid: int
    started_at: str | None
    last_seen: str | None
    last_send: str | None

    @classmethod
    def of(cls, worker: WorkerRecord) -> Self:
        """A worker as the API shows it."""
        return cls(
            id=worker.id,
            host=worker.host,
            pid=worker.pid,
            started_at=iso(worker.started_at),
            last_seen=iso(worker.last_seen),
            last_send=iso(worker.last_send),
        )


class Backend(Shown):
    """What carries queue and ledger."""

    queue: str
    ledger: str


class StoppedAccount(Shown):
    """An account that sends nothing until it is resumed, and why."""

    id: str
    reason: str | None


class QueuesShown(Shown):
    """Both queues as they stand now.

    ``waitingWithoutWorker``: messages of started contracts that nobody sends, as no worker is
    alive.
    """

    contracts: ContractQueue
    messages: MessageQueue
    workers: list[WorkerShown]
    backend: Backend
    stopped_accounts: list[StoppedAccount]
    waiting_without_worker: int


class Clean(Given):
    """Which finished jobs to forget: those that ended ``graceMs`` ago or earlier.

    Without anything given: the failed jobs of both queues, as the earlier system did.
    """

    queue: Literal["messages", "contracts"] | None = None
    state: Literal["failed", "completed"] = "failed"
    grace_ms: Annotated[int, Field(ge=0, le=_LONGEST_GRACE)] = 0
    limit: Annotated[int, Field(ge=1, le=_MOST_CLEANED)] = 1_000


class Removed(Shown):
    """How many jobs were forgotten."""

    contracts: int = 0
    messages: int = 0


class Cleaned(Shown):
    """What a cleaning did."""

    success: Literal[True] = True
    removed: Removed


@router.get("/status")
def queues_status(core: Core) -> QueuesShown:
    """Figures of both queues, what is active (at most 100 each), and who works."""
    found = core.ledger.statistics.queues()
    common = ("waiting", "active", "completed", "failed", "delayed", "paused")
    return QueuesShown(
        contracts=ContractQueue(
            **_figures(found.contracts, common),
            active_jobs=[ActiveContract.of(one) for one in found.active_contracts],
        ),
        messages=MessageQueue(
            **_figures(found.messages, (*common, "skipped", "in_doubt")),
            active_jobs=[ActiveMessageShown.of(one) for one in found.active_messages],
        ),
        workers=[WorkerShown.of(one) for one in found.workers],
        backend=Backend(queue=core.queue_backend, ledger=core.ledger.engine.value),
        stopped_accounts=[
            StoppedAccount(id=one.id, reason=one.reason)
            for one in core.ledger.conditions.stopped_accounts()
        ],
        waiting_without_worker=0 if found.workers else core.ledger.conditions.waiting(),
    )


@router.post("/clean", openapi_extra=json_schema(Clean, required=False))
def clean_queues(core: Core, given: Annotated[Clean, json_body(Clean, empty=True)]) -> Cleaned:
    """Forget finished jobs from the queues' lists; contracts keep their counts and reports."""
    before = core.ledger.now() - given.grace_ms * MILLISECOND
    removed = Removed(
        contracts=_clean_contracts(core, given, before) if given.queue != "messages" else 0,
        messages=_clean_messages(core, given, before) if given.queue != "contracts" else 0,
    )
    core.events.post(QueuesChanged())
    return Cleaned(removed=removed)


def _figures(figures: QueueFigures, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in names}


def _clean_contracts(core: Services, given: Clean, before: int) -> int:
    failed = given.state == "failed"
    return core.ledger.statistics.clean_contracts(failed=failed, before=before, limit=given.limit)


def _clean_messages(core: Services, given: Clean, before: int) -> int:
    """In slices, so that a large limit does not hold up the engine."""
    removed = 0
    while removed < given.limit:
        size = min(_SLICE, given.limit - removed)
        cleaned = core.ledger.statistics.clean_messages(
            failed=given.state == "failed", before=before, limit=size
        )
        removed += cleaned
        if cleaned < size:
            break
    return removed
