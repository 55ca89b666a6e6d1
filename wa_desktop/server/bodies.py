"""Bodies of requests: read as a stream, up to a limit, never parsed on the event loop."""

import errno
import tempfile
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any, BinaryIO, Final, TypeVar, cast

import anyio.to_thread
from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError

from wa_desktop.server.json_stream import parse_json
from wa_desktop.server.problems import Refused, invalid_values

CONTRACT_LIMIT: Final = 64 << 20
"""Bytes of the body that makes a contract."""

SMALL_LIMIT: Final = 1 << 20
"""Bytes of any other JSON body."""

_IN_MEMORY: Final = 1 << 20
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_Model = TypeVar("_Model", bound=BaseModel)


def json_body(model: type[_Model], *, empty: bool = False) -> Any:
    """The dependency that reads a small JSON body into a model; ``empty``: it may be absent.

    Raises ``Refused`` (400, 413) and ``InvalidInput``; parsing runs in the thread pool.
    """

    def parsed(data: bytes = Depends(small_body)) -> _Model:
        return from_json(model, data, empty=empty)

    return Depends(parsed)


def from_json(model: type[_Model], data: bytes, *, empty: bool = False) -> _Model:
    """A small JSON body as a model; see ``json_body``."""
    return validated(model, {} if empty and not data else parse_json(data))


def json_schema(
    model: type[BaseModel],
    *others: str,
    schema: dict[str, Any] | None = None,
    required: bool = True,
) -> dict[str, Any]:
    """What OpenAPI is told of a body: JSON by a model, and further types as files."""
    content: dict[str, Any] = {
        "application/json": {"schema": schema or {"$ref": f"#/components/schemas/{model.__name__}"}}
    }
    for other in others:
        content[other] = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": required, "content": content}}


def validated(model: type[_Model], value: object) -> _Model:
    """A JSON value as a model; ``InvalidInput`` names each wrong place."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_values(error) from error


async def contract_body(request: Request) -> AsyncIterator[BinaryIO]:
    """The dependency that holds a contract's body in a temporary file for the call."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        body = cast("BinaryIO", file)
        await spool(request, body, CONTRACT_LIMIT)
        yield body


async def spool(request: Request, target: BinaryIO, limit: int | None) -> None:
    """Write a body to a file as it comes in.

    Raises ``Refused``: 413 beyond ``limit`` bytes, 503 when the disk is full; and
    ``ClientDisconnect`` when the body breaks off.
    """
    _refuse_declared(request, limit)
    pending = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if limit is not None and size > limit:
            raise _too_large(limit)
        pending += chunk
        if len(pending) >= _IN_MEMORY:
            await anyio.to_thread.run_sync(_written, target, bytes(pending))
            pending.clear()
    await anyio.to_thread.run_sync(_written, target, bytes(pending))


def written_or_refused(write: Callable[[], object]) -> None:
    """Run what writes to the disk; ``Refused`` (503) when it is full."""
    try:
        write()
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        raise Refused(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The disk for temporary files is full. Nothing was changed; free some space.",
            headers={"Retry-After": "60"},
        ) from error


async def small_body(request: Request) -> bytes:
    """The dependency that hands a small body over as it came; ``Refused`` (413)."""
    _refuse_declared(request, SMALL_LIMIT)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > SMALL_LIMIT:
            raise _too_large(SMALL_LIMIT)
    return bytes(body)


def _refuse_declared(request: Request, limit: int | None) -> None:
    declared = request.headers.get("content-length", "")
    if limit is not None and declared.isdigit() and int(declared[:20]) > limit:
        raise _too_large(limit)


def _written(target: BinaryIO, data: bytes) -> None:
    written_or_refused(lambda: target.write(data))


def _too_large(limit: int) -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {limit >> 20} MB. Send it in parts.",
    )
