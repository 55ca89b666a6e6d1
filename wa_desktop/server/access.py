"""Who may call: decided before anything of a request is read but its head.

Bound to loopback no token need be set, but a page in the user's browser must not get through:
the Host header must be a loopback name (a page that rebinds its own name to 127.0.0.1 sends
that name), a foreign Origin is refused, and bodies must be of a type that a plain form
cannot send. Bound to anything else a token must be set. Where one is, every call needs it.
"""

import hmac
import ipaddress
import logging
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wa_desktop.errors import SettingsError
from wa_desktop.server.media import accepted_type, takes_uploads
from wa_desktop.server.problems import ProblemResponse, Refused, unexpected

log = logging.getLogger(__name__)

OPEN_PATHS: Final = frozenset({"/health", "/health/live"})
"""Answered without a token."""

_BODILESS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SECURITY_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Where the server is bound and what it asks of a caller.

    Raises :class:`SettingsError` for an address beyond this computer without a token.
    """

    host: str
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.local and not self.token:
            raise SettingsError(
                "WA_API_TOKEN",
                f"nothing, though HOST is {self.host}",
                "a secret of your own; without one set HOST to 127.0.0.1, for this computer only",
            )

    @property
    def local(self) -> bool:
        """Whether only this computer can reach the server."""
        return is_loopback(self.host)

    def refusal(self, method: str, path: str, headers: Headers) -> Refused | None:
        """Why a call may not go on, or ``None``."""
        refusal = self._caller(headers) if self.local else None
        if refusal is None and self.token:
            refusal = self._token(path, headers)
        return refusal or _body_type(method, path, headers)

    def _caller(self, headers: Headers) -> Refused | None:
        host = headers.get("host", "")
        if not is_loopback(_name_in(host)):
            return Refused(
                HTTPStatus.FORBIDDEN,
                "The Host header is no name of this computer. Use http://127.0.0.1 and the port.",
            )
        origin = headers.get("origin")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return Refused(HTTPStatus.FORBIDDEN, "Pages of another origin may not call this API.")
        return None

    def _token(self, path: str, headers: Headers) -> Refused | None:
        if path in OPEN_PATHS:
            return None
        scheme, _, given = headers.get("authorization", "").partition(" ")
        expected = (self.token or "").encode()
        # Compared even when the scheme is wrong, so that every refusal takes as long.
        same = hmac.compare_digest(given.strip().encode("latin-1", "replace"), expected)
        if same and scheme.lower() == "bearer":
            return None
        return Refused(
            HTTPStatus.UNAUTHORIZED,
            "Send the server's token: Authorization: Bearer …",
            headers={"WWW-Authenticate": "Bearer"},
        )


class Gate:
    """ASGI middleware: applies the rules, sets security headers, stands as the last resort.

    An exception that reaches it is a fault of this program: logged, and answered 500
    without a word about it.
    """

    def __init__(self, app: ASGIApp, rules: AccessRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._rules.refusal(scope["method"], scope["path"], Headers(scope=scope))
        if refusal is not None:
            answer = ProblemResponse(refusal.status, refusal.detail, headers=refusal.headers)
            await answer(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, receive, send_guarded)
        except Exception:
            log.exception("a call failed: %s", scope["method"])
            if begun:
                raise
            await unexpected()(scope, receive, send_guarded)


def is_loopback(name: str) -> bool:
    """Whether a host name or address leads to this computer only."""
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _name_in(host: str) -> str:
    """The name in a Host header, without port and brackets; "" for one of the wrong form."""
    if host.startswith("["):
        name, bracket, rest = host[1:].partition("]")
        usable = bracket and ":" in name and (not rest or rest[0] == ":")
        port = rest[1:]
    else:
        name, colon, port = host.partition(":")
        usable = bool(name)
        if colon and not port:
            return ""
    return name if usable and (not port or (port.isascii() and port.isdigit())) else ""


def _body_type(method: str, path: str, headers: Headers) -> Refused | None:
    has_body = "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
    if method in _BODILESS or not has_body:
        return None
    if headers.get("content-encoding", "identity").lower() != "identity":
        return Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send the body as it is, without Content-Encoding."
        )
    if accepted_type(headers.get("content-type", ""), uploads=takes_uploads(path)) is None:
        allowed = "application/json in UTF-8"
        if takes_uploads(path):
            allowed += ", application/x-ndjson, text/csv, an .xlsx file or multipart/form-data"
        return Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"Bodies here are {allowed}; say so in the Content-Type header.",
        )
    return None
