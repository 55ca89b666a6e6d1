"""Who may call: decided before anything of a request is read but its head.

Bound to loopback the server needs no token: the user who runs it may call, other users of the
computer and whatever a proxy forwards may not. A page in the user's browser must not get
through either: the Host header must be a loopback name (a page that rebinds its own name to
127.0.0.1 sends that name), a foreign Origin is refused, and bodies must be of a type that a
plain form cannot send. Bound to anything else a token must be set. Where one is set, every
call needs it.
"""

import hmac
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wa_desktop.errors import SettingsError
from wa_desktop.server.callers.ends import is_loopback
from wa_desktop.server.callers.owner import Caller, Owner
from wa_desktop.server.media import accepted_type, takes_uploads
from wa_desktop.server.problems import ProblemResponse, Refused, unexpected

log = logging.getLogger(__name__)

OPEN_PATHS: Final = frozenset({"/health", "/health/live"})
"""Answered also to callers without access; the answer depends on ``scope[ACCESS]``."""
ACCESS: Final = "wa.access"
"""The key of the scope that says whether the caller has access: a token, or the right user."""
CALLER: Final = "wa.caller"
"""The key of the scope's state under which the connection's ``Caller`` is kept."""

_FORWARDED: Final = frozenset(
    {
        *("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "x-original-host"),
        *("true-client-ip", "cf-connecting-ip", "fastly-client-ip"),
    }
)
"""Headers that proxies add, beside those that begin with ``x-forwarded``."""

_MINUTE: Final = 60.0
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

    def foreign(self, headers: Headers) -> Refused | None:
        """Why a call that a web page could make may not go on, or ``None``."""
        return self._caller(headers) if self.local else None

    async def no_access(self, headers: Headers, caller: Caller) -> Refused | None:
        """Why a caller has no access, or ``None``: the token is right, or none is needed."""
        if self.token:
            return self._token(headers)
        if header := _forwarding(headers):
            return _token_needed(f"A proxy forwarded this call (it has the header {header}).")
        owner = await caller.owner()
        if owner is Owner.SELF:
            return None
        if owner is Owner.OTHER:
            return _token_needed("Another user than the one who runs the server makes this call.")
        return _token_needed("The system does not say which user makes this call.")

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

    def _token(self, headers: Headers) -> Refused | None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        expected = (self.token or "").encode()
        # Compared even when the scheme is wrong, so that every refusal takes as long.
        same = hmac.compare_digest(given.strip().encode("latin-1", "replace"), expected)
        if same and scheme.lower() == "bearer":
            return None
        return _unauthorized("Send the server's token: Authorization: Bearer …")


class _WrongTokens:
    """Logs that a token was refused and from where, a line a minute at most. On one loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told_at: float | None = None
        self._untold = 0

    def note(self, client: tuple[str, int] | None) -> None:
        """A call brought a wrong token."""
        at = self._clock()
        if self._told_at is not None and at - self._told_at < _MINUTE:
            self._untold += 1
            return
        more = f", and {self._untold:,} more since the last such line" if self._untold else ""
        self._told_at, self._untold = at, 0
        place = client[0] if client else "an unknown address"
        log.warning("a call from %s was refused: its token is not WA_API_TOKEN%s", place, more)


class Gate:
    """ASGI middleware: applies the rules, sets security headers, stands as the last resort.

    An exception that reaches it is a fault of this program: logged, and answered 500
    without a word about it.
    """

    def __init__(self, app: ASGIApp, rules: AccessRules) -> None:
        self._app = app
        self._rules = rules
        self._wrong_tokens = _WrongTokens()

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

        refusal = await self._refusal(scope, Headers(scope=scope))
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

    async def _refusal(self, scope: Scope, headers: Headers) -> Refused | None:
        """Why a call may not go on; notes in the scope whether the caller has access."""
        scope[ACCESS] = False
        if foreign := self._rules.foreign(headers):
            return foreign
        caller = scope.get("state", {}).get(CALLER) or Caller(None)
        no_access = await self._rules.no_access(headers, caller)
        scope[ACCESS] = no_access is None
        if no_access is not None and self._rules.token and "authorization" in headers:
            self._wrong_tokens.note(scope.get("client"))
        if no_access is not None and scope["path"] not in OPEN_PATHS:
            return no_access
        return _body_type(scope["method"], scope["path"], headers)


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


def _forwarding(headers: Headers) -> str | None:
    """The first header that shows that a proxy forwarded a call."""
    found = (name.lower() for name in headers)
    return next((one for one in found if one in _FORWARDED or one.startswith("x-forwarded")), None)


def _token_needed(why: str) -> Refused:
    return _unauthorized(
        f"{why} Such a call needs a token: set WA_API_TOKEN where the server is started, and send "
        "it: Authorization: Bearer …"
    )


def _unauthorized(detail: str) -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})


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
