"""One spelling for the address of a phone number at the provider: base URL and number id.

An access token belongs to this address. Two spellings that lead an HTTP client to one place are
one address: two accounts of one number would double its limit.
"""

import ipaddress
import re
import socket
import unicodedata
from functools import lru_cache
from urllib.parse import SplitResult, unquote, urlsplit

_DEFAULT_PORTS = {"https": 443, "http": 80}
_IPV4_PART = r"(?:0x[0-9a-f]*|\d+)"
_IPV4 = re.compile(rf"{_IPV4_PART}(?:\.{_IPV4_PART}){{0,3}}")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_LONGEST_NUMBER = 64


@lru_cache(maxsize=1_024)
def normal_base_url(text: str) -> str:
    """The base URL in one spelling; a text that is no URL stays as it is, without blanks around it.

    Lower case, no dot and no usual port behind the host, no slash at the end, names of hosts in
    ASCII, numbers of hosts in their usual form.
    """
    bare = text.strip()
    try:
        parts = urlsplit(bare.replace("\\", "/"))
        port = parts.port
    except ValueError:
        return bare
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return bare
    host = _normal_host(parts.hostname)
    login = parts.netloc.rpartition("@")[0].strip(":")
    place = f"{login}@{host}" if login else host
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        place = f"{place}:{port}"
    path = _normal_path(parts.path)
    return SplitResult(parts.scheme, place, path, parts.query, parts.fragment).geturl()


@lru_cache(maxsize=1_024)
def normal_number_id(text: str) -> str:
    """The number id in one spelling: without blanks, invisible marks and leading zeros, in the
    digits 0 to 9. A text that is no number keeps its other characters."""
    seen = "".join(
        one for one in text if not one.isspace() and unicodedata.category(one) not in ("Cf", "Cc")
    )
    if seen.isdecimal() and len(seen) <= _LONGEST_NUMBER:
        return str(int(seen))
    return seen


def _normal_host(host: str) -> str:
    name = unquote(host).lower().rstrip(".")
    try:
        return f"[{ipaddress.IPv6Address(name).compressed}]"
    except ValueError:
        pass
    if not name.isascii():
        try:
            name = name.encode("idna").decode().lower()
        except UnicodeError:
            return name
    if _IPV4.fullmatch(name):
        try:
            return socket.inet_ntoa(socket.inet_aton(name))
        except OSError:
            return name
    return name


def _normal_path(path: str) -> str:
    """Without escapes that are not needed, without ``.`` and ``..``, and no slash at the end."""
    kept: list[str] = []
    for one in _ESCAPE.sub(_unescaped, path).split("/")[1:]:
        if one == "..":
            del kept[-1:]
        elif one != ".":
            kept.append(one)
    return "".join(f"/{one}" for one in kept).rstrip("/")


def _unescaped(found: re.Match[str]) -> str:
    character = chr(int(found[1], 16))
    return character if _UNRESERVED.fullmatch(character) else found[0].upper()
