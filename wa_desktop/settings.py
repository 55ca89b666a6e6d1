"""Settings from the environment and the settings files, as one object.

The command line goes before the environment, the environment before the named file, and the
named file before ``.env`` in the data folder. An empty value counts as not set. Every variable
is listed in ``.env.example``.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import quote, urlsplit

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from wa_desktop.database_url import is_postgres, own_form
from wa_desktop.env_files import HOME, EnvFiles, default_home, env_files, read, unparsed_untold
from wa_desktop.errors import SettingsError

_REDIS_PORT = 6379
_HOST_NAME = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?"
)
_SECRET_KEY_LENGTH = 16
_TOKEN_LENGTH = 16


class LogLevel(StrEnum):
    """How much is written to the log."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


def _default_home() -> Path:
    return Path(default_home())


def _refused(found: str | None = None) -> PydanticCustomError:
    """An error whose ``found`` replaces the value in the message, where that would tell much."""
    return PydanticCustomError("refused", "not allowed", {"found": found})


def _host(value: object) -> object:
    text = str(value)
    try:
        ipaddress.ip_address(text)
    except ValueError:
        # Digits and dots alone are a mistyped address, never a name.
        if not _HOST_NAME.fullmatch(text) or re.fullmatch(r"[\d.]+", text):
            raise _refused() from None
    return text


def _unquoted(value: object) -> str:
    """A URL that does not begin with a quotation mark, as it does where docker reads a file."""
    text = str(value)
    if text.startswith(('"', "'")):
        raise _refused("quotation marks around the value; docker's --env-file keeps them")
    return text


def _url(value: object, schemes: frozenset[str]) -> object:
    text = _unquoted(value)
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for a port that is no number or out of range
    except ValueError:
        raise _refused("a malformed URL") from None
    if parts.scheme not in schemes:
        raise _refused(f"{parts.scheme}://…" if "://" in text else "a value that is not a URL")
    return text


def _redis_url(value: object) -> object:
    text = str(_url(value, frozenset({"redis", "rediss", "unix"})))
    parts = urlsplit(text)
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise _refused(f"{parts.scheme}:// without a place")
    return text


def _database_url(value: object) -> object:
    text = _unquoted(value)
    if text.startswith(("jdbc:", "prisma:", "prisma+")):
        raise _refused(f"{text.partition('//')[0]}//…, which only other programs can use")
    scheme = text.partition(":")[0].lower()
    if is_postgres(scheme):
        parts = urlsplit(text)
        # The driver would take a part of the password for the host, and say it aloud.
        if "@" in parts.netloc.rpartition("@")[0]:
            raise _refused("an @ inside user or password, where it is written %40")
        if re.search(r"%(?![0-9A-Fa-f]{2})", text):
            raise _refused("a % that stands for itself, where it is written %25")
        try:
            own_form(text)
        except ValueError as error:
            raise _refused(str(error)) from None
        return text
    text = str(_url(value, frozenset({"sqlite"})))
    path = text.removeprefix("sqlite:///")
    # A ledger in memory would be another one for each connection.
    if path == text or not path.strip("/") or path.startswith(":memory:"):
        raise _refused("a sqlite URL that names no file")
    return text


def _token(value: object) -> object:
    text = str(value)
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise _refused("a value with blanks or marks that an HTTP header cannot carry")
    if len(text) < _TOKEN_LENGTH:
        raise _refused(f"a value of length {len(text)}")
    return text


def _secret_key(value: object) -> object:
    text = str(value)
    if len(text) < _SECRET_KEY_LENGTH:
        raise _refused(f"a value of length {len(text)}")
    return text


def _home(value: object) -> object:
    try:
        path = Path(str(value)).expanduser().absolute()
    except RuntimeError:  # ~name of a user who does not exist
        raise _refused() from None
    if path.exists() and not path.is_dir():
        raise _refused()
    return path


def _level(value: object) -> object:
    try:
        return LogLevel(str(value).upper())
    except ValueError:
        raise _refused() from None


