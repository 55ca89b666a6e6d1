"""``GET /health``: whether sending can go on; ``GET /health/live``: whether the process answers.

Both are answered without a token. What is wrong is for callers with access only.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal, Protocol, cast

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from wa_desktop.reports.health import Health, Status
from wa_desktop.server.access import ACCESS
from wa_desktop.server.fields import Shown
from wa_desktop.server.problems import RETRY_SECONDS, ProblemResponse

HealthCheck = Callable[[], Health]

router = APIRouter(tags=["Health"])


class Alive(Shown):
    """The process answers."""

    status: Literal["ok"] = "ok"


class HealthShown(Shown):
    """The answer while messages can be sent. Degraded: something is stopped or missing, and
    ``reasons`` say what, and what to do. ``warnings``, where there are any, say what should be
    set up in another way, though everything works."""

    status: Literal["ok", "degraded"] = "ok"
    reasons: list[str] | None = None
    warnings: list[str] | None = None


class Looks(Protocol):
    """The application's state, as far as health needs it."""

    health: HealthCheck
    health_threads: CapacityLimiter


def health_threads() -> CapacityLimiter:
    """Threads for looks only: the others may all wait for a ledger that hangs."""
    return CapacityLimiter(4)


async def _looks_of(request: Request) -> Looks:
    return cast("Looks", request.app.state)


@router.get("/health/live", response_model=Alive)
async def alive() -> Response:
    """200 while the process answers, whatever its ledger and queue do: restart it otherwise."""
    return JSONResponse({"status": "ok"})


@router.get("/health", response_model=HealthShown)
async def health(request: Request, looks: Annotated[Looks, Depends(_looks_of)]) -> Response:
    """200 while messages can be sent (``degraded``: with something that needs a person), else
    503: the ledger is out of reach, or no worker is alive. A look is at most a second old."""
    found = await to_thread.run_sync(looks.health, limiter=looks.health_threads)
    ok = found.status is not Status.NOT_OK
    if not request.scope.get(ACCESS):
        return _without_access(found.status)
    reasons, warnings = list(found.problems), list(found.warnings)
    if not ok:
        return ProblemResponse(
            HTTPStatus.SERVICE_UNAVAILABLE,
            " ".join(reasons),
            headers=_LATER,
            health=found.status.value,
            problems=reasons,
            reasons=reasons,
            warnings=warnings,
        )
    shown: dict[str, object] = {"status": found.status.value}
    if reasons:
        shown["reasons"] = reasons
    if warnings:
        shown["warnings"] = warnings
    return JSONResponse(shown)


def _without_access(status: Status) -> Response:
    """The status in one word, and no reason."""
    if status is not Status.NOT_OK:
        return JSONResponse({"status": status.value})
    detail = "Not ok. Callers with access get the reasons."
    return ProblemResponse(
        HTTPStatus.SERVICE_UNAVAILABLE, detail, headers=_LATER, health=Status.NOT_OK.value
    )


_LATER = {"Retry-After": str(RETRY_SECONDS)}
