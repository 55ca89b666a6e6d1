"""The address of a PostgreSQL as other programs write it, in the form that PostgreSQL's own know.

``DATABASE_URL`` often serves several programs. Prisma, SQLAlchemy and Django put settings of
their own into it, which PostgreSQL's library refuses.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

SCHEMES = frozenset({"postgresql", "postgres", "postgis", "pgsql", "psql"})
"""How the address may begin; besides, SQLAlchemy's ``postgresql+driver``."""

_WITH_DRIVER = re.compile(r"postgres(ql)?\+[a-z0-9_]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*")
_SEARCH_PATH = re.compile(r"-c\s*search_path=(\w+)")
_FOREIGN = frozenset(
    {
        # Prisma
        *("connection_limit", "pool_timeout", "pgbouncer", "statement_cache_size"),
        *("socket_timeout", "sslaccept", "sslidentity", "single_use_connections"),
        *("max_connection_lifetime", "max_idle_connection_lifetime", "uselibpqcompat"),
        # SQLAlchemy, asyncpg and Django
        *("prepared_statement_cache_size", "async_fallback", "conn_max_age", "conn_health_checks"),
        *("pool_size", "max_overflow", "pool_recycle", "pool_pre_ping"),
    }
)
_TRANSPORT = {"true": "require", "1": "require", "false": "disable", "0": "disable"}


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """An address in PostgreSQL's own form; ``ignored`` are settings of other programs in it."""

    url: str
    ignored: tuple[str, ...] = ()


def is_postgres(scheme: str) -> bool:
    """Whether an address that begins like this is one of a PostgreSQL."""
    return scheme in SCHEMES or _WITH_DRIVER.fullmatch(scheme) is not None


def own_form(text: str) -> DatabaseUrl:
    """The address of a PostgreSQL as PostgreSQL's library reads it.

    ``schema=x`` becomes the search path of each session. Raises ``ValueError`` whose text says
    what was found instead of an address that can be used; no password is in it.
    """
    parts = urlsplit(text)
    _check_hosts(parts.netloc)
    kept: list[tuple[str, str]] = []
    options: list[str] = []
    ignored: list[str] = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name == "schema":
            if not _NAME.fullmatch(value):
                raise ValueError("a schema whose name is more than letters, digits and _")
            options.append(f"-csearch_path={value}")
        elif name == "options":
            options.append(value)
        elif name == "ssl" and value.lower() in _TRANSPORT:
            kept.append(("sslmode", _TRANSPORT[value.lower()]))
        elif name in _FOREIGN:
            ignored.append(name)
        else:
            kept.append((name, value))
    if options:
        kept.append(("options", " ".join(options)))
    query = urlencode(kept, quote_via=quote)
    return DatabaseUrl(
        urlunsplit(parts._replace(scheme="postgresql", query=query)), tuple(dict.fromkeys(ignored))
    )


def _check_hosts(netloc: str) -> None:
    """Ports that are none; of several hosts, each."""
    for host in netloc.rpartition("@")[2].split(","):
        _, _, port = host.rpartition("]")[2].rpartition(":")
        if ":" in host.rpartition("]")[2] and port and not (port.isdigit() and int(port) < 65536):
            raise ValueError("a malformed URL")


def without_search_path(url: str) -> tuple[str, str | None]:
    """The address without the schema in its options, and that schema.

    Poolers refuse options at the beginning of a session, where a statement does the same.
    """
    parts = urlsplit(url)
    schema: str | None = None
    kept = []
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        found = _SEARCH_PATH.search(value) if name == "options" else None
        if found is not None:
            schema = found[1]
        rest = value if found is None else _SEARCH_PATH.sub("", value).strip()
        if rest or found is None:
            kept.append((name, rest))
    if schema is None:
        return url, None
    return urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote))), schema
