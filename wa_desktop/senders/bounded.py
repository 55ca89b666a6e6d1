"""Answers of the provider are read up to a size and for a time, whatever the other side sends."""

import time
from collections.abc import Mapping

import httpx
from pyreqwest.response import Response

MOST_OF_AN_ANSWER = 1 << 20
"""Bytes. Graph's answers to a message have some hundreds; a page of the history, 100 kB."""


async def body_of(response: Response) -> bytes | None:
    """The body of a streamed answer, ``None`` if it is longer than allowed.

    Raises ``PyreqwestError``. The client's time limit covers the whole answer.
    """
    body = await response.body_reader.read(MOST_OF_AN_ANSWER + 1)
    if body is None:
        return b""
    return None if len(body) > MOST_OF_AN_ANSWER else bytes(body)


def get_bounded(
    client: httpx.Client, url: str, params: Mapping[str, str], seconds: float
) -> httpx.Response:
    """A GET whose answer is read up to the size, unpacked, and for ``seconds`` at most.

    Raises ``httpx.HTTPError``, also for an answer that is too long or takes too long.
    """
    ends = time.monotonic() + seconds
    headers = {"Accept-Encoding": "identity"}
    with client.stream("GET", url, params=dict(params), headers=headers) as response:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > MOST_OF_AN_ANSWER:
                raise httpx.DecodingError("the answer is too long", request=response.request)
            if time.monotonic() > ends:
                raise httpx.ReadTimeout("the answer took too long", request=response.request)
        kept = {
            name: value
            for name, value in response.headers.items()
            if name.lower() not in ("content-encoding", "content-length", "transfer-encoding")
        }
        return httpx.Response(
            response.status_code, headers=kept, content=bytes(body), request=response.request
        )
