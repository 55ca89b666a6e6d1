"""The sender that speaks to the WhatsApp Business Cloud API.

How an end on the wire is sorted (rule 3):

- sent: 200 with a message id;
- refused: a Graph error body under a status from 400 up, or any 429;
- not sent: the name was not resolved, no connection was made in time, TLS failed: the
  request's first byte was never written;
- unclear: all the rest. No answer in time, a connection lost after the request was begun,
  a body cut short, a redirect, a page of a proxy. See ``graph_answer`` for why a bare 401,
  403, 404 or 5xx belongs here.

A cancelled ``send`` raises ``CancelledError`` as usual; whoever cancels counts it unclear.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    DecodeError,
    DetailedPyreqwestError,
    PyreqwestError,
    RequestTimeoutError,
)
from pyreqwest.http import Url
from pyreqwest.response import Response

from wa_desktop import __version__
from wa_desktop.senders.bounded import body_of
from wa_desktop.senders.graph_answer import Header, sort_answer, sort_bodiless
from wa_desktop.senders.privacy import private_texts, without_private
from wa_desktop.senders.protocol import NotSent, Outgoing, SendResult, Unclear
from wa_desktop.senders.request_body import request_body
from wa_desktop.senders.settings import CloudApiSettings
from wa_desktop.words import words

_CONNECTING = "client error (Connect)"
_REFUSED_BY_ITS_STATUS = 429
_IDLE = timedelta(seconds=15)


class CloudApiSender:
    """Sends for one phone number over one kept-alive client. Used on one asyncio loop."""

    def __init__(self, settings: CloudApiSettings) -> None:
        self.settings = settings
        self._url = Url(settings.messages_url)
        self._client = _build_client(settings)

    async def send(self, outgoing: Outgoing) -> SendResult:
        """Post one message; never raises for what the wire does."""
        request = self._client.post(self._url).body_bytes(request_body(outgoing))
        response: Response | None = None
        try:
            async with request.build_streamed() as response:
                body = await body_of(response)
        except PyreqwestError as error:
            if response is not None and response.status == _REFUSED_BY_ITS_STATUS:
                return sort_bodiless(response.status, _header_of(response))
            return _sort_failure(error, self.settings, self._private(outgoing))
        if body is None:
            return sort_bodiless(response.status, _header_of(response))
        # Looking for private texts costs, and only what is not sent carries words.
        private = self._private(outgoing) if response.status != 200 else ()
        return sort_answer(response.status, body, _header_of(response), private)

    async def get(self, url: str, query: Mapping[str, str]) -> tuple[int, Header, bytes]:
        """Ask the provider something: status, headers, body. Raises ``PyreqwestError``.

        The body of an answer that is too long is empty. Over the client that sends: to build
        another takes 30 ms, of the loop too (measured).
        """
        async with self._client.get(url).query(query).build_streamed() as response:
            body = await body_of(response)
        return response.status, _header_of(response), body or b""

    async def close(self) -> None:
        """Close the connections; a send still under way ends as unclear."""
        await self._client.close()

    def _private(self, outgoing: Outgoing) -> list[str]:
        texts = private_texts(outgoing.content)
        return [self.settings.access_token, outgoing.phone, *texts]


def _build_client(settings: CloudApiSettings) -> Client:
    """One client whose every convenience is off: no redirect, cookie, proxy or compression.

    What it repeats by itself: below it, hyper sends a request a second time when a reused
    connection turns out closed while the request still waits in its queue, before its first
    byte is written; that doubles nothing. From the first byte on the error comes up to us.
    reqwest's own repeats are for HTTP/2 refusals (a stream the server says it did not
    process) and HTTP/2 is off. There is no other: redirects are answers here.

    Idle connections are dropped early: a server closes them too, and a request that crosses
    with the closing would end unclear.
    """
    return (
        ClientBuilder()
        .http1_only()
        .follow_redirects(False)
        .referer(False)
        .no_proxy()
        .gzip(False)
        .brotli(False)
        .zstd(False)
        .deflate(False)
        .connect_timeout(timedelta(seconds=settings.connect_timeout))
        .timeout(timedelta(seconds=settings.timeout))
        .pool_idle_timeout(_IDLE)
        .user_agent(f"wa-desktop/{__version__}")
        .default_headers(
            {
                "Authorization": f"Bearer {settings.access_token}",
                "Content-Type": "application/json",
            }
        )
        .build()
    )


def _header_of(response: Response) -> Header:
    """Reads headers; one that is no text counts as not there, and what else came still counts."""

    def header(name: str) -> str | None:
        try:
            return response.get_header(name)
        except ValueError:
            return None

    return header


def _sort_failure(
    error: PyreqwestError, settings: CloudApiSettings, private: Iterable[str]
) -> SendResult:
    """Not sent only if the chain of causes names the connecting; else unclear.

    The error's class does not tell: pyreqwest 0.15 raises ``ConnectError`` also for a
    connection that was lost after the request was written, and ``ConnectTimeoutError`` also
    for an answer that did not come. hyper's own kind stands in the chain, as words; should
    they ever change, all failures become unclear, which is the safe side, and a test fails.
    """
    causes = _causes_of(error)
    if _CONNECTING in causes:
        if isinstance(error, RequestTimeoutError):
            return NotSent(
                words(
                    "no connection within {seconds:g} s",
                    seconds=settings.connect_timeout,
                )
            )
        return NotSent(
            words("no connection: {reason}", reason=without_private(causes[-1], private))
        )
    if isinstance(error, RequestTimeoutError):
        return Unclear(words("no answer within {seconds:g} s", seconds=settings.timeout))
    if isinstance(error, DecodeError):
        return Unclear(words("the answer broke off or could not be read"))
    return Unclear(words("the connection was lost before the answer came"), cut=True)


def _causes_of(error: PyreqwestError) -> list[str]:
    """What lies under the error, outermost first: the last names the fault itself."""
    causes = error.details.get("causes") if isinstance(error, DetailedPyreqwestError) else None
    return [cause["message"] for cause in causes or ()]