class Settings(BaseSettings):
    """Every setting of the program, checked. Secrets never show in ``repr``.

    A field's ``description`` says what is allowed; it becomes the end of the error's line.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        case_sensitive=True,
        env_file_encoding="utf-8-sig",
        hide_input_in_errors=True,
    )

    redis_host: Annotated[str, BeforeValidator(_host)] | None = Field(
        default=None, validation_alias="REDIS_HOST", description="a host name or an IP address"
    )
    redis_port: int = Field(
        default=_REDIS_PORT,
        ge=1,
        le=65535,
        validation_alias="REDIS_PORT",
        description="a whole number from 1 to 65535",
    )
    redis_password: str | None = Field(
        default=None, repr=False, validation_alias="REDIS_PASSWORD", description="any text"
    )
    redis_url: Annotated[str, BeforeValidator(_redis_url)] | None = Field(
        default=None,
        repr=False,
        validation_alias="REDIS_URL",
        description="redis://:password@host:port/0, rediss:// for TLS, or unix:///path",
    )
    database_url: Annotated[str, BeforeValidator(_database_url)] | None = Field(
        default=None,
        repr=False,
        validation_alias="DATABASE_URL",
        description="postgresql://user:password@host:port/database or sqlite:///path",
    )
    host: Annotated[str, BeforeValidator(_host)] = Field(
        default="127.0.0.1", validation_alias="HOST", description="a host name or an IP address"
    )
    port: int = Field(
        default=5001,
        ge=0,
        le=65535,
        validation_alias="PORT",
        description="a whole number from 0 (any free port) to 65535",
    )
    api_token: Annotated[str, BeforeValidator(_token)] | None = Field(
        default=None,
        repr=False,
        validation_alias="WA_API_TOKEN",
        description=f"{_TOKEN_LENGTH} or more Latin letters, digits and marks without blanks",
    )
    home: Annotated[Path, BeforeValidator(_home)] = Field(
        default_factory=_default_home,
        validation_alias="WA_DESKTOP_HOME",
        description="a folder, or a path where one can be made",
    )
    log_level: Annotated[LogLevel, BeforeValidator(_level)] = Field(
        default=LogLevel.INFO,
        validation_alias="LOG_LEVEL",
        description="DEBUG, INFO, WARNING or ERROR",
    )
    secret_key: Annotated[str, BeforeValidator(_secret_key)] | None = Field(
        default=None,
        repr=False,
        validation_alias="WA_SECRET_KEY",
        description=f"{_SECRET_KEY_LENGTH} characters or more",
    )
    upgrade_without_backup: bool = Field(
        default=False,
        validation_alias="WA_UPGRADE_WITHOUT_BACKUP",
        description="1 or 0",
    )
    breaker_equal_errors: int = Field(
        default=5,
        ge=0,
        le=1000,
        validation_alias="WA_BREAKER_EQUAL_ERRORS",
        description="a whole number from 0 (off) to 1000",
    )
    breaker_failure_percent: int = Field(
        default=50,
        ge=0,
        le=100,
        validation_alias="WA_BREAKER_FAILURE_PERCENT",
        description="a whole number from 0 (off) to 100",
    )
    breaker_doubt_percent: int = Field(
        default=20,
        ge=0,
        le=100,
        validation_alias="WA_BREAKER_DOUBT_PERCENT",
        description="a whole number from 0 (off) to 100",
    )

    wait_for_database: int = Field(
        default=60,
        ge=0,
        le=86400,
        validation_alias="WA_WAIT_FOR_DATABASE",
        description="a whole number of seconds from 0 (not at all) to 86400",
    )

    check_seconds: int = Field(
        default=600,
        ge=0,
        le=86400,
        validation_alias="WA_CHECK_SECONDS",
        description="a whole number from 0 (off) to 86400",
    )

    @model_validator(mode="after")
    def _redis_is_whole(self) -> Self:
        lonely = [f for f in ("redis_port", "redis_password") if f in self.model_fields_set]
        if lonely and self.redis_host is None and self.redis_url is None:
            name = lonely[0].upper()
            raise PydanticCustomError(
                "refused",
                "not allowed",
                {"variable": "REDIS_HOST", "found": f"nothing, though {name} is set"},
            )
        return self

    @property
    def redis(self) -> str | None:
        """The URL of Redis with its password, or ``None`` when none is set.

        REDIS_URL goes before REDIS_HOST, REDIS_PORT and REDIS_PASSWORD.
        """
        if self.redis_url is not None:
            return self.redis_url
        if self.redis_host is None:
            return None
        host = f"[{self.redis_host}]" if ":" in self.redis_host else self.redis_host
        login = f":{quote(self.redis_password, safe='')}@" if self.redis_password else ""
        return f"redis://{login}{host}:{self.redis_port}/0"

    @property
    def ledger_url(self) -> str:
        """The URL of the ledger: ``postgresql://…``, or ``sqlite:///`` and the file's path."""
        if self.database_url is None:
            return f"sqlite:///{(self.home / 'ledger.db').as_posix()}"
        if not is_postgres(urlsplit(self.database_url).scheme):
            return self.database_url
        return own_form(self.database_url).url

    @property
    def ignored_in_database_url(self) -> tuple[str, ...]:
        """Settings of other programs in DATABASE_URL that mean nothing here."""
        if self.database_url is None or not is_postgres(urlsplit(self.database_url).scheme):
            return ()
        return own_form(self.database_url).ignored


def load_settings(
    files: Callable[[], EnvFiles] | None = env_files, **overrides: object
) -> Settings:
    """Read the settings. ``overrides`` are fields of ``Settings``; those that are ``None`` are
    left to the environment. ``files`` finds the settings files; ``None`` reads no file.

    Raises ``SettingsError`` with one line for each wrong value.
    """
    given = {
        str(Settings.model_fields[name].validation_alias): value
        for name, value in overrides.items()
        if value is not None
    }
    paths: tuple[Path, ...] = ()
    if files is not None:
        found = files()
        paths = found.paths
        for path in paths:
            read(path)  # names the file in the error, which the class below does not
        # The file in the data folder cannot move the data folder.
        given.setdefault(HOME, found.home)
    # The private argument is no field, which the type of the class does not know.
    build: Callable[..., Settings] = Settings
    try:
        with unparsed_untold():
            return build(_env_file=paths, **given)
    except ValidationError as error:
        first, *others = _wrong_values(error)
        raise SettingsError(first.variable, first.found, first.allowed, others) from None


def _wrong_values(error: ValidationError) -> Iterator[SettingsError]:
    by_variable = {str(field.validation_alias): field for field in Settings.model_fields.values()}
    for details in error.errors(include_url=False):
        context: dict[str, Any] = details.get("ctx", {})
        variable = context.get("variable") or str(details["loc"][0])
        field = by_variable[variable]
        found = context.get("found") or _shown(details, secret=not field.repr)
        yield SettingsError(variable, found, str(field.description))


def _shown(details: ErrorDetails, *, secret: bool) -> str:
    return "a value that is not shown" if secret else repr(details["input"])
