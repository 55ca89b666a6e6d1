"""Paths and methods that are not there, and the API's description."""

import base64
import hashlib
import re

import pytest

from tests.server.api import Api, problem

PATHS = {
    "/api/accounts": {"get", "post"},
    "/api/accounts/{account_id}": {"get", "patch", "delete"},
    "/api/accounts/{account_id}/check": {"post"},
    "/api/accounts/{account_id}/resume": {"post"},
    "/api/contracts": {"get", "post"},
    "/api/contracts/{contract_id}": {"get", "patch", "delete"},
    "/api/contracts/{contract_id}/start": {"post"},
    "/api/contracts/{contract_id}/pause": {"post"},
    "/api/contracts/{contract_id}/cancel": {"post"},
    "/api/contracts/{contract_id}/retry": {"post"},
    "/api/contracts/{contract_id}/duplicate": {"post"},
    "/api/contracts/{contract_id}/doubts": {"post"},
    "/api/contracts/{contract_id}/recipients": {"post"},
    "/api/contracts/{contract_id}/messages": {"get"},
    "/api/ledger/confirm": {"post"},
    "/api/messages/{message_id}": {"get"},
    "/api/queues/status": {"get"},
    "/api/queues/clean": {"post"},
    "/api/queues/messages/retry": {"post"},
    "/api/queues/{queue}/pause": {"post"},
    "/api/queues/{queue}/resume": {"post"},
    "/api/place": {"get"},
    "/api/place/confirm": {"post"},
    "/api/suppressions": {"get"},
    "/api/suppressions/lift": {"post"},
    "/api/suppressions/{phone_number}": {"delete"},
    "/health": {"get"},
    "/health/live": {"get"},
}
_METHODS_OF_A_WIDER_PATH = {"/api/suppressions/lift": {"delete"}}
"""A path that fits another one's pattern, too: there is no number ``lift`` to delete."""


@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/api", "/api/accounts/", "/redoc", "//", "/%00"]
)
def test_an_unknown_path_is_a_problem_too(api: Api, path: str) -> None:
    problem(api.client.get(path), 404)


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_method_is_a_problem_that_names_the_known_ones(api: Api, path: str) -> None:
    answer = api.client.put(re.sub(r"\{.*\}", "x", path))
    problem(answer, 405)
    allowed = {one.strip().lower() for one in answer.headers["allow"].split(",")}
    assert allowed == PATHS[path] | _METHODS_OF_A_WIDER_PATH.get(path, set())


def test_the_description_names_every_path_and_body(api: Api) -> None:
    document = api.get("/openapi.json")
    assert {path: set(methods) for path, methods in document["paths"].items()} == PATHS
    text = api.client.get("/openapi.json").text
    named = set(re.findall(r'"#/components/schemas/(\w+)"', text))
    assert named <= set(document["components"]["schemas"])
    assert {"ContractNew", "AccountNew", "Problem"} <= named
    assert "HTTPValidationError" not in text


def test_the_page_needs_neither_network_nor_script(api: Api) -> None:
    answer = api.client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    page = answer.text
    assert "<script" not in page
    assert not re.search(r"(?:src|href)\s*=\s*['\"](?:https?:)?//", page)
    for path in PATHS:
        assert path in page
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in answer.headers["content-security-policy"]
