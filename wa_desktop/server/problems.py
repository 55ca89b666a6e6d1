"""Errors as ``application/problem+json`` (RFC 9457): one form for every refusal."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match

from wa_desktop.errors import (
    InvalidInput,
    LedgerError,
    LedgerFull,
    MoveRefused,
    NoPhoneColumn,
    NotFound,
    Problem,
    QueueUnavailable,
    ReadingStopped,
)

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 5
RETRY_SECONDS_FULL: Final = 60
PROBLEMS_SHOWN: Final = 100
_KEY_SHOWN: Final = 60


class Refused(Exception):
    """A call that is turned away before it reaches the core: its form, not its values."""

    def __init__(
        self, status: HTTPStatus, detail: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


class ProblemResponse(Response):
    """A problem; whatever the caller sent and cannot be written in UTF-8 is replaced."""

    media_type = "application/problem+json"

    def __init__(
        self,
        status: HTTPStatus | int,
        detail: str,
        *,
        errors: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        found = HTTPStatus(status)
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": found.phrase,
            "status": found.value,
            "detail": detail,
        }
        if errors:
            shown = errors[:PROBLEMS_SHOWN]
            body["errors"] = [{"at": one.at, "reason": one.reason} for one in shown]
        text = json.dumps(body | members, ensure_ascii=False, separators=(",", ":"))
        super().__init__(text.encode("utf-8", "replace"), found.value, headers=dict(headers or {}))


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of the core, of the framework and of a request's form as a problem."""
    answers: dict[type[Exception], Callable[[Request, Any], Response]] = {
        Refused: _refused,
        InvalidInput: _invalid,
        NotFound: _not_found,
        MoveRefused: _move_refused,
        LedgerError: _out_of_reach,
        QueueUnavailable: _out_of_reach,
        ReadingStopped: _out_of_reach,
        RequestValidationError: _wrong_parameters,
        HTTPException: _framework,
        ClientDisconnect: _broken_off,
    }
    for kind, answer in answers.items():
        app.add_exception_handler(kind, _handler(answer))


def invalid_values(error: ValidationError) -> InvalidInput:
    """A model's complaints as the core's error, with the path of each wrong value."""
    problems = [_problem(details) for details in error.errors(include_url=False)]
    return InvalidInput(_sentence(problems), problems)


def unexpected() -> ProblemResponse:
    """The answer to a fault of this program; the log has its details, the caller has none."""
    return ProblemResponse(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The server met a fault of its own. Nothing more is known here; its log says more.",
    )


def _handler(
    answer: Callable[[Request, Any], Response],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return answer(request, error)

    return handle


def _refused(_: Request, error: Refused) -> Response:
    return ProblemResponse(error.status, error.detail, headers=error.headers)


def _invalid(_: Request, error: InvalidInput) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if isinstance(error, NoPhoneColumn):
        columns = list(error.columns)
        return ProblemResponse(status, str(error), errors=error.problems, columns=columns)
    return ProblemResponse(status, str(error), errors=error.problems)


def _not_found(_: Request, error: NotFound) -> Response:
    return ProblemResponse(HTTPStatus.NOT_FOUND, str(error))


def _move_refused(_: Request, error: MoveRefused) -> Response:
    return ProblemResponse(
        HTTPStatus.CONFLICT,
        str(error),
        errors=error.problems,
        state=error.state,
        allowed=list(error.allowed),
    )


def _out_of_reach(request: Request, error: Exception) -> Response:
    log.warning("%s %s: %s", request.method, _route(request), error)
    seconds = RETRY_SECONDS_FULL if isinstance(error, LedgerFull) else RETRY_SECONDS
    return ProblemResponse(
        HTTPStatus.SERVICE_UNAVAILABLE, str(error), headers={"Retry-After": str(seconds)}
    )


def _wrong_parameters(_: Request, error: RequestValidationError) -> Response:
    problems = [
        _problem({**details, "loc": tuple(details["loc"])[1:]}) for details in error.errors()
    ]
    return ProblemResponse(HTTPStatus.UNPROCESSABLE_ENTITY, _sentence(problems), errors=problems)


def _framework(request: Request, error: HTTPException) -> Response:
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.NOT_FOUND:
        return ProblemResponse(error.status_code, "There is nothing at this path. See /docs.")
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = ", ".join(_methods_of(request)) or headers.get("Allow", "")
        headers["Allow"] = methods
        detail = f"{request.method} is not known here. Allowed: {methods}."
        return ProblemResponse(error.status_code, detail, headers=headers)
    return ProblemResponse(error.status_code, str(error.detail), headers=headers)


def _broken_off(request: Request, _: ClientDisconnect) -> Response:
    # Nobody is left to read it, but the server wants an answer to end the call with.
    log.info("%s %s: the body broke off; nothing was changed", request.method, _route(request))
    return ProblemResponse(HTTPStatus.BAD_REQUEST, "The body broke off. Nothing was changed.")


def _route(request: Request) -> str:
    """The path's pattern: the path itself may hold a phone number."""
    route = request.scope.get("route")
    return str(getattr(route, "path", "?"))


def _methods_of(request: Request) -> list[str]:
    """Every method of the path; the framework itself names those of one route only."""
    found: set[str] = set()
    for route in request.app.state.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found)


def _problem(details: ErrorDetails | Mapping[str, Any]) -> Problem:
    return Problem(_path(details["loc"]), _reason(details))


def _path(places: Sequence[int | str]) -> str:
    text = ""
    for place in places:
        if isinstance(place, int):
            text += f"[{place}]"
        else:
            text += f".{place[:_KEY_SHOWN]}" if text else place[:_KEY_SHOWN]
    return text or "body"


_PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is not a known field",
    "string_type": "must be a text",
    "string_unicode": "holds half a character (a lone surrogate)",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "list_type": "must be a list",
}


def _reason(details: ErrorDetails | Mapping[str, Any]) -> str:
    kind = details["type"]
    if kind in _PLAIN:
        return _PLAIN[kind]
    context = details.get("ctx", {})
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind == "value_error":
        return str(context["error"])
    said: str = details["msg"]
    return said.replace("Input should", "must").replace("String should", "must")


def _sentence(problems: Sequence[Problem]) -> str:
    shown = "; ".join(f"{one.at} {one.reason}" for one in problems[:5])
    return f"{shown}; and {len(problems) - 5} more." if len(problems) > 5 else f"{shown}."
