"""Who may call the HTTP API, and whether this system says which user calls."""

from collections.abc import Iterator

from wa_desktop.commands.doctor.finding import Finding, Level, ok
from wa_desktop.server.callers.ends import is_loopback
from wa_desktop.server.callers.owner import OWNER_UNKNOWN, can_tell_owner
from wa_desktop.settings import Settings

_SUBJECT = "API access"


def access(settings: Settings) -> Iterator[Finding]:
    """Whom ``serve`` lets in with these settings."""
    if settings.api_token is not None:
        yield ok(_SUBJECT, "every call needs the token")
    elif not is_loopback(settings.host):
        yield Finding(
            _SUBJECT,
            Level.WARNING,
            f"serve does not start: HOST is {settings.host}, and there is no token",
            "Set WA_API_TOKEN, or set HOST to 127.0.0.1 for this computer only.",
        )
    elif can_tell_owner():
        yield ok(_SUBJECT, "only the user who runs serve, on this computer (no token is set)")
    else:
        what, _, advice = OWNER_UNKNOWN.partition(". ")
        yield Finding(_SUBJECT, Level.WARNING, what, advice)
