"""Who else can reach the queues' Redis: whether it asks for a password, and where it listens."""

import ipaddress
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import redis

from wa_desktop.commands.doctor.finding import Finding, Level, ok
from wa_desktop.queues.hueys import redis_client

_SUBJECT = "Redis password"
_HARM = (
    "can read the ids of accounts and campaigns and can delay messages. No message is lost or "
    "sent twice"
)
_ADVICE = "Set requirepass in Redis and the password in REDIS_URL or REDIS_PASSWORD."


def access(url: str) -> Iterator[Finding]:
    """A warning if other users of the computer or of the network need no password."""
    place = urlsplit(url)
    if place.scheme == "unix":
        yield _of_socket(Path(unquote(place.path)), url)
    elif _asks_for_password(url):
        yield ok(_SUBJECT, "is set")
    elif "ssl_certfile" in place.query:
        yield ok(_SUBJECT, "none, but a certificate is asked for")
    elif is_loopback(place.hostname or "") and not _listens_beyond_loopback(url):
        yield _warning(f"none: every user and program of this computer {_HARM}")
    else:
        yield _warning(f"none: everyone who reaches it over the network {_HARM}")


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() in {"", "localhost", "localhost.localdomain"}


def _of_socket(path: Path, url: str) -> Finding:
    """A socket that only its owner and group may write is as good as a password."""
    if not path.stat().st_mode & stat.S_IWOTH:
        return ok(_SUBJECT, "not needed: the socket is closed to other users")
    if _asks_for_password(url):
        return ok(_SUBJECT, "is set")
    return Finding(
        _SUBJECT,
        Level.WARNING,
        f"none: every user of this computer {_HARM}",
        f"{_ADVICE} Or set unixsocketperm 770.",
    )


def _asks_for_password(url: str) -> bool:
    """Whether a connection without the password is refused. A refusal for another reason
    (protected mode, too many clients) also keeps strangers out."""
    place = urlsplit(url)
    host = place.netloc.rpartition("@")[2]
    query = "&".join(
        one
        for one in place.query.split("&")
        if one.partition("=")[0] not in {"username", "password"}
    )
    stranger = f"{place.scheme}://{host}{place.path}?{query}"
    try:
        with redis_client(stranger) as client:
            client.ping()
    except (redis.RedisError, OSError):
        return True
    return False


def _listens_beyond_loopback(url: str) -> bool:
    """Whether other computers are let in; ``False`` where Redis does not say."""
    try:
        with redis_client(url) as client:
            if client.config_get("protected-mode").get("protected-mode") != "no":
                return False
            bound = str(client.config_get("bind").get("bind", "")).split()
    except (redis.RedisError, OSError):
        return False
    return not bound or any(not is_loopback(one.lstrip("-")) for one in bound)


def _warning(text: str) -> Finding:
    return Finding(_SUBJECT, Level.WARNING, text, _ADVICE)
