"""What each kind of sender is built from. Frozen, checked when made, silent about tokens."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from wa_desktop.errors import InvalidInput, Problem, listed
from wa_desktop.words import words

_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")


@dataclass(frozen=True, slots=True)
class CloudApiSettings:
    """A Cloud API phone number. Time-outs in seconds: to connect, and for the whole call.

    The connect time-out is the shorter one, so that "no connection" stays apart from "no
    answer". Raises :class:`InvalidInput`, which never shows the token.
    """

    phone_number_id: str
    access_token: str = field(repr=False)
    api_base_url: str = "https://graph.facebook.com"
    api_version: str = "v25.0"
    connect_timeout: float = 10.0
    timeout: float = 30.0

    def __post_init__(self) -> None:
        problems = tuple(self._problems())
        if problems:
            raise InvalidInput(
                words("The account cannot send: {problems}.", problems=listed(problems)), problems
            )

    @property
    def number_url(self) -> str:
        """The phone number's own address."""
        base = self.api_base_url.rstrip("/")
        return f"{base}/{self.api_version}/{quote(self.phone_number_id, safe='')}"

    @property
    def messages_url(self) -> str:
        """Where messages are posted."""
        return f"{self.number_url}/messages"

    def templates_url(self, waba_id: str) -> str:
        """Where the templates of a business account are listed."""
        base = self.api_base_url.rstrip("/")
        return f"{base}/{self.api_version}/{quote(waba_id, safe='')}/message_templates"

    def _problems(self) -> list[Problem]:
        found = []
        if self.phone_number_id.strip(".") == "":
            found.append(Problem("phoneNumberId", words("is missing")))
        token = self.access_token
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            found.append(
                Problem("accessToken", words("is missing or holds blanks or odd characters"))
            )
        if not _is_base_url(self.api_base_url):
            found.append(Problem("apiBaseUrl", words("must be like https://graph.facebook.com")))
        if not _VERSION.fullmatch(self.api_version):
            found.append(Problem("apiVersion", words("must be like v25.0")))
        if not 0 < self.connect_timeout < self.timeout:
            found.append(Problem("timeout", words("must be longer than the time-out to connect")))
        return found


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """A make-believe account: seconds an answer takes, share of failures (0 to 1), and a seed.

    The seed makes a run repeatable. Raises :class:`InvalidInput`.
    """

    latency: float = 0.05
    failure_share: float = 0.0
    seed: int | None = None

    def __post_init__(self) -> None:
        problems = []
        if not 0 <= self.latency <= 60:
            problems.append(Problem("latency", words("must be from 0 to 60 seconds")))
        if not 0 <= self.failure_share <= 1:
            problems.append(Problem("failureShare", words("must be from 0 to 1")))
        if problems:
            raise InvalidInput(
                words("The sandbox cannot send: {problems}.", problems=listed(problems)), problems
            )


SenderSettings = CloudApiSettings | SandboxSettings


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port_is_right = parts.port != 0
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    host_is_right = bool(parts.hostname) and text.isascii() and text.isprintable()
    return parts.scheme in ("http", "https") and plain and host_is_right and port_is_right
