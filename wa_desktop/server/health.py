"""``GET /health``: whether the program can do its work. Answered without a token."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Literal, Protocol, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from wa_desktop.errors import WaDesktopError
from wa_desktop.server.access import ACCESS
from wa_desktop.server.fields import Shown
from wa_desktop.server.problems import RETRY_SECONDS, ProblemResponse


class Health(Protocol):
    """What the composition root finds; ``problems`` say what is wrong and what to do."""

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        ...

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each thing that is wrong."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each thing that should be otherwise, though all works."""
        ...


class HealthShown(Shown):
    """The answer when all is well; ``warnings``, where there are any, say what should be
    otherwise all the same."""

    status: Literal["ok"] = "ok"
    warnings: list[str] | None = None


HealthCheck = Callable[[], Health]

router = APIRouter(tags=["Health"])


async def _check_of(request: Request) -> HealthCheck:
    return cast("HealthCheck", request.app.state.health)


@router.get("/health", response_model=HealthShown)
def health(check: Annotated[HealthCheck, Depends(_check_of)], request: Request) -> Response:
    """200 when ledger and queue answer and a worker is alive, else 503 with what is wrong.

    Callers without access learn only whether all is well.
    """
    warnings: tuple[str, ...] = ()
    try:
        found = check()
        problems, warnings = () if found.ok else found.problems, found.warnings
    except WaDesktopError as error:
        problems = (str(error),)
    if not request.scope.get(ACCESS):
        status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
        return JSONResponse({"status": "not ok" if problems else "ok"}, status)
    if not problems:
        return JSONResponse({"status": "ok"} | ({"warnings": list(warnings)} if warnings else {}))
    return ProblemResponse(
        HTTPStatus.SERVICE_UNAVAILABLE,
        " ".join(problems),
        headers={"Retry-After": str(RETRY_SECONDS)},
        problems=list(problems),
    )
