"""Puts the HTTP API together from the services it is handed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Response
from fastapi.responses import HTMLResponse

from wa_desktop import __version__
from wa_desktop.contracts.services import Services
from wa_desktop.reports.health import Health
from wa_desktop.server import (
    accounts,
    confirmation,
    contract_actions,
    contracts,
    health,
    messages,
    places,
    queue_switches,
    queues,
    recipients,
    suppressions,
)
from wa_desktop.server.access import AccessRules, Gate
from wa_desktop.server.docs_page import PAGE_POLICY, render_page
from wa_desktop.server.health import health_threads
from wa_desktop.server.openapi import describe
from wa_desktop.server.problems import add_problem_handlers

__all__ = ["ApiSettings", "Health", "build_api"]
from wa_desktop.server.upload_folders import remove_left_over


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Where the API is served and the token it asks for beyond this computer."""

    host: str = "127.0.0.1"
    port: int = 5001
    token: str | None = field(default=None, repr=False)


def build_api(
    services: Services, *, settings: ApiSettings, health: Callable[[], Health]
) -> FastAPI:
    """The application, ready to serve; ``health`` is called on a thread, and answers in a second.

    Raises ``SettingsError`` when ``settings`` open it beyond this computer without a token.
    """
    rules = AccessRules(settings.host, settings.token)
    remove_left_over()
    app = FastAPI(
        title="wa-desktop",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.health = health
    app.state.health_threads = health_threads()
    add_problem_handlers(app)
    _add_routes(app, with_token=rules.token is not None)
    app.add_middleware(Gate, rules=rules)
    return app


def _add_routes(app: FastAPI, *, with_token: bool) -> None:
    rooms = (
        accounts,
        contracts,
        contract_actions,
        recipients,
        messages,
        queues,
        queue_switches,
        suppressions,
        places,
        confirmation,
        health,
    )
    routers = [one.router for one in rooms]
    for router in routers:
        app.include_router(router)
    app.state.routes = [route for router in routers for route in router.routes]
    document: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not document:
            document.update(describe(app, with_token=with_token))
        return document

    def docs() -> Response:
        page = render_page(openapi())
        return HTMLResponse(page, headers={"Content-Security-Policy": PAGE_POLICY})

    app.openapi = openapi  # type: ignore[method-assign]
    app.add_api_route("/docs", docs, methods=["GET"], include_in_schema=False)
