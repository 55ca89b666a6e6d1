"""Asks the provider how a number and its templates fare, beside what is being sent.

As the check of a number (``provider``) does for a person, but on the engine's loop and over
its connections: nothing waits for it, and it can be given up at any moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyreqwest.exceptions import PyreqwestError

from wa_desktop.senders.cloud_api import CloudApiSender
from wa_desktop.senders.graph_answer import parse_json, read_graph_error, retry_after
from wa_desktop.senders.privacy import without_private

TOKEN_CODES = (0, 102, 190)
"""The provider does not take the token, whatever it is asked (error codes page, 2026-05)."""

_MOST = 100
"""Templates in one answer; those of one name are its languages, some 70 at most."""


@dataclass(frozen=True, slots=True)
class NumberSigns:
    """How a number fares: ``quality`` GREEN, YELLOW, RED or NA, ``status`` CONNECTED when it may
    send; None where the provider says nothing. Source: phone number fields (2026-05)."""

    quality: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class LookFailed:
    """Nothing was learnt. ``reason`` is for the log and holds no secret; ``code`` is Graph's (429
    for an HTTP 429 without a Graph body), ``retry_after`` the seconds asked to wait."""

    reason: str
    code: int | None = None
    retry_after: float | None = None
    subcode: int | None = None


class Onlooker:
    """Looks at one account through what sends for it. Used on one asyncio loop."""

    def __init__(self, sender: CloudApiSender) -> None:
        self._sender = sender
        self._settings = sender.settings

    async def number(self) -> NumberSigns | LookFailed:
        """How the phone number fares."""
        found = await self._get(
            self._settings.number_url, {"fields": "quality_rating,status"}, needed="id"
        )
        if isinstance(found, LookFailed):
            return found
        return NumberSigns(_text(found, "quality_rating"), _text(found, "status"))

    async def template(self, waba_id: str, name: str) -> Mapping[str, str] | LookFailed:
        """The state of the template of that name in each of its languages.

        The filter is the provider's, and nothing says that it is exact: names are compared here.
        """
        asked = {"name": name, "fields": "name,language,status,quality_score", "limit": str(_MOST)}
        found = await self._get(self._settings.templates_url(waba_id), asked, needed="data")
        if isinstance(found, LookFailed):
            return found
        rows = found["data"] if isinstance(found["data"], list) else []
        states = {_text(row, "language"): _text(row, "status") for row in rows if _is(row, name)}
        return {
            language: status
            for language, status in states.items()
            if language is not None and status is not None
        }

    async def _get(self, url: str, query: Mapping[str, str], needed: str) -> Any:
        """The answer's JSON object, which holds ``needed``; else ``LookFailed``."""
        try:
            status, header, body = await self._sender.get(url, query)
        except PyreqwestError as error:
            # Only the kind: the words may hold the address and what was asked.
            return LookFailed(f"no answer ({type(error).__name__})")
        if status >= 400:
            error_found = read_graph_error(body)
            code = error_found.code if error_found else 429 if status == 429 else None
            said = error_found.text if error_found else ""
            said = without_private(said, [self._settings.access_token])
            subcode = error_found.subcode if error_found else None
            closer = f" (subcode {subcode})" if subcode else ""
            reason = f"HTTP {status}, code {code}{closer}: {said}"
            return LookFailed(reason, code, retry_after(header), subcode)
        found = parse_json(body)
        if status != 200 or not isinstance(found, dict) or needed not in found:
            return LookFailed(f"HTTP {status} with a body that is not the Cloud API's")
        return found


def _is(row: Any, name: str) -> bool:
    return _text(row, "name") == name


def _text(found: Any, key: str) -> str | None:
    value = found.get(key) if isinstance(found, dict) else None
    return value if isinstance(value, str) else None
