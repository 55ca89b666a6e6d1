"""The API's description: the framework's, with our bodies and our form of errors put in."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from wa_desktop import __version__
from wa_desktop.server.account_bodies import AccountEdit, AccountNew
from wa_desktop.server.action_bodies import (
    Duplicate,
    Retry,
    RetryQueue,
    SettleDoubts,
    StartOptions,
)
from wa_desktop.server.contract_bodies import ContractEdit, ContractNew, RecipientList
from wa_desktop.server.queues import Clean
from wa_desktop.server.suppression_bodies import Lift

_BODIES: tuple[type[BaseModel], ...] = (
    AccountNew,
    AccountEdit,
    ContractNew,
    ContractEdit,
    RecipientList,
    Clean,
    StartOptions,
    Retry,
    Duplicate,
    SettleDoubts,
    RetryQueue,
    Lift,
)
_REFERENCE = "#/components/schemas/{model}"
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "What was refused, and why (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "reason"],
                "properties": {"at": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
        "state": {"type": "string", "description": "409: the present state"},
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "409: what that state allows",
        },
    },
}
_DESCRIPTION = (
    "Campaigns of WhatsApp messages: accounts, contracts (campaigns), their messages and the "
    "queues. Bodies are JSON in UTF-8; moments are RFC 3339 in UTC."
)


def describe(app: FastAPI, *, with_token: bool) -> dict[str, Any]:
    """The OpenAPI document of an application; ``with_token`` when calls need one."""
    document = get_openapi(
        title="wa-desktop",
        version=__version__,
        description=_DESCRIPTION,
        routes=app.routes,
    )
    parts = document.setdefault("components", {})
    schemas = parts.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _, bodies = models_json_schema(
        [(model, "validation") for model in _BODIES], ref_template=_REFERENCE
    )
    schemas.update(bodies.get("$defs", {}))
    schemas["Problem"] = _PROBLEM
    for path in document["paths"].values():
        for operation in path.values():
            _with_problems(operation)
    if with_token:
        parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _with_problems(operation: dict[str, Any]) -> None:
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {
        "description": "A problem",
        "content": {
            "application/problem+json": {"schema": {"$ref": _REFERENCE.format(model="Problem")}}
        },
    }
