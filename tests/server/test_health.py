"""Health over HTTP: alive, ready, degraded, not ok, and what a caller without access learns."""

import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from tests.server.api import Api, problem, served
from wa_desktop.reports.health import Health, Level, Report, Source
from wa_desktop.server.application import ApiSettings
from wa_desktop.server.health import health_threads, router

DEGRADED = Report(Level.DEGRADED, Source.ACCOUNT, "The account acc is stopped.", "acc")
NOT_OK = Report(Level.NOT_OK, Source.WORKERS, "No worker is alive.")


def test_all_well_is_one_word(fresh_api: Api) -> None:
    assert fresh_api.get("/health") == {"status": "ok"}


def test_what_should_be_set_up_otherwise_is_a_warning_and_all_is_well(fresh_api: Api) -> None:
    fresh_api.health.now = Health.of((), ("Redis evicts.",))
    assert fresh_api.get("/health") == {"status": "ok", "warnings": ["Redis evicts."]}


def test_sending_that_can_go_on_is_degraded_with_its_reasons_and_200(fresh_api: Api) -> None:
    fresh_api.health.now = Health.of((DEGRADED,), ("Redis evicts.",))
    assert fresh_api.get("/health") == {
        "status": "degraded",
        "reasons": ["The account acc is stopped."],
        "warnings": ["Redis evicts."],
    }


def test_sending_that_cannot_go_on_is_503_with_the_gravest_reason_first(fresh_api: Api) -> None:
    fresh_api.health.now = Health.of((DEGRADED, NOT_OK))
    answer = fresh_api.client.get("/health")
    found = problem(answer, 503)
    assert found["health"] == "not ok"
    assert found["reasons"] == ["No worker is alive.", "The account acc is stopped."]
    assert found["detail"].startswith("No worker is alive.")
    assert "retry-after" in answer.headers


@pytest.mark.parametrize("report", [DEGRADED, NOT_OK])
def test_the_process_is_alive_whatever_is_wrong(fresh_api: Api, report: Report) -> None:
    fresh_api.health.now = Health.of((report,))
    assert fresh_api.get("/health/live") == {"status": "ok"}


def test_health_needs_no_token(tmp_path: Path) -> None:
    settings = ApiSettings(token="a-token-of-the-tests")
    with served(tmp_path, settings) as api:
        assert api.client.get("/health/live").json() == {"status": "ok"}
        assert api.client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("reports", "code", "status"),
    [((), 200, "ok"), ((DEGRADED,), 200, "degraded"), ((NOT_OK, DEGRADED), 503, "")],
)
def test_a_caller_without_access_learns_the_status_and_no_reason(
    reports: tuple[Report, ...], code: int, status: str
) -> None:
    app = FastAPI()
    app.state.health = lambda: Health.of(reports, ("Redis evicts.",))
    app.state.health_threads = health_threads()
    app.include_router(router)

    async def without_access(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "wa.access": False}, receive, send)

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(without_access)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get("/health")

    answer = asyncio.run(call())
    assert answer.status_code == code
    if code == 200:
        assert answer.json() == {"status": status}
    assert "acc" not in answer.text.replace("access", "")
    assert "worker" not in answer.text
    assert "Redis" not in answer.text
